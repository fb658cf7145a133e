"""The one way in which benches print: one row per measurement."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["Row"]


@dataclass(frozen=True, slots=True)
class Row:
    """One measurement.

    ``value`` is what was measured, ``baseline`` what it stands against (a figure, with its name in ``protocol``),
    ``interval`` the 95 % interval of the value, or of the paired difference where the row has a baseline measured in
    the same run. ``bar`` says what is asked for, in words; a missed bar is printed like a met one.
    """

    name: str
    value: float
    unit: str
    protocol: str
    baseline: float | str | None = None
    interval: tuple[float, float] | None = None
    seconds: float | None = None
    bar: str = ""
    met: bool | None = None

    def as_json(self) -> str:
        """Return the row as one line of JSON."""
        return json.dumps({key: _plain(value) for key, value in asdict(self).items()}, ensure_ascii=False)

    def as_text(self) -> str:
        """Return the row as one line for people."""
        against = f" against {self.baseline}" if self.baseline is not None else ""
        spread = f" [{self.interval[0]:.4g}, {self.interval[1]:.4g}]" if self.interval else ""
        mark = {True: "met ", False: "MISS", None: "    "}[self.met]
        return f"{mark} {self.name:<44} {self.value:.6g} {self.unit}{against}{spread}  bar: {self.bar}"


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
