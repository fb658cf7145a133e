"""What an area is to the pipeline: what it publishes, what it needs, and how it is run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from habitue.pipeline.learning import Learning
from habitue.schema import Words

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Area", "Asked", "Tables"]

Tables = Mapping[str, pa.Table]


@dataclass(frozen=True, slots=True)
class Asked:
    """What an area gets to work with.

    Attributes
    ----------
    shop : Shop
    as_of : datetime
        Nothing that happened then or later is used.
    tables : mapping of str to Arrow table
        Published tables it needs, and those it wants that are there.
    learnt : object, optional
        What the area learnt, where it learns.
    """

    shop: Shop
    as_of: datetime
    tables: Tables
    learnt: Any = None


@dataclass(frozen=True, slots=True)
class Area:
    """One step of `habitue run`.

    Attributes
    ----------
    name : str
    publishes : mapping of str to Words
        The tables it makes, with their meaning.
    needs : tuple of str
        Published tables of other areas that it reads.
    run : callable
        Takes what was asked; returns the tables it publishes.
    version : str
        Of the method; goes up when the same data would give another answer.
    wants : tuple of str
        Published tables that it reads where they are there.
    optional : bool
        A shop too small or too young for it still gets everything else.
    learning : Learning, optional
        Where models are learnt apart from the run, and kept.
    """

    name: str
    publishes: Mapping[str, Words]
    needs: tuple[str, ...]
    run: Callable[[Asked], Tables]
    version: str = "1"
    wants: tuple[str, ...] = ()
    optional: bool = False
    learning: Learning | None = None
