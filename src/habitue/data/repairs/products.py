"""Product codes and their titles: letter case (D112), several titles (D113)."""

from __future__ import annotations

from typing import Any

from habitue.data.finding import Finding
from habitue.data.finding_catalogue import CATALOGUE
from habitue.data.repairs.overview import Overview
from habitue.engine import Engine, text_matches

__all__ = ["product_findings"]

#: Words that people at the shelf type in place of a title.
_REMARK = (
    r"(?i)[^\pL]*((stock |wet |water )?(damaged?s?|check(ed)?|missing|lost|found|broken|smashed|crushed|cracked)"
    r"|rusty|wet|mouldy|faulty|counted|returned|adjust(ment|ed)?|thrown away|sold as .*|display|unsale?able.*|wrong .*"
    r"|incorrect .*|mixed up|mix up|test|samples?"
    r"|破损|损坏|盘点|盘亏|盘盈|丢失|缺货|报废|退回|样品|测试|调整|错发)?[^\pL]*"
)


def product_findings(lines: Any, overview: Overview, *, engine: Engine) -> list[Finding]:
    """Look at the product codes of all lines."""
    if not overview.has("product_id"):
        return [CATALOGUE[code].not_applicable("product_id") for code in ("D112", "D113")]
    coded = lines.filter(lines.product_id.notnull())
    pairs = coded.group_by("product_id", "product_title").agg(row=coded.source_row.min())
    # Distinct in two stages: pairs are few, lines are many.
    titles = pairs.group_by("product_id").agg(
        titles=pairs.product_title.count(),
        remarks=pairs.count(where=text_matches(pairs.product_title, _REMARK)),
        row=pairs.row.min(),
    )
    products = engine.keep(titles)
    codes = engine.to_rows(products.agg(codes=products.count()))[0]["codes"]
    return [
        _letter_case(products, coded, codes, engine),
        _many_titles(products, coded, codes, engine)
        if overview.has("product_title")
        else CATALOGUE["D113"].not_applicable("product_title"),
    ]


def _letter_case(products: Any, lines: Any, codes: int, engine: Engine) -> Finding:
    groups = products.group_by(lower=products.product_id.lower()).agg(
        spellings=products.count(), later=products.product_id.argmax(products.row)
    )
    several = groups.spellings > 1
    (seen,) = engine.to_rows(groups.agg(count=groups.count(where=several), first=groups.later.min(where=several)))
    return CATALOGUE["D112"].found(seen["count"], codes, **_place(lines, seen["first"], engine))


def _many_titles(products: Any, lines: Any, codes: int, engine: Engine) -> Finding:
    many = products.filter(products.titles > 1)
    (seen,) = engine.to_rows(
        many.agg(count=many.count(), remarks=many.remarks.sum(), first=many.product_id.argmin(many.row))
    )
    place = _place(lines, seen["first"], engine)
    return CATALOGUE["D113"].found(seen["count"], codes, remarks=seen["remarks"] or 0, **place)


def _place(lines: Any, code: str | None, engine: Engine) -> dict[str, Any]:
    """Return where a product code is seen first."""
    if code is None:
        return {}
    rows = lines.filter(lines.product_id == code).order_by("source", "source_row").limit(1)
    (row,) = engine.to_rows(rows.select("source", "source_row"))
    return {"first_row": row["source_row"], "first_value": code, "source": row["source"]}
