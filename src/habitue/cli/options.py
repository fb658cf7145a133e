"""Options that several commands share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

__all__ = ["AsJson", "AsOf", "Language", "Quiet", "ShopPath"]

ShopPath = Annotated[Path, Parameter(name=["--shop", "-s"], help="Folder of shop.toml, or the file itself.")]
AsJson = Annotated[bool, Parameter(name="--json", negative="", help="Print one JSON document and nothing else.")]
Quiet = Annotated[bool, Parameter(name=["--quiet", "-q"], negative="", help="No progress bars.")]
AsOf = Annotated[
    str | None,
    Parameter(name="--as-of", help="Look from this moment on back: 2024-06-30. Default: after the last order."),
]
Language = Annotated[
    Literal["en", "zh"] | None, Parameter(name=["--lang", "-l"], help="Language; default: as in shop.toml.")
]
