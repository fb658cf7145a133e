"""How well the cells of a column fit one column of the schema.

Scores are gains: 0 is "says nothing", +2 speaks for it, -5 all but rules it out. They add up with what the header says.
"""

from __future__ import annotations

from collections.abc import Callable

from habitue.data.mapping.contents import Profile
from habitue.schema import EVENT_NAMES, Column, Kind, Words

__all__ = ["content_gain", "readable"]

Evidence = list[Words]
_RULED_OUT = -12.0  # what no header makes up for


def content_gain(profile: Profile, column: Column, *, key: bool) -> tuple[float, Evidence]:
    """Return how far the cells speak for a column, and what speaks.

    Parameters
    ----------
    profile : Profile
    column : Column
    key : bool
        Whether the column alone names a row of its table, so that its values should not repeat.
    """
    if not profile.filled:
        return 0.0, []
    evidence: Evidence = []
    gain = 0.0 if column.name in _FIGURES_TOO else _KINDS[column.kind](profile, evidence)
    special = _NAMED.get(column.name)
    if special:
        gain += special(profile, evidence)
    if key and profile.filled >= 20:
        gain += 1.5 if profile.variety >= 0.98 else (-3.0 if profile.variety < 0.9 else -0.5)
    gain += _foreign(profile, column)
    return max(gain, _RULED_OUT), evidence


def readable(profile: Profile, column: Column) -> float:
    """Share of the filled cells that the column's kind can hold."""
    if column.kind in (Kind.TIME, Kind.DATE):
        return 1.0 if profile.native.startswith(("timestamp", "date")) else profile.dates.share
    if column.kind in (Kind.MONEY, Kind.NUMBER, Kind.QUANTITY, Kind.SHARE):
        return profile.share("number")
    if column.kind is Kind.FLAG:
        return profile.share("flag")
    return 1.0


def _percent(share: float) -> str:
    return f"{share:.0%}" if share in (0, 1) or 0.005 < share < 0.995 else f"{share:.1%}"


def _say(evidence: Evidence, share: float, en: str, zh: str) -> None:
    evidence.append(Words(f"{_percent(share)} of the cells are {en}", f"{_percent(share)} 的单元格是{zh}"))


def _time(profile: Profile, evidence: Evidence) -> float:
    dates = profile.dates
    if profile.native.startswith(("timestamp", "date")):
        evidence.append(Words("the source says these are times", "数据源标明为时间类型"))
        return 2.5
    if dates.clock_share >= 0.5:
        return _RULED_OUT
    if dates.share >= 0.3:
        how = f" ({', '.join(dates.patterns[:2])})" if dates.patterns else ""
        _say(evidence, dates.share, f"times{how}", f"时间{how}")
    if dates.share >= 0.9:
        if not dates.numeric:
            return 2.5
        return 0.3 if dates.patterns == ("excel",) else 1.5
    if dates.share >= 0.6:
        return 1.0
    return -1.0 if dates.share >= 0.3 else -7.0


def _figure(profile: Profile, evidence: Evidence) -> float:
    share = profile.share("number")
    if share < 0.6:
        return -7.0
    gain = 0.3 if share >= 0.9 else -0.5
    if share >= 0.9:
        _say(evidence, share, "numbers", "数字")
    if profile.dates.numeric and profile.dates.patterns != ("excel",):
        gain -= 4.0
    if profile.share("leading_zero") > 0.05 or profile.share("ean") > 0.6:
        gain -= 4.0
    if profile.share("percent") > 0.5:
        gain -= 2.0
    if _is_number_of_something(profile):
        gain -= 3.0
    return gain


def _is_number_of_something(profile: Profile) -> bool:
    """Whether the figures are rather order or customer numbers: long, whole, of one length."""
    long_ids = profile.share("fraction") == 0 and profile.share("same_length") >= 0.9 and profile.quantile(0.5) >= 1e5
    counting = (
        profile.variety >= 0.99
        and profile.filled >= 20
        and profile.share("fraction") == 0
        and profile.quantile(1) - profile.quantile(0) < 1.5 * profile.filled
    )
    return long_ids or counting


def _money(profile: Profile, evidence: Evidence) -> float:
    gain = _figure(profile, evidence)
    if gain < -1:
        return gain
    if profile.share("fraction") >= 0.1:
        gain += 1.2
    if profile.currency:
        gain += 1.0
        evidence.append(
            Words(f"cells carry a currency sign ({profile.currency})", f"单元格带货币符号（{profile.currency}）")
        )
    return gain


def _quantity(profile: Profile, evidence: Evidence) -> float:
    gain = _figure(profile, evidence)
    if gain < -1:
        return gain
    if profile.currency:
        return gain - 4.0
    fractions, middle = profile.share("fraction"), profile.quantile(0.5)
    if fractions < 0.02:
        gain += 0.8
        if middle <= 100:
            evidence.append(Words(f"whole numbers, half of them up to {middle:g}", f"整数，中位数 {middle:g}"))
    elif fractions > 0.3:
        gain -= 2.0
    gain += 0.7 if middle <= 12 else (0.2 if middle <= 100 else (-1.5 if middle > 1000 else -0.3))
    return gain


def _id(profile: Profile, _: Evidence) -> float:
    gain = 0.3
    if profile.share("fraction") > 0.05:
        gain -= 5.0
    if profile.share("spaced") > 0.5:
        gain -= 3.0
    if profile.dates.share > 0.6 and not profile.dates.numeric:
        gain -= 1.5 if profile.dates.compact else 6.0  # numbers are often made of the day
    if profile.share("url") > 0.5 or profile.share("percent") > 0.5:
        gain -= 4.0
    if profile.share("negative") > 0.02 or profile.currency:
        gain -= 4.0
    if profile.distinct <= 5 < profile.filled / 10:
        gain -= 1.5
    return gain


def _text(profile: Profile, _: Evidence) -> float:
    if profile.share("number") > 0.6:
        return -5.0
    gain = 0.5 if profile.share("letters") > 0.9 else -2.0
    if profile.dates.share > 0.6:
        gain -= 6.0
    return gain


def _code(profile: Profile, _: Evidence) -> float:
    gain = 0.3 if profile.distinct <= 60 else 0.0
    if profile.variety > 0.6 and profile.distinct > 20:
        gain -= 1.5
    if profile.share("fraction") > 0.1:
        gain -= 5.0
    if profile.dates.share > 0.6 and not profile.dates.numeric:
        gain -= 6.0
    return gain


def _flag(profile: Profile, evidence: Evidence) -> float:
    if profile.share("flag") >= 0.9 and profile.distinct <= 3:
        _say(evidence, profile.share("flag"), "yes or no", "是或否")
        return 2.0
    return -5.0


def _share_kind(profile: Profile, evidence: Evidence) -> float:
    if profile.share("unit_interval") >= 0.95 or profile.share("percent") >= 0.9:
        _say(evidence, max(profile.share("unit_interval"), profile.share("percent")), "shares", "比例")
        return 1.5
    return -5.0


_KINDS: dict[Kind, Callable[[Profile, Evidence], float]] = {
    Kind.TIME: _time,
    Kind.DATE: _time,
    Kind.MONEY: _money,
    Kind.NUMBER: _figure,
    Kind.QUANTITY: _quantity,
    Kind.ID: _id,
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.FLAG: _flag,
    Kind.SHARE: _share_kind,
}


def _vocabulary(name: str, en: str, zh: str, *, gain: float, lack: float) -> Callable[[Profile, Evidence], float]:
    """Make a test: most cells are known words of this sort, or few are."""

    def test(profile: Profile, evidence: Evidence) -> float:
        share = profile.share(name)
        if share >= 0.6:
            _say(evidence, share, en, zh)
            return gain
        return gain / 3 if share >= 0.35 else lack

    return test


def _place_without_numbers(base: Callable[[Profile, Evidence], float]) -> Callable[[Profile, Evidence], float]:
    def test(profile: Profile, evidence: Evidence) -> float:
        if profile.share("number") > 0.5 or profile.share("street") > 0.3:
            return -4.0
        return base(profile, evidence)

    return test


def _title(profile: Profile, evidence: Evidence) -> float:
    gain = 0.0
    if profile.share("words") >= 0.5:
        gain += 1.0
        evidence.append(Words("cells are names of several words", "单元格是较长的名称"))
    elif profile.share("code_like") > 0.7:
        gain -= 2.5
    if profile.share("person") > 0.8 and profile.share("chinese") > 0.8:
        gain -= 2.0
    if profile.share("street") > 0.3 or profile.share("length") > 120:
        gain -= 3.0
    if profile.distinct <= 4 < profile.filled / 10:
        gain -= 1.5
    return gain


def _person(profile: Profile, evidence: Evidence) -> float:
    if profile.share("person") >= 0.7:
        _say(evidence, profile.share("person"), "like people's names", "人名样式")
        return 1.2
    if profile.share("code_like") > 0.6 or profile.share("street") > 0.3:
        return -4.0
    return -0.5


def _phone(profile: Profile, evidence: Evidence) -> float:
    digits = profile.share("digits") if 7 <= profile.share("length") <= 15 else 0.0
    share = profile.share("phone")
    if profile.dates.share > 0.6:
        return -6.0
    if share >= 0.6:
        _say(evidence, share, "telephone numbers", "电话号码")
        return 3.0
    return -1.0 if share + digits >= 0.6 else -5.0


def _event_name(profile: Profile, evidence: Evidence) -> float:
    names = set(EVENT_NAMES) | {name for names in EVENT_NAMES.values() for name in names}
    hits = sum(cell is not None and cell.lower() in names for cell in profile.cells) / max(profile.filled, 1)
    if hits >= 0.6:
        _say(evidence, hits, "names of shop events", "行为事件名")
        return 3.5
    return -1.0


def _order_number(profile: Profile, _: Evidence) -> float:
    return -4.0 if profile.distinct <= 2 and profile.filled >= 20 else 0.0


def _customer_number(profile: Profile, _: Evidence) -> float:
    return -2.0 if profile.share("person") >= 0.7 else 0.0


def _coupon(profile: Profile, _: Evidence) -> float:
    gain = 0.7 if profile.share("upper") > 0.7 and profile.fill < 0.8 else 0.0
    return gain - (3.0 if profile.share("number") > 0.8 and profile.share("fraction") > 0 else 0.0)


def _rating(profile: Profile, _: Evidence) -> float:
    return 1.0 if profile.share("stars") > 0.9 else -1.0


def _discount(profile: Profile, _: Evidence) -> float:
    # Shares of the price (0.2) are no money; there is no column for them.
    if profile.share("percent") > 0.5 or (profile.share("unit_interval") > 0.98 and profile.share("fraction") > 0.02):
        return _RULED_OUT
    return 0.3 if profile.share("zero") > 0.2 or profile.fill < 0.6 else -0.3


def _shipping(profile: Profile, _: Evidence) -> float:
    return 0.3 if profile.distinct <= 30 or profile.share("zero") > 0.1 else -0.3


def _quantity_named(profile: Profile, _: Evidence) -> float:
    return 0.3 if 0 < profile.share("one") < 0.99 else 0.0


_NAMED: dict[str, Callable[[Profile, Evidence], float]] = {
    "country": _place_without_numbers(_vocabulary("country", "countries", "国家", gain=4.0, lack=-3.0)),
    "region": _place_without_numbers(_vocabulary("region", "regions", "省份或地区", gain=2.5, lack=-0.6)),
    "city": _place_without_numbers(_vocabulary("city", "cities", "城市", gain=2.5, lack=-0.6)),
    "currency": _vocabulary("currency", "currencies", "币种", gain=4.0, lack=-5.0),
    "status": _vocabulary("status", "states of an order", "订单状态", gain=2.5, lack=-0.5),
    "payment_method": _vocabulary("payment", "ways to pay", "支付方式", gain=2.5, lack=-0.7),
    "method": _vocabulary("payment", "ways to pay", "支付方式", gain=2.5, lack=-0.7),
    "channel": _vocabulary("channel", "sales or message channels", "渠道", gain=2.2, lack=-0.6),
    "acquisition_channel": _vocabulary("channel", "channels", "渠道", gain=2.0, lack=-0.3),
    "device": _vocabulary("device", "devices", "设备", gain=2.5, lack=-0.5),
    "gender": _vocabulary("gender", "genders", "性别", gain=2.5, lack=-2.0),
    "language": _vocabulary("language", "languages", "语言", gain=2.0, lack=-1.0),
    "ip": _vocabulary("ip", "addresses of visitors", "IP 地址", gain=4.0, lack=-6.0),
    "image": _vocabulary("url", "web addresses", "网址", gain=1.0, lack=-0.5),
    "address": _vocabulary("url", "web addresses", "网址", gain=2.0, lack=-1.0),
    "customer_email": _vocabulary("email", "e-mail addresses", "邮箱地址", gain=4.0, lack=-7.0),
    "email": _vocabulary("email", "e-mail addresses", "邮箱地址", gain=4.0, lack=-7.0),
    "customer_phone": _phone,
    "phone": _phone,
    "customer_name": _person,
    "product_title": _title,
    "title": _title,
    "event": _event_name,
    "coupon_code": _coupon,
    "order_id": _order_number,
    "customer_id": _customer_number,
    "rating": _rating,
    "discount": _discount,
    "shipping": _shipping,
    "quantity": _quantity_named,
}

_FIGURES_TOO = {"customer_phone", "phone"}  # texts of digits only

_OWN = {
    "email": {"customer_email", "email"},
    "country": {"country"},
    "currency": {"currency"},
    "url": {"image", "address", "product_id", "description"},
    "ip": {"ip"},
    "street": {"address", "description", "text", "body"},
    "uom": set[str](),
    "status": {"status", "granted"},
    "payment": {"payment_method", "method"},
}
_CLASHES = {
    "email": 5.0,
    "country": 4.0,
    "currency": 4.0,
    "url": 3.0,
    "ip": 4.0,
    "street": 2.0,
    "uom": 3.0,
    "status": 2.0,
    "payment": 2.0,
}
_SHORT_CODES = ("region", "city", "language", "channel", "kind", "purpose")
_NUMBERS = (Kind.MONEY, Kind.NUMBER, Kind.QUANTITY, Kind.SHARE, Kind.TIME, Kind.DATE, Kind.FLAG)


def _foreign(profile: Profile, column: Column) -> float:
    """Return the loss where the cells are plainly something else, such as e-mail addresses in a name column."""
    if column.kind in _NUMBERS:
        return 0.0
    loss = 0.0
    for trait, size in _CLASHES.items():
        if profile.share(trait) < 0.8 or column.name in _OWN[trait]:
            continue
        if trait == "country" and column.name in _SHORT_CODES and profile.share(trait) < 0.95:
            size = 1.0  # noqa: PLW2901 - DE is Germany, Delaware and German
        loss = max(loss, size)
    if column.name == "customer_id" and profile.share("email") >= 0.8:
        loss = 1.5
    yes_or_no = profile.share("flag") >= 0.95 and profile.distinct <= 2 and profile.share("number") < 0.5
    if yes_or_no and profile.filled >= 10:
        loss = max(loss, 1.0 if column.kind is Kind.CODE else 4.0)
    return -loss
