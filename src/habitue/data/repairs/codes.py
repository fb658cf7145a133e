"""Codes that are no products: postage, fees, discounts, vouchers (D107).

A row is judged by its own code and title alone, so that later rows never change what an earlier one is.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import ibis

from habitue.data.settings import RepairSettings
from habitue.engine import text_matches

__all__ = ["is_fee"]

# fmt: off
#: Codes that mean a fee wherever they stand (compared in capitals).
_FEE_CODES = {
    "POST", "POSTAGE", "P&P", "DOTCOM", "CARRIAGE", "SHIP", "SHIPPING", "DELIVERY", "FREIGHT", "HANDLING",
    "COURIER", "MANUAL", "DISCOUNT", "SAMPLE", "SAMPLES", "AMAZONFEE", "EBAYFEE", "PAYPALFEE", "CRUK",
    "ADJUST", "ADJUST2", "ADJUSTMENT", "FEE", "FEES", "COMMISSION", "VOUCHER", "COUPON", "GIFTCARD",
    "GIFTVOUCHER", "REFUND", "CREDIT", "DEPOSIT", "DONATION", "INSURANCE", "SURCHARGE", "ROUNDING", "GRATUITY",
    "BANK CHARGES", "BANK CHARGE", "BAD DEBT", "GIFT CARD", "GIFT VOUCHER", "运费", "邮费", "快递费", "手续费",
    "服务费", "差价", "补差", "补差价", "补邮", "礼品卡", "赠品卡", "代金券", "优惠券", "折扣", "YUNFEI",
    "YOUFEI", "BUCHAJIA",
}

#: Short codes that other shops use for products: they decide only where no title speaks against it.
_SHORT_CODES = {
    "M", "D", "S", "B", "C2", "C3", "DOT", "ADJ", "DISC", "FRT", "TAX", "VAT", "TIP", "SHP", "DLV", "YF",
}
# fmt: on

_FEE_CODE = (
    r"(?i)(gift|voucher|coupon)[-_ ]?\d[-_\d]*"
    r"|(shipping|delivery|postage|bank|service|handling)[-_ ]?(fee|charge|cost)s?"
)

_SERVICE = r"postage|carriage|shipping|delivery|freight|courier|handling|packing|packaging|bank|service|payment|card"
_HOW = (
    r"(free|standard|express|next day|same day|(1st|2nd|first|second) class|international|economy|priority|extra|uk|eu"
    r"|dotcom|royal mail|flat rate|local)"
)
_FEE_TITLE = (
    r"(?i)[\s\pP]*("
    rf"({_HOW} ){{0,2}}({_SERVICE})( (and|&) handling)? (fee|charge|cost)s?"
    rf"|({_HOW} ){{0,2}}(postage|carriage|freight|shipping|delivery)( (and|&) (packing|handling))?|p ?(and|&) ?p"
    r"|(\w+ )?(fees?|commission|surcharge)|discounts?|(adjust )?bad debts?|(sales )?(tax|vat)|gratuity|rounding"
    r"|(\w+ )?gift[ -]?(voucher|certificate)s?|(e-?|digital |virtual |store )?gift[ -]?cards?"
    r")[^\pL]*"
)
_FEE_TITLE_ZH = (
    r"[\s\pP]*((补|退|拍|订单|商品|国际|顺丰)[\s\pP]*)*"
    r"(运费|邮费|快递费|物流费|配送费|手续费|服务费|包装费|差价|差额|补差|补差价|邮差|税费|关税|运险|运费险|保价费|安装费|小费|打赏"
    r"|赠品卡|礼品卡|礼品券|代金券|优惠券|抵用券|储值卡|充值卡|折扣|满减|抹零|价保)"
    r"([\s\pP]*(补|拍|差|价|链接|专用|专拍|下单|勿拍|请勿单拍|单拍不发货|不发货|退款))*[^\pL]*"
)
#: Titles too common to overrule a product code; they speak where there is none, or a short one.
_WEAK_TITLE = (
    r"(?i)[\s\pP]*(manual|samples?|adjust(ment)?s?|tips?|deposit|donation|credit|refund|调整|样品|押金|定金)[^\pL]*"
)


def is_fee(lines: Any, settings: RepairSettings, *, filled: Collection[str]) -> Any:
    """Return the condition under which a line's code is no product.

    Parameters
    ----------
    lines : ibis table
        With ``product_id`` and ``product_title``.
    settings : RepairSettings
        ``fee_codes`` are never products, ``product_codes`` always are.
    filled : collection of str
        Columns with any value; texts of other columns are not looked at.
    """
    code, title = lines.product_id.strip().upper(), lines.product_title
    no = ibis.literal(False)
    strong = weak = no
    if "product_title" in filled:
        strong = (text_matches(title, _FEE_TITLE) | text_matches(title, _FEE_TITLE_ZH)).fill_null(False)
        weak = text_matches(title, _WEAK_TITLE)
    if "product_id" not in filled:
        return strong | weak
    short = code.isin(sorted(_SHORT_CODES)) | lines.product_id.isnull()
    untitled = title.isnull() & lines.product_id.notnull()
    known = code.isin(sorted(_FEE_CODES)) | text_matches(lines.product_id, _FEE_CODE)
    fee = known.fill_null(False) | strong | (short & (untitled | weak.fill_null(False)))
    return (fee | _among(code, settings.fee_codes)) & ~_among(code, settings.product_codes)


def _among(code: Any, names: Collection[str]) -> Any:
    """Say whether a code is named in shop.toml, whatever its letter case."""
    if not names:
        return ibis.literal(False)
    return code.isin(sorted({name.strip().upper() for name in names})).fill_null(False)
