"""How a saved segment stands: fresh, stale or failed, and why. There is no state without a reason."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from habitue.schema import Words
from habitue.signals.segment.language.journal import Attempt, Saved
from habitue.signals.segment.language.reading import from_json
from habitue.signals.segment.language.tree import Segment, leaves

__all__ = ["SegmentInfo", "outdated", "state_of"]

_INTERRUPTED = Words("the computation was interrupted", "计算被中断")
_NEWER_DATA = Words("the data have changed since", "数据此后已更新")


@dataclass(frozen=True, slots=True)
class SegmentInfo:
    """What a list of segments shows of one.

    Attributes
    ----------
    id, slug, name : str
        ``id`` and ``slug`` never change, names may.
    version : int
        The newest definition.
    saved_at : datetime
    state : str
        ``new`` (never computed in this version), ``computing``, ``fresh``, ``stale`` or ``failed``.
    reason : Words or None
        Why it is stale or failed.
    as_of : datetime or None
        The moment its members are of.
    size : int or None
    share : float or None
        Of all customers at that moment.
    uses, used_by : tuple of str
        Names of the segments it refers to, and of those that refer to it.
    """

    id: str
    slug: str
    name: str
    version: int
    saved_at: datetime
    state: str
    reason: Words | None
    as_of: datetime | None
    size: int | None
    share: float | None
    uses: tuple[str, ...]
    used_by: tuple[str, ...]


def state_of(
    saved: Saved, by_id: Mapping[str, Saved], fingerprint: str | None, as_of: datetime | None
) -> tuple[str, Words | None]:
    """Return the state of the newest definition, and why."""
    tried = [each for each in saved.attempts if each.version == saved.current.number]
    if not tried:
        return "new", None
    last = max(tried, key=lambda each: (each.as_of, each.at))
    if last.outcome == "computed":
        reason = _why_stale(last, saved, by_id, fingerprint, as_of)
        return "fresh" if reason is None else "stale", reason
    if last.outcome == "failed":
        return "failed", Words(last.reason, last.reason)
    return ("failed", _INTERRUPTED) if last.interrupted else ("computing", None)


def _why_stale(
    last: Attempt, saved: Saved, by_id: Mapping[str, Saved], fingerprint: str | None, as_of: datetime | None
) -> Words | None:
    changed = outdated(last, by_id) or _redefined(last, saved, by_id)
    if changed is not None:
        return Words(f"the segment {changed!r} has changed since", f"所引用的分群“{changed}”此后有变")
    if fingerprint is not None and last.fingerprint != fingerprint:
        return _NEWER_DATA
    if as_of is not None and last.as_of < as_of:
        return Words(f"its members are of {last.as_of:%Y-%m-%d}", f"成员为 {last.as_of:%Y-%m-%d} 的结果")
    return None


def _redefined(done: Attempt, saved: Saved, by_id: Mapping[str, Saved]) -> str | None:
    """Return the name of a segment it refers to that has a newer definition than the one that was read."""
    if all(by_id[identity].current.number == version for identity, (version, _) in done.uses.items()):
        return None
    tree = from_json(dict(saved.current.tree))
    pinned = {leaf.name for leaf in leaves(tree) if isinstance(leaf, Segment) and leaf.version is not None}
    names = {used: name for name, (used, _) in saved.current.uses.items()}
    for identity, (version, _) in done.uses.items():
        used = by_id[identity]
        if used.current.number != version and names.get(identity) not in pinned:
            return used.name
    return None


def outdated(done: Attempt, by_id: Mapping[str, Saved]) -> str | None:
    """Return the name of a segment it refers to that is another now than when it was read."""
    for identity, (version, at) in done.uses.items():
        used = by_id[identity]
        last = used.computed(version, done.as_of, exactly=True)
        if last is None or last.at.isoformat() != at or outdated(last, by_id) is not None:
            return used.name
    return None
