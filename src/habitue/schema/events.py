"""Names of shop events: the e-commerce vocabulary that Segment, RudderStack and PostHog share, and our short words."""

from __future__ import annotations

__all__ = ["EVENT_NAMES"]

#: Our word for an event → the names other systems send for the same thing (compared in lower case).
EVENT_NAMES: dict[str, tuple[str, ...]] = {
    "view": (
        "product viewed",
        "view_item",
        "product clicked",
        "select_item",
        "view",
        "product_view",
        "浏览",
        "查看商品",
    ),
    "list": ("product list viewed", "view_item_list", "product list filtered", "list", "view_list", "浏览列表"),
    "search": ("products searched", "search", "view_search_results", "搜索"),
    "cart": ("product added", "add_to_cart", "addtocart", "cart", "加购", "加入购物车"),
    "remove": ("product removed", "remove_from_cart", "remove", "移出购物车"),
    "cart_view": ("cart viewed", "view_cart", "查看购物车"),
    "wish": ("product added to wishlist", "add_to_wishlist", "wish", "fav", "收藏"),
    "checkout": ("checkout started", "begin_checkout", "checkout step viewed", "checkout", "结算"),
    "pay": ("payment info entered", "add_payment_info", "pay", "支付"),
    "order": ("order completed", "purchase", "order", "buy", "transaction", "下单", "购买"),
    "update": ("order updated", "update"),
    "refund": ("order refunded", "refund", "退款"),
    "cancel": ("order cancelled", "cancel", "取消订单"),
    "coupon": ("coupon applied", "select_promotion", "coupon", "领券"),
    "review": ("product reviewed", "review", "评价"),
    "share": ("product shared", "share", "分享"),
    "promotion_view": ("promotion viewed", "view_promotion"),
    "login": ("signed in", "login", "登录"),
    "signup": ("signed up", "sign_up", "注册"),
    "page": ("page", "page_view", "screen_view", "session_start"),
}
