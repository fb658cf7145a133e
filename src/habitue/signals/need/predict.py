"""What every customer needs next: categories, products, and when."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import pyarrow as pa

from habitue.data.shop import as_moment
from habitue.signals.need.cards import cards, states
from habitue.signals.need.fitting import fit
from habitue.signals.need.scoring import describe, score
from habitue.signals.need.spec import NeedSpec
from habitue.tasks import cards_table

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["run"]


def run(shop: Shop, as_of: str | date | datetime, *, spec: NeedSpec | None = None) -> dict[str, pa.Table]:
    """Say which categories and products each customer is likely to buy next, and when.

    Learnt from what customers bought in the order after several earlier moments; nothing from ``as_of`` on is used.
    Small and young shops get the customer's own history smoothed with popularity, and their card says so.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
    spec : NeedSpec, optional

    Returns
    -------
    dict of str to Arrow table
        need (the likeliest categories of each customer's next order, and those never bought that come next),
        need_products, need_timing, need_categories, need_models.

    Raises
    ------
    NotEnoughData
        When nobody bought a product before the moment.
    """
    fitted = fit(shop, as_moment(as_of), spec or NeedSpec())
    return {
        **score(shop, fitted),
        "need_categories": describe(fitted),
        "need_models": cards_table(cards(fitted), states(fitted)),
    }
