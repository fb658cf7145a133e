"""Writing that survives a crash: whole files or none, flushed to the disk, and one writer at a time."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from habitue.errors import LedgerError

__all__ = ["flush_folder", "read_json", "sha256", "single_writer", "unwritable", "write_whole"]


def write_whole(path: Path, content: dict[str, Any]) -> None:
    """Replace a JSON file: whoever reads it sees the old text or the new one, never a part."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    with draft.open("w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)  # noqa: PTH105 - the one call that POSIX promises to be atomic
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make new, renamed and removed names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object that Habitue wrote."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise LedgerError(f"{path} cannot be read: {error}", hint="habitue run", path=path) from error
    if not isinstance(content, dict):
        raise LedgerError(f"{path} holds no JSON object", hint="habitue run", path=path)
    return content


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def unwritable(path: Path, error: OSError) -> LedgerError:
    """Say that the shop's folder takes no files, and why."""
    return LedgerError(
        f"Results cannot be written to {path}: {error.strerror or error}",
        hint="free some space or allow writing there, then run again; the previous results are untouched",
        path=path,
    )


@contextmanager
def single_writer(path: Path) -> Iterator[None]:
    """Hold a lock file for the block; another holder makes it fail at once and is named.

    The kernel lets the lock go when its process ends in whatever way, so a killed run leaves nothing to clean up, and
    what a dead process wrote into the file is overwritten.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise unwritable(path.parent, error) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise _held(path, descriptor) from error
        except OSError as error:
            raise unwritable(path, error) from error
        owner = {"pid": os.getpid(), "host": socket.gethostname(), "since": datetime.now(UTC).isoformat()}
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, json.dumps(owner).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _held(path: Path, descriptor: int) -> LedgerError:
    try:
        owner = json.loads(os.pread(descriptor, 4096, 0))
        who = f"process {owner['pid']} on {owner['host']}, since {owner['since']}"
    except (ValueError, KeyError, TypeError):
        who = "another process that has just begun"
    return LedgerError(
        f"Another run is at work in this shop: {who}",
        hint="wait until it has ended, or end it, then run again",
        code="L002",
        path=path,
    )
