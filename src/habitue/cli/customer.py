"""`habitue customer ID`: one customer, as known."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from habitue.cli.customer_segments import learnt_segment, segment_line
from habitue.cli.options import AsJson, AsOf, Language, Quiet, ShopPath
from habitue.cli.outlook import outlook, print_outlook
from habitue.cli.speaking import progress, say, say_json

__all__ = ["customer"]

_FIGURES = (
    "first_order_at",
    "last_order_at",
    "recency_days",
    "orders",
    "purchase_days",
    "spend",
    "net_spend",
    "average_order_value",
    "spend_365d",
    "mean_gap_days",
    "products",
    "return_share",
    "country",
    "first_product",
)
_LAST_LINES = 10


def customer(
    customer_id: str,
    shop: ShopPath = Path(),
    *,
    as_of: AsOf = None,
    lang: Language = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Show one customer: figures, segments with their reason, what to expect of them and why, last purchases.

    Parameters
    ----------
    customer_id : str
        The customer's number, as in your tables.
    """
    from habitue.data.shop import Shop, as_moment

    with progress(quiet=quiet or json) as bars, Shop.open(shop, report=bars) as opened:
        moment = as_moment(as_of) if as_of else opened.latest_as_of
        document = describe(opened, customer_id, moment)
        language = lang or opened.settings.shop.language
        if json:
            say_json(document)
        else:
            _print(document, language, opened.settings.shop.currency)
    return 0


def describe(opened: Any, customer_id: str, moment: Any) -> dict[str, Any]:
    """Gather what is known of one customer.

    Raises
    ------
    DataError
        When no purchase of such a customer is known; near ids are suggested.
    """
    from habitue.features import compute

    snapshot = opened.at(moment)
    features = compute(snapshot, _FIGURES)
    rows = opened.engine.to_rows(features.filter(features.customer_id == customer_id))
    if not rows:
        raise _unknown(opened, snapshot, customer_id)
    lines = snapshot.lines
    mine = lines.filter(lines.customer_id == customer_id).order_by(lines.ordered_at.desc()).limit(_LAST_LINES)
    columns = (
        "ordered_at",
        "order_id",
        "product_id",
        "product_title",
        "quantity",
        "unit_price",
        "line_kind",
        "set_aside",
    )
    return {
        "customer_id": customer_id,
        "as_of": moment,
        "figures": {name: rows[0][name] for name in _FIGURES},
        "segments": {
            **{name: _published(opened, name, customer_id, moment) for name in ("rfm", "lifecycle")},
            "segments": learnt_segment(opened.ledger, customer_id, moment),
        },
        "expected": outlook(opened.ledger, customer_id, moment),
        "to_do": _published(opened, "today_customers", customer_id, moment),
        "last_lines": opened.engine.to_rows(mine.select(*columns)),
    }


def _published(opened: Any, name: str, customer_id: str, moment: Any) -> dict[str, Any] | None:
    import pyarrow.compute as pc

    from habitue.errors import LedgerError

    try:
        table = opened.ledger.latest(name, as_of=moment).to_arrow()
    except LedgerError:
        return None
    rows: list[dict[str, Any]] = table.filter(pc.equal(table["customer_id"], customer_id)).to_pylist()
    return rows[0] if rows else None


def _unknown(opened: Any, snapshot: Any, customer_id: str) -> Exception:
    from habitue.errors import DataError, did_you_mean

    ids = opened.engine.to_arrow(snapshot.purchases.select("customer_id").distinct().limit(200_000))
    near = did_you_mean(customer_id, ids["customer_id"].to_pylist())
    return DataError(
        f"No purchase by a customer {customer_id!r} is known before {snapshot.as_of:%Y-%m-%d}.{near}",
        hint="habitue check",
        table="order_lines",
        column="customer_id",
    )


def _print(document: dict[str, Any], language: str, currency: str) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from habitue.features import feature
    from habitue.report import reason_text, segment_name
    from habitue.report.numbers import Numbers

    shown: Literal["en", "zh"] = "zh" if language == "zh" else "en"
    since = "截至" if language == "zh" else "as of"
    say(f"[bold]{escape(document['customer_id'])}[/bold], {since} {document['as_of']:%Y-%m-%d}")
    for family, row in document["segments"].items():
        if row is not None and family == "segments":
            say(f"  {escape(segment_line(row, document['as_of'], Numbers(shown, currency)))}")
        elif row is not None:
            code = row.get("stage") or row["segment"]
            say(f"  {escape(segment_name(family, code, language))}: {escape(reason_text(family, row, language))}")
    if all(row is None for row in document["segments"].values()):
        say("  [dim]habitue run[/dim]")
    print_outlook(document["expected"], moment=document["as_of"], language=language, currency=currency)
    figures = Table(show_header=False, show_edge=False)
    for name, value in document["figures"].items():
        figures.add_row(feature(name).meaning[language], _shown(value))
    Console(highlight=False).print(figures)
    lines = Table(show_edge=False)
    for heading in ("time", "order", "product", "", "quantity", "price"):
        lines.add_column(heading)
    for row in document["last_lines"]:
        title = row["product_title"] or ""
        lines.add_row(
            f"{row['ordered_at']:%Y-%m-%d}",
            escape(row["order_id"]),
            escape(row["product_id"] or ""),
            escape(title[:40]),
            _shown(row["quantity"]),
            _shown(row["unit_price"]),
        )
    Console(highlight=False).print(lines)


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.2f}".rstrip("0").rstrip(".")
    return f"{value:%Y-%m-%d}" if hasattr(value, "strftime") else str(value)
