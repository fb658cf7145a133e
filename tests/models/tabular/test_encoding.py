"""Frames become matrices, whatever types their columns have, and later frames become the same matrices."""

from __future__ import annotations

import datetime as dt
import decimal
import json
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.errors import DataError
from habitue.models.tabular import Encoder

COUNTRIES = ["France", "Spain", "France", None, "Italy"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pd.Series([1, 2, 3]), [1, 2, 3]),
        (pd.Series([1.5, None, np.inf]), [1.5, np.nan, np.nan]),
        (pd.Series([True, False, True]), [1, 0, 1]),
        (pd.Series([True, None, False], dtype="boolean"), [1, np.nan, 0]),
        (pd.Series([1, None, 3], dtype="Int64"), [1, np.nan, 3]),
        (pd.Series([1, None, 3], dtype=pd.ArrowDtype(pa.int64())), [1, np.nan, 3]),
        (pd.Series([1.5, None, 3], dtype=pd.ArrowDtype(pa.float64())), [1.5, np.nan, 3]),
        (pd.Series([True, None, False], dtype=pd.ArrowDtype(pa.bool_())), [1, np.nan, 0]),
        (
            pd.Series([decimal.Decimal("1.5"), None, decimal.Decimal(2)], dtype=pd.ArrowDtype(pa.decimal128(9, 2))),
            [1.5, np.nan, 2],
        ),
        (pd.Series([decimal.Decimal("1.5"), None, 2], dtype=object), [1.5, np.nan, 2]),
        (pd.Series([True, None, False], dtype=object), [1, np.nan, 0]),
        (pd.Series([1, 2.5, None], dtype=object), [1, 2.5, np.nan]),
    ],
)
def test_numbers_and_flags_of_every_type(values: Any, expected: list[float]) -> None:
    frame = pd.DataFrame({"figure": values})
    encoder = Encoder.fit(frame)
    assert encoder.names == ("figure",)
    found = encoder.transform(frame)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found[:, 0], expected)


@pytest.mark.parametrize(
    "dtype", [object, "str", "string", "category", pd.ArrowDtype(pa.string()), pd.ArrowDtype(pa.large_string())]
)
def test_codes_of_every_type(dtype: Any) -> None:
    frame = pd.DataFrame({"country": pd.Series(COUNTRIES, dtype=dtype)})
    encoder = Encoder.fit(frame, max_codes=2)
    assert encoder.names == ("country=France", "country=Italy", "country=other")
    assert encoder.sources == ("country",) * 3
    gap = [np.nan] * 3
    np.testing.assert_array_equal(encoder.transform(frame), [[1, 0, 0], [0, 0, 1], [1, 0, 0], gap, [0, 1, 0]])


def test_the_frames_of_arrow_tables() -> None:
    table = pa.table({"country": COUNTRIES, "orders": [1, None, 3, 4, 5], "kept": [True, False, None, True, True]})
    for frame in (table.to_pandas(), table.to_pandas(types_mapper=pd.ArrowDtype)):
        encoder = Encoder.fit(frame)
        assert encoder.names == ("country=France", "country=Italy", "country=Spain", "orders", "kept")
        assert encoder.transform(frame)[2].tolist()[:4] == [1, 0, 0, 3]
        assert np.isnan(encoder.transform(frame)[2, 4])


def test_a_code_never_seen_counts_as_other() -> None:
    encoder = Encoder.fit(pd.DataFrame({"country": COUNTRIES}), max_codes=2)
    assert encoder.transform(pd.DataFrame({"country": ["Peru"]})).tolist() == [[0, 0, 1]]
    every = Encoder.fit(pd.DataFrame({"country": COUNTRIES}))
    assert every.transform(pd.DataFrame({"country": ["Peru"]})).tolist() == [[0, 0, 0]]


def test_what_never_varies_is_dropped_and_not_needed_later() -> None:
    frame = pd.DataFrame(
        {"a": [1, 2], "same": [3, 3], "empty": [None, None], "nan": [np.nan, np.inf], "shop": ["A", "A"]}
    )
    encoder = Encoder.fit(frame)
    assert encoder.names == ("a",)
    assert encoder.dropped == ("same", "empty", "nan", "shop")
    assert encoder.transform(pd.DataFrame({"a": [5]})).tolist() == [[5.0]]


def test_known_or_unknown_is_a_difference_too() -> None:
    frame = pd.DataFrame({"rating": [5.0, np.nan], "coupon": ["yes", None]})
    assert Encoder.fit(frame).names == ("rating", "coupon=yes")


def test_a_missing_input_is_named_with_the_nearest() -> None:
    encoder = Encoder.fit(pd.DataFrame({"recency_days": [1, 2], "orders": [1, 2]}))
    with pytest.raises(DataError, match=r"'recency_days' is missing. Did you mean 'recency_day'\?"):
        encoder.transform(pd.DataFrame({"recency_day": [1], "orders": [1]}))


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([dt.datetime(2024, 1, 1), None]),
        pd.Series([dt.date(2024, 1, 1), None]),
        pd.Series([dt.timedelta(days=1), None]),
        pd.Series([dt.datetime(2024, 1, 1), None], dtype=pd.ArrowDtype(pa.timestamp("us"))),
        pd.Series([dt.date(2024, 1, 1), None], dtype=pd.ArrowDtype(pa.date32())),
    ],
)
def test_dates_are_refused_with_the_way_out(values: Any) -> None:
    with pytest.raises(DataError, match="dates and times") as caught:
        Encoder.fit(pd.DataFrame({"ordered_at": values}))
    assert caught.value.where["column"] == "ordered_at"
    assert "days" in (caught.value.hint or "")


def test_lists_and_double_names_are_refused() -> None:
    with pytest.raises(DataError, match="cannot be learnt from"):
        Encoder.fit(pd.DataFrame({"basket": [[1], [2]]}))
    with pytest.raises(DataError, match="share a name"):
        Encoder.fit(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_text_where_numbers_were_learnt_is_refused() -> None:
    encoder = Encoder.fit(pd.DataFrame({"orders": [1, 2]}))
    assert encoder.transform(pd.DataFrame({"orders": ["3"]})).tolist() == [[3.0]]
    with pytest.raises(DataError, match="something else than numbers"):
        encoder.transform(pd.DataFrame({"orders": ["many"]}))


def test_columns_may_come_in_another_order_with_others_between() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [3, 5]})
    encoder = Encoder.fit(frame)
    other = pd.DataFrame({"b": [3, 5], "new": ["x", "y"], "a": [1, 2]})
    np.testing.assert_array_equal(encoder.transform(other), encoder.transform(frame))
    assert encoder.transform(frame.iloc[:0]).shape == (0, 2)
    assert frame.equals(pd.DataFrame({"a": [1, 2], "b": [3, 5]}))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.none() | st.floats(allow_nan=True), st.none() | st.sampled_from("abcdef"), st.booleans()),
        min_size=1,
        max_size=20,
    )
)
def test_an_encoder_read_back_does_the_same(rows: list[tuple[Any, ...]]) -> None:
    frame = pd.DataFrame(rows, columns=["figure", "code", "flag"])
    encoder = Encoder.fit(frame, max_codes=3)
    back = Encoder.from_state(json.loads(json.dumps(encoder.state(), allow_nan=False)))
    assert back == encoder
    found = encoder.transform(frame)
    np.testing.assert_array_equal(back.transform(frame), found)
    assert found.shape == (len(rows), len(encoder.names))
    assert not np.isinf(found).any()
    # What a row becomes does not depend on the rows beside it.
    np.testing.assert_array_equal(encoder.transform(frame.iloc[::-1])[::-1], found)
