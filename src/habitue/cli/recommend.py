"""`habitue recommend` and `habitue similar`: what to show to a customer, a visit, the whole base, beside a product."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from habitue.cli.options import AsJson, AsOf, Language, Quiet, ShopPath
from habitue.cli.speaking import progress, say, say_json

if TYPE_CHECKING:
    from habitue.actions.recommend import RecommendedList, Recommender
    from habitue.data.shop import Shop

__all__ = ["recommend", "similar"]


def recommend(  # noqa: PLR0913 - each is an option of the command
    customer: Annotated[str | None, Parameter(help="The customer's number; who is not known gets bestsellers.")] = None,
    shop: ShopPath = Path(),
    *,
    session: Annotated[
        Path | None, Parameter(help="An anonymous visit: a file with one product a line, or JSON lines of events.")
    ] = None,
    everybody: Annotated[
        Path | None, Parameter(name="--all", help="Write lists for the whole base into this Parquet or CSV file.")
    ] = None,
    kind: Annotated[str, Parameter(help="home, cart, after_purchase, new, win_back, email, push…")] = "home",
    k: Annotated[int, Parameter(name=["--k", "-k"], help="How many products.")] = 10,
    log: Annotated[bool, Parameter(negative="", help="Write down what was served, with its chances.")] = False,
    as_of: AsOf = None,
    lang: Language = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Recommend products to a customer, to an anonymous visit, or to the whole base.

    Parameters
    ----------
    customer : str, optional
        The customer's number; without it and without a visit: bestsellers.
    """
    from habitue.data.shop import Shop
    from habitue.errors import ConfigError

    if everybody is not None and (customer is not None or session is not None):
        raise ConfigError("--all recommends to everybody", expected="no customer and no --session beside it")
    with progress(quiet=quiet or json) as bars, Shop.open(shop, report=bars) as opened:
        made = _recommender(opened, as_of, log=log)
        language = lang or opened.settings.shop.language
        if everybody is not None:
            rows = _write_all(made, everybody, kind, k, log=log)
            if json:
                say_json({"rows": rows, "file": str(everybody)})
            else:
                say(f"{everybody}: {rows:,} {'行' if language == 'zh' else 'rows'}")
            return 0
        found = made.recommend(customer, _visit(session), kind, k=k)
        made.flush()
        _tell(found, language, json=json)
    return 0


def similar(
    product: Annotated[str, Parameter(help="The product's code.")],
    shop: ShopPath = Path(),
    *,
    together: Annotated[
        bool, Parameter(negative="", help="What is bought with it instead of what is like it.")
    ] = False,
    k: Annotated[int, Parameter(name=["--k", "-k"], help="How many products.")] = 10,
    as_of: AsOf = None,
    lang: Language = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Show products like one product, or what is bought with it.

    Parameters
    ----------
    product : str
        The product's code; near ones are suggested where it is not known.
    """
    from habitue.data.shop import Shop

    with progress(quiet=quiet or json) as bars, Shop.open(shop, report=bars) as opened:
        made = _recommender(opened, as_of, log=False)
        found = made.similar(product, k, kind="together" if together else "similar")
        _tell(found, lang or opened.settings.shop.language, json=json)
    return 0


def _recommender(opened: Shop, as_of: str | None, *, log: bool) -> Recommender:
    """Open what was learnt at the calendar's moment; learn it where it is not there yet."""
    from habitue.actions.recommend import VERSION, Learnt, Recommender, depends_on, learn
    from habitue.data.shop import as_moment
    from habitue.pipeline.learning import Learning, Models

    moment = as_moment(as_of) if as_of else opened.latest_as_of
    learnt: Any = Models(opened, moment).of("recommend", VERSION, Learning(learn, Learnt.load, depends_on))
    made = Recommender(opened, learnt, as_of=moment, log=log)
    _with_segments(made, opened, moment)
    return made


def _with_segments(made: Recommender, opened: Shop, moment: Any) -> None:
    from habitue.errors import LedgerError

    try:
        tables = [opened.ledger.latest(name, moment).to_arrow() for name in ("segments", "recommend_segments")]
    except LedgerError:  # nothing was decided for segments: everybody gets the usual list
        return
    made.use_segments(*tables)


def _visit(file: Path | None) -> list[Any]:
    """Read what was done in a visit, oldest first."""
    import json as reading

    from habitue.errors import DataError

    if file is None:
        return []
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines()]
    except OSError as error:
        raise DataError(f"{file} cannot be read: {error}", path=file) from error
    try:
        return [reading.loads(line) if line.startswith("{") else line for line in lines if line]
    except ValueError as error:
        raise DataError(f"{file} holds a line that is no JSON: {error}", expected="one product or event a line",
                        path=file) from error  # fmt: skip


def _write_all(made: Recommender, out: Path, kind: str, k: int, *, log: bool) -> int:
    import pyarrow.parquet as pq
    from pyarrow import csv

    from habitue.errors import ConfigError

    if out.suffix not in (".parquet", ".csv"):
        raise ConfigError(
            f"{out.name} is no file that lists can be written into", expected="a name in .parquet or .csv"
        )
    table = made.batch(kind, k)
    out.parent.mkdir(parents=True, exist_ok=True)
    if out.suffix == ".csv":
        csv.write_csv(table, out)
    else:
        pq.write_table(table, out)
    if log:
        made.log_batch(table)
    return int(table.num_rows)


def _tell(found: RecommendedList, language: str, *, json: bool) -> None:
    from rich.markup import escape

    from habitue.actions.recommend.explaining import clash_words
    from habitue.actions.recommend.words import KIND_NAMES, STATES

    if json:
        say_json(found.as_dict())
        return
    state, kind = STATES[found.state][language], KIND_NAMES[found.kind][language]
    say(f"[bold]{escape(found.customer_id or '–')}[/bold]  {escape(kind)} · {escape(state)}")
    for place, each in enumerate(found.items, start=1):
        say(f"  {place:>2}  {escape(each.product_id)}  {escape(each.title)}")
        say(f"      [dim]{escape(each.words[language])}[/dim]")
    for clash in found.clashes:
        say(f"  [yellow]{escape(clash_words(clash)[language])}[/yellow]")
    if found.unknown:
        said = "店铺没有这些商品：" if language == "zh" else "The shop does not have: "
        say(f"  [yellow]{said}{escape(', '.join(found.unknown))}[/yellow]")
