"""Will this visit end in an order? Answered as the visit unfolds, by a model for each of a few numbers of events.

A linear and a boosted model are blended with weights from rows that neither has seen, which also sets the level right.
A visit that has gone on for longer is answered for by the model of the most events that it has reached, with its own
counts. Visits count as strangers' until the event that names the customer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.models.tabular import Fitted, from_state, make
from habitue.signals.behaviour.past import Past
from habitue.signals.behaviour.prefixes import Places, Prefixes, input_names, prefixes_after, prefixes_of
from habitue.signals.behaviour.visits import Floats, Ints, Visits

__all__ = ["IntentModel", "blend", "drawn", "fit_intent", "owners"]

_MEMBERS = ("linear", "boosted")
_FEWEST = 20  # of the rarer outcome, to learn anything


def blend(x: Any, y: Any, *, groups: Any = None, seed: int = 0) -> Fitted:
    """Learn a chance with a linear and a boosted model, weighted by what they say of rows that they have not seen.

    Parameters
    ----------
    x : array of shape (n, k)
        NaN where unknown.
    y : array of shape (n,)
        0 or 1.
    groups : array of shape (n,), optional
        The customer of each row.
    seed : int
    """
    return make("stack", "binary", seed=seed, params={"members": _MEMBERS}).fit(x, y, groups=groups)


@dataclass(frozen=True)
class IntentModel:
    """Models of purchase intent after some numbers of events.

    Attributes
    ----------
    places : Places
    models : mapping of int to Fitted
        By number of events; empty where there was too little to learn from.
    rows : mapping of int to int
        Visits that each was learnt from.
    columns : mapping of int to array
        Places of the inputs that each uses; the others never varied.
    """

    places: Places
    models: Mapping[int, Fitted]
    rows: Mapping[int, int]
    columns: Mapping[int, Ints]

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs."""
        return input_names(self.places)

    def chances(self, visits: Visits, past: Past, visit: Ints, after: Ints) -> Floats:
        """Return the chance that each visit ends in an order, by its first events.

        Parameters
        ----------
        visits : Visits
        past : Past
            Earlier visits; of each only what had ended when the visit began is used.
        visit : array of int
        after : array of int
            Events seen of each visit, 1 or more.

        Returns
        -------
        array
            NaN where nothing could be learnt.
        """
        return self.answer(prefixes_of(visits, past, self.places, visit, after))

    def answer(self, seen: Prefixes) -> Floats:
        """Return the chances of visits that are described already."""
        out = np.full(len(seen), np.nan)
        steps = np.array(sorted(self.models), dtype=np.int64)
        if not steps.size:
            return out
        use = steps[np.maximum(np.searchsorted(steps, seen.after, side="right") - 1, 0)]
        for step in np.unique(use).tolist():
            rows = use == step
            out[rows] = self.models[step].predict(seen.x[np.ix_(rows, self.columns[step])])
        return out

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "devices": list(self.places.devices),
            "channels": list(self.places.channels),
            "models": [
                {"step": step, "rows": self.rows[step], "columns": self.columns[step].tolist(), "model": model.state()}
                for step, model in sorted(self.models.items())
            ],
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> IntentModel:
        """Build the model that :meth:`state` described."""
        places = Places(tuple(state["devices"]), tuple(state["channels"]))
        saved = {int(each["step"]): each for each in state["models"]}
        models = {step: from_state(each["model"]) for step, each in saved.items()}
        rows = {step: int(each["rows"]) for step, each in saved.items()}
        return cls(places, models, rows, {step: np.array(each["columns"], np.int64) for step, each in saved.items()})

    def importance(self) -> Floats:
        """Return the mean share of each input over the models; zeros without one."""
        share = np.zeros(len(self.names))
        for step, model in self.models.items():
            share[self.columns[step]] += model.importance() / len(self.models)
        return share


def fit_intent(
    visits: Visits, past: Past, *, steps: Sequence[int], only: Ints | None = None, most: int = 20_000, seed: int = 0
) -> IntentModel:
    """Learn purchase intent from visits that are over.

    Parameters
    ----------
    visits : Visits
    past : Past
    steps : sequence of int
        Numbers of events after which a model answers.
    only : array of int, optional
        Visits to learn from; all when not given.
    most : int
        Visits that each model learns from, at most; drawn at random.
    seed : int
    """
    places = Places.of(visits)
    chosen = np.flatnonzero(visits.over) if only is None else only[visits.over[only]]
    models, counted, columns = {}, {}, {}
    for step in steps:
        rows = drawn(chosen[visits.length[chosen] >= step], most, (seed, step))
        bought = int(visits.buys[rows].sum())
        if min(bought, rows.size - bought) < _FEWEST:
            continue
        seen = prefixes_after(visits, past, places, step, only=rows)
        columns[step] = _varying(seen.x)
        x = seen.x[:, columns[step]]
        models[step] = blend(x, seen.buys, groups=owners(visits, seen.visit), seed=seed)
        counted[step] = rows.size
    return IntentModel(places, models, counted, columns)


def _varying(x: Floats) -> Ints:
    """Return the columns that vary, the first of those that are the same."""
    filled = np.where(np.isnan(x), -1e9, x)
    varies = np.flatnonzero((filled != filled[0]).any(axis=0))
    _, first = np.unique(filled[:, varies], axis=1, return_index=True)
    return varies[np.sort(first)]


def owners(visits: Visits, visit: Ints) -> Ints:
    """Return a number for the customer of each visit; every stranger is one of their own."""
    return np.where(visits.who[visit] >= 0, visits.who[visit], len(visits.customers) + visit)


def drawn(rows: Ints, most: int, seed: tuple[int, ...]) -> Ints:
    """Return at most so many of the rows, in their order."""
    if rows.size <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
