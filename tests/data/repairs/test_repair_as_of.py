"""What the repairs say of a shop cut at a moment is what they say of the whole shop as of that moment."""

import datetime as dt

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

START = dt.datetime(2024, 3, 1)
MARKS = ("line_kind", "is_product", "set_aside", "reversed_at", "reversal_of")

moments = st.integers(0, 12).map(lambda hours: START + dt.timedelta(hours=12 * hours))
late = st.one_of(st.none(), st.none(), moments)
rows = st.fixed_dictionaries(
    {
        "source": st.sampled_from(["a.csv", "a.csv", "b.csv"]),
        "order_id": st.sampled_from(["1", "2", "C3", "A4", "test"]),
        "customer_id": st.sampled_from([None, "ann", "ann", "bob"]),
        "product_id": st.sampled_from([None, "tea", "tea", "cup", "POST"]),
        "product_title": st.sampled_from([None, None, "Tea", "postage"]),
        "ordered_at": moments,
        "ingested_at": late,
        "quantity": st.sampled_from([1.0, 1.0, 2.0, 5.0, 200.0, 0.0, -1.0, -1.0, -2.0]),
        "unit_price": st.sampled_from([2.0, 2.0, 2.0, 0.0, -1.0]),
        "currency": st.sampled_from([None, "EUR", "EUR", "EUR", "USD"]),
        "status": st.sampled_from([None, None, "paid", "cancelled"]),
    }
)


def known(row, moment):
    return row["ordered_at"] < moment and (row["ingested_at"] is None or row["ingested_at"] < moment)


def marks_of(outcome, moment):
    """Return the marks of all rows known at the moment, with what became known later hidden."""
    marks = {}
    for row in outcome.rows:
        if known(row, moment):
            mark = {name: row[name] for name in MARKS}
            if mark["reversed_at"] is not None and mark["reversed_at"] >= moment:
                mark["reversed_at"] = None
            marks[row["source"], row["source_row"]] = mark
    return marks


@given(st.lists(rows, min_size=20, max_size=60), moments)
@settings(max_examples=7, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_later_rows_never_change_a_mark(repair, shop, moment):
    whole = [{**row, "source_row": place} for place, row in enumerate(shop, start=1)]
    cut = [row for row in whole if known(row, moment)]
    wholesale = {"wholesale_quantity": 100}
    assert marks_of(repair(cut, **wholesale), moment) == marks_of(repair(whole, **wholesale), moment)
