"""What visitors do next: when customers come, how far the visit goes, the best hour, and where visits drop off."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from habitue.signals.behaviour.learning import Learnt, learn
from habitue.signals.behaviour.scoring import score
from habitue.signals.behaviour.spec import BehaviourSpec

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Learnt", "learn", "run", "score"]


def run(
    shop: Shop,
    as_of: datetime,
    *,
    spec: BehaviourSpec | None = None,
    need: Any = None,
    learnt: Learnt | None = None,
) -> dict[str, pa.Table]:
    """Tell of every customer when the next visit comes, what it brings and when to reach them; and where visits end.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        Nothing that happened then or later is used.
    spec : BehaviourSpec, optional
    need : Arrow table, optional
        The published table ``need``; a shop without events takes the next category from it.
    learnt : Learnt, optional
        What was learnt at ``as_of`` or before; learnt at ``as_of`` when not given.

    Returns
    -------
    dict of str to Arrow table
        ``behaviour``, one row for each customer who ever came: ``next_action`` is how far the next visit goes (browse,
        view, cart, checkout, order), ``intent`` the chance that it ends in an order, both given that it comes;
        ``best_hour_share`` the share of comings expected in the best hour. ``behaviour_funnel``, ``behaviour_paths``,
        ``behaviour_drops``, ``behaviour_models``.

    Raises
    ------
    NotEnoughData
        When no customer had come before the moment.
    DataError
        When what was learnt knows more than the moment.
    """
    return score(shop, as_of, learnt or learn(shop, as_of, spec=spec), need=need)
