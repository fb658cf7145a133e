"""Figures of recommendation lists: how many of the right products are shown, and how near the top.

Lists are whole numbers of shape (customers, k), best first, -1 where nothing is shown. What was right is given as a
sparse table of customers × products (above 0), as histories, or as one product a customer (-1 for none). A customer
for whom nothing was right has NaN in every figure and is left out of every mean.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from habitue.errors import ConfigError, DataError
from habitue.models.metrics.arrays import Floats
from habitue.models.metrics.intervals import Interval, bootstrap

__all__ = [
    "ListAccuracy",
    "accuracy_of_places",
    "checked_lists",
    "list_accuracy",
    "list_targets",
    "mean_interval",
]

Ints = npt.NDArray[np.int64]

_NONE = -1


@dataclass(frozen=True, slots=True, eq=False)
class ListAccuracy:
    """How right each customer's first k products are: arrays of shape (customers,), NaN for nothing to be right about.

    Attributes
    ----------
    recall : share of the right products that are shown
    precision : share of the k places that hold a right product; empty places count as wrong
    ndcg : nearness to the best possible list, each right product counting 1 / log2(1 + place)
    average_precision : mean of the precision at each right place, over min(k, right products); its mean is MAP
    reciprocal_rank : 1 / place of the first right product, 0 without one; its mean is MRR
    hit : 1 where any right product is shown

    References
    ----------
    Manning, Raghavan and Schütze (2008), *Introduction to Information Retrieval*, chapter 8; Järvelin and Kekäläinen
    (2002), *ACM Transactions on Information Systems* 20.
    """

    recall: Floats
    precision: Floats
    ndcg: Floats
    average_precision: Floats
    reciprocal_rank: Floats
    hit: Floats

    def means(self) -> dict[str, float]:
        """Return the mean of each figure over customers with anything to be right about; NaN without any."""
        return {name: _mean(getattr(self, name)) for name in self.__slots__}

    def intervals(self, *, draws: int = 300, seed: int = 0) -> dict[str, Interval]:
        """Return the mean of each figure with its 95 % interval over customers drawn with replacement."""
        return {name: mean_interval(getattr(self, name), draws=draws, seed=seed) for name in self.__slots__}


def list_accuracy(lists: Any, targets: Any, k: int | None = None) -> ListAccuracy:
    """Say how right the first k products of each list are.

    Parameters
    ----------
    lists : int array of shape (customers, places)
    targets : sparse array of shape (customers, items), histories, or int array of shape (customers,)
    k : int, optional
        How many places are looked at; all when not given.

    Raises
    ------
    DataError
        A list names a product twice or one that is not there, or the numbers of customers differ.

    Examples
    --------
    >>> found = list_accuracy([[4, 2, 0]], [2])
    >>> found.hit.tolist(), found.reciprocal_rank.tolist(), found.recall.tolist()
    ([1.0], [0.5], [1.0])
    """
    shown = checked_lists(lists, k)
    wanted = list_targets(targets, shown.shape[0], at_least=int(shown.max(initial=-1)) + 1)
    right = _right(shown, wanted)
    rows, places = np.nonzero(right)
    return accuracy_of_places(rows, (places + 1).astype(np.float64), np.diff(wanted.indptr), shown.shape[1])


def mean_interval(values: Any, *, draws: int = 300, seed: int = 0, level: float = 0.95) -> Interval:
    """Return the mean of a figure that each customer has, with its interval over customers drawn with replacement.

    Parameters
    ----------
    values : array of shape (customers,)
        NaN for customers without the figure, who are left out. Give the difference of two lists' figures for the
        interval of the difference.
    draws, seed, level
        As in ``bootstrap``.
    """
    held = np.asarray(values, np.float64)
    return bootstrap(_mean, held[~np.isnan(held)], draws=draws, seed=seed, level=level)


def checked_lists(lists: Any, k: int | None = None, *, n_items: int | None = None) -> Ints:
    """Return lists as whole numbers of k places, or say what is wrong with them."""
    shown = np.asarray(lists)
    if shown.ndim != 2 or not (np.issubdtype(shown.dtype, np.integer) or shown.size == 0):
        raise DataError(
            f"lists are {shown.dtype} of shape {shown.shape}", expected="whole numbers, customers × places, -1 for none"
        )
    if k is not None and k < 1:
        raise ConfigError(f"a list of {k} products cannot be judged", expected="k of 1 or more")
    if k is not None and k > shown.shape[1]:
        # Places that a list does not have are empty ones: a short list must not look precise.
        shown = np.pad(shown, ((0, 0), (0, k - shown.shape[1])), constant_values=_NONE)
    shown = shown[:, :k].astype(np.int64)
    if shown.min(initial=_NONE) < _NONE:
        raise DataError(f"a list holds {shown.min()}", expected="numbers of products, -1 for none")
    if n_items is not None and shown.max(initial=_NONE) >= n_items:
        raise DataError(f"a list shows product {shown.max()}", expected=f"products 0 to {n_items - 1}")
    ordered = np.sort(shown, axis=1)
    twice = ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] != _NONE)).any(axis=1)
    if twice.any():
        first = int(np.argmax(twice))
        raise DataError(
            f"{twice.sum()} of {twice.size} lists show a product twice",
            first=f"row {first}: {shown[first].tolist()}", expected="each product once",
        )  # fmt: skip
    return shown


def list_targets(targets: Any, customers: int | None = None, *, at_least: int = 0) -> Any:
    """Return what was right as a sorted sparse table without zeros, of as many rows as there are customers.

    Parameters
    ----------
    targets : sparse array of shape (customers, items), histories, or int array of shape (customers,)
    customers : int, optional
        How many rows are expected.
    at_least : int
        How many products the lists speak of; one product a customer fits any number.
    """
    if hasattr(targets, "seen"):
        targets = targets.seen()
    if sparse.issparse(targets):
        found = sparse.csr_array(targets, copy=True).astype(np.float64)
        found.sum_duplicates()
        if not np.isfinite(found.data).all() or (found.data < 0).any():
            raise DataError("what was right has missing or negative values", expected="0 or more")
        found.eliminate_zeros()
        found.sort_indices()
    else:
        found = _of_one(np.asarray(targets), at_least)
    if customers is not None and found.shape[0] != customers:
        raise DataError(
            f"{customers} customers have lists, {found.shape[0]} have something right", expected="as many in each"
        )
    if at_least > found.shape[1]:
        raise DataError(f"a list shows product {at_least - 1}", expected=f"products 0 to {found.shape[1] - 1}")
    return found


def accuracy_of_places(rows: Ints, places: Floats, wanted: Ints, k: int) -> ListAccuracy:
    """Work all figures out from right places: customer and place (from 1) of each, and how many were wanted."""
    customers = wanted.size
    order = np.lexsort((places, rows))
    rows, places = rows[order], places[order]
    hits = np.bincount(rows, minlength=customers)
    so_far = np.arange(rows.size) - np.repeat(np.cumsum(hits) - hits, hits) + 1
    most = np.minimum(wanted, k)
    gains = np.concatenate([[0], np.cumsum(1 / np.log2(np.arange(2, k + 2)))])
    first = np.full(customers, np.inf)
    np.minimum.at(first, rows, places)
    none = wanted == 0

    def each(values: Any, over: Any = 1.0) -> Floats:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(none, np.nan, np.asarray(values, np.float64) / over)

    return ListAccuracy(
        recall=each(hits, wanted),
        precision=each(hits, k),
        ndcg=each(np.bincount(rows, 1 / np.log2(places + 1), minlength=customers), gains[most]),
        average_precision=each(np.bincount(rows, so_far / places, minlength=customers), most),
        reciprocal_rank=each(1 / first),
        hit=each(hits > 0),
    )


def _of_one(one: npt.NDArray[Any], at_least: int) -> Any:
    if one.ndim != 1 or not (np.issubdtype(one.dtype, np.integer) or one.size == 0):
        raise DataError(
            f"what was right is {one.dtype} of shape {one.shape}",
            expected="a sparse table of customers × products, histories, or one product a customer, -1 for none",
        )
    has = one >= 0
    rows, width = np.flatnonzero(has), max(at_least, int(one.max(initial=-1)) + 1)
    return sparse.csr_array((np.ones(rows.size), (rows, one[has])), shape=(one.size, width))


def _right(shown: Ints, wanted: Any) -> npt.NDArray[np.bool_]:
    """Say of each place whether it holds a right product."""
    width = wanted.shape[1] + 1
    keys = np.repeat(np.arange(wanted.shape[0]), np.diff(wanted.indptr)) * width + wanted.indices
    asked = np.arange(shown.shape[0])[:, None] * width + shown
    places = np.searchsorted(keys, asked)
    known = np.append(keys, -1)
    right: npt.NDArray[np.bool_] = (known[np.minimum(places, keys.size)] == asked) & (shown >= 0)
    return right


def _mean(values: Floats) -> float:
    held = values[~np.isnan(values)]
    return float(held.mean()) if held.size else float("nan")
