"""Movement and profiles add up to the tables they summarise."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pyarrow as pa
import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.signals.segment import lifecycle, movement, profiles, rfm
from habitue.signals.segment.stages import STAGES

AS_OF = dt.datetime(2024, 2, 15)


@pytest.fixture(scope="module")
def shop():
    tables = simulate(customers=400, days=420, seed=5, tables={"order_lines"}).tables
    with Shop.from_tables(tables) as opened:
        yield opened


def test_history_is_what_would_have_been_published_then(shop: Shop) -> None:
    told = movement.history(shop, AS_OF).to_pandas()
    moments = sorted(told["at"].unique())
    assert moments == [*pd.date_range("2023-02-01", "2024-02-01", freq="MS"), pd.Timestamp(AS_OF)]
    assert told.groupby("at")["settled"].first().tolist() == [at >= pd.Timestamp("2023-07-01") for at in moments]
    for at in (moments[3], moments[-1]):
        then = lifecycle.score(shop, at.to_pydatetime()).to_pandas().groupby("stage")["spend_365d"]
        rows = told[told["at"] == at].set_index("stage")
        assert list(rows.index) == list(STAGES)
        assert rows["customers"].to_dict() == then.size().reindex(STAGES, fill_value=0).to_dict()
        assert rows["spend_365d"].to_dict() == pytest.approx(then.sum().reindex(STAGES, fill_value=0).to_dict())


def test_flows_lead_from_the_one_table_to_the_other(shop: Shop) -> None:
    told = movement.flows(shop, AS_OF).to_pandas()
    now = lifecycle.score(shop, AS_OF).to_pandas().set_index("customer_id")["stage"]
    assert (AS_OF - told["from_at"]).dt.days.unique().tolist() == [30, 90]
    for from_at, rows in told.groupby("from_at"):
        then = lifecycle.score(shop, from_at.to_pydatetime()).to_pandas().set_index("customer_id")["stage"]
        pairs = pd.DataFrame({"from": then, "to": now}).fillna("none").value_counts().to_dict()
        assert rows.set_index(["from_stage", "to_stage"])["customers"].to_dict() == pairs
        assert rows.loc[rows["from_stage"] == "none", "spend_365d_before"].sum() == 0


def test_a_history_too_short_has_no_flows(shop_of) -> None:
    young = shop_of([("ann", AS_OF - dt.timedelta(days=40), 5.0)])
    assert movement.flows(young, AS_OF).to_pandas()["from_at"].tolist() == [pd.Timestamp(AS_OF - dt.timedelta(days=30))]
    assert movement.history(young, AS_OF)["at"].unique().to_pylist() == [dt.datetime(2024, 2, 1), AS_OF]


def test_the_average_customer_is_100(shop: Shop) -> None:
    stages = lifecycle.score(shop, AS_OF).select(["customer_id", "stage"]).rename_columns(["customer_id", "segment"])
    members = {"rfm": rfm.score(shop, AS_OF), "lifecycle": stages}
    told = profiles.describe(shop, AS_OF, members).to_pandas()
    assert set(told["measure"]) >= {"spend", "orders", "categories", "average_order_value", "return_share"}
    for (_, measure), rows in told.groupby(["family", "measure"]):
        assert rows["share"].sum() == pytest.approx(1)
        if measure not in ("categories", "return_share", "discount_share"):  # known of every customer
            assert (rows["index"] * rows["share"]).sum() == pytest.approx(100)


def test_profiles_by_hand(shop_of) -> None:
    shop = shop_of([("ann", AS_OF, 30.0), ("ann", AS_OF, 30.0), ("bob", AS_OF, 20.0), ("eve", AS_OF, 10.0)])
    now = AS_OF + dt.timedelta(hours=24)
    members = pd.DataFrame({"customer_id": ["ann", "bob", "eve"], "segment": ["big", "small", "small"]})
    told = profiles.describe(shop, now, {"rfm": pa.Table.from_pandas(members)}).to_pandas()
    spend = told[told["measure"] == "spend"].set_index("segment")
    assert spend[["customers", "value", "index"]].to_numpy().tolist() == [[1, 60.0, 200.0], [2, 15.0, 50.0]]
    returned = told[told["measure"] == "return_share"]
    assert returned["value"].tolist() == [0.0, 0.0]
    assert returned["index"].isna().all()  # nobody gave anything back: no average to compare with
