"""Column names that English and Chinese shop systems print over a flat export of order lines."""

from __future__ import annotations

__all__ = ["FLAT_COLUMNS", "HEADERS"]

FLAT_COLUMNS = (
    "order_id", "ordered_at", "customer_id", "product_id", "product_title", "category", "quantity", "unit_price",
    "country", "status",
)  # fmt: skip

HEADERS: dict[str, dict[str, str]] = {
    "en": {
        "order_id": "Order Number",
        "ordered_at": "Order Date",
        "customer_id": "Customer ID",
        "product_id": "SKU",
        "product_title": "Product Name",
        "category": "Category",
        "quantity": "Quantity",
        "unit_price": "Unit Price",
        "country": "Country",
        "status": "Order Status",
    },
    "zh": {
        "order_id": "订单编号",
        "ordered_at": "下单时间",
        "customer_id": "会员ID",
        "product_id": "商品编码",
        "product_title": "商品名称",
        "category": "商品类目",
        "quantity": "购买数量",
        "unit_price": "商品单价",
        "country": "国家",
        "status": "订单状态",
    },
}
