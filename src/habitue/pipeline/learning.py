"""When models are learnt, and when what was learnt before is still good.

Models are learnt at a moment of the calendar (by default the last Monday's midnight) from what was known then, and
answer for the moment of the run. A run a day later therefore uses the same models, and gives what a run from nothing
would give: that one learns at the same moment, and what was known then does not change. Where it did change after all
(an old file was mended), the name under which models are kept is another, and they are learnt anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from habitue.errors import HabitueError, NotEnoughData
from habitue.ledger import ModelShelf

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Learning", "Learnt", "Models", "moment_to_learn"]

_MONDAY = datetime(1970, 1, 5)
_SETTLED_DAYS = 180  # before, every day of records counts: learn at the moment of the run
_LIBRARIES = ("habitue", "duckdb", "lightgbm", "numpy", "scikit-learn", "scipy")


class Learnt(Protocol):
    """What an area learnt; it knows the moment and can be written to a folder."""

    def save(self, folder: Path) -> None:
        """Write all that scoring needs."""


@dataclass(frozen=True, slots=True)
class Learning:
    """How an area learns and reads back what it learnt.

    Attributes
    ----------
    learn : callable
        Takes the shop and the moment; uses nothing that happened then or later.
    load : callable
        Takes the folder that ``save`` wrote.
    also : callable, optional
        Takes the shop and the moment; returns, as JSON, what else the learning depends on.
    """

    learn: Callable[[Shop, datetime], Learnt]
    load: Callable[[Path], Learnt]
    also: Callable[[Shop, datetime], Any] | None = None


def moment_to_learn(shop: Shop, as_of: datetime) -> datetime:
    """Return the moment at which models for a run are learnt.

    ``[signals] learn_every_days`` of shop.toml says how often; counted from a Monday, so that 7 means Mondays. A shop
    with less than half a year of records learns at each run.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        The moment of the run.
    """
    every = shop.settings.signals.learn_every_days
    midnight = datetime(as_of.year, as_of.month, as_of.day)
    at = midnight - timedelta(days=(midnight - _MONDAY).days % every)
    known = shop.at(as_of).purchases
    first = shop.engine.to_rows(known.agg(first=known.ordered_at.min()))[0]["first"]
    return at if every > 1 and first is not None and at - first >= timedelta(days=_SETTLED_DAYS) else as_of


@dataclass
class Models:
    """The models of one run: those kept from before where they are still good, new ones elsewhere.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
    anew : bool
        Learn all of them, whatever is kept.
    """

    shop: Shop
    as_of: datetime
    anew: bool = False
    at: datetime = field(init=False)
    #: Areas whose models were kept from before.
    reused: list[str] = field(default_factory=list)
    _facts: dict[datetime, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.at = moment_to_learn(self.shop, self.as_of)

    def of(self, area: str, area_version: str, learning: Learning) -> Learnt:
        """Return what an area learnt.

        Raises
        ------
        NotEnoughData
            When the shop is too small or too young for it.
        """
        try:
            return self._at(self.at, area, area_version, learning)
        except NotEnoughData:
            if self.at == self.as_of:
                raise
            return self._at(self.as_of, area, area_version, learning)

    def _at(self, moment: datetime, area: str, area_version: str, learning: Learning) -> Learnt:
        shelf = ModelShelf(self.shop.folder / ".habitue")
        also = learning.also(self.shop, moment) if learning.also else None
        facts = {**self._known(moment), "version": area_version, "also": also}
        place = None if self.anew else shelf.find(area, facts)
        if place is not None:
            try:
                kept = learning.load(place)
            except (HabitueError, OSError, ValueError, KeyError, TypeError):  # damaged: learn it again
                shelf.drop(area, facts)
            else:
                self.reused.append(area)
                return kept
        learnt = learning.learn(self.shop, moment)
        shelf.put(area, facts, learnt.save)
        return learnt

    def _known(self, moment: datetime) -> dict[str, Any]:
        """Return all that models of a moment depend on."""
        if moment not in self._facts:
            settings = self.shop.settings.model_dump(mode="json", include={"shop", "signals", "rescue"})
            self._facts[moment] = {
                "at": moment.isoformat(),
                "known": self.shop.known_before(moment),
                "settings": settings,
                "libraries": {name: version(name) for name in _LIBRARIES},
            }
        return self._facts[moment]
