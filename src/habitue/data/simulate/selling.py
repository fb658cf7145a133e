"""The tables ``orders`` and ``order_lines``, returns included."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from habitue.data.simulate.contact import COUPON_ARMS, COUPON_VALUES
from habitue.data.simulate.core import Core
from habitue.data.simulate.customers import ORDER_CHANNELS
from habitue.data.simulate.places import PLACES
from habitue.data.simulate.plan import Floats, Ints
from habitue.data.simulate.purchasing import PICK_UP
from habitue.data.simulate.typed import numbered, picked, typed
from habitue.data.simulate.wares import Wares
from habitue.data.simulate.world import Instants

__all__ = [
    "FIRST_ORDER",
    "PAYMENT_METHODS",
    "Sales",
    "arrived",
    "build_sales",
    "coupon_codes",
    "customer_ids",
    "order_ids",
    "order_lines_table",
    "orders_table",
]

FIRST_CUSTOMER = 100_001
FIRST_ORDER = 5_000_001
PAYMENT_METHODS = ("card", "paypal", "invoice", "alipay", "wechat_pay")

_PAYMENT_SHARES = np.cumsum([[0.58, 0.30, 0.12, 0.0, 0.0], [0.06, 0.0, 0.0, 0.50, 0.44]], axis=1)
_FREE_FROM, _DELIVERY = 60.0, 4.9  # dollars


@dataclass(frozen=True, slots=True)
class Sales:
    """Sold and returned lines together, in order of time, with what the order tables show of them.

    Rows of ``document`` are orders, then the returns of an order; a return has an id of its own.
    """

    core: Core
    line: Ints  # row of core.lines
    document: Ints
    pieces: Floats
    price: Floats
    document_order: Ints  # row of core.orders
    document_at: Instants
    is_return: npt.NDArray[np.bool_]
    total: Floats
    discount: Floats
    shipping: Floats
    method: Ints  # payment method of each order
    first_number: int
    ingested_at: Instants


def build_sales(core: Core, *, first_number: int = FIRST_ORDER, chunk: int = 0) -> Sales:
    """Work out prices paid, delivery charges, totals and return documents."""
    orders, lines = core.orders, core.lines
    count = orders.at.size
    value = np.where(
        orders.coupon >= 0, COUPON_VALUES[core.coupons.arm[orders.coupon]] if core.coupons.arm.size else 0.0, 0.0
    )
    price = np.round(lines.price * (1 - value[lines.order]), 2)
    back = core.returns
    returned, first, slip = np.unique(lines.order[back.line], return_index=True, return_inverse=True)
    return_at = core.world.instants(back.at[first], core.market[returned])
    document_order = np.concatenate([np.arange(count), returned])
    line = np.concatenate([np.arange(lines.order.size), back.line])
    pieces = np.concatenate([lines.pieces, -back.pieces])
    document = np.concatenate([lines.order, count + slip])
    goods = np.bincount(document, pieces * price[line], minlength=document_order.size)
    saved = np.bincount(document, pieces * np.round(lines.listed - price, 2)[line], minlength=document_order.size)
    free = (goods >= _FREE_FROM * core.world.catalogue.exchange) | (orders.channel == PICK_UP)[document_order]
    is_return = np.arange(document_order.size) >= count
    shipping = np.where(free | is_return, 0.0, round(_DELIVERY * core.world.catalogue.exchange, 2))
    document_at = np.concatenate([core.ordered_at, return_at])
    in_time = np.lexsort((np.arange(line.size), document_at[document]))
    return Sales(
        core=core, line=line[in_time], document=document[in_time], pieces=pieces[in_time], price=price[line][in_time],
        document_order=document_order, document_at=document_at, is_return=is_return,
        total=np.round(goods + shipping, 2), discount=np.round(saved, 2), shipping=shipping,
        method=_methods(core, chunk), first_number=first_number,
        ingested_at=arrived(core.world.plan.rng("orders_ingested", chunk), document_at),
    )  # fmt: skip


def _methods(core: Core, chunk: int) -> Ints:
    """Everybody has a usual way to pay; stolen cards are cards."""
    rng = core.world.plan.rng("payment_methods", chunk)
    usual = (rng.random((core.people.number.size, 1)) > _PAYMENT_SHARES[core.people.market]).sum(axis=1)
    other = (rng.random((core.orders.at.size, 1)) > _PAYMENT_SHARES[core.market]).sum(axis=1)
    method = np.where(rng.random(other.size) < 0.85, usual[core.orders.person], other)
    return np.where(core.orders.fraud == 1, 0, np.minimum(method, len(PAYMENT_METHODS) - 1))


def customer_ids(core: Core, person: Ints) -> Any:
    """Return the ids of persons; guests, and persons of negative row, have none."""
    number = np.where(person < 0, -1, core.people.number[person])
    return numbered("", np.where(number < 0, -1, number + FIRST_CUSTOMER))


def order_ids(sales: Sales, document: Ints) -> Any:
    """Return order numbers; returns carry an R and the number of the order they belong to, negative rows nothing."""
    if not sales.document_order.size:
        return pa.nulls(document.size, pa.string())
    numbers = numbered("", np.where(document < 0, -1, sales.document_order[document] + sales.first_number))
    back = pa.array(sales.is_return[document])
    return pc.if_else(back, pc.binary_join_element_wise("R", numbers, ""), numbers)


def coupon_codes(core: Core, coupon: Ints) -> Any:
    """Return the code on each coupon: one per coupon action and arm."""
    if not core.coupons.arm.size:
        return pa.nulls(coupon.size, pa.string())
    arms = len(COUPON_ARMS)
    actions = core.world.actions.day.size
    words = [f"{COUPON_ARMS[arm].upper()}{action:02d}" for action in range(actions) for arm in range(arms)]
    words += [COUPON_ARMS[arm].upper() for arm in range(arms)]
    action = np.where(core.coupons.action < 0, actions, core.coupons.action)
    place = (action * arms + core.coupons.arm)[coupon]
    return picked(words, np.where((coupon < 0) | (core.coupons.arm[coupon] == 0), -1, place))


def arrived(rng: np.random.Generator, at: Instants, *, share: float = 0.3) -> Instants:
    """Draw when rows reached the shop's systems: known for a share of them, minutes to a day after the event."""
    delay = np.minimum(rng.exponential(2.5 * 3600, at.size) + 20, 86_400).astype("timedelta64[s]")
    return np.where(rng.random(at.size) < share, at + delay, np.datetime64("NaT", "us"))


def orders_table(sales: Sales) -> Any:
    """Build the table ``orders``, in order of time."""
    core, in_time = sales.core, np.argsort(sales.document_at, kind="stable")
    order = sales.document_order[in_time]
    return typed("orders", {
        "order_id": order_ids(sales, in_time),
        **_of_order(sales, in_time),
        "currency": picked([core.world.catalogue.currency], np.zeros(order.size)),
        "shipping": sales.shipping[in_time],
        "discount": sales.discount[in_time],
        "order_total": sales.total[in_time],
        "ingested_at": sales.ingested_at[in_time],
    })  # fmt: skip


def order_lines_table(sales: Sales, wares: Wares) -> Any:
    """Build the table ``order_lines``, in order of time."""
    core, lines = sales.core, sales.core.lines
    product = lines.product[sales.line]
    listed = lines.listed[sales.line]
    return typed("order_lines", {
        "order_id": order_ids(sales, sales.document),
        "line_id": numbered("", _places(sales.document)),
        "product_id": picked(wares.ids, product),
        "quantity": sales.pieces,
        "unit_price": sales.price,
        "line_total": np.round(sales.price * sales.pieces, 2),
        "list_price": listed,
        "discount": np.round((listed - sales.price) * sales.pieces, 2),
        "unit_cost": core.world.catalogue.cost[product],
        "currency": picked([core.world.catalogue.currency], np.zeros(product.size)),
        **_of_order(sales, sales.document),
        "shipping": sales.shipping[sales.document],
        "product_title": picked(wares.titles, product),
        "category": picked(wares.categories, product),
        "brand": picked(wares.brands, product),
        "ingested_at": sales.ingested_at[sales.document],
    })  # fmt: skip


def _of_order(sales: Sales, document: Ints) -> dict[str, Any]:
    """Columns that both order tables share."""
    core, order = sales.core, sales.document_order[document]
    person = core.orders.person[order]
    back = sales.is_return[document]
    cancelled_at = core.world.instants(core.orders.cancelled[order], core.people.market[person])
    place = core.people.place[person]
    status = np.where(back, 2, np.isfinite(core.orders.cancelled[order]).astype(np.int64))
    return {
        "customer_id": customer_ids(core, person),
        "ordered_at": sales.document_at[document],
        "status": picked(("completed", "cancelled", "returned"), status),
        "cancelled_at": np.where(back, np.datetime64("NaT", "us"), cancelled_at),
        "channel": picked(ORDER_CHANNELS, core.orders.channel[order]),
        "country": picked([each[0] for each in PLACES], place),
        "region": picked([each[1] for each in PLACES], place),
        "city": picked([each[2] for each in PLACES], place),
        "coupon_code": coupon_codes(core, core.orders.coupon[order]),
        "payment_method": picked(PAYMENT_METHODS, sales.method[order]),
    }


def _places(document: Ints) -> Ints:
    """Return the place of each line in its document, from 1."""
    order = np.argsort(document, kind="stable")
    sorted_documents = document[order]
    starts = np.searchsorted(sorted_documents, sorted_documents)
    places = np.empty(document.size, dtype=np.int64)
    places[order] = np.arange(document.size) - starts + 1
    return places
