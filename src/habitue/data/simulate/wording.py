"""What a category's texts are made of."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Aspect", "Wording"]

#: Praise and complaint about one side of a purchase.
Aspect = tuple[tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Wording:
    """Words of one category in one language; titles take one of each of the first four lists.

    ``praise`` and ``complaint`` speak of the product itself; delivery, price and service have words of their own.
    """

    brands: tuple[str, ...]
    traits: tuple[str, ...]
    nouns: tuple[str, ...]
    variants: tuple[str, ...]
    sentences: tuple[str, ...]
    searches: tuple[str, ...]
    praise: tuple[str, ...]
    complaint: tuple[str, ...]
