"""Members of a segment on disk: a Parquet file with a manifest, in a folder that appears whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from habitue.errors import LedgerError
from habitue.ledger import LedgerTable
from habitue.ledger.files import flush_folder, read_json, sha256, unwritable, write_whole
from habitue.signals.segment.language.caching import CachedKnown
from habitue.signals.segment.language.compiling import published_for, verdicts
from habitue.signals.segment.language.tree import Node

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["clear_members", "read_members", "write_members"]

_FORMAT = 1


def write_members(
    tree: Node,
    shop: Shop,
    as_of: datetime,
    folder: Path,
    said: Mapping[str, Any],
    *,
    published: Mapping[str, Any] | None = None,
    stored: Mapping[Any, Any] | None = None,
) -> dict[str, Any]:
    """Compute the members of a segment and put them on disk.

    Parameters
    ----------
    tree : Node
    shop : Shop
    as_of : datetime
    folder : Path
        Of all segments.
    said : mapping
        What the manifest says besides, with the segment's ``id`` and ``version``.
    published, stored : mapping, optional
        As for `members`.

    Returns
    -------
    dict
        ``size``, ``universe``, and ``folder`` relative to the one given.
    """
    published = published if published is not None else published_for(tree, shop.ledger, as_of)
    known = CachedKnown(shop, as_of, published=published, stored=stored)
    judged = verdicts(tree, known)
    customers = known.customers(())
    universe = int(shop.engine.to_rows(customers.agg(number=customers.count()))[0]["number"])
    rows = shop.engine.to_arrow(judged.filter(judged.holds).select("customer_id").order_by("customer_id"))
    place = Path(said["id"]) / f"v{said['version']}-{as_of:%Y%m%dT%H%M%S%f}"
    manifest = {
        **said,
        "format": _FORMAT,
        "as_of": as_of.isoformat(),
        "tree": tree.as_json(),
        "size": rows.num_rows,
        "universe": universe,
        "computed_at": datetime.now(UTC).isoformat(),
        "published": {name: each.run_id for name, each in published.items() if isinstance(each, LedgerTable)},
    }
    _put(folder / place, rows, manifest)
    return {"size": rows.num_rows, "universe": universe, "folder": place.as_posix()}


def read_members(folder: Path) -> pa.Table:
    """Read stored members; fail where the file is not what was stored."""
    if not (folder / "manifest.json").is_file():
        raise LedgerError(f"The stored members in {folder} are gone", hint="habitue segments save", path=folder)
    manifest = read_json(folder / "manifest.json")
    path = folder / "members.parquet"
    if not path.is_file() or sha256(path) != manifest["sha256"]:
        raise LedgerError(f"{path} is not what was stored", hint="compute the segment again", code="L003", path=path)
    return pq.ParquetFile(path).read()


def clear_members(folder: Path, kept: set[str]) -> None:
    """Take all lists of a segment off the disk but those kept, by the names of their folders; each goes at once."""
    for each in folder.iterdir() if folder.is_dir() else ():
        if each.name in kept or each.name.endswith(".draft"):
            continue
        gone = each if each.name.startswith(".") else each.with_name(f".{each.name}.{os.getpid()}.old")
        try:
            if gone != each:
                each.rename(gone)
        except FileNotFoundError:  # another process was faster
            continue
        shutil.rmtree(gone, ignore_errors=True)


def _put(target: Path, rows: pa.Table, manifest: dict[str, Any]) -> None:
    draft = target.with_name(f".{target.name}.{os.getpid()}.draft")
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    try:
        draft.mkdir(parents=True, exist_ok=True)
        pq.write_table(rows, draft / "members.parquet", compression="zstd")
        write_whole(draft / "manifest.json", manifest | {"sha256": sha256(draft / "members.parquet")})
        if target.exists():
            target.rename(old)
        draft.rename(target)
        flush_folder(target.parent)
    except OSError as error:
        raise unwritable(target, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
