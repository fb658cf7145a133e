"""What the relations between columns say about single headers of an order-line file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from habitue.data.mapping.contents import Profile
from habitue.data.mapping.header import Reading
from habitue.data.mapping.header_fit import named
from habitue.data.mapping.names import NAMES
from habitue.data.mapping.relations import Relations
from habitue.schema import Words

__all__ = ["relation_gains"]

Gains = dict[tuple[str, str], tuple[float, Words]]
_NOT_TOTAL = ("unit_price", "quantity", "list_price", "discount", "shipping", "unit_cost")
_OF_ORDER = (
    "customer_id", "ordered_at", "country", "region", "city", "customer_name", "customer_email", "customer_phone",
    "payment_method", "coupon_code", "channel", "shipping",
)  # fmt: skip
_OF_LINE = ("line_id", "product_id", "product_title", "quantity", "unit_price", "line_total", "list_price", "unit_cost")


_SETTLED = 0.9  # not 1: a few cells of every export are broken


def relation_gains(profiles: Sequence[Profile], readings: Mapping[str, Reading], relations: Relations) -> Gains:
    """Turn what was found between the columns of order lines into gains for single headers."""
    gains: Gains = {}
    _products(relations, readings, gains)
    _two_totals(relations, readings, gains)
    _growth(relations, gains)
    _reductions(relations, gains)
    _first_times(relations, gains)
    _whole_beside_cents(profiles, gains)
    for one in profiles:
        if one.fill > 0.9 and one.variety > 0.8:
            _add(gains, one.header, "coupon_code", -3.0)  # few use coupons, and many use the same one
    groups = _Groups(profiles, readings)
    order = _order(groups, readings, relations, gains)
    _keys(groups, order, relations, gains)
    if order:
        _levels(order, profiles, relations, gains)
        _line_numbers(order, groups, gains)
    return gains


def _add(gains: Gains, header: str, column: str, gain: float, words: tuple[str, str] = ("", "")) -> None:
    before, said = gains.get((header, column), (0.0, Words("", "")))
    gains[header, column] = (before + gain, Words(*words) if words[0] or not said.en else said)


def _products(relations: Relations, readings: Mapping[str, Reading], gains: Gains) -> None:
    """Pieces × price = total names three columns at once."""
    prices = {product.price for product in relations.products}
    for product in sorted(relations.products, key=lambda each: -each.share)[:4]:
        q, p, t = product.quantity, product.price, product.total
        formula = f"{q} × {p} − {product.less} = {t}" if product.less else f"{q} × {p} = {t}"
        words = (f"{formula} in {product.share:.0%} of the rows", f"{formula}，{product.share:.0%} 的行成立")
        _add(gains, q, "quantity", 2.5, words)
        for wrong in ("unit_price", "line_total", "list_price", "discount", "shipping", "unit_cost"):
            _add(gains, q, wrong, -4.0)
        higher = any((p, other) in relations.below for other in prices if other != p)
        lower = any((other, p) in relations.below for other in prices if other != p)
        says_list = named(readings[p], NAMES["order_lines"]["list_price"]) >= 0.8
        before_discount = says_list or (lower and not higher)
        _add(gains, p, "list_price" if before_discount else "unit_price", 2.5, words)
        _add(gains, p, "unit_price" if before_discount else "list_price", -0.5)
        _add(gains, p, "unit_cost", -3.0)
        for wrong in ("line_total", "quantity", "discount", "shipping"):
            _add(gains, p, wrong, -4.0)
        _add(gains, t, "line_total", 0.0 if before_discount else 3.0, words)
        for wrong in _NOT_TOTAL:
            _add(gains, t, wrong, -4.0)
        if product.less:
            _add(gains, product.less, "discount", 2.5, words)


def _two_totals(relations: Relations, readings: Mapping[str, Reading], gains: Gains) -> None:
    """Of two totals of a line the one that is never above the other is what was paid, where its header allows it."""
    totals = relations.per_line | {product.total for product in relations.products}
    for low, high in sorted(relations.below):
        if {low, high} <= totals and named(readings[low], NAMES["order_lines"]["line_total"]) >= 0.45:
            _add(gains, low, "line_total", 1.0, (f"never above {high}", f"从不高于 {high}"))
            _add(gains, high, "line_total", -2.0)


def _growth(relations: Relations, gains: Gains) -> None:
    for header in relations.per_piece:
        _add(
            gains, header, "unit_price", 1.5, ("does not grow with the quantity of a product", "不随同一商品的数量变化")
        )
        _add(gains, header, "line_total", -3.0)
    for header in relations.per_line:
        _add(gains, header, "line_total", 2.5, ("grows with the quantity of a product", "随同一商品的数量增长"))
        for wrong in ("unit_price", "list_price", "unit_cost"):
            _add(gains, header, wrong, -4.0)
    for key, number in relations.counts_lines:
        _add(gains, number, "line_id", 5.0, (f"counts the lines of each {key}", f"在每个 {key} 内依次编号"))
        for wrong in ("product_id", "quantity", "order_id", "customer_id"):
            _add(gains, number, wrong, -3.0)


def _reductions(relations: Relations, gains: Gains) -> None:
    """Tell what was asked from what was paid: the second is the first less a discount."""
    for before, less, paid in relations.reductions:
        words = (f"{before} − {less} = {paid}", f"{before} − {less} = {paid}")
        totals = bool({before, paid} & relations.per_line)
        _add(gains, paid, "line_total" if totals else "unit_price", 1.5, words)
        _add(gains, before, "line_total" if totals else "unit_price", -1.5)
        _add(gains, before, "list_price", -2.0 if totals else 1.5, words)
        _add(gains, less, "discount", 1.5, words)
        for wrong in ("unit_price", "line_total", "list_price"):
            _add(gains, less, wrong, -3.0)


def _first_times(relations: Relations, gains: Gains) -> None:
    """Orders come first: what never comes before another time of the row is paid, sent or changed."""
    for earlier, later in sorted(relations.earlier):
        _add(gains, earlier, "ordered_at", 0.4, (f"never after {later}", f"不晚于 {later}"))
        _add(gains, later, "ordered_at", -0.8)


def _line_numbers(order: Profile, groups: _Groups, gains: Gains) -> None:
    """Take a number of its own on every row, where orders have several rows, for the line's."""
    if order.variety > 0.9:
        return
    for one in groups.keys:
        if one.variety >= 0.98 and one.fill >= 0.9 and one.filled >= 50:
            _add(gains, one.header, "line_id", 1.5, ("another one on every line", "每行各不相同"))
            _add(gains, one.header, "order_id", -2.5)


def _whole_beside_cents(profiles: Sequence[Profile], gains: Gains) -> None:
    """Small whole numbers beside prices with cents are rather pieces than money."""
    if not any(profile.share("number") > 0.9 and profile.share("fraction") > 0.3 for profile in profiles):
        return
    for profile in profiles:
        if profile.share("number") > 0.9 and profile.share("fraction") == 0 and profile.quantile(0.9) <= 100:
            for wrong in ("unit_price", "line_total", "list_price", "unit_cost"):
                _add(gains, profile.header, wrong, -1.5)


class _Groups:
    """The columns of a file by what their cells are: times, texts, traits of people, keys."""

    def __init__(self, profiles: Sequence[Profile], readings: Mapping[str, Reading]) -> None:
        self.times = [p for p in profiles if _is_time(p, readings[p.header])]
        self.texts = [p for p in profiles if p.share("words") >= 0.5 and p.share("street") < 0.3 and p.distinct >= 8]
        self.people = [
            p
            for p in profiles
            if max(p.share("email"), p.share("country"), p.share("phone")) >= 0.8 or p.share("city") >= 0.6
        ]
        taken = {p.header for p in (*self.times, *self.texts)}
        self.keys = [p for p in profiles if p.header not in taken and p.share("fraction") < 0.02 and p.distinct >= 5]


def _is_time(profile: Profile, reading: Reading) -> bool:
    if profile.dates.patterns == ("excel",) or profile.dates.compact:
        return named(reading, NAMES["order_lines"]["ordered_at"]) > 0.3
    return profile.dates.share >= 0.9 and profile.distinct >= 8


def _order(groups: _Groups, readings: Mapping[str, Reading], relations: Relations, gains: Gains) -> Profile | None:
    """Find the order number: it settles the time; return it where it is plain enough to argue from."""
    found: list[tuple[float, int, Profile]] = []
    for one in groups.keys:
        if one.variety >= 0.98 and one.fill >= 0.9 and one.filled >= 50 and one.share("code_like") > 0.9:
            _add(gains, one.header, "order_id", 1.2, ("no value comes twice", "取值不重复"))
            for wrong in ("customer_id", "product_id"):
                _add(gains, one.header, wrong, -2.5)
        said = named(readings[one.header], NAMES["order_lines"]["order_id"])
        time = _best(relations, one, groups.times)
        if time is not None and time >= _SETTLED:
            _add(
                gains, one.header, "order_id", 2.0, ("rows that share a value share the time", "取值相同的行时间也相同")
            )
            _add(gains, one.header, "customer_id", -1.0)
            _add(gains, one.header, "product_id", -2.0)
            found.append((said, one.distinct, one))
        elif time is not None and time <= 0.8:
            _add(gains, one.header, "order_id", -2.5)
        elif said >= 0.85:
            found.append((said, one.distinct, one))
    best = max(found, key=lambda each: (each[0], each[1]), default=None)
    if best is None:
        return None
    # Where customers have bought once they settle the time as well; orders are the finer of the two.
    _add(gains, best[2].header, "order_id", 0.5)
    return best[2]


def _keys(groups: _Groups, order: Profile | None, relations: Relations, gains: Gains) -> None:
    """Products settle their title, customers where they live; neither settles the time."""
    names = [text for text in groups.texts if _is_name(text, order, relations)]
    titles = [text for text in groups.texts if text not in names]
    for one in groups.keys:
        time = _best(relations, one, groups.times)
        if time is not None and time >= 0.9:
            continue
        title = _best(relations, one, titles)
        person = _best(relations, one, [*groups.people, *names])
        if person is not None and person >= _SETTLED:
            _add(
                gains,
                one.header,
                "customer_id",
                1.5,
                ("each value has one place or person", "每个取值对应一个地点或人"),
            )
            _add(gains, one.header, "product_id", -1.5)
        elif title is not None and title >= 0.85:
            _add(gains, one.header, "product_id", 2.0, ("each value has one title", "每个取值对应一个名称"))
            _add(gains, one.header, "customer_id", -1.5)
        elif time is not None and time < 0.8 and one.distinct >= 8 and one.variety < 0.9 and (title or 0.0) < 0.6:
            _add(
                gains,
                one.header,
                "customer_id",
                1.2,
                ("comes back at other times, for other goods", "在不同时间反复出现"),
            )


def _is_name(text: Profile, order: Profile | None, relations: Relations) -> bool:
    """Whether a text names people rather than goods: an order has one person and may have several goods."""
    settled = relations.settled(order.header, text.header) if order else None
    return text.share("person") >= 0.7 if settled is None else settled >= _SETTLED


def _levels(order: Profile, profiles: Sequence[Profile], relations: Relations, gains: Gains) -> None:
    """Give what an order settles to the order (customer, place), and the rest to the line (product, price)."""
    en, zh = f"the same within each {order.header}", f"同一 {order.header} 内相同"
    several = (f"several within one {order.header}", f"同一 {order.header} 内可有多个")
    for one in profiles:
        settled = relations.settled(order.header, one.header)
        if one is order or settled is None:
            continue
        if settled >= 0.93:
            for wrong in _OF_LINE:
                _add(gains, one.header, wrong, -3.0)
            _add(gains, one.header, "customer_name", 0.7, (en, zh))
            if one.distinct >= 8:
                _add(gains, one.header, "customer_id", 1.0, (en, zh))
        elif settled <= 0.7:
            for wrong in _OF_ORDER:
                _add(gains, one.header, wrong, -3.0)
            _add(gains, one.header, "product_id", 0.7, several)
            _add(gains, one.header, "product_title", 0.7, several)


def _best(relations: Relations, one: Profile, others: Sequence[Profile]) -> float | None:
    """How far one column settles the best of some others; ``None`` where its values do not repeat."""
    shares = [
        share
        for other in others
        if other is not one and (share := relations.settled(one.header, other.header)) is not None
    ]
    return max(shares, default=None)
