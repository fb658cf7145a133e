"""Names and descriptions of learnt segments, made from what their customers are like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from habitue.schema import Words

__all__ = ["Profile", "describe", "name_all"]

_NOBODY = Words("No customers at present", "暂无客户")
_AVERAGE = Words("Average customers", "普通客户")

_HARDLY = 10.0  # index against 100


@dataclass(frozen=True, slots=True)
class Profile:
    """What the customers of one segment are like.

    Attributes
    ----------
    customers : int
    share : float
        Of all customers.
    recency, frequency, basket, tenure, money : float
        Geometric mean as a multiple of that of all customers, so that a single very large order does not decide.
    purchase_days, recency_days, order_value, spend : float
        Plain means.
    value_index : float or None
        Mean value, 100 for the average customer.
    active_share : float or None
        How many order in the ``horizon_days`` ahead.
    active_observed : bool
        Whether that is what customers like them did, not what is expected of these.
    horizon_days : int
    next_need : str or None
    """

    customers: int
    share: float
    recency: float = 1.0
    frequency: float = 1.0
    basket: float = 1.0
    tenure: float = 1.0
    money: float = 1.0
    purchase_days: float = 0.0
    recency_days: float = 0.0
    order_value: float = 0.0
    spend: float = 0.0
    value_index: float | None = None
    active_share: float | None = None
    active_observed: bool = True
    horizon_days: int = 90
    next_need: str | None = None


#: For each measure: from which multiple on, and what it is called; nothing between the middle two.
_LEVELS: dict[str, tuple[tuple[float, Words | None], ...]] = {
    "frequency": (
        (2.2, Words("very frequent", "购买非常频繁")),
        (1.25, Words("frequent", "购买频繁")),
        (0.8, None),
        (0.0, Words("infrequent", "购买较少")),
    ),
    "recency": (
        (2.5, Words("very long absent", "极久未购买")),
        (1.25, Words("long absent", "久未购买")),
        (0.8, None),
        (0.35, Words("recent", "近期购买")),
        (0.0, Words("just bought", "刚刚购买")),
    ),
    "basket": (
        (1.3, Words("big baskets", "客单价高")),
        (0.75, None),
        (0.0, Words("small baskets", "客单价低")),
    ),
    "tenure": (
        (1.25, Words("long known", "老客户")),
        (0.75, None),
        (0.0, Words("recently won", "新近加入")),
    ),
}
_ONCE, _ONCE_DAYS = Words("one purchase", "仅购一次"), 1.25
_NAMED = ("frequency", "recency", "basket")
_RANKS = {
    2: (Words("higher spend", "消费较高"), Words("lower spend", "消费较低")),
    3: (Words("highest spend", "消费最高"), Words("middle spend", "消费居中"), Words("lowest spend", "消费最低")),
}


def name_all(profiles: Sequence[Profile]) -> list[Words]:
    """Name segments by how often, how lately and for how much their customers buy; no two names are the same.

    Where two would be, how long the customers are known is added, then who spends more, then a number.

    Examples
    --------
    >>> best = Profile(90, 0.3, recency=0.5, frequency=1.5, basket=1.4, purchase_days=6.0)
    >>> gone = Profile(210, 0.7, recency=1.4, frequency=0.7, purchase_days=1.0)
    >>> [name["en"] for name in name_all([best, gone])]
    ['Frequent, recent, big baskets', 'One purchase, long absent']
    >>> [name["zh"] for name in name_all([best, gone])]
    ['购买频繁、近期购买、客单价高', '仅购一次、久未购买']
    """
    told = [_words(each, _NAMED) for each in profiles]
    for again in _repeated(told):
        told[again] += _words(profiles[again], ("tenure",))
    known = list(told)
    for number in _repeated(known):
        alike = sorted(
            (other for other in range(len(known)) if known[other] == known[number]),
            key=lambda other: (-profiles[other].spend, other),
        )
        rank = _RANKS.get(len(alike))
        place = alike.index(number)
        numbered = Words(f"no. {place + 1}", f"第{place + 1}类")
        told[number] = [*known[number], rank[place] if rank and profiles[number].customers else numbered]
    for place, number in enumerate(_repeated(told), 1):
        told[number] = [*told[number], Words(f"no. {place}", f"第{place}类")]
    return [_joined(each) for each in told]


def describe(profile: Profile, currency: str = "") -> Words:
    """Say in a sentence or two who is in a segment.

    Examples
    --------
    >>> some = Profile(1200, 0.3, purchase_days=4.2, recency_days=31.0, order_value=48.5)
    >>> print(describe(some, "EUR")["en"])
    1,200 customers (30.0%). On average they bought on 4.2 days, last 31 days ago, for 48.50 EUR an order.
    """
    if not profile.customers:
        return Words("Nobody is in it at present.", "目前没有客户属于该分群。")
    money = f"{profile.order_value:,.2f}" + (f" {currency}" if currency else "")
    en = (
        f"{profile.customers:,} customer{'s' * (profile.customers != 1)} ({profile.share:.1%}). On average they bought "
        f"on {profile.purchase_days:.1f} days, last {profile.recency_days:,.0f} days ago, for {money} an order."
    )
    zh = (
        f"共{profile.customers:,}位客户（占{profile.share:.1%}）。平均有{profile.purchase_days:.1f}天购买，"
        f"最近一次在{profile.recency_days:,.0f}天前，每单{money}。"
    )
    if profile.active_share is not None:
        share, days = f"{profile.active_share:.0%}", profile.horizon_days
        if profile.active_observed:
            en += f" Of customers like them {share} ordered within {days} days."
            zh += f"此类客户在{days}天内再次下单的占{share}。"
        else:
            en += f" {share} are expected to order within {days} days."
            zh += f"预计{days}天内再次下单的占{share}。"
    if profile.value_index is not None:
        if profile.value_index < _HARDLY:
            en += " Each is worth less than a tenth of the average customer."
            zh += "人均价值不足平均水平的十分之一。"
        else:
            en += f" Each is worth {profile.value_index / 100:.1f} times the average customer."
            zh += f"人均价值为平均水平的{profile.value_index / 100:.1f}倍。"
    if profile.next_need is not None:
        en += f" Most likely needed next: {profile.next_need}."
        zh += f"接下来最可能需要：{profile.next_need}。"
    return Words(en, zh)


def _words(profile: Profile, measures: Sequence[str]) -> list[Words]:
    if not profile.customers:
        return [_NOBODY] if measures == _NAMED else []
    found = []
    for measure in measures:
        if measure == "frequency" and profile.purchase_days < _ONCE_DAYS:
            found.append(_ONCE)
            continue
        multiple = getattr(profile, measure)
        words = next(words for least, words in _LEVELS[measure] if multiple >= least)
        if words is not None:
            found.append(words)
    return found


def _repeated(told: Sequence[list[Words]]) -> list[int]:
    counts = Counter(tuple(each["en"] for each in words) for words in told)
    return [number for number, words in enumerate(told) if counts[tuple(each["en"] for each in words)] > 1]


def _joined(words: Sequence[Words]) -> Words:
    given = words or [_AVERAGE]
    en = ", ".join(each["en"] for each in given)
    return Words(en[0].upper() + en[1:], "、".join(each["zh"] for each in given))
