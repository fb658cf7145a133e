"""Reading numbers as people and programs write them: signs for money, thousands, percent, minus in every place."""

from __future__ import annotations

import re
from typing import Any

import ibis

from habitue.engine import text_matches

__all__ = ["SYMBOLS", "WIDE", "money_sign", "plain_number", "written_number"]

#: Signs of money → ISO 4217, as far as they tell.
SYMBOLS = {
    "£": "GBP", "€": "EUR", "HK$": "HKD", "NT$": "TWD", "$": "USD", "￥": "CNY", "¥": "CNY", "元": "CNY", "₹": "INR",
    "₩": "KRW", "₽": "RUB", "₺": "TRY", "₫": "VND", "฿": "THB", "zł": "PLN",
}  # fmt: skip
_WORDS = r"EUR|USD|GBP|CNY|RMB|JPY|CHF|HKD|TWD|AUD|CAD|INR|KRW|Rs\.?|kr\.?|Fr\."
_SIGNS = rf"[\s\x{{00a0}}\x{{202f}}\x{{2007}}]|(?:US|HK|NT|AU|CA|A|C)?\$|[£€￥¥元₹₩₽₺₫฿]|zł|(?i:{_WORDS})"
#: Full-width signs → plain ones.
WIDE = ("０１２３４５６７８９．，－＋（）％／：−", "0123456789.,-+()%/:-")


def plain_number(text: Any, decimal: str) -> Any:
    """Read the common case quickly: digits and at most the decimal sign; NULL where there is more.

    Parameters
    ----------
    text : ibis string column
        Trimmed.
    decimal : str
    """
    if decimal == ".":
        return text.try_cast("float64")
    return text.contains(".").ifelse(ibis.null("string"), text.replace(decimal, ".")).try_cast("float64")


def written_number(text: Any, decimal: str, thousands: str, *, percent: bool) -> Any:
    """Read a number with signs around and inside it; NULL where it is none.

    Parameters
    ----------
    text : ibis string column
        Trimmed.
    decimal, thousands : str
        Signs; with an empty ``thousands`` the usual ones are understood where they group digits by three.
    percent : bool
        Whether ``15%`` may stand for 0.15.
    """
    bare = text.translate(*WIDE).re_replace(_SIGNS, "")
    core = bare.re_replace(r"^[(+-]+|[)%-]+$", "")
    below_zero = bare.re_search(r"^\(?-|^\(.*\)%?$|-$")
    groups = re.escape(thousands or ("," if decimal == "." else ".")) + "'’"
    point = re.escape(decimal)
    fits = text_matches(
        core,
        rf"\d+({point}\d*)?([eE][+-]?\d+)?|{point}\d+|\d{{1,3}}([{groups}]\d{{2,3}})*[{groups}]\d{{3}}({point}\d+)?",
    )
    digits = core.re_replace(rf"[{groups}]", "").replace(decimal, ".").try_cast("float64")
    shares = bare.contains("%")
    value = shares.ifelse(digits / 100 if percent else ibis.null("float64"), digits)
    return fits.ifelse(below_zero.ifelse(-value, value), ibis.null("float64"))


def money_sign(text: Any, shop_currency: str) -> Any:
    """Return the currency a sign stands for, as a code; codes stay as they are.

    ``¥`` is the yuan unless the shop's currency is the yen; ``$`` is the shop's dollar.
    """
    own = {"¥": "JPY", "￥": "JPY"} if shop_currency == "JPY" else {}
    own |= {"$": shop_currency} if shop_currency in ("AUD", "CAD", "HKD", "NZD", "SGD", "TWD", "MXN") else {}
    known = {**SYMBOLS, "US$": "USD", "RMB": "CNY", "人民币": "CNY", "CN¥": "CNY", "圆": "CNY", "円": "JPY", **own}
    upper = text.upper()
    return ibis.cases(*((upper == sign.upper(), code) for sign, code in known.items()), else_=upper)
