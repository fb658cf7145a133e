"""A guess does not depend on the order of columns or rows."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from habitue.data.mapping import guess
from habitue.data.sources.raw import Sample

HEADERS = {
    "words": {
        "order_id": "Order No", "customer_id": "Client", "ordered_at": "Placed", "product_title": "Article",
        "quantity": "Pcs",
        "unit_price": "Each", "line_total": "Sum", "country": "Country", "tax": "VAT", "note": "Remarks",
    },
    "none": {
        "order_id": "c1", "customer_id": "c2", "ordered_at": "c3", "product_title": "c4", "quantity": "c5",
        "unit_price": "c6", "line_total": "c7", "country": "c8", "product_id": "c9",
    },
}  # fmt: skip


@pytest.mark.parametrize("headers", HEADERS)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000))
def test_order_of_columns_and_rows_does_not_matter(headers: str, seed: int, sample_of: Callable[..., Sample]) -> None:
    plain = sample_of(HEADERS[headers])
    draw = random.Random(seed)
    order = draw.sample(plain.headers, len(plain.headers))
    rows = draw.sample(range(300), 300)
    mixed = Sample(plain.path, "csv", order, {h: [plain.columns[h][row] for row in rows] for h in order}, {})
    first, second = guess(plain), guess(mixed)
    assert second.mapping == first.mapping
    assert {each.header: each.warning is None for each in second.columns} == {
        each.header: each.warning is None for each in first.columns
    }
