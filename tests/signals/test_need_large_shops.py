"""What changes in a shop with more customers than get the full answer: who gets it, and that nothing else does."""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.signals.need import history as reading
from habitue.signals.need import predict
from habitue.signals.need.history import buyers, read_blocks, read_history
from habitue.signals.need.spec import NeedSpec

_SPEC = NeedSpec(categories=6)
_WHOLE = 120
_SMALL_BLOCKS = {"pairs": 400, "whole": _WHOLE}


@pytest.fixture(scope="module")
def shop():
    with Shop.from_tables(simulate(customers=500, days=400, seed=3, tables={"order_lines"}).tables) as opened:
        yield opened


@pytest.fixture(scope="module")
def full(shop):
    return predict.run(shop, shop.latest_as_of, spec=_SPEC)


@pytest.fixture(scope="module")
def learnt(shop):
    return predict.learn(shop, shop.latest_as_of, spec=NeedSpec(categories=6, **_SMALL_BLOCKS))


@pytest.fixture(scope="module")
def some(shop, learnt):
    return predict.score(shop, shop.latest_as_of, learnt)


@pytest.mark.parametrize("read", [100_000, 150])
def test_blocks_hold_what_is_read_at_once(shop, learnt, monkeypatch, read: int):
    monkeypatch.setattr(reading, "_READ", read)
    snapshot, customers = shop.at(shop.latest_as_of), buyers(shop, shop.latest_as_of)
    parts = list(read_blocks(shop, snapshot, customers, learnt.shelf, 64))
    assert [name for part in parts for name in part.customers] == customers
    for part in parts:
        alone = read_history(shop, snapshot, part.customers, learnt.shelf)
        assert np.array_equal(part.who, alone.who)
        assert np.array_equal(part.when, alone.when)
        assert (part.items != alone.items).nnz == 0
        assert (part.categories != alone.categories).nnz == 0


def test_timing_is_told_for_everybody_as_ever(full, some):
    assert some["need_timing"].equals(full["need_timing"])


def test_the_likeliest_customers_get_the_full_answer(full, some):
    for name in ("need", "need_products"):
        ours, theirs = some[name].to_pandas(), full[name].to_pandas()
        assert set(ours.customer_id) == set(theirs.customer_id)
        plain = ["customer_id", "rank", "probability"]
        same = ours[plain].merge(theirs[plain], on=plain).groupby("customer_id").size()
        whole = (same == theirs.groupby("customer_id").size().reindex(same.index)).sum()
        assert whole >= 0.8 * _WHOLE
        assert whole < 0.6 * ours.customer_id.nunique()


def test_the_others_get_ranked_chances_from_their_own_history(some):
    need, products = some["need"].to_pandas(), some["need_products"].to_pandas()
    for table in (need, products):
        assert table.probability.between(0, 1).all()
        assert (table.groupby("customer_id")["rank"].min() == 1).all()
        by_rank = table.sort_values(["customer_id", "rank"])
        assert by_rank[["customer_id", "rank"]].equals(table[["customer_id", "rank"]])
    assert products.groupby("customer_id").product_id.nunique().eq(products.groupby("customer_id").size()).all()
    assert (pc.list_value_length(some["need"]["reasons"]).to_numpy() >= 0).all()


def test_the_card_says_so(some):
    assert "120 customers most likely to order" in some["need_models"]["card"][0].as_py()
