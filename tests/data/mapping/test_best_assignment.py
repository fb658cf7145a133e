"""The assignment is the best there is."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.data.mapping.assignment import best_assignment

_PLACES = st.tuples(st.integers(0, 3), st.integers(0, 3))
_GAINS = st.dictionaries(_PLACES, st.integers(-3, 9).map(float), max_size=16)


def _best_by_trying(gains: dict[tuple[int, int], float]) -> float:
    best = 0.0
    for columns in itertools.product([None, 0, 1, 2, 3], repeat=4):
        used = [column for column in columns if column is not None]
        if len(set(used)) == len(used):
            pairs = [(row, column) for row, column in enumerate(columns) if column is not None]
            best = max(best, sum(gains.get(pair, -99.0) for pair in pairs))
    return best


@settings(max_examples=60, deadline=None)
@given(_GAINS)
def test_no_other_assignment_gains_more(gains: dict[tuple[int, int], float]) -> None:
    chosen, total = best_assignment(gains)
    assert len(set(chosen.values())) == len(chosen)
    assert total == _best_by_trying(gains)


@settings(max_examples=40, deadline=None)
@given(_GAINS)
def test_without_a_pair_the_pair_is_not_used(gains: dict[tuple[int, int], float]) -> None:
    chosen, total = best_assignment(gains)
    for pair in chosen.items():
        others, rest = best_assignment(gains, without=pair)
        assert others.get(pair[0]) != pair[1]
        assert rest <= total
