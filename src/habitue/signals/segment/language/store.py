"""Saved segments: definitions with versions, members that are stored whole or not at all, and an honest state."""

from __future__ import annotations

import os
import re
import socket
import unicodedata
from collections.abc import Iterable, Mapping
from collections.abc import Sequence as Listed
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from habitue.errors import ConfigError, HabitueError, LedgerError, did_you_mean
from habitue.signals.segment.language.journal import Attempt, Journal, Saved, Version
from habitue.signals.segment.language.membership import clear_members, read_members, write_members
from habitue.signals.segment.language.preview import prepare
from habitue.signals.segment.language.reading import from_json
from habitue.signals.segment.language.standing import SegmentInfo, outdated, state_of
from habitue.signals.segment.language.tree import Group, Node, Not, Segment, leaves

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["SegmentStore"]

Names = list[str]

MAX_NAME = 200
_SLUG = 40
KEPT_LISTS = 30
_MANY = 5  # segments that are worth describing all customers for once


class SegmentStore:
    """Keep a shop's segments.

    Parameters
    ----------
    folder : path
        The shop's ``.habitue`` folder; everything lies in ``segments/`` in it.
    kept_lists : int
        How many lists of members are kept of each segment: those computed last, and besides them the last list of every
        month. Definitions are kept for good: members of any moment can be computed again.

    Examples
    --------
    >>> import tempfile
    >>> store = SegmentStore(tempfile.mkdtemp())
    >>> store.save("Fresh", from_json({"feature": "recency_days", "op": "<", "value": 60})).slug
    'fresh-1'
    >>> [(each.name, each.state) for each in store.list()]
    [('Fresh', 'new')]
    """

    def __init__(self, folder: str | Path, *, kept_lists: int = KEPT_LISTS) -> None:
        if kept_lists < 1:
            raise ConfigError(f"{kept_lists} lists of members cannot be kept", expected="at least one")
        self.folder = Path(folder) / "segments"
        self._kept_lists = kept_lists
        self._journal = Journal(self.folder / "segments.jsonl")

    def save(self, name: str, tree: Node) -> SegmentInfo:
        """Save a segment; under a name that is there, a new definition becomes its next version.

        Parameters
        ----------
        name : str
            Any text of up to 200 characters on one line.
        tree : Node

        Raises
        ------
        ConfigError
            When the name is none, or the tree refers to a segment that is not there or that refers back.
        """
        self.save_many([(name, tree)])
        return self.show(name)

    def save_many(self, segments: Iterable[tuple[str, Node]]) -> None:
        """Save segments together, all or none; later ones may refer to earlier ones."""
        with self._journal.writing():
            fresh: dict[str, tuple[str, int]] = {}
            entries = []
            for given, tree in segments:
                name = _checked_name(given)
                entry = self._entry(name, tree, fresh, self._journal.next_number() + len(fresh))
                if entry is not None:
                    entries.append(entry)
            if entries:
                self._journal.write("saved", {"segments": entries})

    def rename(self, name: str, new: str) -> SegmentInfo:
        """Give a segment another name; those that refer to it follow."""
        with self._journal.writing():
            saved, wanted = self._find(name), _checked_name(new)
            other = self._journal.by_name.get(wanted)
            if other is not None and other is not saved:
                raise ConfigError(f"There is a segment {wanted!r} already", expected="a name that is free")
            if other is None:
                self._journal.write("renamed", {"id": saved.id, "name": wanted})
        return self.show(wanted)

    def delete(self, name: str) -> None:
        """Delete a segment that no other refers to.

        Raises
        ------
        ConfigError
            When others refer to it; they are named.
        """
        with self._journal.writing():
            saved = self._find(name)
            users = self._users().get(saved.id, [])
            if users:
                raise ConfigError(
                    f"The segment {saved.name!r} is used by {', '.join(map(repr, users))}",
                    hint="change or delete those first",
                )
            self._journal.write("deleted", {"id": saved.id})

    def definition(self, name: str, version: int | None = None) -> Node:
        """Return the tree of a segment, of the newest version or of an older one; with the names of today."""
        self._journal.refresh()
        saved = self._find(name)
        return self._tree(_version(saved, version))

    def versions(self, name: str) -> tuple[Version, ...]:
        """Return all definitions a segment has had, the first one first."""
        self._journal.refresh()
        return tuple(self._find(name).versions)

    def show(self, name: str, *, fingerprint: str | None = None, as_of: datetime | None = None) -> SegmentInfo:
        """Return one row of `list`."""
        self._journal.refresh()
        saved = self._find(name)
        return self._info(saved, self._users(), fingerprint, as_of)

    def list(self, *, fingerprint: str | None = None, as_of: datetime | None = None) -> Listed[SegmentInfo]:
        """Return all segments, by name, with their state.

        Parameters
        ----------
        fingerprint : str, optional
            Of the shop's data now (``shop.loaded.fingerprint``): members computed from other data are stale.
        as_of : datetime, optional
            Members of an earlier moment are stale.
        """
        self._journal.refresh()
        users = self._users()
        live = sorted(self._journal.by_name.values(), key=lambda each: each.name)
        return [self._info(each, users, fingerprint, as_of) for each in live]

    def compute(
        self,
        name: str,
        shop: Shop,
        as_of: datetime,
        *,
        version: int | None = None,
        published: Mapping[str, Any] | None = None,
    ) -> SegmentInfo:
        """Compute the members of a segment and store them; segments it refers to are computed before it.

        Parameters
        ----------
        name : str
        shop : Shop
        as_of : datetime
        version : int, optional
            An older definition; it then reads those versions of other segments that it was saved with.
        published : mapping of str to table, optional
            Published tables; those of the shop's ledger when not given.

        Raises
        ------
        HabitueError
            Whatever went wrong; it is stored as well, and the segment shows as failed.
        """
        self._journal.refresh()
        saved = self._find(name)
        task = _Task(shop, as_of, published)
        self._compute(saved, _version(saved, version), task, current=version is None)
        self._clear(task)
        return self.show(saved.id, fingerprint=shop.loaded.fingerprint, as_of=as_of)

    def compute_all(
        self, shop: Shop, as_of: datetime, *, published: Mapping[str, Any] | None = None
    ) -> Listed[SegmentInfo]:
        """Compute all segments, each after those it refers to; what fails is stored, and the others go on."""
        self._journal.refresh()
        task = _Task(shop, as_of, published)
        if len(self._journal.by_name) >= _MANY:
            prepare(shop, as_of)
        for saved in sorted(self._journal.by_name.values(), key=lambda each: each.name):
            with suppress(Exception):  # stored with its reason, and shown by the list below
                self._compute(saved, saved.current, task, current=True)
        self._clear(task)
        return self.list(fingerprint=shop.loaded.fingerprint, as_of=as_of)

    def members(self, name: str, *, version: int | None = None, as_of: datetime | None = None) -> pa.Table:
        """Return the stored members of a segment.

        Parameters
        ----------
        name : str
        version : int, optional
            The newest when not given.
        as_of : datetime, optional
            Those stored at this moment, or the nearest before it; the last ones computed when not given.

        Returns
        -------
        Arrow table
            customer_id, in order.

        Raises
        ------
        LedgerError
            When none are stored, or the file is not what was stored.
        """
        self._journal.refresh()
        saved = self._find(name)
        wanted = _version(saved, version)
        done = saved.computed(wanted.number, as_of, listed=True)
        if done is None:
            raise _not_stored(saved, wanted.number, as_of)
        return read_members(self.folder / done.folder)

    def stored_for(self, tree: Node, as_of: datetime) -> dict[Segment, pa.Table]:
        """Return the stored members of the segments a tree refers to, for `members` and `preview`."""
        found = {leaf for leaf in leaves(tree) if isinstance(leaf, Segment)}
        return {leaf: self.members(leaf.name, version=leaf.version, as_of=as_of) for leaf in found}

    def _find(self, name: str) -> Saved:
        wanted = unicodedata.normalize("NFC", name).strip()
        found = self._journal.by_name.get(wanted)
        if found is None:
            alive = self._journal.by_name.values()
            found = next((each for each in alive if wanted in (each.slug, each.id)), None)
        if found is not None:
            return found
        gone = [each for each in self._journal.by_id.values() if each.deleted_at and each.name == wanted]
        if gone:
            raise ConfigError(
                f"The segment {wanted!r} was deleted on {gone[-1].deleted_at:%Y-%m-%d}", hint="habitue segments list"
            )
        raise ConfigError(
            f"There is no segment {wanted!r}.{did_you_mean(wanted, self._journal.by_name)}",
            hint="habitue segments list",
        )

    def _entry(self, name: str, tree: Node, fresh: dict[str, tuple[str, int]], number: int) -> dict[str, Any] | None:
        """Return what the journal says of one save; None where nothing is new."""
        saved = self._journal.by_name.get(name)
        version = saved.current.number + 1 if saved is not None else 1
        identity = saved.id if saved is not None else f"s{number}"
        uses: dict[str, tuple[str, int]] = {}
        for leaf in leaves(tree):
            if isinstance(leaf, Segment):
                uses[leaf.name] = self._used(name, leaf, fresh)
        if saved is not None:
            if self._tree(saved.current) == tree:
                return None
            self._no_cycle(saved, uses)
        if name in fresh:
            raise ConfigError(f"The segment {name!r} is saved twice at once", expected="each name once")
        fresh[name] = (identity, version)
        return {
            "id": identity,
            "name": name,
            "slug": saved.slug if saved is not None else _slug(name, number),
            "version": version,
            "tree": tree.as_json(),
            "uses": uses,
        }

    def _used(self, name: str, leaf: Segment, fresh: Mapping[str, tuple[str, int]]) -> tuple[str, int]:
        if unicodedata.normalize("NFC", leaf.name).strip() == name:
            raise ConfigError(f"The segment {name!r} refers to itself", expected="another segment")
        if leaf.name in fresh:
            return fresh[leaf.name]
        used = self._find(leaf.name)
        return used.id, _version(used, leaf.version).number

    def _no_cycle(self, saved: Saved, uses: Mapping[str, tuple[str, int]]) -> None:
        """Fail where a segment would come to depend on itself through others."""

        def chain(current: str, seen: tuple[str, ...]) -> tuple[str, ...]:
            path = (*seen, self._journal.by_id[current].name)
            if current == saved.id:
                return path
            for used, _ in self._journal.by_id[current].current.uses.values():
                found = chain(used, path)
                if found:
                    return found
            return ()

        for used, _ in uses.values():
            found = chain(used, (saved.name,)) if used in self._journal.by_id else ()
            if found:
                raise ConfigError(
                    f"The segment {saved.name!r} would refer to itself: {' → '.join(found)}",
                    expected="segments that do not refer to each other in a circle",
                )

    def _tree(self, version: Version) -> Node:
        """Read a definition; segments it refers to go by the names they have now."""
        tree = from_json(dict(version.tree))
        names = {name: self._journal.by_id[used].name for name, (used, _) in version.uses.items()}
        return _renamed(tree, names) if any(old != new for old, new in names.items()) else tree

    def _compute(self, saved: Saved, version: Version, task: _Task, *, current: bool) -> Attempt:
        """Compute a version at the task's moment, once per task; whatever happens is written down."""
        place = (saved.id, version.number)
        if place in task.done:
            return task.done[place]
        said = {
            "id": saved.id,
            "version": version.number,
            "as_of": task.as_of.isoformat(),
            "fingerprint": task.shop.loaded.fingerprint,
        }
        self._journal.write("started", said | {"process": [socket.gethostname(), os.getpid()]})
        try:
            tree = from_json(dict(version.tree))  # with the names of then: those of today may be of other segments
            stored, uses = self._nested(tree, version, task, current=current)
            result = write_members(
                tree,
                task.shop,
                task.as_of,
                self.folder,
                said | {"name": saved.name, "uses": uses},
                published=task.published,
                stored=stored,
            )
        except Exception as error:
            what = error.what if isinstance(error, HabitueError) else f"{type(error).__name__}: {error}"
            self._journal.write("failed", said | {"reason": what})
            raise
        self._journal.write("computed", said | result | {"uses": uses})
        task.done[place] = saved.attempts[-1]
        return saved.attempts[-1]

    def _nested(
        self, tree: Node, version: Version, task: _Task, *, current: bool
    ) -> tuple[dict[Segment, pa.Table], dict[str, tuple[int, str]]]:
        """Return the stored members of the segments a tree refers to; those not stored at the moment are computed."""
        stored, uses = {}, {}
        for leaf in {each for each in leaves(tree) if isinstance(each, Segment)}:
            identity, saved_with = version.uses[leaf.name]
            used = self._journal.by_id[identity]  # an old definition may read segments that were deleted since
            number = leaf.version or (used.current.number if current else saved_with)
            done = self._ready(used, number, task)
            if done is None:
                try:
                    done = self._compute(used, _version(used, number), task, current=current)
                except HabitueError as error:
                    raise LedgerError(
                        f"The segment {used.name!r}, which it refers to, failed: {error.what}", hint=error.hint
                    ) from error
            stored[leaf] = read_members(self.folder / done.folder)
            uses[used.id] = (number, done.at.isoformat())
        return stored, uses

    def _ready(self, used: Saved, number: int, task: _Task) -> Attempt | None:
        """Return what is stored of a version at the very moment, if it was computed from these data."""
        done = used.computed(number, task.as_of, exactly=True, listed=True)
        if done is None or done.fingerprint != task.shop.loaded.fingerprint:
            return None
        is_current = number == used.current.number
        return done if not is_current or outdated(done, self._journal.by_id) is None else None

    def _clear(self, task: _Task) -> None:
        """Let go of the lists that are too many: first the journal says so, then they go."""
        for identity in {each for each, _ in task.done}:
            saved = self._journal.by_id[identity]
            if len(_listed(saved)) <= self._kept_lists:
                continue
            with self._journal.writing():
                gone = _too_many(saved, self._kept_lists)
                if gone:
                    self._journal.write("cleared", {"id": identity, "folders": sorted(gone)})
                kept = {Path(folder).name for folder in _listed(saved)}
                clear_members(self.folder / identity, kept)

    def _users(self) -> dict[str, Names]:
        users: dict[str, Names] = {}
        for saved in self._journal.by_name.values():
            for used in {identity for identity, _ in saved.current.uses.values()}:
                users.setdefault(used, []).append(saved.name)
        return users

    def _info(
        self, saved: Saved, users: Mapping[str, Listed[str]], fingerprint: str | None, as_of: datetime | None
    ) -> SegmentInfo:
        state, reason = state_of(saved, self._journal.by_id, fingerprint, as_of)
        done = saved.computed(saved.current.number)
        names = {self._journal.by_id[used].name for used, _ in saved.current.uses.values()}
        return SegmentInfo(
            id=saved.id,
            slug=saved.slug,
            name=saved.name,
            version=saved.current.number,
            saved_at=saved.current.saved_at,
            state=state,
            reason=reason,
            as_of=done.as_of if done else None,
            size=done.size if done else None,
            share=done.size / done.universe if done and done.universe else None,
            uses=tuple(sorted(names)),
            used_by=tuple(sorted(users.get(saved.id, ()))),
        )


@dataclass(slots=True)
class _Task:
    """One call of `compute` or `compute_all`: what is computed in it is computed once."""

    shop: Shop
    as_of: datetime
    published: Mapping[str, Any] | None
    done: dict[tuple[str, int], Attempt] = field(default_factory=dict)


def _listed(saved: Saved) -> dict[str, Attempt]:
    """Return the last computation of every list that is kept, by its folder."""
    return {each.folder: each for each in saved.attempts if each.outcome == "computed" and not each.cleared}


def _too_many(saved: Saved, most: int) -> set[str]:
    """Return the folders of all lists but those computed last, and the last one of every month."""
    lists = _listed(saved)
    newest = sorted(lists, key=lambda folder: lists[folder].at, reverse=True)[:most]
    months: dict[tuple[int, int], str] = {}
    for folder in sorted(lists, key=lambda each: (lists[each].as_of, lists[each].version)):
        months[lists[folder].as_of.year, lists[folder].as_of.month] = folder
    return set(lists) - {*newest, *months.values()}


def _version(saved: Saved, number: int | None) -> Version:
    if number is None:
        return saved.current
    if not 1 <= number <= len(saved.versions):
        raise ConfigError(f"The segment {saved.name!r} has no version {number}", expected=f"1 to {len(saved.versions)}")
    return saved.versions[number - 1]


def _not_stored(saved: Saved, version: int, as_of: datetime | None) -> LedgerError:
    until = f" as of {as_of} or before" if as_of is not None else ""
    return LedgerError(
        f"No members of version {version} of the segment {saved.name!r} are stored{until}",
        hint="habitue run",
        code="L001",
    )


def _checked_name(given: str) -> str:
    name = unicodedata.normalize("NFC", given).strip()
    if not 1 <= len(name) <= MAX_NAME or any(unicodedata.category(mark) in ("Cc", "Cs") for mark in name):
        raise ConfigError(
            f"{given[:80]!r} is no name for a segment", expected=f"1 to {MAX_NAME} characters on one line"
        )
    return name


def _slug(name: str, number: int) -> str:
    words = re.sub(r"[\W_]+", "-", name.casefold()).strip("-")[:_SLUG].strip("-")
    return f"{words or 'segment'}-{number}"


def _renamed(tree: Node, names: Mapping[str, str]) -> Node:
    if isinstance(tree, Group):
        return type(tree)(tuple(_renamed(each, names) for each in tree.items))
    if isinstance(tree, Not):
        return Not(_renamed(tree.item, names))
    return replace(tree, name=names.get(tree.name, tree.name)) if isinstance(tree, Segment) else tree
