"""Orders that were called off (D102), and order numbers that name more than one order (D116)."""

from __future__ import annotations

from typing import Any

import ibis

from habitue.data.finding import Finding
from habitue.data.finding_catalogue import CATALOGUE
from habitue.engine import Engine, text_matches

__all__ = ["cancel_mark", "has_cancel_mark", "reused_numbers", "status_says_cancelled"]

_STATUS = (
    r"(?i)[\s\pP]*(wc-)?(cancel(l?ed)?( (by|order|due).*)?|order cancell?ed|(fully )?refund(ed)?|void(ed)?|failed"
    r"|payment failed|declined|rejected|expired|abandoned|trash|deleted"
    r"|(交易|订单|已|被|买家|卖家|用户|客户|系统|超时)*(取消|作废|撤销)(订单|交易|成功)?|(交易|订单|已)*关闭|(交易|付款|支付)失败"
    r"|(已|全额|整单)*(退款|退货退款)(成功|完成|完毕)?|已退货)[\s\pP]*"
)
_MARKED = r"(\p{L}{1,6})[-_#]?\d+"  # letters, then the number: C536379, RF-1001, 退1001
_PREFIXES = 5  # with more kinds of letters on negative lines, letters say something else
_APART_DAYS = 30


def status_says_cancelled(lines: Any) -> Any:
    """Return the condition under which the status of a line says that its order was called off or paid back."""
    return text_matches(lines.status, _STATUS).fill_null(False)


def cancel_mark(lines: Any, *, engine: Engine) -> str:
    """Return the pattern of order numbers that mark a cancellation; empty where there is none.

    Letters before the number are a mark when every line that bears them takes something back, as the C of invoice
    C536379 does among 536365 and 536366.
    """
    prefix = lines.order_id.re_extract(f"^{_MARKED}$", 1)
    marked = lines.filter(lines.quantity < 0, text_matches(lines.order_id, _MARKED)).select(prefix=prefix).distinct()
    letters = [row["prefix"] for row in engine.to_rows(marked.order_by("prefix").limit(_PREFIXES + 1))]
    if len(letters) > _PREFIXES:
        return ""
    marks = [each for each in letters if not _is_sold_under(lines, each, engine)]
    return _numbered("|".join(marks)) if marks else ""


def _is_sold_under(lines: Any, letters: str, engine: Engine) -> bool:
    sold = lines.filter(lines.quantity > 0, lines.order_id.startswith(letters))
    sold = sold.filter(text_matches(sold.order_id, _numbered(letters)))
    return bool(engine.to_rows(sold.select("order_id").limit(1)))


def _numbered(letters: str) -> str:
    return rf"({letters})[-_#]?\d+"


def has_cancel_mark(lines: Any, mark: str) -> Any:
    """Return the condition under which a negative line belongs to a cancellation by its order number."""
    if not mark:
        return ibis.literal(False)
    return (lines.quantity < 0) & text_matches(lines.order_id, mark)


def reused_numbers(lines: Any, *, engine: Engine) -> Finding:
    """Look for order numbers that two customers share, or that come again after weeks."""
    sold = lines.filter(lines.quantity > 0)
    who, named = sold.customer_id.hash(), sold.customer_id.notnull()
    # Numbers are grouped by their hash, so that millions of them stay small.
    orders = sold.group_by(number=sold.order_id.hash()).agg(
        shared=(who.min(where=named) != who.max(where=named)).fill_null(False),
        apart=sold.ordered_at.max() > sold.ordered_at.min() + ibis.interval(days=_APART_DAYS),
        row=sold.source_row.min(),
    )
    reused = orders.shared | orders.apart
    (seen,) = engine.to_rows(
        orders.agg(
            total=orders.count(),
            count=orders.count(where=reused),
            customers=orders.count(where=orders.shared),
            apart=orders.count(where=orders.apart),
            first=orders.number.argmin(orders.row, where=reused),
        )
    )
    place = _first_line(sold, seen["first"], engine) if seen["count"] else {}
    facts = {"customers": seen["customers"], "apart": seen["apart"], "days": _APART_DAYS}
    return CATALOGUE["D116"].found(seen["count"], seen["total"], **facts, **place)


def _first_line(sold: Any, number: int, engine: Engine) -> dict[str, Any]:
    lines = sold.filter(sold.order_id.hash() == number).order_by("source", "source_row").limit(1)
    (line,) = engine.to_rows(lines.select("order_id", "source", "source_row"))
    return {"first_row": line["source_row"], "first_value": line["order_id"], "source": line["source"]}
