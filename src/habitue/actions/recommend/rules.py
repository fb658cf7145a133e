"""The merchant's rules for lists: what must be in, what must not, how many of what, and how much is tried out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from habitue.errors import ConfigError, did_you_mean

__all__ = ["Rules"]


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What a merchant wants of every list. Without any of it, the most fitting products come first.

    Where rules clash, the earlier of these holds and the later is given up, as little as possible, and the list says
    so: ``exclude``, ``in_stock``, products that the customer hid, price and categories, ``include``, caps, promotion,
    new products, bought, seen, frequency. The first three are never given up.

    Parameters
    ----------
    include : tuple of str
        Products that stand in every list.
    exclude : tuple of str
        Products that stand in none.
    categories : tuple of str
        Only these; all when empty.
    exclude_categories : tuple of str
        None of these.
    category_cap : int, optional
        Most products of any one category in a list; products without a category are not counted.
    category_caps : mapping of str to int
        The same for single categories, before ``category_cap``.
    price_low, price_high : float, optional
        In the shop's money; a product without a known price is outside of any band.
    in_stock : bool
        Only products of which pieces are left, where the shop has a table of stock.
    margin_weight : float
        0: fit alone decides; 1: fit times margin. In between, the margin counts to this power.
    promotion : tuple of str
        Products that are promoted.
    promotion_share : float
        Share of places for them, at least; rounded up.
    new_slots : int
        Places for new products, at least.
    new_days : float
        How long a product is new.
    hide_bought : bool, optional
        Leave out what the customer bought. When not given: as the kind of list and the shop's customers need it.
    hide_seen : bool
        Leave out what the customer looked at, put into the cart or bought.
    frequency_cap : int, optional
        Most times that a product is shown to a customer in the last ``frequency_lists`` lists within
        ``frequency_days``.
    frequency_lists, frequency_days : int
    diversity : float
        0: fit alone; 1: products as unlike each other as can be (maximal marginal relevance).
    explore : float
        Share of places, the last ones, that are drawn among near-top products, so that it can be told later what other
        lists would have earned. 0 for none.

    References
    ----------
    Carbonell, J. and Goldstein, J. (1998), The use of MMR, diversity-based reranking, *SIGIR*.

    Examples
    --------
    >>> Rules(category_cap=2, promotion=("tea",), promotion_share=0.1).promoted(10)
    1
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    exclude_categories: tuple[str, ...] = ()
    category_cap: int | None = None
    category_caps: Mapping[str, int] = field(default_factory=dict)
    price_low: float | None = None
    price_high: float | None = None
    in_stock: bool = True
    margin_weight: float = 0.0
    promotion: tuple[str, ...] = ()
    promotion_share: float = 0.0
    new_slots: int = 0
    new_days: float = 30.0
    hide_bought: bool | None = None
    hide_seen: bool = False
    frequency_cap: int | None = None
    frequency_lists: int = 10
    frequency_days: int = 30
    diversity: float = 0.0
    explore: float = 0.1

    def __post_init__(self) -> None:
        """Refuse numbers that mean nothing; ids given as numbers become text."""
        for name in ("include", "exclude", "categories", "exclude_categories", "promotion"):
            object.__setattr__(self, name, tuple(str(each) for each in getattr(self, name)))
        for name in ("margin_weight", "promotion_share", "diversity", "explore"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"the rule {name} is {getattr(self, name)}", expected="0 to 1")
        at_least = {"category_cap": 0, "new_slots": 0, "frequency_cap": 0, "frequency_lists": 1, "frequency_days": 1}
        for name, least in at_least.items():
            given = getattr(self, name)
            if given is not None and given < least:
                raise ConfigError(f"the rule {name} is {given}", expected=f"{least} or more")
        for name, cap in self.category_caps.items():
            if cap < 0:
                raise ConfigError(f"the rule category_caps allows {cap} products of {name}", expected="0 or more")
        low, high = self.price_low, self.price_high
        if low is not None and high is not None and low > high:
            raise ConfigError(f"the price band from {low} to {high} is empty", expected="price_low up to price_high")
        if not self.new_days > 0:
            raise ConfigError(f"the rule new_days is {self.new_days}", expected="above 0")

    @classmethod
    def of(cls, given: Any) -> Self:
        """Read rules from a mapping or from settings that have the same names.

        Raises
        ------
        ConfigError
            There is no such rule, or it makes no sense.
        """
        known = [each.name for each in fields(cls)]
        if not isinstance(given, Mapping):
            given = {name: getattr(given, name) for name in known if hasattr(given, name)}
        for name in given:
            if name not in known:
                raise ConfigError(f"There is no rule {name!r}.{did_you_mean(name, known)}", expected=", ".join(known))
        return cls(**given)

    def but(self, **changes: Any) -> Self:
        """Return the same rules with some of them changed."""
        return replace(self, **changes)

    def promoted(self, k: int) -> int:
        """Return how many of k places are for promoted products, at least."""
        return 0 if not self.promotion else min(k, -int(-self.promotion_share * k // 1))

    def drawn(self, k: int) -> int:
        """Return how many of k places are drawn among near-top products."""
        return 0 if self.explore <= 0 or k < 2 else min(max(round(self.explore * k), 1), k - 1)

    def active(self) -> dict[str, Self]:
        """Return each rule that changes lists, alone beside rules that change nothing."""
        plain = type(self)(explore=0.0, in_stock=False)
        found: dict[str, Self] = {}
        together = {
            "category_cap": ("category_cap", "category_caps"),
            "price_band": ("price_low", "price_high"),
            "categories": ("categories", "exclude_categories"),
            "promotion_share": ("promotion", "promotion_share"),
            "new_slots": ("new_slots", "new_days"),
            "frequency_cap": ("frequency_cap", "frequency_lists", "frequency_days"),
        }
        grouped = {name for names in together.values() for name in names}
        alone = {each.name: (each.name,) for each in fields(self) if each.name not in grouped}
        for rule, names in (together | alone).items():
            # What only qualifies another setting changes nothing by itself.
            heads = [name for name in names if name not in {"new_days", "frequency_lists", "frequency_days"}]
            if any(getattr(self, name) != getattr(plain, name) for name in heads):
                found[rule] = plain.but(**{name: getattr(self, name) for name in names})
        return found
