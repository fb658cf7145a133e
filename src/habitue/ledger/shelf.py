"""What was learnt, kept in the shop's folder under a name that says from what, so that it need not be learnt again.

``models/<area>/<name>/`` holds whatever the area wrote; a folder gets its name only when it is whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from habitue.ledger.files import unwritable

__all__ = ["ModelShelf"]

_KEPT = 2  # of an area: what is used now and what was used before
_DRAFT = ".draft-"


class ModelShelf:
    """Learnt models of all areas.

    Parameters
    ----------
    folder : Path
        The shop's ``.habitue`` folder.

    Examples
    --------
    >>> import tempfile
    >>> shelf = ModelShelf(Path(tempfile.mkdtemp()))
    >>> facts = {"at": "2024-01-01"}
    >>> place = shelf.put("demo", facts, lambda draft: (draft / "model.json").write_text("{}"))
    >>> shelf.find("demo", facts) == place, shelf.find("demo", {"at": "2024-01-08"})
    (True, None)
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "models"

    def find(self, area: str, facts: Mapping[str, Any]) -> Path | None:
        """Return the folder of what an area learnt from these facts; None where it has not, or not to its end."""
        place = self.folder / area / _name(facts)
        return place if place.is_dir() else None

    def put(self, area: str, facts: Mapping[str, Any], write: Callable[[Path], object]) -> Path:
        """Keep what an area learnt.

        Parameters
        ----------
        area : str
        facts : mapping
            All that what was learnt depends on, as JSON.
        write : callable
            Gets an empty folder and fills it.

        Raises
        ------
        LedgerError
            When the folder takes no files.
        """
        place = self.folder / area / _name(facts)
        draft = place.with_name(f"{_DRAFT}{os.getpid()}-{os.urandom(4).hex()}")
        try:
            draft.mkdir(parents=True)
            write(draft)
            (draft / "facts.json").write_text(json.dumps(facts, indent=1, sort_keys=True), encoding="utf-8")
            if place.exists():
                shutil.rmtree(place)
            draft.rename(place)
        except OSError as error:
            raise unwritable(self.folder, error) from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        self._clear_away(place)
        return place

    def drop(self, area: str, facts: Mapping[str, Any]) -> None:
        """Forget what an area learnt, where it turns out not to be readable."""
        shutil.rmtree(self.folder / area / _name(facts), ignore_errors=True)

    def _clear_away(self, present: Path) -> None:
        others = [each for each in present.parent.iterdir() if each.is_dir() and each != present]
        whole = [each for each in others if not each.name.startswith(_DRAFT)]
        for each in sorted(whole, key=lambda one: one.stat().st_mtime, reverse=True)[_KEPT - 1 :]:
            shutil.rmtree(each, ignore_errors=True)


def _name(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:20]
