"""Orders that somebody placed to try the shop out (D108)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import ibis

from habitue.data.settings import RepairSettings
from habitue.engine import text_matches

__all__ = ["is_trial"]

_ZH = (
    r"[\s\pP]*测试([\s\pP]*(账号|账户|用户|客户|会员|人员|员|订单|单|商品|产品|链接|专用|数据|勿拍|请勿拍|\d))*[\s\pP]*"
)
_WHAT = "user|customer|account|order|buyer|client|product|item|sku|coupon|code|shop|store|do not ship"
_EN = rf"[\s\pP]*test(ing)?([\s\pP]*({_WHAT}))?[\s\pP\d]*"
_WHOLE = f"(?i){_EN}|{_ZH}"
_NAME = rf"(?i)(.*[\s_.-])?test\d*([\s_.-].*)?|{_ZH}"
_EMAIL = (
    r"(?i)test(\d*|[._+-].*)@.*"
    r"|.*@(.+\.)?(example\.(com|org|net|cn)|test\.(com|org|net|cn)|test|example|invalid|localhost)"
)
_PATTERNS = {
    "customer_id": _WHOLE,
    "order_id": _WHOLE,
    "coupon_code": _WHOLE,
    "product_id": _WHOLE,
    "product_title": _WHOLE,
    "status": _WHOLE,
    "customer_name": _NAME,
    "customer_email": _EMAIL,
}


def is_trial(lines: Any, settings: RepairSettings, *, filled: Collection[str]) -> Any:
    """Return the condition under which a line belongs to a test order.

    Parameters
    ----------
    lines : ibis table
    settings : RepairSettings
        ``test_customers`` names further accounts by number or e-mail.
    filled : collection of str
        Columns with any value; other columns are not looked at.
    """
    trial = ibis.literal(False)
    for column, pattern in _PATTERNS.items():
        if column in filled:
            trial |= text_matches(lines[column], pattern).fill_null(False)
    for column in ("customer_id", "customer_email"):
        if settings.test_customers and column in filled:
            trial |= lines[column].isin(settings.test_customers).fill_null(False)
    return trial
