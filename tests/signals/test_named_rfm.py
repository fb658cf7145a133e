"""Named RFM: every cell has one name, and nobody's score hangs on the order of the rows."""

from __future__ import annotations

import datetime as dt
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.signals.segment import rfm
from habitue.signals.segment.words import RFM_SEGMENTS, reason

AMOUNTS = st.lists(st.integers(0, 30), min_size=1, max_size=60)


@pytest.mark.parametrize(("r", "f", "m"), list(product(range(1, 6), repeat=3)))
def test_every_cell_has_exactly_one_name(r: int, f: int, m: int) -> None:
    mean = (f + m) / 2
    holding = [c.segment for c in rfm.CELLS if c.r[0] <= r <= c.r[1] and c.fm[0] <= mean < c.fm[1]]
    assert len(holding) == 1
    assert rfm.name_segments([r], [f], [m]).tolist() == holding


def test_every_segment_is_reached_and_has_words() -> None:
    cells = np.array(list(product(range(1, 6), repeat=3)))
    assert set(rfm.name_segments(*cells.T)) == set(RFM_SEGMENTS)


@settings(max_examples=60, deadline=None)
@given(AMOUNTS, st.randoms(use_true_random=False))
def test_scores_follow_the_values_and_never_the_order(values: list[int], random) -> None:
    places = list(range(len(values)))
    random.shuffle(places)
    scores = rfm.quintiles(values)
    assert rfm.quintiles([values[place] for place in places]).tolist() == scores[places].tolist()
    of_value = {}
    for value, score in zip(values, scores.tolist(), strict=True):
        assert of_value.setdefault(value, score) == score
    ordered = [of_value[value] for value in sorted(of_value)]
    assert ordered == sorted(ordered)
    assert {1 <= score <= 5 for score in ordered} == {True}


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(-1000, 1000))
def test_different_values_fall_into_even_fifths(fifth: int, lowest: int) -> None:
    scores = rfm.quintiles(np.arange(5 * fifth) + lowest)
    assert np.bincount(scores, minlength=6).tolist() == [0, *[fifth] * 5]


@pytest.mark.parametrize("values", [[7.0], [3.0] * 9, [0.1 + 0.2, 0.3, 0.3]])
def test_who_is_alike_is_in_the_middle(values: list[float]) -> None:
    assert set(rfm.quintiles(values).tolist()) == {3}


def test_score_counts_days_and_money_before_the_moment(shop_of) -> None:
    day = dt.datetime(2024, 3, 1, 9)
    shop = shop_of(
        [
            ("ann", day, 10.0),
            ("ann", day.replace(hour=18), 5.0),
            ("ann", day.replace(day=11, hour=0), 7.0),
            ("ann", day.replace(day=21, hour=0), 900.0),
            ("bob", day.replace(day=20), 3.0),
            ("bob", day.replace(day=20, hour=10), -3.0),
        ]
    )
    ann, bob = rfm.score(shop, dt.datetime(2024, 3, 21)).to_pylist()
    assert (ann["frequency"], ann["monetary"], ann["recency_days"]) == (2, 22.0, 10.0)
    assert (bob["frequency"], bob["monetary"], bob["r"], bob["f"]) == (1, 3.0, 4, 1)
    assert (ann["r"], ann["f"], ann["m"], ann["segment"]) == (2, 4, 4, "cannot_lose_them")
    assert reason("rfm", ann, "en") == "bought on 2 days, last 10 days ago; spent 22.00 (scores 2-4-4)"
    assert reason("rfm", bob, "zh") == "共 1 天有购买，最近一次不到一天前；累计消费 3.00（R4 F1 M2）"


def test_one_purchase_is_never_called_frequent(shop_of) -> None:
    day = dt.datetime(2024, 3, 1)
    once = [(f"c{number}", day + dt.timedelta(days=number), float(number + 1)) for number in range(9)]
    twice = [("ann", day, 1.0), ("ann", day + dt.timedelta(days=9), 1.0)]
    rows = rfm.score(shop_of([*once, *twice]), day + dt.timedelta(days=10)).to_pylist()
    scores = {row["customer_id"]: row["f"] for row in rows}
    assert scores.pop("ann") == 5
    assert set(scores.values()) == {1}
    assert not {row["segment"] for row in rows} & {"champions", "loyal", "cannot_lose_them"}
