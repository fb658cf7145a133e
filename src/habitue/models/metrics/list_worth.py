"""What a list is worth beside being right: how varied it is, how surprising, and the money it brings in."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from habitue.errors import ConfigError, DataError
from habitue.models.metrics.arrays import Floats
from habitue.models.metrics.recommending import Ints, checked_lists, list_targets

__all__ = ["diversity_by_customer", "revenue_by_customer", "serendipity_by_customer"]

_BLOCK = 4_096


def diversity_by_customer(lists: Any, of: Any, k: int | None = None) -> Floats:
    """Return how unlike each other the products of each list are: 0 all the same, 1 nothing in common.

    Parameters
    ----------
    lists : int array of shape (customers, places)
    of : int array of shape (n_items,), sparse array of shape (n_items, attributes), or float array (n_items, width)
        Categories (-1 where unknown: two products are alike if they share one), or attributes or vectors, compared by
        their cosine. Products without any are left out.
    k : int, optional

    Returns
    -------
    array of shape (customers,)
        The mean over pairs of 1 - similarity; NaN for lists with fewer than two products of which something is known.

    References
    ----------
    Ziegler et al. (2005), Improving recommendation lists through topic diversification, *WWW* (intra-list similarity).

    Examples
    --------
    >>> diversity_by_customer([[0, 1], [0, 2]], np.array([7, 7, 8])).tolist()
    [0.0, 1.0]
    """
    unit = _units(of)
    shown = checked_lists(lists, k, n_items=unit.shape[0])
    known = np.append(np.asarray(abs(unit).sum(axis=1)).ravel() > 0, False)  # the last one stands for an empty place
    found = np.full(shown.shape[0], np.nan)
    for start in range(0, shown.shape[0], _BLOCK):
        part = shown[start : start + _BLOCK]
        held = known[part]
        rows = np.nonzero(held)[0]
        table = sparse.csr_array((np.ones(rows.size), (rows, part[held])), shape=(part.shape[0], unit.shape[0]))
        summed = table @ unit
        # The similarities of all ordered pairs add up to |sum of units|², of which one is each product's own.
        length = np.asarray((summed * summed).sum(axis=1)).ravel()
        many = held.sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            alike = (length - many) / (many * (many - 1.0))
        found[start : start + _BLOCK] = np.where(many > 1, np.maximum(1 - alike, 0.0), np.nan)
    return found


def serendipity_by_customer(lists: Any, targets: Any, expected: Any, k: int | None = None) -> Floats:
    """Return the share of places that are right and not what anybody would have shown.

    Parameters
    ----------
    lists : int array of shape (customers, places)
    targets : sparse array of shape (customers, items), histories, or int array of shape (customers,)
    expected : int array of shape (places,) or (customers, places)
        The popular products, or each customer's list by a simple method; -1 for none.
    k : int, optional

    Returns
    -------
    array of shape (customers,)
        NaN for customers for whom nothing was right.

    References
    ----------
    Ge, M., Delgado-Battenfeld, C. and Jannach, D. (2010), Beyond accuracy: evaluating recommender systems by coverage
    and serendipity, *RecSys*.

    Examples
    --------
    >>> serendipity_by_customer([[0, 1]], [1], expected=[0]).tolist(), serendipity_by_customer([[1]], [1], [1]).tolist()
    ([0.5], [0.0])
    """
    shown = checked_lists(lists, k)
    wanted = list_targets(targets, shown.shape[0], at_least=int(shown.max(initial=-1)) + 1)
    usual = np.atleast_2d(np.asarray(expected, np.int64))
    if usual.ndim != 2 or usual.shape[0] not in {1, shown.shape[0]}:
        raise DataError(f"expected has the shape {usual.shape}", expected=f"one list, or {shown.shape[0]}")
    surprising = np.ones(shown.shape, dtype=bool)
    for place in range(usual.shape[1]):
        surprising &= shown != usual[:, place : place + 1]
    worth = _worth(shown, wanted) > 0
    return np.where(np.diff(wanted.indptr) > 0, (worth & surprising).mean(axis=1), np.nan)


def revenue_by_customer(
    lists: Any, targets: Any, prices: Any = None, k: int | None = None, *, margin: Any = None
) -> Floats:
    """Return the money that the products shown brought in.

    Parameters
    ----------
    lists : int array of shape (customers, places)
    targets : sparse array of shape (customers, items), histories, or int array of shape (customers,)
        Pieces bought of each product; or the money spent on it, then without prices.
    prices : array of shape (n_items,), optional
        Of one piece. Only prices of products that were shown and bought are needed.
    k : int, optional
    margin : float, or array of shape (n_items,), optional
        Share of the price that is left to the shop: gives the gross profit instead of the revenue.

    Returns
    -------
    array of shape (customers,)
        0 where nothing shown was bought.

    Raises
    ------
    DataError
        A product that was shown and bought has no price or margin.

    Examples
    --------
    >>> revenue_by_customer([[0, 1], [1, 2]], [1, 0], prices=[5.0, 20.0, 9.0], margin=0.5).tolist()
    [10.0, 0.0]
    """
    shown = checked_lists(lists, k)
    wanted = list_targets(targets, shown.shape[0], at_least=int(shown.max(initial=-1)) + 1)
    worth = _worth(shown, wanted)
    for name, given in (("price", prices), ("margin", margin)):
        if given is None or not worth.any():
            continue
        each = np.asarray(given, np.float64)
        each = np.full(shown.max(initial=0) + 1, each) if each.ndim == 0 else each
        checked_lists(shown, n_items=each.size)
        factor = each[np.maximum(shown, 0)]
        missing = (worth > 0) & ~np.isfinite(factor)
        if missing.any():
            raise DataError(
                f"{missing.sum()} products that were shown and bought have no {name}", first=int(shown[missing][0])
            )
        worth = np.where(worth > 0, worth * np.where(np.isfinite(factor), factor, 0.0), 0.0)
    total: Floats = worth.sum(axis=1)
    return total


def _worth(shown: Ints, wanted: Any) -> Floats:
    """Return what each place is worth by the table of what was right, 0 where it is wrong or empty."""
    rows = np.broadcast_to(np.arange(shown.shape[0])[:, None], shown.shape)
    held = shown >= 0
    found = np.zeros(shown.shape)
    if held.any() and wanted.nnz:
        found[held] = np.asarray(wanted[rows[held], shown[held]]).ravel()
    return found


def _units(of: Any) -> Any:
    """Return what products are as rows of length 1, or 0 where nothing is known."""
    if not sparse.issparse(of):
        of = np.asarray(of)
        if of.ndim == 1 and np.issubdtype(of.dtype, np.integer):
            rows = np.flatnonzero(of >= 0)
            return sparse.csr_array((np.ones(rows.size), (rows, of[rows])), shape=(of.size, int(of.max(initial=0)) + 1))
        if of.ndim != 2:
            raise ConfigError(
                f"products are described by {of.dtype} of shape {of.shape}",
                expected="categories as whole numbers, or one row of attributes or vectors for each product",
            )
        table: npt.NDArray[np.float64] = of.astype(np.float64)
        if not np.isfinite(table).all():
            raise DataError("vectors of products have missing values", expected="numbers; zeros where nothing is known")
        length = np.linalg.norm(table, axis=1, keepdims=True)
        return np.divide(table, length, out=np.zeros(table.shape), where=length > 0)
    table = sparse.csr_array(of).astype(np.float64)
    length = np.sqrt(np.asarray((table * table).sum(axis=1)).ravel())
    return sparse.dia_array((np.divide(1, length, out=np.zeros(length.size), where=length > 0)[None], [0]),
                            shape=(length.size, length.size)).tocsr() @ table  # fmt: skip
