"""What a feature is: data, not code.

A feature says which rows it looks at (`grain`), which column (`measure`), how it sums them up (`aggregate`), over which
of the rows (`where`, `window_days`), in which unit, and what it means. A `Derived` feature is arithmetic on others.
`habitue.features.compiler` turns them into Ibis expressions, the catalogue in the docs is printed from them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from habitue.schema import Words

__all__ = ["AnyFeature", "Derived", "Feature", "Grain"]


class Grain(StrEnum):
    """The rows a feature looks at, each belonging to one customer.

    Lines are first added up to orders, days, products and categories, and these then to customers: counting distinct
    things in two steps needs a fraction of the memory of counting them in one.
    """

    ORDER = "order"  # one row per order: ordered_at, spend, items, lines, discount, …
    DAY = "day"  # one row per day with a purchase: day, gap_days to the purchase day before
    PRODUCT = "product"  # one row per product bought: first_at, last_at, spend, items, days
    CATEGORY = "category"  # one row per category bought: spend
    RETURN = "return"  # one row per line given back: ordered_at, returned, items
    PRICE = "price"  # one row per product: paid, and what all customers paid for the same pieces
    EVENT = "event"  # one row per event of the shop's pages: event, happened_at
    SESSION = "session"  # one row per visit: started_at


@dataclass(frozen=True, slots=True)
class Feature:
    """One figure per customer, summed up from rows of one grain.

    Parameters
    ----------
    name : str
    grain : Grain
    measure : str
        A column of the grain; empty for ``count``.
    aggregate : str
        ``sum``, ``count``, ``mean``, ``min``, ``max``, ``std``, ``share`` (of rows for which ``where`` holds),
        ``first`` or ``last`` (of the measure, by time).
    unit : str
        ``days``, ``money``, ``count``, ``share``, ``code``, ``time``.
    meaning : Words
    where : str
        Name of a test of the grain, such as ``weekend``; empty for all rows.
    window_days : int, optional
        Only rows of the last so many days before the snapshot.
    needs : tuple of str
        Columns of order_lines, or ``table:name`` for a whole table, without which the feature is all missing.
    missing : float, optional
        What a customer without such rows gets: 0 for sums and counts, nothing (NULL) else.
    """

    name: str
    grain: Grain
    measure: str
    aggregate: str
    unit: str
    meaning: Words
    where: str = ""
    window_days: int | None = None
    needs: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the features it is computed from: none."""
        return ()

    @property
    def missing(self) -> float | None:
        """What a customer without any such row gets."""
        return 0.0 if self.aggregate in ("sum", "count") else None


@dataclass(frozen=True, slots=True)
class Derived:
    """Arithmetic on other features: a ratio, a difference, or days since a moment.

    Parameters
    ----------
    name : str
    kind : str
        ``ratio`` (first / second, missing where the second is 0), ``difference``, ``days_since`` (of a time).
    of : tuple of str
        Names of the features it is computed from.
    unit : str
    meaning : Words
    plus : float
        Added to the denominator of a ratio, so that small counts do not shout.
    """

    name: str
    kind: str
    of: tuple[str, ...]
    unit: str
    meaning: Words
    plus: float = 0.0

    @property
    def sources(self) -> tuple[str, ...]:
        """Names of the features it is computed from."""
        return self.of


AnyFeature = Feature | Derived
