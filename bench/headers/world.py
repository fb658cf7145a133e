"""A small shop with regular customers, orders of several lines, discounts and returns: what the styles' cells tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Literal, NamedTuple

import numpy as np

from bench.headers.catalogue import (
    ABROAD,
    AMERICAN,
    BRANDS,
    CATEGORIES,
    CHINESE,
    FIRST,
    FIRST_ZH,
    GOODS,
    LAST,
    LAST_ZH,
    NICKS,
    Place,
)

__all__ = ["Customer", "Market", "Order", "Product", "Sale", "customers", "orders", "products", "sales"]

Market = Literal["en", "zh"]
_OPENED = datetime(2023, 1, 9, 8, 0)
_STATUSES = ("completed", "shipped", "pending", "cancelled", "refunded")


class Customer(NamedTuple):
    """One customer with a home in each market."""

    number: int
    first: str
    last: str
    name_zh: str
    nick: str
    email: str
    mobile: str
    female: bool
    born: date
    signed_up: datetime
    abroad: Place
    us: Place
    cn: Place

    @property
    def name(self) -> str:
        """First and last name."""
        return f"{self.first} {self.last}"

    @property
    def masked(self) -> str:
        """The mobile number as platforms show it."""
        return f"{self.mobile[:3]}****{self.mobile[-4:]}"


class Product(NamedTuple):
    """One product with its names and prices in both markets."""

    number: int
    title: str
    title_zh: str
    title_tw: str
    category: str
    brand: str
    price: float
    price_zh: float
    launched: datetime
    retired: datetime | None

    @property
    def category_zh(self) -> str:
        """The category in Chinese."""
        return CATEGORIES[self.category]

    @property
    def brand_zh(self) -> str:
        """The brand in Chinese."""
        return BRANDS[self.brand]

    @property
    def sku(self) -> str:
        """The merchant's own code."""
        return f"{self.category[:2].upper()}-{1040 + 7 * self.number}"

    @property
    def ean(self) -> str:
        """The barcode."""
        return f"69{2100458800 + 37 * self.number}{self.number % 10}"

    @property
    def supplier(self) -> str:
        """Who supplies it."""
        return f"V{310 + self.number % 6}"

    def cost(self, market: Market = "en") -> float:
        """Return what one piece costs the shop."""
        return round((self.price_zh if market == "zh" else self.price) * (0.42 + self.number % 5 * 0.03), 2)


class Order(NamedTuple):
    """One order, or the note that takes part of one back."""

    number: int
    customer: Customer
    ordered_at: datetime
    status: str
    channel: int
    payment: int
    coupon: str
    shipping: float
    total: float
    is_return: bool

    @property
    def paid_at(self) -> datetime | None:
        """Some minutes after the order, never for orders that were called off or wait."""
        unpaid = self.status in {"cancelled", "pending"}
        return None if unpaid else self.ordered_at + timedelta(minutes=1 + self.number % 27, seconds=self.number % 53)

    @property
    def shipped_at(self) -> datetime | None:
        """One to four days later."""
        return None if self.paid_at is None else self.ordered_at + timedelta(days=1 + self.number % 4, hours=5)

    @property
    def delivered_at(self) -> datetime | None:
        """Three to ten days later."""
        return None if self.shipped_at is None else self.shipped_at + timedelta(days=2 + self.number % 6, minutes=41)

    @property
    def updated_at(self) -> datetime:
        """When the shop's system last touched it: weeks later, in batches."""
        return self.ordered_at + timedelta(days=20 + self.number % 9, minutes=self.number % 60)


@dataclass(frozen=True, slots=True)
class Sale:
    """One line of an order."""

    row: int
    line: int
    order: Order
    product: Product
    quantity: int
    list_price: float
    unit_price: float
    unit_cost: float

    @property
    def customer(self) -> Customer:
        """Who bought."""
        return self.order.customer

    @property
    def at(self) -> datetime:
        """When it was ordered."""
        return self.order.ordered_at

    @property
    def total(self) -> float:
        """Money for the line."""
        return round(self.quantity * self.unit_price, 2)

    @property
    def gross(self) -> float:
        """Money for the line before any discount."""
        return round(self.quantity * self.list_price, 2)

    @property
    def discount(self) -> float:
        """Money taken off the line."""
        return round(self.gross - self.total, 2)

    @property
    def tax(self) -> float:
        """A fifth on top."""
        return round(self.total * 0.2, 2)


@cache
def customers(seed: int, count: int = 60) -> list[Customer]:
    """Return the shop's customers."""
    draw = np.random.default_rng([seed, 1])
    return [_customer(number, draw) for number in range(count)]


def _customer(number: int, draw: np.random.Generator) -> Customer:
    first, last = FIRST[draw.integers(len(FIRST))], LAST[draw.integers(len(LAST))]
    domain = ("example.com", "example.org", "example.net")[draw.integers(3)]
    return Customer(
        number=12346 + 37 * number,
        first=first,
        last=last,
        name_zh=LAST_ZH[draw.integers(len(LAST_ZH))] + FIRST_ZH[draw.integers(len(FIRST_ZH))],
        nick=f"{NICKS[number % len(NICKS)]}{number // len(NICKS) or ''}",
        email=f"{first}.{last}{number}@{domain}".lower(),
        mobile=f"1{(38, 59, 77, 86)[draw.integers(4)]}{draw.integers(10**8):08d}",
        female=bool(draw.random() < 0.55),
        born=date(1955, 1, 1) + timedelta(days=int(draw.integers(18_000))),
        signed_up=_OPENED + timedelta(minutes=int(draw.integers(700 * 1440))),
        abroad=ABROAD[min(int(draw.exponential(2.5)), len(ABROAD) - 1)],
        us=AMERICAN[draw.integers(len(AMERICAN))],
        cn=CHINESE[draw.integers(len(CHINESE))],
    )


@cache
def products() -> list[Product]:
    """Return everything the shop sells."""
    return [
        Product(
            number,
            *goods,
            launched=_OPENED + timedelta(days=11 * number, hours=number % 9),
            retired=_OPENED + timedelta(days=600 + number) if number % 7 == 3 else None,
        )
        for number, goods in enumerate(GOODS)
    ]


@cache
def sales(seed: int, market: Market = "en", *, returns: bool = True, size: int = 190) -> list[Sale]:
    """Return about two hundred order lines of two years, oldest first; ``returns`` lets negative pieces in."""
    draw = np.random.default_rng([seed, 2])
    buyers = customers(seed)[:38]
    loyalty = draw.pareto(1.2, len(buyers)) + 0.4
    found: list[Sale] = []
    number = 536365 + 1000 * (seed % 50)
    at = _OPENED
    while len(found) < size:
        at = (at + timedelta(days=float(draw.exponential(1425 / size)))).replace(hour=int(draw.integers(8, 22)))
        at = at.replace(minute=int(draw.integers(60)), second=int(draw.integers(60)), microsecond=0)
        number += int(draw.integers(1, 6))
        customer = buyers[draw.choice(len(buyers), p=loyalty / loyalty.sum())]
        lines = _lines(draw, market, at) if not returns or draw.random() > 0.07 else _back(draw, found, customer)
        order = _order(number, customer, at, draw, lines)
        found += [Sale(len(found) + at_line, at_line, order, *line) for at_line, line in enumerate(lines, 1)]
    return found


_PIECES, _PIECES_SHARES = (1, 2, 3, 4, 6, 12), (0.45, 0.22, 0.1, 0.08, 0.1, 0.05)
_Line = tuple[Product, int, float, float, float]


def _lines(draw: np.random.Generator, market: Market, at: datetime) -> list[_Line]:
    """Draw what is bought; popular products more often, dear ones in ones."""
    popularity = 1 / np.arange(1, len(GOODS) + 1) ** 0.5
    size = min(1 + int(draw.poisson(1.6)), 6)
    picked = draw.choice(len(GOODS), size=size, replace=False, p=popularity / popularity.sum())
    share = float(draw.choice([1.0, 0.9, 0.8, 0.75], p=[0.65, 0.15, 0.12, 0.08]))
    lines = []
    for product in (products()[index] for index in picked):
        price = product.price_zh if market == "zh" else product.price
        pieces = (
            1 if product.price > 30 else int(draw.choice([1, 2, 3, 4, 6, 12], p=[0.45, 0.22, 0.1, 0.08, 0.1, 0.05]))
        )
        raised = round(price * (1.05 if at.year > 2023 else 1.0), 2)  # prices rose once
        lines.append((product, pieces, raised, round(raised * share, 2), product.cost(market)))
    return lines


def _back(draw: np.random.Generator, found: list[Sale], customer: Customer) -> list[_Line]:
    """Take back one or two lines, best of the same customer."""
    own = [sale for sale in found if sale.customer is customer and sale.quantity > 0] or found[:3]
    taken = own[-int(draw.integers(1, 3)) :]
    return [(each.product, -each.quantity, each.list_price, each.unit_price, each.unit_cost) for each in taken] or [
        (products()[1], -1, products()[1].price, products()[1].price, products()[1].cost())
    ]


def _order(number: int, customer: Customer, at: datetime, draw: np.random.Generator, lines: list[_Line]) -> Order:
    goods = sum(round(quantity * price, 2) for _, quantity, _, price, _ in lines)
    is_return = lines[0][1] < 0
    shipping = 0.0 if goods > 60 or is_return else (3.95, 5.95, 8.0)[draw.integers(3)]
    reduced = any(price < listed for _, _, listed, price, _ in lines)
    return Order(
        number=number,
        customer=customer,
        ordered_at=at,
        status=_STATUSES[draw.choice(5, p=[0.8, 0.06, 0.04, 0.06, 0.04])],
        channel=int(draw.choice(3, p=[0.6, 0.25, 0.15])),
        payment=int(draw.choice(3, p=[0.5, 0.35, 0.15])),
        coupon=("SPRING10", "WELCOME", "VIP20", "FRIENDS")[draw.integers(4)] if reduced else "",
        shipping=shipping,
        total=round(goods + shipping, 2),
        is_return=is_return,
    )


def orders(seed: int, market: Market = "en", *, returns: bool = False) -> list[Order]:
    """Return about two hundred orders, oldest first."""
    return list({sale.order.number: sale.order for sale in sales(seed, market, returns=returns, size=450)}.values())
