"""Reading cells as figures, however money, thousands and minus signs are written."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable

__all__ = ["decimal_sign", "read_figure", "symbol_currency"]

_CODES = "usd|eur|gbp|cny|rmb|jpy|hkd|twd|krw|sgd|aud|cad|chf|sek|nok|dkk|inr|brl|mxn|pln|czk|try|aed|nzd|zar"
_CURRENCY = rf"(?:(?:us|hk|nt|au|ca|nz|sg|mx|r|a|c)?\$|[£€¥￥₹₩]|元|人民币|{_CODES}|kr\.?|zł)"
_PACK = r"(?:件|个|pcs?\.?|x|箱|盒|瓶|袋|套|双|stk\.?|st\.?|units?)"
_DRESSED = re.compile(
    rf"^\s*{_CURRENCY}?\s*([-+]?)\s*{_CURRENCY}?\s*([\d.,'’\s ]*\d[.,]?)\s*(?:{_CURRENCY}|{_PACK}|%)?\s*(-?)\s*$"
)
_PLAIN = re.compile(r"^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$")


def read_figure(text: str, decimal: str = ".") -> float | None:
    """Return the figure a cell holds, or ``None`` where it holds none.

    Examples
    --------
    >>> read_figure("£1,234.50"), read_figure("1.234,50 €", ","), read_figure("(12.00)"), read_figure("12.00-")
    (1234.5, 1234.5, -12.0, -12.0)
    >>> read_figure("85123A") is None, read_figure("LIP-0001") is None
    (True, True)
    """
    cell = text.strip().lower()
    if decimal == "." and _PLAIN.match(cell):
        return float(cell) if math.isfinite(float(cell)) else None
    cell = unicodedata.normalize("NFKC", cell).replace("−", "-")
    bracketed = cell.startswith("(") and cell.endswith(")")
    if bracketed:
        cell = cell[1:-1]
    match = _DRESSED.match(cell)
    if not match:
        return None
    before, digits, after = match.groups()
    digits = re.sub(r"['’\s]", "", digits)
    thousands = "," if decimal == "." else "."
    whole, _, rest = digits.partition(decimal)
    if decimal in rest or thousands in rest or not _grouped(whole, thousands):
        return None
    plain = whole.replace(thousands, "") + "." + rest
    value = float(plain) if plain != "." else 0.0
    return -value if bracketed or before == "-" or after == "-" else value


def _grouped(whole: str, sign: str) -> bool:
    """Whether thousands are parted properly: 1,234 but not 12,34."""
    groups = whole.split(sign)
    return len(groups) == 1 or (
        len(groups[0]) <= 3 and all(len(group) in (2, 3) for group in groups[1:-1]) and len(groups[-1]) == 3
    )


def decimal_sign(cells: Iterable[str]) -> str:
    """Return the decimal sign of cells that hold figures; a point where they do not tell.

    Examples
    --------
    >>> decimal_sign(["1,50", "12,00"]), decimal_sign(["1,234.50"]), decimal_sign(["1,234"])
    (',', '.', '.')
    """
    votes = {".": 0, ",": 0}
    for cell in cells:
        last = max(cell.rfind("."), cell.rfind(","))
        tail = re.match(r"[.,](\d+)\D{0,6}$", cell[last:]) if last >= 0 else None
        if tail is None or not re.search(r"^\D{0,6}[\d.,'’\s]+\D{0,6}$", cell):
            continue
        sign = cell[last]
        several = cell.count(sign) > 1
        if several:
            votes["," if sign == "." else "."] += 2
        elif len(tail.group(1)) != 3 or ("." in cell and "," in cell):
            votes[sign] += 2
    return "," if votes[","] > votes["."] else "."


_SIGNS = (
    ("hk$", "HKD"), ("nt$", "TWD"), ("us$", "USD"), ("r$", "BRL"), ("a$", "AUD"), ("c$", "CAD"), ("£", "GBP"),
    ("€", "EUR"), ("₹", "INR"), ("₩", "KRW"), ("zł", "PLN"), ("¥", "CNY"), ("￥", "CNY"), ("元", "CNY"), ("rmb", "CNY"),
    ("$", "USD"), ("gbp", "GBP"), ("eur", "EUR"), ("usd", "USD"), ("cny", "CNY"),
)  # fmt: skip


def symbol_currency(cells: Iterable[str]) -> str:
    """Return the ISO code of the currency sign that most cells carry, or an empty string.

    Examples
    --------
    >>> symbol_currency(["£1.00", "£2.50"]), symbol_currency(["1.00"])
    ('GBP', '')
    """
    counts: dict[str, int] = {}
    total = 0
    for cell in cells:
        total += 1
        plain = cell.lower()
        code = next((code for sign, code in _SIGNS if sign in plain), "")
        if code:
            counts[code] = counts.get(code, 0) + 1
    best = max(counts, key=lambda code: counts[code], default="")
    return best if best and counts[best] * 2 > total else ""
