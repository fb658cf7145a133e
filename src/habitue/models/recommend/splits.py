"""What to learn from and what to be judged by: ways of cutting histories, each honest in its own way.

A cut in time is the one to believe: nothing of it was known before. Leaving each customer's newest product out is the
one that published tables use; it learns from what other customers did later than the moment asked about.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from habitue.errors import ConfigError, DataError
from habitue.models.recommend.histories import Histories

__all__ = ["ColdItems", "LeaveOneOut", "TimeSplit", "cold_customers", "cold_items", "leave_one_out", "shuffled",
           "time_split"]  # fmt: skip

Ints = npt.NDArray[np.int64]

_LEAST = 3  # events of which one is the test, one the validation and one is learnt from


@dataclass(frozen=True, slots=True, eq=False)
class LeaveOneOut:
    """Each customer's newest product is the test, the one before it the validation.

    Attributes
    ----------
    training : Histories
        All customers without both; who has too few events is whole in here.
    asked : Histories
        All customers without the test product: what a model may look at when it is tested.
    validation, test : int array of shape (customers,)
        -1 for customers with too few events.
    """

    training: Histories
    asked: Histories
    validation: Ints
    test: Ints


@dataclass(frozen=True, slots=True, eq=False)
class TimeSplit:
    """What was known at a moment, and what customers did in the days from then on.

    Attributes
    ----------
    past : Histories
        All customers, strictly before the moment: learn from these.
    rows : int array
        The customers asked about: known before, and with something right after.
    targets : scipy.sparse.csr_array of shape (rows, items)
        What they had from the moment on, the weights of it added up.
    """

    past: Histories
    rows: Ints
    targets: Any

    @property
    def asked(self) -> Histories:
        """The past of the customers asked about, in the order of ``targets``."""
        return self.past.take(self.rows)


@dataclass(frozen=True, slots=True, eq=False)
class ColdItems:
    """Histories from which some products are hidden, as if they had not been on sale yet.

    Attributes
    ----------
    training : Histories
    hidden : bool array of shape (n_items,)
    """

    training: Histories
    hidden: npt.NDArray[np.bool_]


def leave_one_out(histories: Histories, *, least: int = _LEAST) -> LeaveOneOut:
    """Leave the newest product of each customer out for the test, the one before it for the validation.

    Parameters
    ----------
    histories : Histories
    least : int
        Customers with fewer events are learnt from and not asked about.

    Examples
    --------
    >>> cut = leave_one_out(Histories.from_lists([[4, 2, 0, 1], [3, 1]], n_items=5))
    >>> cut.training.row(0).tolist(), cut.validation.tolist(), cut.test.tolist()
    ([4, 2], [0, -1], [1, -1])
    """
    if least < _LEAST:
        raise ConfigError(f"{least} events cannot be cut in three", expected=f"{_LEAST} or more")
    enough = histories.lengths >= least
    last = np.where(enough, histories.starts[1:] - 1, 0)
    items = histories.items if histories.items.size else np.zeros(1, np.int32)
    test, validation = (np.where(enough, items[np.maximum(last - back, 0)], -1).astype(np.int64) for back in (0, 1))
    in_test = np.repeat(enough, histories.lengths)
    return LeaveOneOut(
        histories.without_each(in_test & (histories.ages < 2)),
        histories.without_each(in_test & (histories.ages < 1)),
        validation,
        test,
    )


def time_split(
    histories: Histories,
    day: float,
    horizon_days: float | None = None,
    *,
    outcomes: Histories | None = None,
    only_new: bool = False,
) -> TimeSplit:
    """Cut at a moment: learn from what happened before, be judged by what happened from then on.

    Parameters
    ----------
    histories : Histories
        With days.
    day : float
        The moment, counted as the days are; what happened then counts as after.
    horizon_days : float, optional
        How many days after count; all when not given.
    outcomes : Histories, optional
        What counts as right, where that is less than what counts as known: purchases beside views. The same customers
        and products.
    only_new : bool
        Only products that the customer had not among the outcomes before the moment.

    Examples
    --------
    >>> both = Histories.from_lists([[0, 1, 1, 2], [2]], n_items=3, days=[[1.0, 2, 8, 9], [8.5]])
    >>> cut = time_split(both, 5.0)
    >>> cut.rows.tolist(), cut.targets.toarray().tolist()
    ([0], [[0.0, 1.0, 1.0]])
    >>> time_split(both, 5.0, only_new=True).targets.toarray().tolist()
    [[0.0, 0.0, 1.0]]
    """
    found = histories if outcomes is None else outcomes
    if len(found) != len(histories) or found.n_items != histories.n_items:
        raise DataError(
            f"outcomes are of {len(found)} customers and {found.n_items} products",
            expected=f"{len(histories)} and {histories.n_items}, as the histories",
        )
    past, before = histories.before(day), found.before(day)
    if found.days is None or (horizon_days is not None and not horizon_days > 0):
        raise ConfigError(f"nothing can happen in {horizon_days} days", expected="above 0")
    after = found.days >= day
    if horizon_days is not None:
        after &= found.days < day + horizon_days
    worth = np.ones(found.items.size) if found.weights is None else found.weights
    table = (worth[after], (found.rows[after], found.items[after]))
    targets = sparse.csr_array(table, shape=(len(found), found.n_items))
    if only_new:
        had = before.seen().astype(bool).astype(np.float64)
        targets = targets - targets * had
    targets.eliminate_zeros()
    rows = np.flatnonzero((past.lengths > 0) & (np.diff(targets.indptr) > 0))
    return TimeSplit(past, rows, sparse.csr_array(targets[rows]))


def cold_items(histories: Histories, share: float = 0.05, *, seed: int = 0) -> ColdItems:
    """Hide some products from training, to see what a model makes of products that nobody has had yet.

    Parameters
    ----------
    histories : Histories
        What is learnt from. Tests keep their targets; histories asked about may keep hidden products or not.
    share : float
        Of the products that anybody had.
    seed : int

    Examples
    --------
    >>> cut = cold_items(Histories.from_lists([[0, 1, 2, 3]], n_items=9), share=0.5)
    >>> int(cut.hidden.sum()), len(cut.training.items)
    (2, 2)
    """
    if not 0 < share < 1:
        raise ConfigError(f"{share} of the products cannot be hidden", expected="a share between 0 and 1")
    had = np.flatnonzero(histories.counts())
    many = min(max(round(share * had.size), 1), had.size - 1) if had.size > 1 else 0
    hidden = np.zeros(histories.n_items, dtype=bool)
    hidden[np.random.default_rng(seed).permutation(had)[:many]] = True
    return ColdItems(histories.without(hidden), hidden)


def cold_customers(histories: Histories, events: int, *, rows: Any = None) -> Histories:
    """Cut customers to their newest events, as if no more were known of them.

    Parameters
    ----------
    histories : Histories
    events : int
        1 or more.
    rows : int array, optional
        Customers to cut; the others stay whole. All when not given.
    """
    if events < 1:
        raise ConfigError(f"a history of {events} events says nothing", expected="1 or more")
    cut = np.ones(len(histories), dtype=bool)
    if rows is not None:
        cut[:] = False
        cut[np.asarray(rows, np.int64)] = True
    return histories.without_each(np.repeat(cut, histories.lengths) & (histories.ages >= events))


def shuffled(histories: Histories, *, seed: int = 0) -> Histories:
    """Put events of one customer and day into a random order: all events of a customer where no days are known.

    Many shops and public data sets know only the day. Events within it then stand in the order of some catalogue, from
    which models learn what nobody did. Report figures in both orders.

    Parameters
    ----------
    histories : Histories
    seed : int
    """
    chance = np.random.default_rng(seed).random(histories.items.size)
    when = np.zeros(histories.items.size) if histories.days is None else np.floor(histories.days)
    order = np.lexsort((chance, when, histories.rows))
    days = None if histories.days is None else np.floor(histories.days[order])
    weights = None if histories.weights is None else histories.weights[order]
    return Histories(histories.starts, histories.items[order], histories.n_items, days, weights)
