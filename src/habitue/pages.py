"""Writes the pages of ``docs/`` that are printed from the code: ``python -m habitue.pages``."""

from __future__ import annotations

from pathlib import Path

from habitue.data.finding_catalogue import catalogue_page as findings_page
from habitue.features.document import catalogue_page as features_page

__all__ = ["PAGES", "main"]

PAGES = {"features.md": features_page, "findings.md": findings_page}


def main(folder: Path = Path("docs")) -> None:
    """Write every page anew."""
    for name, page in PAGES.items():
        (folder / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
