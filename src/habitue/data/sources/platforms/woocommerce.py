"""WooCommerce: order exports with one row per item, the analytics export of orders, and its two look-up tables."""

from __future__ import annotations

from typing import Any

import ibis

from habitue.data.finding import Finding
from habitue.data.settings import SourceSettings
from habitue.data.sources.platforms.order_export import Layout, read_order_export
from habitue.data.sources.platforms.tables import PlatformTable, chosen, note, number, person_code, plain, table_of
from habitue.data.sources.raw import RawTable
from habitue.engine import Engine
from habitue.schema import Words

__all__ = ["read_woocommerce"]

_DATES = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d", "%B %d, %Y", "%B %d, %Y %I:%M %p")
_LAYOUT = Layout(
    columns={
        "order_id": ("Order Number", "Order ID"),
        "customer_id": ("Customer User ID", "Customer ID", "Customer User"),
        "email": ("Email (Billing)", "Billing Email", "Customer Email"),
        "phone": ("Phone (Billing)", "Billing Phone"),
        "name": ("Full Name (Billing)", "Customer Name"),
        "first_name": ("First Name (Billing)", "Billing First Name"),
        "last_name": ("Last Name (Billing)", "Billing Last Name"),
        "ordered_at": ("Order Date", "Date"),
        "status": ("Order Status", "Status"),
        "currency": ("Order Currency", "Currency"),
        "subtotal": ("Order Subtotal Amount", "Order Subtotal"),
        "shipping": ("Order Shipping Amount", "Shipping Total"),
        "total": ("Order Total Amount", "Order Total"),
        "coupon_code": ("Coupon Code", "Coupons Used"),
        "order_discount": ("Cart Discount Amount", "Discount Amount", "Discount Total"),
        "refunded": ("Order Refund Amount", "Refunded Total"),
        "payment_method": ("Payment Method Title", "Payment Method"),
        "channel": ("Created Via", "Source"),
        "country": ("Country Code (Shipping)", "Country Code (Billing)", "Shipping Country", "Billing Country"),
        "region": ("State Code (Shipping)", "State Code (Billing)", "Shipping State", "Billing State"),
        "city": ("City (Shipping)", "City (Billing)", "Shipping City", "Billing City"),
        "postcode": ("Postcode (Billing)", "Postcode (Shipping)", "Billing Postcode"),
        "quantity": ("Quantity", "Item Quantity", "Qty", "Quantity (- Refund)"),
        "title": ("Item Name", "Product Name", "Product"),
        "price": ("Item Cost", "Item Price"),
        "list_price": ("Item Cost Before Discount",),
        "line_total": ("Order Line (w/o tax)", "Order Line Total", "Item Total"),
        "sku": ("SKU", "Item SKU"),
        "category": ("Category", "Categories", "Product Categories"),
        "brand": ("Brand", "Brands"),
    },
    dates=_DATES,
    subtotal_is_gross=True,
)


def read_woocommerce(source: SourceSettings, raw: RawTable, *, engine: Engine) -> list[PlatformTable]:
    """Turn a WooCommerce export into our tables; which of its four kinds it is, its headers say.

    Rows per item give order lines, orders, customers and products; ``wc_order_product_lookup`` gives order lines,
    ``wc_order_stats`` orders, the analytics export of orders both. Times are on the shop's clock already.
    """
    kind = _kind({plain(name) for name in raw.expr.columns})
    if kind == "items":
        return read_order_export(_LAYOUT, source, raw, engine=engine, adjust=_adjusted)
    dates = {name: source.dates.get(name, list(_DATES)) for name in ("ordered_at", "ingested_at")}
    if kind == "product_lookup":
        return [
            table_of("order_lines", raw, _lookup_lines(raw, source), engine=engine, dates=dates, rejects=raw.rejects)
        ]
    if kind == "stats":
        return [table_of("orders", raw, _stats_orders(raw, source), engine=engine, dates=dates, rejects=raw.rejects)]
    return _analytics(raw, source, dates, engine)


def _kind(headers: set[str]) -> str:
    if {"order_item_id", "product_qty"} <= headers:
        return "product_lookup"
    if {"num_items_sold", "net_total"} <= headers:
        return "stats"
    if {"product_s", "items_sold"} <= headers:
        return "analytics"
    return "items"


def _adjusted(cells: Any) -> Any:
    """Take guests for people without number, and the states of orders in their short form."""
    return cells.mutate(customer_id=cells.customer_id.nullif("0"), status=_status(cells.status))


def _status(text: Any) -> Any:
    return text.lower().re_replace("^wc-", "").replace(" ", "-")


def _lookup_lines(raw: RawTable, source: SourceSettings) -> Any:
    """Read wc_order_product_lookup: refunds are rows with negative quantity, at the time of the refund."""
    cells = chosen(
        raw,
        {
            "order_id": ("order_id",), "line_id": ("order_item_id",), "customer_id": ("customer_id",),
            "product_id": ("product_id",), "ordered_at": ("date_created",), "quantity": ("product_qty",),
            "net": ("product_net_revenue", "product_gross_revenue"), "coupon": ("coupon_amount",),
        },
    )  # fmt: skip
    cells = cells.mutate(**{name: number(cells[name], source.decimal) for name in ("quantity", "net", "coupon")})
    money_only = (cells.quantity == 0) & (cells.net != 0)  # an amount paid back without goods
    pieces = money_only.ifelse(1.0, cells.quantity)
    paid = cells.net / pieces.nullif(0)
    off = cells.coupon.fill_null(0)
    before = money_only.ifelse(ibis.null("float64"), paid + off / pieces.nullif(0))
    return cells.select(
        "order_id", "line_id", "ordered_at", "source_row", product_id=cells.product_id.nullif("0"),
        customer_id=cells.customer_id.nullif("0"), quantity=pieces, unit_price=paid, line_total=cells.net,
        discount=off, list_price=before,
    )  # fmt: skip


def _stats_orders(raw: RawTable, source: SourceSettings) -> Any:
    """Read wc_order_stats; its refunds are no orders: their lines stand in the other table."""
    cells = chosen(
        raw,
        {
            "order_id": ("order_id",), "parent_id": ("parent_id",), "customer_id": ("customer_id",),
            "ordered_at": ("date_created",), "status": ("status",), "shipping": ("shipping_total",),
            "order_total": ("total_sales", "gross_total", "net_total"),
        },
    )  # fmt: skip
    own = cells.filter(number(cells.parent_id).fill_null(0) == 0)
    return own.select(
        "order_id", "ordered_at", "source_row",
        customer_id=own.customer_id.nullif("0"), status=_status(own.status),
        shipping=number(own.shipping, source.decimal), order_total=number(own.order_total, source.decimal),
    )  # fmt: skip


def _analytics(
    raw: RawTable, source: SourceSettings, dates: dict[str, list[str]], engine: Engine
) -> list[PlatformTable]:
    """Read the analytics export of orders: one row per order, its products in one cell, one revenue for all."""
    cells = chosen(
        raw,
        {
            "order_id": ("Order #",), "ordered_at": ("Date",), "status": ("Status",), "name": ("Customer",),
            "products": ("Product(s)",), "pieces": ("Items sold",), "coupon_code": ("Coupon(s)",),
            "net": ("N. Revenue", "Net Sales", "N. Revenue (formatted)"), "channel": ("Attribution",),
        },
    )  # fmt: skip
    bare = cells.net.re_replace(r"[^0-9,.\-]", "")  # the formatted column carries the currency's sign
    cells = cells.mutate(
        net=number(bare, source.decimal), pieces=number(cells.pieces), status=_status(cells.status),
        customer_id=person_code(cells.name), parts=_parts(cells.products.fill_null("")),
    )  # fmt: skip
    cells = engine.keep(cells)
    lines = cells.mutate(part=cells.parts.unnest(), line_id=ibis.range(1, cells.parts.length() + 1).unnest())
    quantity = lines.part.re_extract(r"^(-?\d+)× ", 1).try_cast("float64")
    lines = lines.select(
        "order_id", "customer_id", "ordered_at", "status", "channel", "coupon_code", "source_row",
        line_id=lines.line_id.cast("string"), unit_price=lines.net / lines.pieces.nullif(0),
        quantity=ibis.coalesce(quantity, lines.pieces),
        product_id=(title := lines.part.re_replace(r"^-?\d+× ", "").nullif("")), product_title=title,
    )  # fmt: skip
    orders = cells.select(
        "order_id", "customer_id", "ordered_at", "status", "channel", "coupon_code", "source_row", order_total=cells.net
    )
    return [
        table_of(
            "order_lines",
            raw,
            lines,
            engine=engine,
            dates=dates,
            findings=_analytics_findings(cells, engine),
            rejects=raw.rejects,
        ),
        table_of("orders", raw, orders, engine=engine, dates=dates),
    ]


def _parts(products: Any) -> Any:
    """Split ``2× Fern, green, 1× Mug`` before each number, as names hold commas too."""
    return products.re_replace(r", (-?\d+× )", "\x1f\\1").split("\x1f")


def _analytics_findings(cells: Any, engine: Engine) -> tuple[Finding, ...]:
    several = (cells.parts.length() > 1).ifelse(1, 0).sum()
    (seen,) = engine.to_rows(cells.agg(orders=cells.count(), several=several, customers=cells.customer_id.nunique()))
    by_name = note(
        "D704",
        "customers_by_name",
        "order_lines",
        count=seen["customers"],
        what=Words(
            f"the export holds no e-mail and no number: {seen['customers']} customers are told apart by name alone",
            f"导出文件没有邮箱和客户编号：{seen['customers']} 位客户仅按姓名区分",
        ),
        done=Words("the same name counts as the same customer", "同名视为同一客户"),
        do=Words("export the orders with e-mail or customer number", "请导出含邮箱或客户编号的订单"),
    )
    averaged = note(
        "D705",
        "prices_averaged",
        "order_lines",
        count=seen["several"] or 0,
        what=Words(
            f"{seen['several']} orders hold several products but one revenue",
            f"{seen['several']} 笔订单含多种商品，但只有订单总收入",
        ),
        done=Words("every piece of such an order got the same price", "同一订单内每件商品按平均价计"),
        do=Words("export one row per item to see real prices", "请按商品逐行导出以获得真实单价"),
    )
    return (by_name, averaged) if seen["several"] else (by_name,)
