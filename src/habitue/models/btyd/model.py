"""What all models of repeat buying share: fitting, checking, horizons, saving."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from habitue.errors import DataError, NotFitted
from habitue.models.btyd.fitting import Summary, maximise, weighted_sum
from habitue.models.btyd.histories import Floats, Rows, checked, grouped, horizons, ungrouped

__all__ = ["PurchaseModel", "summary_from"]

_COARSE_ROWS = 1_500


class PurchaseModel(ABC):
    """A model of how often customers come back until, unseen, they stop.

    Histories are three columns with one value a customer: ``frequency`` (repeat purchases, the first left out),
    ``recency`` (time from the first to the last purchase, 0 without repeat) and ``age`` (time from the first purchase
    to the moment of asking). Times are in whatever unit the caller likes (days in, days out). Count purchase *days*,
    not orders, where two orders of a day are one visit.
    """

    kind: ClassVar[str]
    names: ClassVar[tuple[str, ...]]
    times: ClassVar[tuple[str, ...]]  # parameters measured in the caller's unit of time
    summary: Summary | None

    if TYPE_CHECKING:  # every model is a dataclass of its parameters and the summary

        def __init__(self, *parameters: float, summary: Summary | None = None, **named: float) -> None: ...

    @classmethod
    def fit(cls, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike, weight: ArrayLike | None = None) -> Self:
        """Learn from all customers at once how purchases come and stop.

        Parameters
        ----------
        frequency, recency, age : array of n
        weight : array of n, optional
            How many customers each row stands for.

        Returns
        -------
        The model with its parameters and, in ``summary``, the likelihood, the errors and whether the search converged.

        Raises
        ------
        DataError
            For histories that cannot be: negative, missing, a last purchase after the moment of asking.
        NotEnoughData
            When fewer than ten customers came back.
        """
        rows = grouped(frequency, recency, age, weight)
        unit = float(np.average(rows.age, weights=rows.weight))
        rows = Rows(rows.frequency, rows.recency / unit, rows.age / unit, rows.weight, rows.levels, rows.level)
        few = rows.thinned(_COARSE_ROWS)
        rate = float(np.average(rows.frequency, weights=rows.weight))
        found = maximise(
            cls._objective(rows),
            cls._starts(rate),
            customers=float(rows.weight.sum()),
            coarse=None if few is rows else cls._objective(few),
        )
        scale = np.array([unit if name in cls.times else 1.0 for name in cls.names])
        shift = float(np.log(unit) * (rows.weight * rows.frequency).sum())  # a density of x points in time
        covariance = np.array(found.summary.covariance) * np.outer(scale, scale)
        summary = Summary(
            log_likelihood=found.summary.log_likelihood - shift,
            customers=found.summary.customers,
            converged=found.summary.converged,
            evaluations=found.summary.evaluations,
            covariance=tuple(tuple(row) for row in covariance.tolist()),
        )
        return cls(*(found.parameters * scale).tolist(), summary=summary)

    @classmethod
    def _objective(cls, rows: Rows) -> Any:
        total = float(rows.weight.sum())

        def objective(at: Floats) -> tuple[float, Floats]:
            each, slopes = cls._likelihood(np.exp(at), rows)
            gradient = np.array([weighted_sum(slope, rows.weight) for slope in slopes]) * np.exp(at)
            return weighted_sum(each, rows.weight) / total, gradient / total

        return objective

    @classmethod
    @abstractmethod
    def _starts(cls, rate: float) -> list[tuple[float, ...]]:
        """Where to begin, in units of the mean age; ``rate`` is the mean number of repeat purchases."""

    @classmethod
    @abstractmethod
    def _likelihood(cls, parameters: Floats, rows: Rows) -> tuple[Floats, list[Floats]]:
        """Log-likelihood of every row, and its slopes by every parameter."""

    @abstractmethod
    def _alive(self, rows: Rows) -> Floats:
        """Chance of being alive at the end of the age."""

    @abstractmethod
    def _expected(self, rows: Rows, horizon: float | Floats) -> Floats:
        """Purchases in the horizon (one, or one a row) of those alive at the end of the age."""

    @abstractmethod
    def _any(self, rows: Rows, horizon: float) -> Floats:
        """Chance of a purchase in the horizon for those alive at the end of the age."""

    @property
    def parameters(self) -> dict[str, float]:
        """The parameters by name."""
        return {name: float(getattr(self, name)) for name in self.names}

    @property
    def standard_errors(self) -> dict[str, float]:
        """Standard errors by name of parameter, from the curvature of the likelihood; nan where it is flat."""
        if self.summary is None:
            raise NotFitted(f"This {type(self).__name__} was made from given parameters", hint="use .fit(...)")
        return dict(zip(self.names, self.summary.standard_errors, strict=True))

    def log_likelihood(self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats:
        """How likely each history is under these parameters, as a logarithm: array of n."""
        rows = ungrouped(*checked(frequency, recency, age))
        return self._likelihood(np.array(list(self.parameters.values())), rows)[0]

    def p_alive(self, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats:
        """Chance that a customer still buys at all: array of n. No churn score, see the class."""
        return self._alive(ungrouped(*checked(frequency, recency, age)))

    def expected_orders(self, horizon: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike) -> Floats:
        """Purchases to expect of each customer in the time that comes.

        Parameters
        ----------
        horizon : number or array of h
        frequency, recency, age : array of n

        Returns
        -------
        array of n, or n × h for several horizons
        """
        return self._ahead(self._expected, horizon, frequency, recency, age)

    def probability_of_order(
        self, horizon: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
    ) -> Floats:
        """Chance of at least one purchase in the time that comes: array of n, or n × h for several horizons."""
        return self._ahead(self._any, horizon, frequency, recency, age)

    def _ahead(
        self, answer: Any, horizon: ArrayLike, frequency: ArrayLike, recency: ArrayLike, age: ArrayLike
    ) -> Floats:
        ahead, one = horizons(horizon)
        rows = ungrouped(*checked(frequency, recency, age))
        alive = self._alive(rows)
        told = np.column_stack([alive * answer(rows, float(each)) for each in ahead])
        return told[:, 0] if one else told

    def expected_by_age(self, age: ArrayLike) -> Floats:
        """Repeat purchases to expect of a new customer by an age (one or several), for tracking curves."""
        ages, one = horizons(age)
        new = ungrouped(*np.zeros((3, len(ages))))
        told = self._alive(new) * self._expected(new, ages)
        return np.asarray(told[0] if one else told)

    def state(self) -> dict[str, Any]:
        """Return the fitted model as plain data for JSON."""
        summary = None if self.summary is None else asdict(self.summary)
        return {"kind": self.kind, "parameters": self.parameters, "summary": summary}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Make the model again from what `state` gave.

        Raises
        ------
        DataError
            When the state is of another model.
        """
        if state.get("kind") != cls.kind or set(state["parameters"]) != set(cls.names):
            raise DataError(f"A state of kind {state.get('kind')!r}", expected=f"kind {cls.kind!r} with {cls.names}")
        return cls(**state["parameters"], summary=summary_from(state.get("summary")))


def summary_from(state: Mapping[str, Any] | None) -> Summary | None:
    """Make a summary again from plain data."""
    if state is None:
        return None
    values = {each.name: state[each.name] for each in fields(Summary)}
    return Summary(**values | {"covariance": tuple(tuple(row) for row in state["covariance"])})
