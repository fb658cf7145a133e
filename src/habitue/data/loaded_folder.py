"""The folder of loaded tables: what it is named after, how it is filled all at once, and what is cleared away."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from habitue.data.settings import ShopSettings
from habitue.data.sources.reading import source_files
from habitue.errors import ConfigError

__all__ = ["clear_away", "fingerprint_of", "make_scratch", "publish", "show_quarantine", "unwritable"]

_FORMAT = 2  # raise it when the same files would give other tables
_KEPT = 2  # loaded folders that stay: the present one and the one before
_ENDS = 4096  # bytes of each end of a file that go into the fingerprint
_SCRATCH = ".tmp-"


def fingerprint_of(settings: ShopSettings, folder: Path) -> str:
    """Return a name that changes with the settings, the files and the way they are read."""
    shaping = settings.model_dump_json(include={"shop", "sources", "repairs"})  # the rest changes no table
    digest = hashlib.sha256(f"{_FORMAT}{shaping}".encode())
    for source in settings.sources:
        files = source_files(source, folder)
        if not files:  # a database may have changed without telling
            digest.update(os.urandom(16))
        for file in files:
            facts = file.stat()
            digest.update(f"{file.name}{facts.st_size}{facts.st_mtime_ns}".encode())
            with file.open("rb") as opened:
                digest.update(opened.read(_ENDS))
                opened.seek(max(facts.st_size - _ENDS, 0))
                digest.update(opened.read(_ENDS))
    return digest.hexdigest()[:20]


def make_scratch(home: Path) -> Path:
    """Make a folder for work under way; it bears the number of this process."""
    scratch = home / "loaded" / f"{_SCRATCH}{os.getpid()}-{os.urandom(4).hex()}"
    try:
        scratch.mkdir(parents=True)
    except OSError as error:
        raise unwritable(home, error) from error
    return scratch


def unwritable(home: Path, error: OSError) -> ConfigError:
    """Say that the shop's folder cannot be written, and what to do."""
    return ConfigError(
        f"{home} cannot be written: {error.strerror or error}",
        hint="copy shop.toml to a folder of your own, or give yourself the right to write there",
        path=home,
    )


def publish(out: Path, target: Path) -> None:
    """Give a folder that is whole its name; where another process was quicker with the same one, that one stays."""
    broken = target.with_name(f"{_SCRATCH}{os.getpid()}-old-{os.urandom(4).hex()}")
    try:
        if target.exists():  # not complete, else it would have been used
            target.rename(broken)
        out.rename(target)
    except OSError:
        if not (target / "loaded.json").is_file():
            raise
    finally:
        shutil.rmtree(broken, ignore_errors=True)


def clear_away(present: Path) -> None:
    """Remove all but the newest loaded folders, and what killed runs left behind."""
    folders = [each for each in present.parent.iterdir() if each.is_dir() and each != present]
    whole = [each for each in folders if not each.name.startswith(_SCRATCH)]
    older = sorted(whole, key=lambda each: each.stat().st_mtime, reverse=True)[_KEPT - 1 :]
    dead = [each for each in folders if each.name.startswith(_SCRATCH) and not _is_running(each)]
    for each in (*older, *dead):
        shutil.rmtree(each, ignore_errors=True)


def _is_running(scratch: Path) -> bool:
    number = scratch.name.removeprefix(_SCRATCH).partition("-")[0]
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except (ValueError, OSError):  # somebody else's process
        return True
    return True


def show_quarantine(kept: Path, shown: Path) -> list[Path]:
    """Bring the files people look at in line with those of the loaded tables, and return them."""
    names = sorted(file.name for file in kept.glob("*.csv"))
    for old in shown.glob("*.csv"):
        if old.name not in names:
            old.unlink()
    for name in names:
        source, target = kept / name, shown / name
        if target.is_file() and _same_file(source, target):
            continue
        shown.mkdir(parents=True, exist_ok=True)
        draft = shown / f".{name}.{os.getpid()}"
        shutil.copy2(source, draft)
        draft.replace(target)
    return [shown / name for name in names]


def _same_file(one: Path, other: Path) -> bool:
    first, second = one.stat(), other.stat()
    return (first.st_size, first.st_mtime_ns) == (second.st_size, second.st_mtime_ns)
