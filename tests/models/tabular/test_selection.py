"""Planted columns stay, planted noise and copies go."""

from __future__ import annotations

import numpy as np
import pytest

from habitue.models.tabular import select


def _planted(rows: int = 3_000, noise: int = 20) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Columns 0 to 3 matter (1 by a curve, 2 by its gaps, 3 is a rare flag); the rest is noise, some of it flags."""
    draw = np.random.default_rng(1)
    x = draw.normal(size=(rows, 4 + noise))
    x[:, 3] = draw.random(rows) < 0.1
    x[:, -noise // 4 :] = draw.random((rows, noise // 4)) < 0.3
    gaps = draw.random(rows) < 0.3
    link = x[:, 0] + 1.2 * (np.abs(x[:, 1]) - 0.8) + 1.5 * gaps + 2 * x[:, 3] - 1
    x[gaps, 2] = np.nan
    buys = draw.random(rows) < 1 / (1 + np.exp(-link))
    return x, {"binary": buys * 1.0, "amount": np.where(buys, np.exp(3 + link + draw.normal(size=rows)), 0.0)}


@pytest.mark.parametrize("kind", ["binary", "amount"])
def test_planted_columns_stay_and_planted_noise_goes(kind: str) -> None:
    x, y = _planted()
    chosen = select(x, y[kind], kind)
    assert {0, 1, 2, 3} <= set(chosen.kept)
    assert len(chosen.kept) <= 6
    assert set(chosen.dropped.values()) == {"no_use"}
    assert sorted([*chosen.kept, *chosen.dropped]) == list(range(x.shape[1]))
    assert select(x, y[kind], kind) == chosen


def test_noise_that_stays_with_a_customer_goes_too() -> None:
    draw = np.random.default_rng(2)
    owner = np.repeat(np.arange(1_000), 4)
    steady = draw.normal(size=(1_000, 12))[owner]
    habit = draw.normal(size=1_000)[owner]
    x = np.column_stack([habit + draw.normal(size=4_000), steady])
    y = (draw.random(4_000) < 1 / (1 + np.exp(-2 * habit))).astype(float)
    chosen = select(x, y, "binary", groups=owner)
    assert 0 in chosen.kept
    assert len(chosen.kept) <= 3


def test_constants_and_copies_go_with_the_first_staying() -> None:
    x, y = _planted(400, 4)
    copies = np.column_stack([x[:, 0], -np.exp(x[:, 0]), x[:, 2] * 2, np.full(400, 7.0), np.full(400, np.nan)])
    chosen = select(np.hstack([x[:, :4], copies]), y["binary"], "binary")
    assert {4, 5, 6, 7, 8} <= set(chosen.dropped)
    assert [chosen.dropped[place] for place in (4, 5, 6, 7, 8)] == ["duplicate"] * 3 + ["constant"] * 2
    assert chosen.twins == {4: 0, 5: 0, 6: 2}


def test_columns_of_zeros_in_the_same_rows_are_no_copies() -> None:
    draw = np.random.default_rng(3)
    active = draw.random(600) < 0.02
    x = np.where(active[:, None], np.exp(draw.normal(size=(600, 2))), 0.0)
    assert select(x, np.arange(600) % 2, "binary").twins == {}


def test_a_shop_too_small_for_the_test_keeps_all_that_varies() -> None:
    draw = np.random.default_rng(4)
    for rows in (1, 2, 20, 150):
        x = draw.normal(size=(rows, 3))
        chosen = select(x, np.arange(rows) % 2, "binary")
        assert set(chosen.dropped.values()) <= {"constant", "duplicate"}
        assert len(chosen.kept) == 3 or rows < 20


def test_where_no_column_helps_none_is_dropped() -> None:
    draw = np.random.default_rng(6)
    chosen = select(draw.normal(size=(600, 5)), draw.integers(0, 2, 600), "binary")
    assert len(chosen.kept) in {1, 5}


def test_one_class_keeps_all_that_varies() -> None:
    x, _ = _planted(500, 4)
    for answer in (0.0, 1.0):
        assert len(select(x, np.full(500, answer), "binary").kept) == x.shape[1]
        assert len(select(x, np.full(500, answer), "amount").kept) == x.shape[1]


def test_a_limit_keeps_the_strongest() -> None:
    x, y = _planted()
    chosen = select(x, y["binary"], "binary", max_features=2)
    assert len(chosen.kept) == 2
    assert set(chosen.kept) <= {0, 1, 2, 3}
    assert "beyond_limit" in chosen.dropped.values()
