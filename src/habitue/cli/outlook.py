"""What to expect of one customer, for `habitue customer`: spend, churn, need, each with its reasons in words."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from habitue.cli.speaking import say
from habitue.schema import Words

if TYPE_CHECKING:
    from habitue.report.numbers import Numbers

__all__ = ["outlook", "print_outlook"]

_SAID: dict[str, Words] = {
    "head": Words("What to expect", "未来预测"),
    "older": Words("computed as of {day}", "计算截至{day}"),
    "spend": Words(
        "Expected spend, next {days}: {spend}",
        "未来{days}预计消费：{spend}",
    ),
    "range": Words("80% range {low} to {high}", "80%区间 {low} 至 {high}"),
    "orders": Words("expected orders: {orders}", "预计订单数：{orders}"),
    "churn": Words("Chance of no order, next {days}: {share} ({risk})", "未来{days}不再下单的概率：{share}（{risk}）"),
    "survival": Words("no order by then: {steps}", "届时仍未下单的概率：{steps}"),
    "next_order": Words("Next order expected: {day}", "预计下次下单：{day}"),
    "in_days": Words("in about {days}, {low} to {high}", "约{days}后，区间 {low} 至 {high}"),
    "not_soon": Words("A next order is not likely; if one comes: {day}", "再次下单的可能性不大；若下单：{day}"),
    "usual_gap": Words("usual gap {days}", "惯常间隔{days}"),
    "rescue": Words(
        "Rescue is worth it: expected gain {gain} ({low} to {high}), cost {cost}, place {rank} on the list",
        "值得挽留：预期收益{gain}（{low} 至 {high}），成本{cost}，挽留名单第{rank}位",
    ),
    "no_rescue": Words(
        "Rescue does not pay: expected gain {gain}, cost {cost}", "挽留不划算：预期收益{gain}，成本{cost}"
    ),
    "because": Words("because: {reasons}", "原因：{reasons}"),
    "categories": Words("Next categories: {list}", "下一单类目：{list}"),
    "products": Words("Next products: {list}", "下一单商品：{list}"),
    "new": Words("new to them", "未买过"),
    "due": Words("around {day}", "{day}前后"),
}
_STEPS = (30, 60, 90, 180)
_SHOWN = 5


def outlook(ledger: Any, customer_id: str, moment: datetime) -> dict[str, Any]:
    """Gather what was forecast for one customer; None or an empty list where it was not.

    Reasons carry their words in both languages beside their numbers.
    """
    one = {name: _first(_rows(ledger, name, customer_id, moment)) for name in ("value", "churn", "need_timing")}
    many = {name: _rows(ledger, name, customer_id, moment) for name in ("need", "need_products")}
    for rows in many.values():
        rows.sort(key=lambda row: row["rank"])
    return one | many


def _first(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    return rows[0] if rows else None


def _rows(ledger: Any, name: str, customer_id: str, moment: datetime) -> list[dict[str, Any]]:
    import pyarrow.compute as pc

    from habitue.errors import LedgerError

    try:
        table = ledger.latest(name, as_of=moment).to_arrow()
    except LedgerError:
        return []
    rows: list[dict[str, Any]] = table.filter(pc.equal(table["customer_id"], customer_id)).to_pylist()
    for row in rows:
        if "reasons" in row:
            row["reasons"] = _worded(row["reasons"])
    return rows


def _worded(reasons: Any) -> list[dict[str, Any]]:
    from habitue.report import prediction_reason
    from habitue.tasks import reasons_of

    return [
        {**plain, "en": (words := prediction_reason(reason)).en, "zh": words.zh}
        for plain, reason in zip(reasons or (), reasons_of(reasons), strict=True)
    ]


def print_outlook(expected: dict[str, Any], *, moment: datetime, language: str, currency: str) -> None:
    """Print what to expect, in a few lines; nothing where nothing was forecast."""
    from habitue.report.numbers import Numbers

    if not any(expected.values()):
        return
    numbers = Numbers("zh" if language == "zh" else "en", currency)
    known = next(each for each in (*expected.values(),) if each)
    as_of = (known if isinstance(known, dict) else known[0])["as_of"]
    older = f" ({_said('older', language, day=numbers.day(as_of))})" if as_of != moment else ""
    say(f"\n[bold]{_SAID['head'][language]}[/bold][dim]{older}[/dim]")
    lines = [
        *_value_lines(expected["value"], numbers),
        *_churn_lines(expected["churn"], numbers, dated=expected["need_timing"] is None),
        *_need_lines(expected, numbers),
    ]
    for line, quiet in lines:
        _print_line(line, quiet=quiet)
    say()


def _print_line(line: str, *, quiet: bool) -> None:
    from rich.markup import escape

    say(f"    [dim]{escape(line)}[/dim]" if quiet else f"  {escape(line)}")


def _value_lines(row: dict[str, Any] | None, numbers: Numbers) -> list[tuple[str, bool]]:
    if row is None:
        return []
    language = numbers.language
    spend = numbers.money_in_full(row["expected_spend"])
    said = _said("spend", language, days=numbers.days(row["horizon_days"]), spend=spend)
    if row["spend_low"] is not None and row["spend_high"] is not None:
        low, high = numbers.money_in_full(row["spend_low"]), numbers.money_in_full(row["spend_high"])
        said = _bracketed(said, [_said("range", language, low=low, high=high)], numbers)
    orders = _said("orders", language, orders=numbers.decimal(row["expected_orders"]))
    return [(f"{said}{'；' if language == 'zh' else '; '}{orders}", False), *_because(row, numbers)]


def _churn_lines(row: dict[str, Any] | None, numbers: Numbers, *, dated: bool) -> list[tuple[str, bool]]:
    from habitue.report import risk_name

    if row is None:
        return []
    language = numbers.language
    said = _said(
        "churn",
        language,
        days=numbers.days(row["horizon_days"]),
        share=numbers.share(row["churn_probability"]),
        risk=risk_name(row["risk"], language),
    )
    steps = [
        f"{numbers.days(days)} {numbers.share(row[f'no_order_{days}d'])}"
        for days in _STEPS
        if row.get(f"no_order_{days}d") is not None
    ]
    lines = [(said, False), *_because(row, numbers)]
    if steps:
        comma = "，" if language == "zh" else ", "
        lines.append((_said("survival", language, steps=comma.join(steps)), True))
    if dated and row["next_order_at"] is not None:
        lines.append((_said("next_order", language, day=numbers.day(row["next_order_at"])), False))
    return [*lines, *_rescue_lines(row, numbers)]


def _rescue_lines(row: dict[str, Any], numbers: Numbers) -> list[tuple[str, bool]]:
    if row.get("rescue_gain") is None:
        return []
    facts = {
        "gain": numbers.money_in_full(row["rescue_gain"]),
        "low": numbers.money_in_full(row["rescue_gain_low"]),
        "high": numbers.money_in_full(row["rescue_gain_high"]),
        "cost": numbers.money_in_full(row["rescue_cost"]),
        "rank": str(row["rescue_rank"] or "–"),
    }
    return [(_said("rescue" if row["rescue"] else "no_rescue", numbers.language, **facts), False)]


def _need_lines(expected: dict[str, Any], numbers: Numbers) -> list[tuple[str, bool]]:
    language = numbers.language
    comma = "、" if language == "zh" else ", "
    lines: list[tuple[str, bool]] = []
    if expected["need_timing"] is not None:
        lines.extend(_timing_lines(expected["need_timing"], numbers))
    categories = [_category(row, numbers) for row in expected["need"][:_SHOWN]]
    if categories:
        lines.append((_said("categories", language, list=comma.join(categories)), False))
        lines.extend(_because(expected["need"][0], numbers))
    products = [_product(row, numbers) for row in expected["need_products"][:_SHOWN]]
    if products:
        lines.append((_said("products", language, list=comma.join(products)), False))
    return lines


def _timing_lines(row: dict[str, Any], numbers: Numbers) -> list[tuple[str, bool]]:
    if row["days_to_next_order"] is None:
        return []
    language = numbers.language
    facts = {name: numbers.days(row[f"{name}_days"]) for name in ("low", "high")}
    notes = [_said("in_days", language, days=numbers.days(row["days_to_next_order"]), **facts)]
    if row["usual_gap_days"] is not None:
        notes.append(_said("usual_gap", language, days=numbers.days(row["usual_gap_days"])))
    if row["next_order_at"] is None:
        return [(_said("not_soon", language, day=_bracketed(notes[0], notes[1:], numbers)), False)]
    day = _bracketed(numbers.day(row["next_order_at"]), notes, numbers)
    return [(_said("next_order", language, day=day), False)]


def _category(row: dict[str, Any], numbers: Numbers) -> str:
    said = f"{row['category']} {numbers.share(row['probability'])}"
    return _bracketed(said, [_SAID["new"][numbers.language]] if row.get("is_new") else [], numbers)


def _product(row: dict[str, Any], numbers: Numbers) -> str:
    from habitue.report import product_reason

    notes = [product_reason(row["reason"] or "", numbers.language)]
    if row["reason"] == "replenish" and row.get("due_at") is not None:
        notes.append(_said("due", numbers.language, day=numbers.day(row["due_at"])))
    return _bracketed(row["product_title"] or row["product_id"], [note for note in notes if note], numbers)


def _bracketed(text: str, notes: list[str], numbers: Numbers) -> str:
    if not notes:
        return text
    return f"{text}（{'，'.join(notes)}）" if numbers.language == "zh" else f"{text} ({', '.join(notes)})"


def _because(row: dict[str, Any], numbers: Numbers) -> list[tuple[str, bool]]:
    reasons = [each[numbers.language] for each in row.get("reasons") or ()]
    if not reasons:
        return []
    joined = ("；" if numbers.language == "zh" else "; ").join(reasons)
    return [(_said("because", numbers.language, reasons=joined), True)]


def _said(key: str, language: str, **facts: str) -> str:
    return _SAID[key][language].format(**facts)
