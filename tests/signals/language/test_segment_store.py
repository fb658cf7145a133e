"""Saved segments: versions, names, dependants, and a state that never lies."""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from habitue.data.shop import Shop
from habitue.errors import ConfigError, HabitueError, LedgerError
from habitue.signals.segment.language import SegmentStore, from_json, preview
from habitue.signals.segment.language.caching import CachedKnown

T1, T2 = dt.datetime(2024, 2, 1), dt.datetime(2024, 4, 1)
RECENT = from_json({"feature": "recency_days", "op": "<", "value": 40})
OFTEN = from_json({"feature": "orders", "op": ">=", "value": 2})


def within(name: str):
    return from_json({"all": [{"segment": name}, {"feature": "orders", "op": ">=", "value": 2}]})


@pytest.fixture(scope="module")
def shop() -> Iterator[Shop]:
    bought = [("a", 0), ("a", 20), ("b", 5), ("a", 75), ("c", 80), ("c", 85)]
    lines = {
        "order_id": [str(number) for number, _ in enumerate(bought)],
        "customer_id": [customer for customer, _ in bought],
        "ordered_at": [dt.datetime(2024, 1, 1) + dt.timedelta(days=day) for _, day in bought],
        "quantity": [1.0] * 6,
        "unit_price": [10.0] * 6,
    }
    with Shop.from_tables({"order_lines": pa.table(lines)}) as opened:
        yield opened


@pytest.fixture
def store(tmp_path: Path) -> SegmentStore:
    return SegmentStore(tmp_path)


def ids(store: SegmentStore, name: str, **which) -> list[str]:
    return store.members(name, **which)["customer_id"].to_pylist()


def states(store: SegmentStore, shop: Shop | None = None) -> dict[str, str]:
    fingerprint = shop.loaded.fingerprint if shop is not None else None
    return {each.name: each.state for each in store.list(fingerprint=fingerprint)}


def test_versions_and_old_base_times(store: SegmentStore, shop: Shop) -> None:
    name = 'it\'s “VIP” 🥇, (really) "yes"'
    assert store.save(name, RECENT).version == 1
    assert store.save(name, RECENT).version == 1  # nothing new
    assert store.compute(name, shop, T1).size == 2
    assert store.save(name, OFTEN).version == 2
    assert states(store) == {name: "new"}
    assert store.compute(name, shop, T2).share == pytest.approx(2 / 3)
    assert ids(store, name) == ["a", "c"]
    store.compute(name, shop, T1)
    assert ids(store, name) == ["a", "c"]  # the latest moment is what counts
    assert ids(store, name, as_of=T1) == ["a"]
    assert ids(store, name, version=1) == ["a", "b"]
    store.compute(name, shop, T2, version=1)
    assert ids(store, name, version=1) == ["a", "c"]
    assert [store.definition(name, version) for version in (1, 2)] == [RECENT, OFTEN]
    assert SegmentStore(store.folder.parent).show(name).state == "fresh"
    with pytest.raises(ConfigError, match="no version 3"):
        store.definition(name, 3)


def test_nested_segments_read_stored_members(store: SegmentStore, shop: Shop) -> None:
    store.save("recent", RECENT)
    store.save("both", within("recent"))
    store.compute("both", shop, T2)
    assert ids(store, "both") == ["a", "c"]
    assert states(store) == {"both": "fresh", "recent": "fresh"}
    store.save("recent", from_json({"feature": "recency_days", "op": "<", "value": 9}))
    assert states(store) == {"both": "stale", "recent": "new"}
    reason = store.show("both").reason
    assert reason is not None
    assert "'recent' has changed" in reason.en
    assert ids(store, "both") == ["a", "c"]
    store.compute_all(shop, T2)
    assert ids(store, "both") == ["c"]
    assert states(store) == {"both": "fresh", "recent": "fresh"}
    shown = preview(within("recent"), shop, T2, stored=store.stored_for(within("recent"), T2))
    assert shown.size == 1


def test_an_old_version_reads_what_it_was_saved_with(store: SegmentStore, shop: Shop) -> None:
    store.save("recent", RECENT)
    store.save("both", within("recent"))
    store.save("recent", from_json({"feature": "recency_days", "op": "<", "value": 9}))
    store.save("both", from_json({"any": [{"segment": "recent"}]}))
    store.compute("both", shop, T2, version=1)
    store.compute("both", shop, T2)
    assert ids(store, "both", version=1) == ["a", "c"]
    assert ids(store, "both", version=2) == ["c"]
    store.save("pinned", from_json({"segment": "recent", "version": 1}))
    store.compute("pinned", shop, T2)
    assert ids(store, "pinned") == ["a", "c"]
    assert states(store)["pinned"] == "fresh"


def test_an_old_version_is_replayed_at_its_old_moment_whatever_came_since(
    store: SegmentStore, shop: Shop, shop_of: Any
) -> None:
    store.save("recent", RECENT)
    store.save("both", within("recent"))
    store.compute("both", shop, T1)
    then = ids(store, "both", as_of=T1)
    assert then == ["a"]
    store.save("both", from_json({"feature": "orders", "op": "<", "value": 9}))
    store.delete("recent")
    store.save("recent", from_json({"feature": "orders", "op": ">", "value": 9}))  # another one by that name
    store.rename("both", "recent or not")
    store.compute("recent or not", shop, T2)
    start = dt.datetime(2024, 1, 1)
    bought = [("a", 0), ("a", 20), ("b", 5), ("a", 75), ("c", 80), ("c", 85), ("z", 91)]
    grown = shop_of([(who, start + dt.timedelta(days=day), 10.0) for who, day in bought])
    assert grown.loaded.fingerprint != shop.loaded.fingerprint
    store.compute("recent or not", grown, T1, version=1)
    assert ids(store, "recent or not", version=1, as_of=T1) == then
    assert ids(store, "recent or not", as_of=T2) == ["a", "b", "c"]  # the newest definition stays what counts
    assert [each.number for each in store.versions("recent or not")] == [1, 2]


def test_lists_of_members_are_kept_for_some_moments_and_for_month_ends(tmp_path: Path, shop: Shop) -> None:
    store = SegmentStore(tmp_path, kept_lists=2)
    store.save("recent", RECENT)
    store.save("both", within("recent"))
    days = [dt.datetime(2024, 5, 30), *(T1 + dt.timedelta(days=number) for number in range(5))]
    lists = {}
    for day in days:
        store.compute("both", shop, day)
        lists[day] = ids(store, "both", as_of=day)
    for name in ("both", "recent"):
        folders = sorted(each.name for each in (store.folder / store.show(name).id).iterdir())
        assert folders == [f"v1-{day:%Y%m%dT%H%M%S%f}" for day in (*days[-2:], days[0])]
    assert ids(store, "both", as_of=days[-1]) == lists[days[-1]] == ["a"]
    assert ids(store, "both", as_of=days[0]) == lists[days[0]] == []
    with pytest.raises(LedgerError, match="stored as of"):
        store.members("both", as_of=days[1])
    assert states(store, shop) == {"both": "fresh", "recent": "fresh"}
    store.compute("both", shop, days[1])  # what was let go is computed again, and is not the first to go
    assert ids(store, "both", as_of=days[1]) == lists[days[1]]
    with pytest.raises(ConfigError, match="at least one"):
        SegmentStore(tmp_path, kept_lists=0)


def test_a_list_half_let_go_is_let_go_next_time(tmp_path: Path, shop: Shop) -> None:
    store = SegmentStore(tmp_path, kept_lists=1)
    store.save("recent", RECENT)
    store.compute("recent", shop, T1)
    home = store.folder / store.show("recent").id
    first = next(home.iterdir())
    store.compute("recent", shop, T1 + dt.timedelta(days=1))
    first.mkdir()  # as if the process had ended between the journal and the disk
    (home / f".{first.name}.1.old").mkdir()
    with pytest.raises(LedgerError):
        store.members("recent", as_of=T1)
    store.compute("recent", shop, T1 + dt.timedelta(days=2))
    assert [each.name for each in home.iterdir()] == [f"v1-{T1 + dt.timedelta(days=2):%Y%m%dT%H%M%S%f}"]


def test_references_that_do_not_work(store: SegmentStore) -> None:
    store.save("VIP", RECENT)
    store.save("of VIP", within("VIP"))
    store.save("of that", within("of VIP"))
    with pytest.raises(ConfigError, match="refers to itself"):
        store.save("self", from_json({"not": {"segment": "self"}}))
    with pytest.raises(ConfigError, match="VIP → of that → of VIP → VIP"):
        store.save("VIP", within("of that"))
    with pytest.raises(ConfigError, match=r"no segment 'VIPs'. Did you mean 'VIP'"):
        store.save("x", from_json({"segment": "VIPs"}))
    with pytest.raises(ConfigError, match="'VIP' is used by 'of VIP'"):
        store.delete("VIP")
    for name in ("of that", "of VIP", "VIP"):
        store.delete(name)
    assert store.list() == []
    with pytest.raises(ConfigError, match="'VIP' was deleted on"):
        store.save("x", within("VIP"))
    with pytest.raises(ConfigError, match="'VIP' was deleted on"):
        store.show("VIP")
    assert store.save("VIP", OFTEN).version == 1  # the name is free again
    assert store.show("VIP").id != "s1"


def test_names_change_and_references_follow(store: SegmentStore, shop: Shop) -> None:
    store.save("old", RECENT)
    store.save("both", within("old"))
    slug = store.show("old").slug
    store.rename("old", "new 🌱")
    assert store.definition("both") == within("new 🌱")
    assert store.show("both").uses == ("new 🌱",)
    assert store.show(slug).name == "new 🌱"
    assert store.save("both", within("new 🌱")).version == 1
    assert store.compute("both", shop, T2).size == 2
    with pytest.raises(ConfigError, match="'both' already"):
        store.rename("new 🌱", "both")


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "two\nlines", "\x00"])
def test_no_names(store: SegmentStore, name: str) -> None:
    with pytest.raises(ConfigError, match="no name"):
        store.save(name, RECENT)


def test_failures_are_kept_with_their_reason(store: SegmentStore, shop: Shop) -> None:
    store.save("fine", RECENT)
    store.save("column gone", from_json({"feature": "first_category", "op": "is_known"}))
    store.save("on it", within("column gone"))
    store.save("no table", from_json({"signal": "churn.risk", "op": "=", "value": "high"}))
    found = {each.name: each for each in store.compute_all(shop, T2)}
    assert {name: each.state for name, each in found.items()} == {
        "fine": "fresh",
        "column gone": "failed",
        "on it": "failed",
        "no table": "failed",
    }
    assert "'first_category' cannot be computed" in found["column gone"].reason.en
    assert "'column gone', which it refers to, failed" in found["on it"].reason.en
    assert "has been published" in found["no table"].reason.en
    with pytest.raises(HabitueError):
        store.compute("no table", shop, T2)
    with pytest.raises(LedgerError, match="No members of version 1"):
        store.members("no table")


def test_newer_data_make_members_stale(store: SegmentStore, shop: Shop, shop_of) -> None:
    store.save("recent", RECENT)
    store.compute("recent", shop, T1)
    assert states(store, shop) == {"recent": "fresh"}
    assert states(store, shop_of([("z", T1, 3.0)])) == {"recent": "stale"}
    assert store.show("recent", as_of=T2).state == "stale"


def test_a_killed_computation_and_torn_lines_are_seen(store: SegmentStore, shop: Shop) -> None:
    store.save("recent", RECENT)
    started = {
        "kind": "started",
        "at": dt.datetime.now(dt.UTC).isoformat(),
        "data": {
            "id": "s1",
            "version": 1,
            "as_of": T1.isoformat(),
            "process": [socket.gethostname(), 2**22 + 1],
        },
    }
    journal = store.folder / "segments.jsonl"
    with journal.open("a", encoding="utf-8") as file:
        file.write(json.dumps(started) + '\n{"kind": "deleted", "da')
    info = store.show("recent")
    assert (info.state, info.reason.en) == ("failed", "the computation was interrupted")
    again = SegmentStore(store.folder.parent)
    assert again.save("second", OFTEN).slug == "second-2"
    assert [each.name for each in store.list()] == ["recent", "second"]
    store.compute("recent", shop, T1)
    (store.folder / "s1" / f"v1-{T1:%Y%m%dT%H%M%S%f}" / "members.parquet").write_bytes(b"")
    with pytest.raises(LedgerError, match="is not what was stored"):
        store.members("recent")


def test_an_empty_segment_is_stored(store: SegmentStore, shop: Shop) -> None:
    store.save("nobody", from_json({"any": []}))
    info = store.compute("nobody", shop, T2)
    assert (info.state, info.size, ids(store, "nobody")) == ("fresh", 0, [])


def test_ten_thousand_segments(store: SegmentStore) -> None:
    named = [
        (f"segment {i} “é” 🥇", from_json({"feature": "recency_days", "op": "<", "value": i})) for i in range(10_000)
    ]
    store.save_many(named)
    again = SegmentStore(store.folder.parent)
    listed = again.list()
    assert len(listed) == 10_000
    assert len({each.slug for each in listed}) == 10_000
    assert again.definition("segment 77 “é” 🥇").value == 77
    assert again.save("one more", RECENT).id == "s10001"


def test_the_cache_is_bounded(shop: Shop) -> None:
    home = shop.folder / ".habitue" / "cache" / "segments"
    shutil.rmtree(home, ignore_errors=True)
    for number in range(6):
        (home / f"old{number}").mkdir(parents=True)
        os.utime(home / f"old{number}", (number, number))
    known = CachedKnown(shop, T2)
    known.prepare()
    assert sorted(path.name for path in home.iterdir()) == sorted([known.folder.name, "old3", "old4", "old5"])
