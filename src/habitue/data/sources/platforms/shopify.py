"""Shopify: the admin's order export, one row per item, the order's own cells on its first row only."""

from __future__ import annotations

from typing import Any

from habitue.data.settings import SourceSettings
from habitue.data.sources.platforms.order_export import Layout, read_order_export
from habitue.data.sources.platforms.tables import PlatformTable
from habitue.data.sources.raw import RawTable
from habitue.engine import Engine

__all__ = ["read_shopify"]

_LAYOUT = Layout(
    columns={
        "order_id": ("Name",),
        "customer_id": ("Customer ID",),
        "email": ("Email",),
        "phone": ("Phone", "Billing Phone", "Shipping Phone"),
        "name": ("Billing Name", "Shipping Name"),
        "ordered_at": ("Created at", "Paid at"),
        "cancelled_at": ("Cancelled at",),
        "status": ("Financial Status",),
        "currency": ("Currency",),
        "subtotal": ("Subtotal",),
        "shipping": ("Shipping",),
        "total": ("Total",),
        "coupon_code": ("Discount Code",),
        "order_discount": ("Discount Amount",),
        "refunded": ("Refunded Amount",),
        "payment_method": ("Payment Method",),
        "channel": ("Source",),
        "country": ("Shipping Country", "Billing Country"),
        "region": ("Shipping Province", "Billing Province"),
        "city": ("Shipping City", "Billing City"),
        "postcode": ("Billing Zip", "Shipping Zip"),
        "quantity": ("Lineitem quantity",),
        "title": ("Lineitem name",),
        "price": ("Lineitem price",),
        "list_price": ("Lineitem compare at price",),
        "sku": ("Lineitem sku",),
        "line_discount": ("Lineitem discount",),
        "brand": ("Vendor",),
    },
    dates=("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"),
)


def read_shopify(source: SourceSettings, raw: RawTable, *, engine: Engine) -> list[PlatformTable]:
    """Turn a Shopify order export into order lines, orders, customers and products.

    Times are printed by the shop with its own offset; the offset is cut off, so that they stand on the shop's clock.
    ``unit_price`` is what was paid for one piece after the line's and the order's discount; ``list_price`` is the
    price compared at where there is one. Orders paid through the gateway for tests get the status ``test``. A refund
    has no time in this export, so it stays a finding.
    """
    return read_order_export(_LAYOUT, source, raw, engine=engine, adjust=_adjusted)


def _adjusted(cells: Any) -> Any:
    tested = cells.payment_method.lower().contains("bogus").fill_null(False)
    return cells.mutate(
        status=tested.ifelse("test", cells.status),
        postcode=cells.postcode.re_replace("^'", ""),  # put there to keep leading zeros in spreadsheets
    )
