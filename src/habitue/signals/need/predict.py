"""What every customer needs next: categories, products, and when."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from habitue.data.shop import as_moment
from habitue.features.categories import product_titles
from habitue.signals.need.cards import cards, states
from habitue.signals.need.fitting import FittedNeed, fit
from habitue.signals.need.learnt import Learnt
from habitue.signals.need.scoring import score
from habitue.signals.need.spec import NEED_CATEGORIES, NeedSpec
from habitue.tasks import cards_table

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Learnt", "learn", "run", "score"]


def learn(shop: Shop, at: str | date | datetime, *, spec: NeedSpec | None = None) -> Learnt:
    """Learn from the orders after several earlier moments what customers need next; nothing from ``at`` on is used.

    Small and young shops get the customer's own history smoothed with popularity, and their card says so.

    Parameters
    ----------
    shop : Shop
    at : datetime
    spec : NeedSpec, optional

    Returns
    -------
    Learnt
        To score customers at the moment or later; it can be saved.

    Raises
    ------
    NotEnoughData
        When nobody bought a product before the moment.
    """
    moment = as_moment(at)
    fitted = fit(shop, moment, spec or NeedSpec(), shares=False)
    titles = product_titles(shop, shop.at(moment))
    return Learnt(
        at=moment,
        spec=fitted.spec,
        scheme=fitted.scheme,
        shelf=fitted.shelf,
        titles=tuple(titles.get(name) for name in fitted.shelf.products),
        climate=fitted.climate,
        head=fitted.choice.chances,
        timing=fitted.timing,
        shopping=fitted.shopping,
        products=fitted.products,
        usual=fitted.usual,
        plain_usual=fitted.plain_usual,
        whole_from=fitted.whole_from,
        tables={"need_categories": _describe(fitted), "need_models": cards_table(cards(fitted), states(fitted))},
    )


def run(
    shop: Shop, as_of: str | date | datetime, *, spec: NeedSpec | None = None, learnt: Learnt | None = None
) -> dict[str, pa.Table]:
    """Say which categories and products each customer is likely to buy next, and when.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Nothing from then on is used.
    spec : NeedSpec, optional
    learnt : Learnt, optional
        From an earlier moment; learnt anew when not given.

    Returns
    -------
    dict of str to Arrow table
        need (the likeliest categories of each customer's next order, and those never bought that come next),
        need_products, need_timing, need_categories, need_models.

    Raises
    ------
    NotEnoughData
        When nobody bought a product before the moment.
    DataError
        When what was learnt knows more than the moment.
    """
    return score(shop, as_of, learnt or learn(shop, as_of, spec=spec))


def _describe(fitted: FittedNeed) -> pa.Table:
    """Return the table need_categories."""
    described = fitted.scheme.described
    return pa.table(
        {
            "category": described["category"],
            "words": described["words"],
            "products": described["products"],
            "share": np.asarray(fitted.climate.rates),
            "from_titles": described["from_titles"],
        },
        schema=NEED_CATEGORIES,
    )
