"""Rules laid over the products of a moment, worked out once: what may be shown, what must, what counts for a quota."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from habitue.actions.recommend.catalogue import Catalogue
from habitue.actions.recommend.rules import Rules

__all__ = ["FREE", "Policy"]

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

FREE = 1 << 30  # a cap that caps nothing
_EXTRA = 40  # promoted or new products that are scored for each customer
_NEWEST = 80
_FEW_NEW = 10  # new products, below which the newest there are stand in for them


@dataclass(frozen=True, eq=False)
class Policy:
    """Rules over a catalogue; arrays are of shape (products,).

    Parameters
    ----------
    catalogue : Catalogue
    rules : Rules
    """

    catalogue: Catalogue
    rules: Rules

    @cached_property
    def never(self) -> Bools:
        """What may not be shown to anybody: not for sale, excluded, or sold out."""
        out = ~self.catalogue.on_sale | self.catalogue.mask(self.rules.exclude)
        if self.rules.in_stock and self.catalogue.stock is not None:
            # A product that was never counted is not held to be sold out.
            with np.errstate(invalid="ignore"):
                out |= self.catalogue.stock <= 0
        return np.asarray(out)

    @cached_property
    def filters(self) -> dict[str, Bools]:
        """By rule, what passes the filters that are the same for everybody; the strongest first."""
        catalogue, rules, found = self.catalogue, self.rules, {}
        if rules.price_low is not None or rules.price_high is not None:
            low = -np.inf if rules.price_low is None else rules.price_low
            high = np.inf if rules.price_high is None else rules.price_high
            with np.errstate(invalid="ignore"):
                found["price_band"] = np.asarray((catalogue.prices >= low) & (catalogue.prices <= high))
        if rules.categories or rules.exclude_categories:
            names = [*catalogue.category_names, None]
            only, none = set(rules.categories), set(rules.exclude_categories)
            fits = np.array([(not only or name in only) and name not in none for name in names])
            found["categories"] = fits[catalogue.categories]
        return found

    @cached_property
    def fits(self) -> Bools:
        """What may be shown to somebody who had nothing yet."""
        out = ~self.never
        for passed in self.filters.values():
            out &= passed
        return out

    @cached_property
    def must(self) -> Bools:
        """Products that must come."""
        return self.catalogue.mask(self.rules.include)

    @cached_property
    def promoted(self) -> Bools:
        """Products that are promoted."""
        return self.catalogue.mask(self.rules.promotion)

    @cached_property
    def new(self) -> Bools:
        """Products that are new."""
        return self.catalogue.new(self.rules.new_days)

    @cached_property
    def caps(self) -> Ints:
        """Most products of each category, the last for products without one; of shape (categories + 1,)."""
        caps = np.full(len(self.catalogue.category_names) + 1, FREE, np.int64)
        if self.rules.category_cap is not None:
            caps[:-1] = self.rules.category_cap
        for place, name in enumerate(self.catalogue.category_names):
            caps[place] = self.rules.category_caps.get(name, caps[place])
        return caps

    @cached_property
    def bestsellers(self) -> Ints:
        """What may be shown, what sells best first; where nothing passes the filters, what is for sale at all."""
        best = self.catalogue.bestsellers
        kept = self.fits if self.fits.any() else ~self.never
        return best[kept[best]]

    @cached_property
    def newest(self) -> Ints:
        """New products that may be shown; where few are new, the newest there are; what sells best first."""
        since = self.catalogue.since_days
        dated = self.fits & np.isfinite(since)
        found = np.flatnonzero(dated & self.new)
        if found.size < _FEW_NEW:
            found = np.flatnonzero(dated)
            return np.asarray(found[np.argsort(-since[found], kind="stable")][: _FEW_NEW * 2], np.int64)
        order = np.lexsort((found, -since[found], -self.catalogue.sales[found]))
        return np.asarray(found[order][:_NEWEST], np.int64)

    @cached_property
    def extra(self) -> Ints:
        """Products that rules ask for, which every customer's pool has: those that must come, promoted and new ones."""
        wanted = [np.flatnonzero(self.must)]
        if self.rules.promotion_share > 0:
            promoted = np.flatnonzero(self.promoted & self.fits)
            wanted.append(promoted[np.argsort(-self.catalogue.sales[promoted], kind="stable")][:_EXTRA])
        if self.rules.new_slots:
            new = np.flatnonzero(self.new & self.fits)
            wanted.append(new[np.argsort(-self.catalogue.sales[new], kind="stable")][:_EXTRA])
        return np.unique(np.concatenate(wanted))
