"""When the next order comes: the chance of waiting longer, for customers of whom many have not come back yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, logit

from habitue.errors import ConfigError, DataError, NotEnoughData
from habitue.models.hazard_learners import HazardLearner, Ridge, RiskRows, fit_learner, learner_from_state, levels
from habitue.models.metrics.arrays import Floats
from habitue.models.person_periods import Rows, Waits, base_hazard, edges_of, expand, waits

__all__ = ["EDGES_DAYS", "HazardModel", "curve_at_days", "curve_quantile_days"]

#: Ends of periods, in days, that suit most shops.
EDGES_DAYS = (7.0, 14.0, 21.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0)

_MOST_ROWS = 250_000  # customers × periods to learn from; beyond, customers are drawn
_BATCH = 250_000  # customers × periods that are scored at once


@dataclass(frozen=True, slots=True)
class HazardModel:
    """The chance of the next order in each of several periods, for customers who have waited until then.

    Parameters
    ----------
    edges_days : array of shape (periods,)
        The end of each period.
    base : array of shape (periods,)
        Log-odds of everybody's chance.
    learner : HazardLearner
        What the inputs change.
    columns : int
        Number of inputs.
    rows, rows_given : int
        Customers that were learnt from, and that were given: fewer when the expansion was capped.
    seen_until_days : float
        The end of the last period that anyone was watched in; the curve beyond is the rate before, carried on.

    References
    ----------
    Singer, J. and Willett, J. (1993), It's about time: using discrete-time survival analysis to study duration and the
    timing of events, *Journal of Educational Statistics* 18.
    """

    edges_days: Floats
    base: Floats
    learner: HazardLearner
    columns: int
    rows: int
    rows_given: int
    seen_until_days: float

    @classmethod
    def fit(
        cls,
        x: Any,
        duration_days: Any,
        observed: Any,
        *,
        edges_days: Any = EDGES_DAYS,
        weight: Any = None,
        groups: Any = None,
        learner: str = "auto",
        seed: int = 0,
    ) -> HazardModel:
        """Learn from waiting times, those that have not ended included.

        Parameters
        ----------
        x : array of shape (n, k)
            What is known at the start of each wait; NaN where unknown.
        duration_days : array of shape (n,)
            Days to the event, or for as long as was watched.
        observed : array of shape (n,)
            1 when the event ended the wait, 0 when watching did. What ends watching must not depend on the event to
            come, as with the end of the data.
        edges_days : array of shape (periods,)
            Ends of the periods; waits beyond the last count as not ended there.
        weight : array of shape (n,), optional
        groups : array of shape (n,), optional
            The customer of each row, where customers appear several times; they are kept together when some are left
            out to choose how much to learn.
        learner : {"auto", "boosted", "ridge", "even"}
            ``auto``: boosting from 1,000 events, a penalised logistic model from 10, else everybody alike.
        seed : int

        Raises
        ------
        NotEnoughData
            No row counts.
        DataError
            Values are missing, durations are negative, or the lengths differ.
        ConfigError
            The edges do not rise from above 0, or there is no such learner.
        """
        edges, held = edges_of(edges_days), waits(duration_days, observed, weight)
        inputs, group = _inputs(x), _groups(groups, held.days.size)
        if len(inputs) != held.days.size:
            raise DataError(f"{len(inputs)} rows of inputs, {held.days.size} waits", expected="as many of each")
        rows = _drawn(held, edges, seed)
        if not rows.size:
            raise NotEnoughData("there are no waits to learn from", expected="one customer or more who counts")
        inputs, held = inputs[rows], held.take(rows)
        periods = expand(held, edges)
        hazard, row_weight = base_hazard(periods, held.weight, edges)
        base = logit(hazard)
        member = np.unique(group[rows], return_inverse=True)[1].astype(np.int64)
        at_risk = RiskRows(
            inputs,
            periods.customer,
            periods.period,
            periods.event,
            row_weight,
            base[periods.period],
            member[periods.customer],
        )
        found = fit_learner(at_risk, edges.size, learner, seed)
        seen = float(edges[periods.period.max()]) if periods.period.size else 0.0
        base = base + levels(at_risk, found, edges.size)
        return cls(edges, base, found, inputs.shape[1], rows.size, len(group), seen)

    def survival(self, x: Any, *, summed: bool = False) -> Floats:
        """Return the chance that the next order has not come by the end of each period.

        Parameters
        ----------
        x : array of shape (n, k)
        summed : bool
            Add the effects of a penalised model up once, not again in each period: many times faster for many
            customers, and the same but for the last digits.

        Returns
        -------
        array of shape (n, periods)
            Falls from left to right.

        Raises
        ------
        DataError
            The number of inputs is not that of the fit.
        """
        inputs = _inputs(x, self.columns)
        curve = np.empty((len(inputs), self.edges_days.size))
        for rows, batch in _batches(inputs, self.edges_days.size):
            if summed and isinstance(self.learner, Ridge):
                moved = self.learner.every_period(batch)
            else:
                period = np.tile(np.arange(self.edges_days.size), len(batch))
                told = self.learner.log_odds(np.repeat(batch, self.edges_days.size, axis=0), period)
                moved = told.reshape(len(batch), -1)
            # The chance of nothing is taken from the other side, where no digits are lost.
            none = expit(-(self.base + moved))
            curve[rows] = np.cumprod(none, axis=1)
        return curve

    def survival_at(self, x: Any, days: Any) -> Floats:
        """Return the chance that the next order has not come by each of these days; see ``curve_at_days``."""
        return curve_at_days(self.survival(x), self.edges_days, days)

    def median_days(self, x: Any) -> Floats:
        """Return the day by which half of such customers have ordered; NaN where fewer do by the last edge."""
        return self.quantile_days(x, 0.5)

    def conditional_median_days(self, x: Any, within_days: float) -> Floats:
        """Return the middle day of the next order, given that it comes within so many days."""
        return self.quantile_days(x, 0.5, within_days=within_days)

    def quantile_days(self, x: Any, q: float, *, within_days: float | None = None) -> Floats:
        """Return the day by which this share has ordered; see ``curve_quantile_days``."""
        return curve_quantile_days(self.survival(x), self.edges_days, q, within_days=within_days)

    def state(self) -> dict[str, Any]:
        """Return everything as plain data, for JSON."""
        return {
            "edges_days": self.edges_days.tolist(),
            "base": self.base.tolist(),
            "columns": self.columns,
            "rows": self.rows,
            "rows_given": self.rows_given,
            "seen_until_days": self.seen_until_days,
            **self.learner.state(),
        }

    @classmethod
    def from_state(cls, saved: Mapping[str, Any]) -> HazardModel:
        """Return the model that ``state`` wrote.

        Raises
        ------
        DataError
            Parts are missing.
        """
        try:
            return cls(
                edges_of(saved["edges_days"]),
                np.asarray(saved["base"], dtype=np.float64),
                learner_from_state(saved),
                int(saved["columns"]),
                int(saved["rows"]),
                int(saved["rows_given"]),
                float(saved["seen_until_days"]),
            )
        except KeyError as error:
            raise DataError(
                f"the saved model lacks {error}", hint="fit it again", expected="what state wrote"
            ) from error


def curve_at_days(survival: Floats, edges_days: Any, days: Any) -> Floats:
    """Return the chance of waiting longer than each of these days, straight between the ends of periods.

    Parameters
    ----------
    survival : array of shape (n, periods)
    edges_days : array of shape (periods,)
    days : array of shape (m,)
        From 0 to the last edge.

    Returns
    -------
    array of shape (n, m)

    Raises
    ------
    ConfigError
        A day lies outside the curve.

    Examples
    --------
    >>> curve_at_days(np.array([[0.8, 0.4]]), [10, 20], [5, 10, 15]).round(2).tolist()
    [[0.9, 0.8, 0.6]]
    """
    edges, when = edges_of(edges_days), np.atleast_1d(np.asarray(days, dtype=np.float64))
    if not ((when >= 0) & (when <= edges[-1])).all():
        raise ConfigError(f"the days {when.tolist()} lie outside the curve", expected=f"0 to {edges[-1]:g} days")
    corner, curve = np.r_[0.0, edges], _from_one(survival)
    left = np.clip(np.searchsorted(corner, when, side="right") - 1, 0, edges.size - 1)
    part = (when - corner[left]) / (corner[left + 1] - corner[left])
    told: Floats = curve[:, left] * (1 - part) + curve[:, left + 1] * part
    return told


def curve_quantile_days(survival: Floats, edges_days: Any, q: float, *, within_days: float | None = None) -> Floats:
    """Return the day by which a share of such customers has ordered, straight between the ends of periods.

    Parameters
    ----------
    survival : array of shape (n, periods)
    edges_days : array of shape (periods,)
    q : float
        The share, between 0 and 1; 0.5 for the median.
    within_days : float, optional
        Then the share is of those only who order within so many days.

    Returns
    -------
    array of shape (n,)
        NaN where fewer order by the last edge.

    Raises
    ------
    ConfigError
        The share is not between 0 and 1, or the days lie outside the curve.

    Examples
    --------
    >>> curve_quantile_days(np.array([[0.8, 0.4]]), [10, 20], 0.5).tolist()
    [17.5]
    >>> curve_quantile_days(np.array([[0.8, 0.6]]), [10, 20], 0.5, within_days=20).tolist()
    [10.0]
    """
    if not 0 < q < 1:
        raise ConfigError(f"the share {q} is none", expected="between 0 and 1")
    edges, curve = edges_of(edges_days), _from_one(survival)
    goal = np.full(len(curve), 1 - q)
    if within_days is not None:
        goal = 1 - q * (1 - curve_at_days(survival, edges, within_days)[:, 0])
    reached = (curve > goal[:, None]).sum(axis=1)
    found = (reached > 0) & (reached < curve.shape[1])
    at = np.flatnonzero(found)
    right = reached[at]
    before, after = curve[at, right - 1], curve[at, right]
    corner = np.r_[0.0, edges]
    days = np.full(len(curve), np.nan)
    days[at] = corner[right - 1] + (before - goal[at]) / (before - after) * (corner[right] - corner[right - 1])
    return days


def _from_one(survival: Floats) -> Floats:
    """Put the start of the curve before it, where nobody has ordered."""
    return np.column_stack([np.ones(len(survival)), survival])


def _inputs(x: Any, columns: int | None = None) -> Floats:
    found = np.array(x, dtype=np.float64)
    if found.ndim != 2 or (columns is not None and found.shape[1] != columns):
        expected = "a matrix, rows × inputs" if columns is None else f"a matrix with {columns} columns"
        raise DataError(f"the inputs have the shape {found.shape}", expected=expected)
    found[~np.isfinite(found)] = np.nan
    return found


def _groups(groups: Any, rows: int) -> Any:
    found = np.arange(rows) if groups is None else np.asarray(groups)
    if found.shape != (rows,):
        raise DataError(f"the groups have the shape {found.shape}", expected=f"one for each of {rows} rows")
    return found.astype(str) if found.dtype == object else found


def _drawn(held: Waits, edges: Floats, seed: int) -> Rows:
    """Return the rows to learn from: those that count, and of these as many as the cap allows."""
    rows = np.flatnonzero(held.weight > 0)
    periods = float(np.minimum(np.searchsorted(edges, held.days[rows]) + 1, edges.size).sum())
    if periods <= _MOST_ROWS:
        return rows
    most = int(rows.size * _MOST_ROWS / periods)
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))


def _batches(inputs: Floats, periods: int) -> Iterator[tuple[slice, Floats]]:
    step = max(1, _BATCH // periods)
    for begun in range(0, len(inputs), step):
        rows = slice(begun, begun + step)
        yield rows, inputs[rows]
