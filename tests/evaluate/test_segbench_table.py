"""SegBench for users: their table beside ours and the usual ones."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from habitue.data.shop import Shop
from habitue.data.simulate.planted import planted_segments
from habitue.errors import ConfigError, DataError, NotEnoughData
from habitue.evaluate import segbench

_AT = dt.datetime(2024, 12, 31)


@pytest.fixture(scope="module")
def world() -> Any:
    tables, truth = planted_segments(500, seed=4)
    with Shop.from_tables(tables) as shop:
        yield shop, truth.customers.to_pandas().rename(columns={"kind": "segment"})


def test_the_planted_kinds_beat_chance_and_stand_beside_all_others(world: Any) -> None:
    shop, kinds = world
    table = segbench(shop, kinds, as_of=_AT, horizon_days=60, name="kinds", draws=20)
    rows = table.to_pandas().set_index("segmentation")
    assert {"kinds", "habitue", "one_segment", "random", "value_quintile", "rfm_grid", "rfm_named"} <= set(rows.index)
    assert {"lifecycle", "k_means", "k_means_raw", "gaussian_mixture", "latent_class", "ceiling"} <= set(rows.index)
    assert rows.loc["kinds", "r2_log_spend"] > 0.6
    assert abs(rows.loc["random", "r2_log_spend"]) < 0.05
    assert rows.loc["kinds", "segments"] == 6
    assert rows.loc["kinds", "coverage"] == 1.0
    assert rows.loc["kinds", "r2_log_spend_low"] <= rows.loc["kinds", "r2_log_spend"]
    assert rows["r2_log_spend"].iloc[:-1].is_monotonic_decreasing
    assert rows.index[-1] == "ceiling"
    assert rows.loc["k_means", "headroom"] <= 1e-9  # it is one of those it is held against
    assert rows.loc["one_segment", "headroom"] == pytest.approx(0, abs=0.05)
    assert 0 < rows.loc["kinds", "headroom"] < 1.5
    assert rows.loc[["rfm_grid", "ceiling"], "headroom"].isna().all()
    assert pa.table(table).num_rows == len(rows)


def test_equal_numbers_of_segments_are_compared_on_request(world: Any) -> None:
    shop, _ = world
    rows = segbench(shop, as_of=_AT, horizon_days=60, draws=0, at=(4, 8)).to_pandas()
    sized = rows[rows["at"].notna()].set_index(["segmentation", "at"])
    assert set(sized.index.get_level_values(0)) == {
        "habitue", "rfm_score", "k_means", "gaussian_mixture", "latent_class",
    }  # fmt: skip
    assert (sized["segments"] <= sized.index.get_level_values("at")).all()
    simple = sized.loc[["rfm_score", "k_means"], "headroom"].groupby("at").max()
    assert simple.tolist() == pytest.approx([0, 0])
    assert rows["at"].isna().sum() == len(rows) - 10
    with pytest.raises(ConfigError, match="1 segments"):
        segbench(shop, as_of=_AT, horizon_days=60, at=(1, 8))


def test_customers_missing_from_the_table_are_not_covered(world: Any) -> None:
    shop, kinds = world
    half = kinds.iloc[::2]
    rows = segbench(shop, half, as_of=_AT, horizon_days=60, draws=0).to_pandas().set_index("segmentation")
    assert rows.loc["yours", "coverage"] == pytest.approx(0.5, abs=0.01)


def test_an_empty_segmentation_tells_nothing(world: Any) -> None:
    shop, kinds = world
    nobody = kinds.iloc[:0].astype(str)
    rows = segbench(shop, nobody, as_of=_AT, horizon_days=60, draws=0).to_pandas().set_index("segmentation")
    assert rows.loc["yours", "coverage"] == 0
    assert abs(rows.loc["yours", "r2_log_spend"]) < 0.02


def test_wrong_tables_and_moments_are_refused(world: Any) -> None:
    shop, kinds = world
    with pytest.raises(DataError, match="more than once"):
        segbench(shop, pd.concat([kinds, kinds.iloc[:3]]), as_of=_AT, horizon_days=60)
    with pytest.raises(DataError, match="segment"):
        segbench(shop, kinds[["customer_id"]], as_of=_AT, horizon_days=60)
    with pytest.raises(ConfigError, match="not known"):
        segbench(shop, kinds, as_of=_AT, horizon_days=400)
    with pytest.raises(NotEnoughData, match="customers had bought"):
        segbench(shop, kinds, as_of=dt.datetime(2023, 1, 2), horizon_days=60)
