"""The log of what was served: only ever added to, and refused where a chance is missing."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from habitue.actions.recommend.served import SERVED, ServedLog, as_log, read_served
from habitue.errors import DataError
from habitue.models.metrics.off_policy import snips

NOON = dt.datetime(2024, 5, 1, 12)


def _rows(many=3, chance=0.5, at=NOON, name="ann"):
    return [
        {
            "list_id": f"l{place}", "customer_id": name, "kind": "home", "shown_at": at, "place": 1,
            "product_id": f"p{place}", "score": 1.0, "propensity": chance, "maker": "personal",
        }
        for place in range(many)
    ]  # fmt: skip


def test_what_is_served_comes_back_in_order_and_parts_are_added(tmp_path):
    log = ServedLog(tmp_path / "served")
    assert read_served(log.folder).num_rows == 0
    log.add(_rows(2, at=NOON + dt.timedelta(hours=1)))
    assert read_served(log.folder).num_rows == 0
    log.flush()
    first = {path.name for path in log.folder.iterdir()}
    log.write(pa.Table.from_pylist(_rows(1), schema=SERVED))
    assert first < {path.name for path in log.folder.iterdir()}
    found = read_served(log.folder)
    assert found["shown_at"].to_pylist() == sorted(found["shown_at"].to_pylist())
    assert read_served(log.folder, before=NOON + dt.timedelta(minutes=1)).num_rows == 1


@pytest.mark.parametrize("chance", [float("nan"), 0.0, 1.5, None])
def test_a_chance_that_cannot_be_used_is_refused(tmp_path, chance):
    rows = pa.Table.from_pylist(_rows(chance=chance), schema=SERVED)
    with pytest.raises(DataError, match="3 of 3 products served have no chance"):
        ServedLog(tmp_path).write(rows)
    with pytest.raises(DataError):
        as_log(rows, np.ones(3), np.ones(3))


def test_values_are_told_from_the_log(tmp_path):
    rows = pa.Table.from_pylist(_rows(400), schema=SERVED)
    found = snips(as_log(rows, np.tile([1.0, 0.0], 200), np.tile([0.8, 0.2], 200)))
    assert found.value == pytest.approx(0.8)
