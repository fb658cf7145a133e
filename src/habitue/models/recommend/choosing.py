"""Settings of makers, chosen for each shop on validation customers by one and the same search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from habitue.models.recommend.maker import Items, Maker
from habitue.models.recommend.roster import Entry, varied
from habitue.models.recommend.steps import Step, hits_and_ndcg

__all__ = ["choose"]

_CUSTOMERS = 4_000  # that settings are judged on
_IN_DAYS = ("visits", "half_life_days")  # settings that change nothing where no days are known
_LEARNERS = 50_000  # customers that makers learn from while settings are tried


def choose(entry: Entry, step: Step, items: Items, *, skip_seen: bool = True, seed: int = 0) -> dict[str, Any]:
    """Return the settings of a maker with the highest NDCG@10: one setting after the other is tried, the rest kept.

    Parameters
    ----------
    entry : Entry
        What is tried.
    step : Step
        The validation step; at most 4,000 of its customers are asked, and in large shops 50,000 are learnt from.
    items : Items
    skip_seen : bool
        Whether products that a customer had must not come.
    seed : int

    Returns
    -------
    dict
        Only settings that were tried; empty where there is nothing to try or nobody to ask.
    """
    judged = step.sample(_CUSTOMERS, seed=seed)
    if (not entry.fitting and not entry.scoring) or not len(judged.known):
        return {}
    learnt = step.fit_on
    if len(learnt) > _LEARNERS:
        learnt = learnt.take(np.random.default_rng(seed).permutation(len(learnt))[:_LEARNERS])

    def ndcg(maker: Maker) -> float:
        found = maker.candidates(judged.known, 10, skip_seen=skip_seen, seed=seed).items
        return float(hits_and_ndcg(judged, found)[1].mean())

    def fitted(settings: Mapping[str, Any]) -> Maker:
        return entry.make(settings).fit(learnt, items, seed=seed)

    chosen: dict[str, Any] = {}
    maker = fitted(chosen)
    best = ndcg(maker)
    for name, values in (*entry.fitting.items(), *entry.scoring.items()):
        if name in _IN_DAYS and learnt.days is None:
            continue
        current = getattr(maker, name)
        for value in values:
            if value == current:
                continue
            other = varied(maker, {name: value}) if name in entry.scoring else fitted({**chosen, name: value})
            if (reached := ndcg(other)) > best:
                best, maker, chosen = reached, other, {**chosen, name: value}
    return chosen
