"""Habitue: a shop's own tables turned into decisions.

Importing the package loads nothing heavy; names are looked up when they are first used.

Examples
--------
>>> import habitue
>>> shop = habitue.open("my-shop")  # doctest: +SKIP
>>> habitue.run(shop)  # doctest: +SKIP
>>> shop.ledger.latest("rfm").to_pandas()  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from habitue.data.initialise import initialise as init
    from habitue.data.shop import Shop
    from habitue.data.shop import open_shop as open  # noqa: A004 - like gzip.open
    from habitue.data.simulate import simulate
    from habitue.errors import HabitueError
    from habitue.pipeline import run
    from habitue.report import write_report

__all__ = ["HabitueError", "Shop", "init", "open", "run", "simulate", "write_report"]

_HOMES = {
    "HabitueError": ("habitue.errors", "HabitueError"),
    "Shop": ("habitue.data.shop", "Shop"),
    "init": ("habitue.data.initialise", "initialise"),
    "open": ("habitue.data.shop", "open_shop"),
    "run": ("habitue.pipeline", "run"),
    "simulate": ("habitue.data.simulate", "simulate"),
    "write_report": ("habitue.report", "write_report"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'habitue' has no attribute {name!r}")
    module, attribute = _HOMES[name]
    value = getattr(import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
