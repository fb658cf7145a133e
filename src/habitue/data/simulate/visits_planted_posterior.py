r"""What can be known of planted visits as they unfold, exactly.

With :math:`a_n(k, s)` the chance of kind :math:`k`, of the first :math:`n` events and of being in state :math:`s` at
the last of them (Rabiner 1989, the forward pass), the chance that the visit ends in an order is
:math:`\sum a_n(k, s)\, v(s) / \sum a_n(k, s)`, where :math:`v` solves :math:`v = o + (1 - e - o) M v`: the order
comes now, or after a move. That the visit had not ended before event :math:`n` is part of :math:`a_n`. Kinds start from
their shares times the chances of all earlier, whole visits of the customer; no two visits of a customer overlap.

References
----------
L. Rabiner, A tutorial on hidden Markov models and selected applications in speech recognition, Proc. IEEE 77 (1989).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from habitue.data.simulate.plan import Flags, Floats, Ints
from habitue.data.simulate.visits_planted_process import VisitProcess

__all__ = ["KnownVisits", "chances_after", "kind_chances"]


@dataclass(frozen=True, slots=True)
class KnownVisits:
    """What is to be seen of visits, and of their events (by visit, then place; orders left out).

    Attributes
    ----------
    person : array (visits)
        -1 is unknown; known people's visits stand together, in order of time.
    at : array (visits)
        Seconds.
    begin : array (visits, kinds, states)
        Chances of first states, given channel, device, hour and the visit before.
    visit, place, code, gap, relation, filled : arrays (events)
    buys : array (visits)
    """

    person: Ints
    at: Ints
    begin: Floats
    visit: Ints
    place: Ints
    code: Ints
    gap: Ints
    relation: Ints
    filled: Flags
    buys: Flags


def chances_after(known: KnownVisits, process: VisitProcess, after: int) -> tuple[Ints, Floats]:
    """Return the visits with so many events, and their chances of an order, in order of the visit."""
    forward, _, length = _forward(known, process, after)
    rows = np.flatnonzero(length >= after)
    joint = forward[rows] * kind_chances(known, process)[rows][:, :, None]
    ahead = (joint * process.order_ahead).sum(axis=(1, 2)) / joint.sum(axis=(1, 2))
    return rows, np.asarray(ahead, dtype=np.float64)


def kind_chances(known: KnownVisits, process: VisitProcess) -> Floats:
    """Return the chance of each kind when a visit begins (visits, kinds), from the customer's earlier visits."""
    forward, logs, _ = _forward(known, process, None)
    closing = np.where(known.buys[:, None], process.orders, process.ends)
    whole = logs + np.log((forward * closing[:, None, :]).sum(axis=2))
    before = np.cumsum(whole, axis=0) - whole
    first = np.searchsorted(known.person[known.person >= 0], np.maximum(known.person, 0))
    told = np.where((known.person >= 0)[:, None], before - before[first], 0.0)
    share = np.where((known.person >= 0)[:, None], process.kind_share, process.unknown_share)
    told = np.log(share) + told
    chance = np.exp(told - told.max(axis=1, keepdims=True))
    return np.asarray(chance / chance.sum(axis=1, keepdims=True), dtype=np.float64)


def _forward(known: KnownVisits, process: VisitProcess, after: int | None) -> tuple[Floats, Floats, Ints]:
    """Return forward chances at the last event seen, scaled to sum 1 over kinds and states, and what was taken out.

    ``logs`` holds the same for all kinds of a visit: chances of kinds stay comparable.
    """
    size = len(known.begin)
    length = np.bincount(known.visit, minlength=size)
    starts = np.cumsum(length) - length
    shown = _shown(known, process)
    forward, logs = known.begin.copy(), np.zeros((size, 1))
    stays = process.moves * (1.0 - process.ends - process.orders)[:, None]
    for place in range(int(length.max(initial=0)) if after is None else after):
        rows = np.flatnonzero(length > place)
        before = forward[rows] @ stays if place else forward[rows]
        now = before * shown[starts[rows] + place][:, None, :]
        total = now.sum(axis=(1, 2), keepdims=True)
        forward[rows], logs[rows] = now / total, logs[rows] + np.log(total[:, 0])
    return forward, logs, length


def _shown(known: KnownVisits, process: VisitProcess) -> Floats:
    """Return the chance of every event in every state."""
    done = np.where(known.filled[:, None], process.full[:, known.code].T, process.empty[:, known.code].T)
    related = np.where((known.relation >= 0)[:, None], process.relations[:, known.relation].T, 1.0)
    waited = np.where((known.place > 0)[:, None], process.gap_chances(known.gap), 1.0)
    return np.asarray(done * related * waited, dtype=np.float64)
