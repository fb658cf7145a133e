"""Which products recommendation lists show: how much of the shop, how evenly, how popular, how new.

Accuracy alone is had by showing everybody the bestsellers. These figures stand beside it: print them together.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import ndtri

from habitue.errors import DataError
from habitue.models.metrics.arrays import Floats
from habitue.models.metrics.intervals import Interval, bootstrap
from habitue.models.metrics.recommending import Ints, checked_lists, list_targets

__all__ = [
    "catalogue_interval",
    "coverage_at",
    "exposure_gini",
    "novelty_by_customer",
    "popularity_bias",
    "popularity_by_customer",
]


def coverage_at(lists: Any, n_items: int, k: int | None = None, *, available: Any = None) -> float:
    """Return the share of the catalogue that at least one customer is shown.

    Parameters
    ----------
    lists : int array of shape (customers, places)
    n_items : int
    k : int, optional
    available : bool array of shape (n_items,), optional
        Products that can be shown at all; only these are counted.

    Examples
    --------
    >>> coverage_at([[0, 1], [0, 2]], n_items=6)
    0.5
    """
    shown = _exposure(lists, n_items, k) > 0
    can = np.ones(n_items, dtype=bool) if available is None else np.asarray(available, dtype=bool)
    return float(shown[can].mean()) if can.any() else float("nan")


def exposure_gini(lists: Any, n_items: int, k: int | None = None) -> float:
    """Return how unevenly places are shared out among products: 0 all alike, near 1 a few take everything.

    Parameters
    ----------
    lists : int array of shape (customers, places)
    n_items : int
        Products never shown count too.
    k : int, optional

    Examples
    --------
    >>> exposure_gini([[0, 1], [2, 3]], n_items=4)
    0.0
    """
    times = np.sort(_exposure(lists, n_items, k))
    total = times.sum()
    if not total:
        return float("nan")
    return float((2 * np.arange(1, n_items + 1) - n_items - 1) @ times / (n_items * total))


def catalogue_interval(figure: Callable[[Any], float], lists: Any, *, groups: int = 50, seed: int = 0) -> Interval:
    """Return a figure of the whole base, such as the coverage, with its 95 % interval over customers.

    Drawing customers with replacement shows fewer products than there are, so that bootstrap intervals of coverage lie
    beside the figure. Here random groups of customers are left out, one at a time (delete-a-group jackknife).

    Parameters
    ----------
    figure : callable
        Takes lists and returns a float, for example ``lambda lists: coverage_at(lists, 900)``.
    lists : int array of shape (customers, places)
    groups : int
    seed : int
        Of the groups.

    References
    ----------
    Shao, J. and Tu, D. (1995), *The Jackknife and Bootstrap*, section 2.3.
    """
    shown = checked_lists(lists)
    value = figure(shown)
    many = min(groups, shown.shape[0])
    if many < 2:
        return Interval(value, float("nan"), float("nan"))
    member = np.random.default_rng(seed).permutation(shown.shape[0]) % many
    without = np.array([figure(shown[member != group]) for group in range(many)])
    spread = float(np.sqrt((many - 1) / many * ((without - without.mean()) ** 2).sum()))
    reach = float(ndtri(0.975)) * spread
    return Interval(value, value - reach, value + reach)


def novelty_by_customer(lists: Any, buyers: Any, customers: int, k: int | None = None) -> Floats:
    """Return how little known the products of each list are, in bits: the rarer, the higher.

    Parameters
    ----------
    lists : int array of shape (customers, places)
    buyers : array of shape (n_items,)
        How many customers had each product before.
    customers : int
        How many customers there were.
    k : int, optional

    Returns
    -------
    array of shape (customers,)
        The mean of -log2((buyers + 1) / (customers + 1)), the one added so that products nobody had are finite; NaN for
        empty lists.

    References
    ----------
    Zhou et al. (2010), Solving the apparent diversity-accuracy dilemma, *PNAS* 107 (self-information).

    Examples
    --------
    >>> novelty_by_customer([[0], [1]], [3, 0], customers=3).tolist()
    [0.0, 2.0]
    """
    had = _of_items(buyers, "buyers")
    if (had > customers).any() or (had < 0).any():
        raise DataError(f"a product has {had.max():g} buyers", expected=f"0 to {customers}")
    return _mean_shown(lists, k, -np.log2((had + 1) / (customers + 1)))


def popularity_by_customer(lists: Any, counts: Any, k: int | None = None) -> Floats:
    """Return how often the products of each list were bought on average; NaN for empty lists."""
    return _mean_shown(lists, k, _of_items(counts, "counts"))


def popularity_bias(
    lists: Any, bought: Any, counts: Any, k: int | None = None, *, draws: int = 300, seed: int = 0
) -> Interval:
    """Return how many times as popular the products shown are as those the same customers bought.

    Parameters
    ----------
    lists : int array of shape (customers, places)
    bought : sparse array of shape (customers, items), histories, or int array of shape (customers,)
        What customers bought afterwards, or in the past.
    counts : array of shape (n_items,)
        How often each product had been bought.
    k : int, optional
    draws, seed
        Of customers, for the interval.

    Returns
    -------
    Interval
        1 where lists are as popular as purchases, above where they lean to bestsellers; NaN without a purchase.

    References
    ----------
    Abdollahpouri et al. (2019), The unfairness of popularity bias in recommendation, *RMSE workshop at RecSys*.
    """
    had = _of_items(counts, "counts")
    shown = _mean_shown(lists, k, had)
    wanted = list_targets(bought, shown.size)
    many = np.diff(wanted.indptr)
    inside = wanted.indices < had.size  # what came on sale later was never bought before
    own = np.bincount(np.repeat(np.arange(shown.size), many)[inside], had[wanted.indices[inside]], minlength=shown.size)
    both = (many > 0) & ~np.isnan(shown)
    return bootstrap(_ratio, shown[both], own[both] / many[both], draws=draws, seed=seed)


def _exposure(lists: Any, n_items: int, k: int | None) -> Ints:
    shown = checked_lists(lists, k, n_items=n_items)
    return np.bincount(shown[shown >= 0], minlength=n_items)


def _of_items(values: Any, name: str) -> Floats:
    found = np.asarray(values, np.float64)
    if found.ndim != 1 or not np.isfinite(found).all():
        raise DataError(f"{name} of shape {found.shape} do not fit or are missing", expected="a number for each item")
    return found


def _mean_shown(lists: Any, k: int | None, of_item: Floats) -> Floats:
    """Return the mean of a figure of products over each list; NaN for empty lists."""
    shown = checked_lists(lists, k, n_items=of_item.size)
    held = shown >= 0
    if not of_item.size:
        return np.full(shown.shape[0], np.nan)
    total = np.where(held, of_item[np.maximum(shown, 0)], 0.0).sum(axis=1)
    many = held.sum(axis=1)
    mean: Floats = np.divide(total, many, out=np.full(many.size, np.nan), where=many > 0)
    return mean


def _ratio(shown: Floats, bought: Floats) -> float:
    below = float(bought.mean()) if bought.size else 0.0
    return float(shown.mean()) / below if below > 0 else float("nan")
