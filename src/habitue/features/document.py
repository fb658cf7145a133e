"""The catalogue of features as a page, printed from the definitions."""

from __future__ import annotations

from habitue.features.catalogue import CATALOGUE
from habitue.features.definition import AnyFeature, Derived

__all__ = ["catalogue_page", "formula"]

_HEAD = """# Features of a customer

All that `habitue.features.compute(shop.at(t))` can say about a customer, from what was known strictly before `t`. This
page is printed from the definitions (`make docs`). Windows are `[t − days, t)`. A figure is empty where the
shop does not have the column or table it needs, or the customer has no such row; sums and counts are then 0.

| feature | unit | meaning | 含义 | computed as | needs |
|---|---|---|---|---|---|
"""


def formula(each: AnyFeature) -> str:
    """Say in a few symbols how a feature is computed.

    Examples
    --------
    >>> from habitue.features import feature
    >>> formula(feature("spend_90d"))
    'sum(spend) of orders, last 90 days'
    >>> formula(feature("net_spend"))
    'spend − returned'
    """
    if isinstance(each, Derived):
        if each.kind == "days_since":
            return f"t − {each.of[0]}"
        return f" {'÷' if each.kind == 'ratio' else '−'} ".join(each.of)
    rows = {"day": "purchase days", "price": "products", "category": "categories"}.get(each.grain, f"{each.grain}s")
    which = f" where {each.where}" if each.where else ""
    window = f", last {each.window_days} days" if each.window_days else ""
    measure = f"({each.measure})" if each.measure else ""
    return f"{each.aggregate}{measure} of {rows}{which}{window}"


def catalogue_page() -> str:
    """Return ``docs/features.md``."""
    lines = [
        f"| `{each.name}` | {each.unit} | {each.meaning.en} | {each.meaning.zh} | {formula(each)} | {_needs(each)} |"
        for each in CATALOGUE.values()
    ]
    return _HEAD + "\n".join(lines) + "\n"


def _needs(each: AnyFeature) -> str:
    return "" if isinstance(each, Derived) else ", ".join(each.needs).replace("|", " or ")
