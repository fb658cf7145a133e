"""How things stood at any moment, told from purchases read once, is what the features say as of that moment."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from habitue.data.shop import Shop
from habitue.data.simulate import simulate
from habitue.features import compute
from habitue.signals.segment.visits import visits

NAMES = ("first_order_at", "last_order_at", "purchase_days", "last_gap_days", "spend", "spend_365d")
AS_OF = dt.datetime(2024, 2, 1, 15, 30)


@pytest.fixture(scope="module")
def shop():
    """A shop whose lines arrive late and whose orders are called off."""
    lines = simulate(customers=120, days=420, seed=5, tables={"order_lines"}).tables["order_lines"]
    rng = np.random.default_rng(5)
    at = lines["ordered_at"].to_numpy()
    late = at + rng.integers(0, 40 * 86_400, at.size).astype("timedelta64[s]")
    gone = np.where(rng.random(at.size) < 0.1, late + np.timedelta64(9, "D"), np.datetime64("NaT"))
    for name, values in (("ingested_at", late), ("cancelled_at", gone)):
        column = pa.array(values.astype("datetime64[us]"), pa.timestamp("us"))
        if name == "ingested_at":
            column = pa.array(column.to_pylist()[:-50] + [None] * 50, pa.timestamp("us"))
        where = lines.column_names.index(name)
        lines = lines.set_column(where, name, column)
    with Shop.from_tables({"order_lines": lines}) as opened:
        yield opened


@pytest.mark.parametrize("back", [0, 1, 30, 200, 390, 2000])
def test_every_moment_is_as_the_features_say(shop, back: int) -> None:
    moment = AS_OF - dt.timedelta(days=back)
    told = visits(shop, AS_OF)
    seen = told.seen(moment)
    expected = shop.engine.to_arrow(compute(shop.at(moment), NAMES).order_by("customer_id")).to_pydict()
    assert told.ids.take(pa.array(seen.place, pa.int64())).to_pylist() == expected["customer_id"]
    assert seen.last_at.astype("datetime64[us]").tolist() == expected["last_order_at"]
    assert seen.first_day.tolist() == [each.date() for each in expected["first_order_at"]]
    assert seen.purchase_days.tolist() == expected["purchase_days"]
    assert seen.last_gap_days.tolist() == [each or 0 for each in expected["last_gap_days"]]
    assert seen.days.size == sum(expected["purchase_days"])
    assert seen.spend == pytest.approx(expected["spend"])
    assert seen.spend_365d == pytest.approx([each or 0.0 for each in expected["spend_365d"]])
    assert (seen.place.size == 0) == (back == 2000)


def test_what_came_later_changes_no_earlier_answer(shop) -> None:
    then = AS_OF - dt.timedelta(days=90)
    now, earlier = visits(shop, AS_OF).seen(then), visits(shop, then).seen(then)
    assert visits(shop, AS_OF).as_of == AS_OF
    assert now.spend.tolist() == earlier.spend.tolist()
    assert now.days.tolist() == earlier.days.tolist()
