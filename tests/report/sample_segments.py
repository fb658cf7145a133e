"""Learnt and saved segments made up for tests, as the report holds them."""

from __future__ import annotations

import datetime as dt
import math

from habitue.report.segmentation import (
    EarlyGroup,
    LearntSegment,
    Moved,
    Range,
    Reach,
    SavedSegment,
    SegmentOutlook,
    Shared,
    Suggestion,
    Turned,
    Way,
)
from habitue.schema import Words
from habitue.signals.segment.choosing import METHOD_NAMES
from habitue.signals.segment.treatments import EVIDENCE, TREATMENTS
from habitue.signals.segment.words import LIFECYCLE_STAGES, RFM_SEGMENTS

AS_OF = dt.datetime(2024, 3, 10)
CODES = [f"learnt_{n:02d}" for n in range(1, 11)]
SIZES = [20 * n for n in range(1, 11)]  # 1,100 customers
NAMES = [
    Words("Very frequent, just bought, big baskets, recently won", "购买非常频繁、刚刚购买、客单价高、新近加入"),
    *(Words(f"Kind no. {n}, long absent, small baskets", f"第{n}类、久未购买、客单价低") for n in range(2, 10)),
    Words("One purchase", "仅购一次"),
]


def segment(number: int, text: str = "Tea") -> LearntSegment:
    """The n-th of ten segments, the first the most valuable; number 4 has nothing to gain, number 5 is not known."""
    place, size = number + 1, SIZES[number]
    value = 300.0 / place
    code = ("new_products", "offer", "next_need", "leave", "remind")[number % 5]
    gain = None if code == "remind" else 0.0 if code == "leave" else 50.0 * (10 - number)
    return LearntSegment(
        code=CODES[number],
        place=place,
        name=NAMES[number],
        description=Words(f"{size} customers of kind {place}.", f"第{place}类，共{size}位客户。"),
        rule=(Range("recency_days", None, 90.0), Range("spend", 20.0 * place, 20.0 * place + 20)),
        sentence=Words(
            "days since the last purchase [recency_days] < 90 and money spent [spend] >= 20",
            "距上次购买天数[recency_days] < 90，且累计消费金额[spend] >= 20",
        ),
        customers=size,
        share=size / sum(SIZES),
        suggestion=Suggestion(
            code,
            *TREATMENTS[code],
            customers=0 if code == "leave" else size - 3,
            value=gain,
            low=None if gain is None else gain / 2,
            high=None if gain is None else 2 * gain,
            evidence=EVIDENCE["none" if code == "leave" else "assumption"],
        ),
        value=value,
        value_index=value,
        value_share=0.4 / place,
        past_share=0.3 / place,
        stake=1_000.0 + 10 * number,
        purchase_days=9.5 / place,
        purchase_days_index=200.0 / place,
        recency_days=12.0 * place,
        recency_days_index=30.0 * place,
        order_value=45.5,
        order_value_index=100.0,
        churn_probability=0.08 * place,
        churn_probability_index=20.0 * place,
        next_need=text,
        next_need_probability=0.2,
        next_need_index=110.0,
        reach=(Reach("mail", size // 2, 0.5), Reach("carrier pigeon", 0, 0.0)),
        active_share=0.9 - 0.08 * number,
        active_source="observed" if number < 8 else "expected",
        held_out=size // 2,
        detectable_share=None if number == 9 else 0.05 * place,
    )


def ways() -> tuple[Way, ...]:
    """Three trees, of which the second is in use and the third best, and every other method once."""
    tree = METHOD_NAMES["outcome_tree"]
    trees = [Way(n + 1, "outcome_tree", tree, 6 + n, n == 1, 0.34 + 0.01 * n, 0.8, 0.05, True, 90) for n in range(3)]
    others = [
        Way(n, code, words, 8, False, 0.32 - 0.03 * n, 0.75, 0.01, "rules" in code, 90)
        for n, (code, words) in enumerate(METHOD_NAMES.items(), 4)
        if code not in ("outcome_tree", "starting_rules")
    ]
    return (*trees, *others)


def moved() -> tuple[Moved, ...]:
    """In 30 and in 90 days: most stay, some go to the next two segments, some are new."""
    found = []
    for days in (30, 90):
        for start in range(10):
            for end in range(10):
                many = SIZES[start] if start == end else (days // 10 if 0 < end - start < 3 else int(start == 9))
                if many:
                    found.append(Moved(AS_OF - dt.timedelta(days=days), AS_OF, CODES[start], CODES[end], many))
        found.append(Moved(AS_OF - dt.timedelta(days=days), AS_OF, "none", CODES[2], days))
    return tuple(found)


def _shared(text: str) -> tuple[Shared, ...]:
    families = {"rfm": list(RFM_SEGMENTS), "lifecycle": list(LIFECYCLE_STAGES), "saved": [text, "VIP"]}
    return tuple(
        Shared(code, family, other, 5 + n, share := abs(math.sin(n + 2 * m)), 0.5 * share, 0.3 * share)
        for family, others in families.items()
        for n, code in enumerate(CODES)
        for m, other in enumerate(others)
        if (n + m) % 4
    )


def outlook(text: str = "Tea & Thread") -> SegmentOutlook:
    """Ten segments with everything; ``text`` is put wherever the merchant's own words are shown."""
    return SegmentOutlook(
        segments=tuple(segment(n, text) for n in range(10)),
        value_source="expected",
        value_days=90,
        reason=Words("They explain 35.0% of what followed.", "可解释后续表现的35.0%。"),
        ways=ways(),
        moved=moved(),
        turned=tuple(
            Turned(then, AS_OF, CODES[n], CODES[n + 1], feature, op, 60.0, 30 - n, 40.0, 71.4)
            for then in (AS_OF - dt.timedelta(days=30), AS_OF - dt.timedelta(days=90))
            for n, (feature, op) in enumerate([("recency_days", "<"), ("spend", ">="), ("surprising", "<")])
        ),
        shared=_shared(text),
        early=(EarlyGroup((Range("first_order_value", 30.0),), Words("", ""), 40, CODES[1], 0.41),),
        saved=(
            SavedSegment(text, "failed", Words(f"no column {text}", f"没有列 {text}"), 2, None, None, None),
            SavedSegment("VIP", "stale", Words("the data have changed since", "数据此后已更新"), 1, AS_OF, 12, 0.01,
                         Words("orders, ever [orders] >= 5", "累计订单数[orders] >= 5")),
            SavedSegment("New", "new", sentence=Words("orders, ever [orders] < 2", "累计订单数[orders] < 2")),
        ),
        saved_count=5,
    )  # fmt: skip
