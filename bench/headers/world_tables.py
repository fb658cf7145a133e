"""The small shop's other tables: visits, reviews, stock, market prices, purchases, parcels, coupons, messages."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from functools import cache
from typing import NamedTuple

import numpy as np

from bench.headers.world import Customer, Order, Product, customers, orders, products

__all__ = [
    "coupons",
    "events",
    "market_prices",
    "messages",
    "parcels",
    "purchases",
    "reviews",
    "stock",
]

_START = datetime(2024, 1, 3, 9, 0)


class Event(NamedTuple):
    """One action of a visitor; ``kind`` is view, cart, search or order."""

    number: int
    key: str
    customer: Customer | None
    session: str
    kind: str
    at: datetime
    product: Product | None
    order: int | None
    query: int | None
    device: int
    source: int
    ip: str
    value: float | None


@cache
def events(seed: int) -> list[Event]:
    """Return about 250 actions in some fifty visits."""
    draw = np.random.default_rng([seed, 3])
    found: list[Event] = []
    at = _START
    while len(found) < 240:
        at += timedelta(minutes=int(draw.integers(40, 900)))
        customer = customers(seed)[draw.integers(30)] if draw.random() < 0.7 else None
        visit = (customer, f"s{draw.integers(16**8):08x}", int(draw.integers(3)), int(draw.integers(4)))
        found += _visit(draw, at, visit, len(found))
    return found


def _visit(
    draw: np.random.Generator, at: datetime, visit: tuple[Customer | None, str, int, int], before: int
) -> list[Event]:
    customer, session, device, source = visit
    ip = f"203.0.113.{draw.integers(1, 255)}"
    found = []
    for step in range(int(draw.integers(2, 8))):
        at += timedelta(seconds=int(draw.integers(5, 240)))
        kind = str(draw.choice(["view", "cart", "search", "order"], p=[0.66, 0.17, 0.12, 0.05]))
        product = None if kind == "search" else products()[draw.integers(len(products()))]
        found.append(
            Event(
                number=90001 + before + step,
                key=str(uuid.UUID(int=int.from_bytes(draw.bytes(16), "big"), version=4)),
                customer=customer,
                session=session,
                kind=kind,
                at=at,
                product=product,
                order=700000 + before + step if kind == "order" else None,
                query=int(draw.integers(4)) if kind == "search" else None,
                device=device,
                source=source,
                ip=ip,
                value=product.price if product and kind in {"cart", "order"} else None,
            )
        )
    return found


class Review(NamedTuple):
    """One review; texts by number, see ``TEXTS`` of the styles."""

    number: int
    product: Product
    customer: Customer
    stars: int
    helpful: int
    at: datetime
    verified: bool
    text: int


@cache
def reviews(seed: int) -> list[Review]:
    """Return 160 reviews, most of them kind."""
    draw = np.random.default_rng([seed, 4])
    return [
        Review(
            number=40211 + 3 * number,
            product=products()[draw.integers(len(products()))],
            customer=customers(seed)[draw.integers(60)],
            stars=int(draw.choice([1, 2, 3, 4, 5], p=[0.07, 0.06, 0.12, 0.25, 0.5])),
            helpful=int(draw.poisson(1.3)),
            at=_START + timedelta(minutes=int(draw.integers(500_000))),
            verified=bool(draw.random() < 0.8),
            text=int(draw.integers(6)),
        )
        for number in range(160)
    ]


class Count(NamedTuple):
    """What lay on one shelf on one day."""

    product: Product
    place: int
    at: datetime
    on_hand: int
    on_order: int
    reserved: int


@cache
def stock(seed: int) -> list[Count]:
    """Return four weekly counts of every product in two places."""
    draw = np.random.default_rng([seed, 5])
    return [
        Count(
            product,
            place,
            _START + timedelta(days=7 * week),
            on_hand=int(draw.poisson(60)),
            on_order=int(draw.choice([0, 0, 48, 96])),
            reserved=int(draw.poisson(4)),
        )
        for week in range(4)
        for place in range(2)
        for product in products()
    ]


class Quote(NamedTuple):
    """One price seen elsewhere."""

    product: Product
    competitor: int
    price: float
    price_zh: float
    in_stock: bool
    at: datetime


@cache
def market_prices(seed: int) -> list[Quote]:
    """Return 180 prices seen at three competitors."""
    draw = np.random.default_rng([seed, 6])
    found = []
    for number in range(180):
        product, share = products()[number % len(products())], float(draw.normal(1, 0.08))
        found.append(
            Quote(
                product,
                competitor=int(draw.integers(3)),
                price=round(product.price * share, 2),
                price_zh=round(product.price_zh * share, 1),
                in_stock=bool(draw.random() < 0.9),
                at=_START + timedelta(hours=6 * number, minutes=int(draw.integers(60))),
            )
        )
    return found


class Purchase(NamedTuple):
    """One line the shop ordered from a supplier."""

    number: int
    line: int
    product: Product
    place: int
    quantity: int
    received: int | None
    ordered: datetime
    promised: datetime
    came: datetime | None


@cache
def purchases(seed: int) -> list[Purchase]:
    """Return 60 purchase orders of three lines, the last of them still under way."""
    draw = np.random.default_rng([seed, 7])
    found = []
    for number in range(60):
        ordered = _START + timedelta(days=5 * number, hours=int(draw.integers(8)))
        came = ordered + timedelta(days=int(draw.integers(9, 30))) if number < 54 else None
        for line in range(1, 4):
            quantity = 12 * int(draw.integers(1, 12))
            found.append(
                Purchase(
                    number=45001 + number,
                    line=line,
                    product=products()[draw.integers(len(products()))],
                    place=number % 2,
                    quantity=quantity,
                    received=None if came is None else quantity - int(draw.choice([0, 0, 0, 6])),
                    ordered=ordered,
                    promised=ordered + timedelta(days=14),
                    came=came,
                )
            )
    return found


class Parcel(NamedTuple):
    """One parcel to a customer."""

    tracking: str
    order: Order
    carrier: int
    cost: float
    weight: float


@cache
def parcels(seed: int) -> list[Parcel]:
    """Return the parcels of all orders that were sent."""
    draw = np.random.default_rng([seed, 8])
    return [
        Parcel(
            tracking=f"JD{draw.integers(10**11):011d}",
            order=order,
            carrier=int(draw.integers(3)),
            cost=round(float(draw.uniform(2.5, 9)), 2),
            weight=round(float(draw.gamma(2, 0.8)), 2),
        )
        for order in orders(seed)
        if order.shipped_at is not None
    ]


class Coupon(NamedTuple):
    """One coupon in one customer's hands."""

    number: int
    code: str
    customer: Customer
    by_share: bool
    value: float
    minimum: float
    issued: datetime
    expires: datetime
    redeemed: datetime | None
    order: int | None


@cache
def coupons(seed: int) -> list[Coupon]:
    """Return 150 coupons, a third of them used."""
    draw = np.random.default_rng([seed, 9])
    found = []
    for number in range(150):
        issued = _START + timedelta(minutes=int(draw.integers(300_000)))
        used = draw.random() < 0.33
        found.append(
            Coupon(
                number=880100 + number,
                code=f"Q{draw.integers(36**4, 36**5):07d}",
                customer=customers(seed)[draw.integers(60)],
                by_share=number % 3 == 0,
                value=(5.0, 10.0, 20.0, 50.0)[draw.integers(4)],
                minimum=(0.0, 99.0, 199.0)[draw.integers(3)],
                issued=issued,
                expires=issued + timedelta(days=30),
                redeemed=issued + timedelta(hours=int(draw.integers(3, 700))) if used else None,
                order=610000 + number if used else None,
            )
        )
    return found


class Message(NamedTuple):
    """One message to one customer."""

    number: int
    customer: Customer
    campaign: int
    by_text: bool
    arm: str
    sent: datetime
    opened: datetime | None
    clicked: datetime | None
    left: datetime | None


@cache
def messages(seed: int) -> list[Message]:
    """Return 200 messages of five campaigns."""
    draw = np.random.default_rng([seed, 10])
    found = []
    for number in range(200):
        sent = _START + timedelta(days=14 * (number // 40), hours=1, seconds=number)
        opened = sent + timedelta(minutes=int(draw.integers(1, 3000))) if draw.random() < 0.4 else None
        clicked = opened + timedelta(seconds=int(draw.integers(4, 90))) if opened and draw.random() < 0.3 else None
        found.append(
            Message(
                number=5_500_100 + number,
                customer=customers(seed)[number % 40],
                campaign=31 + number // 40,
                by_text=bool(draw.random() < 0.2),
                arm=("control", "A", "B")[draw.integers(3)],
                sent=sent,
                opened=opened,
                clicked=clicked,
                left=opened + timedelta(minutes=2) if opened and draw.random() < 0.03 else None,
            )
        )
    return found
