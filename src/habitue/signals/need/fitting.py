"""Learn everything the area knows as of a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from habitue.errors import NotEnoughData
from habitue.features.categories import Categories, categories
from habitue.signals.need.explaining import Usual, usual_for
from habitue.signals.need.history import History, Shelf, buyers, day_of, drawn, read_history
from habitue.signals.need.pairs import Climate, climate_at, counts_at, pairs_at
from habitue.signals.need.products import NextProducts, fit_products
from habitue.signals.need.shopping import Shopping, shopping_at
from habitue.signals.need.spec import NeedSpec
from habitue.signals.need.timing import Timing, fit_timing, rhythm_at
from habitue.signals.need.training import Choice, Head, Moment, came_back, choose

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["FittedNeed", "fit"]

_USUAL = 500  # customers whose medians are called usual
_PRODUCT_MOMENTS = 2


@dataclass(frozen=True)
class FittedNeed:
    """What was learnt as of a moment.

    Attributes
    ----------
    as_of : datetime
    spec : NeedSpec
    scheme : Categories
    shelf : Shelf
    customers : list of str
        Everybody who bought, sorted.
    history : History
        Of the customers learnt from.
    climate : Climate
    choice : Choice
    timing : Timing
    shopping : Shopping
    products : NextProducts
    usual, plain_usual : Usual
        Of the full answer, and of own history alone.
    whole_from : float
        Chance of an order from which a customer gets the full answer; 0 for everybody.
    """

    as_of: datetime
    spec: NeedSpec
    scheme: Categories
    shelf: Shelf
    customers: list[str]
    history: History
    climate: Climate
    choice: Choice
    timing: Timing
    shopping: Shopping
    products: NextProducts
    usual: Usual
    plain_usual: Usual
    whole_from: float = 0.0


def fit(shop: Shop, as_of: datetime, spec: NeedSpec, *, shares: bool = True) -> FittedNeed:
    """Learn what customers need next from all that was known before a moment.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
    spec : NeedSpec
    shares : bool
        Learn shares of the next order too, which nothing that is published rests on.

    Raises
    ------
    NotEnoughData
        When nobody bought a product before.
    """
    customers = buyers(shop, as_of)
    if not customers:
        raise NotEnoughData(
            f"Nobody bought a product before {as_of:%Y-%m-%d}", table="order_lines", hint="habitue check"
        )
    scheme = categories(shop, as_of, count=spec.categories, seed=spec.seed)
    shelf = Shelf.of(scheme.products, scheme.names)
    history = read_history(shop, shop.at(as_of), drawn(customers, spec.learners), shelf)
    day = day_of(as_of)
    choice = choose(history, day, spec.horizon_days, shares=shares, seed=spec.seed)
    climate = climate_at(history, day, spec.horizon_days)
    timing = fit_timing(history, day, spec.timing_days, seed=spec.seed)
    some = pairs_at(history, climate, only=list(range(min(_USUAL, len(history.customers)))))
    return FittedNeed(
        as_of,
        spec,
        scheme,
        shelf,
        customers,
        history,
        climate,
        choice,
        timing,
        shopping_at(history, day),
        _products(history, choice, spec),
        usual_for(choice.chances, climate, some),
        usual_for(Head(choice.chances.several, choice.chances.weight), climate, some),
        _whole_from(history, timing, day, len(customers), spec),
    )


def _whole_from(history: History, timing: Timing, day: float, customers: int, spec: NeedSpec) -> float:
    """Return the chance of an order above which there are as many customers as get the full answer.

    Told from the customers learnt from, who are drawn by their ids: nobody has to be looked at twice.
    """
    if customers <= spec.whole or timing.model is None:
        return 0.0
    chance = timing.days(rhythm_at(history, day, timing.prior), spec.timing_days)[3]
    return float(np.quantile(chance, 1.0 - spec.whole / customers))


def _products(history: History, choice: Choice, spec: NeedSpec) -> NextProducts:
    """Learn from the newest moments with a whole window; chances of categories are the plain ones, as at scoring."""
    whole = [each for each in choice.moments if each.until - each.day >= spec.horizon_days][:_PRODUCT_MOMENTS]
    asked: list[Moment] = []
    chances = []
    for moment in whole or list(choice.moments[-1:]):
        who = came_back(history, moment)
        if len(who):
            asked.append(moment)
            rates = climate_at(history, moment.day, spec.horizon_days).rates
            chances.append((who, counts_at(history, moment.day, who).plain(rates)))
    return fit_products(history, asked, chances, seed=spec.seed)
