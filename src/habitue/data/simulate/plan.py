"""What a simulated shop is built from: its plan, its random streams, and arrays that travel together."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from habitue.errors import ConfigError

__all__ = ["PADDING_DAYS", "Flags", "Floats", "Ints", "Plan", "joined", "ragged", "taken"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: The world runs on past the last day shown, so that visits before an order not yet placed are there too.
PADDING_DAYS = 14

LANGUAGES = ("en", "zh", "mixed")

Arrays = TypeVar("Arrays")


@dataclass(frozen=True, slots=True)
class Plan:
    """Size, span, language and seed of a simulated shop."""

    customers: int
    days: int
    seed: int
    start: date
    language: str
    rate_scale: float = 1.0

    def __post_init__(self) -> None:
        """Refuse what cannot be simulated."""
        if self.customers < 1 or self.days < 1 or self.seed < 0:
            raise ConfigError(
                f"A shop of {self.customers} customers over {self.days} days with seed {self.seed} cannot be simulated",
                expected="customers and days of at least 1, seed of at least 0",
            )
        if self.language not in LANGUAGES:
            raise ConfigError(
                f"There is no simulated shop in language {self.language!r}", expected=", ".join(LANGUAGES)
            )

    @property
    def span(self) -> int:
        """Days simulated, those after the end included."""
        return self.days + PADDING_DAYS

    @property
    def first(self) -> np.datetime64:
        """Midnight of the first day."""
        return np.datetime64(self.start, "us")

    def rng(self, part: str, chunk: int = 0) -> np.random.Generator:
        """Return the random stream of one part, the same whichever other parts run."""
        return np.random.default_rng([self.seed, zlib.crc32(part.encode()), chunk])


def joined(parts: Sequence[Arrays]) -> Arrays:
    """Lay bundles of arrays (dataclasses of equal fields) end to end."""
    if len(parts) == 1:
        return parts[0]
    kind = type(parts[0])
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    return kind(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def taken(bundle: Arrays, rows: npt.NDArray[np.generic] | slice) -> Arrays:
    """Take rows (positions or flags) of every array in a bundle."""
    kind = type(bundle)
    return kind(**{field.name: getattr(bundle, field.name)[rows] for field in fields(kind)})  # type: ignore[arg-type]


def ragged(counts: Ints) -> tuple[Ints, Ints]:
    """Return, for each of ``counts[i]`` rows of owner ``i``, the owner and the place among its rows.

    Examples
    --------
    >>> owners, places = ragged(np.array([2, 0, 1]))
    >>> owners.tolist(), places.tolist()
    ([0, 0, 2], [0, 1, 0])
    """
    owners = np.repeat(np.arange(counts.size), counts)
    starts = np.cumsum(counts) - counts
    return owners, np.arange(owners.size) - starts[owners]
