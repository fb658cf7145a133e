"""Packing loses no event, mixes none, and leaves little room empty."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from habitue.models.recommend.histories import Histories
from habitue.models.sequence.packing import newest_pieces, pack, windows

_LENGTHS = st.lists(st.integers(0, 40), max_size=30)


def _histories(lengths):
    return Histories.from_lists([[0] * each for each in lengths], n_items=1)


@settings(max_examples=40, deadline=None)
@given(_LENGTHS, st.integers(1, 12))
def test_every_newest_event_has_one_place(lengths, length):
    histories = _histories(lengths)
    pieces = newest_pieces(histories, length)
    rows = pack(pieces, 16)
    placed = np.sort(rows.places[rows.places >= 0])
    assert np.array_equal(placed, np.flatnonzero(histories.ages < length))
    flat = rows.places.ravel()
    assert np.array_equal(flat[rows.ends], (histories.starts[1:] - 1)[histories.lengths > 0])
    for row, owner in zip(rows.places, rows.pieces, strict=True):
        beside = (owner[1:] == owner[:-1]) & (owner[1:] >= 0)
        assert (np.diff(row)[beside] == 1).all()


@settings(max_examples=40, deadline=None)
@given(_LENGTHS, st.integers(2, 12))
def test_every_event_but_the_first_is_learnt_once(lengths, length):
    histories = _histories(lengths)
    rows = pack(windows(histories, length), 16)
    # An event is learnt where it stands in a piece after another one and is no context.
    later = np.zeros(rows.places.shape, bool)
    later[:, 1:] = (rows.pieces[:, 1:] == rows.pieces[:, :-1]) & (rows.pieces[:, 1:] >= 0)
    learnt = np.sort(rows.places[later & rows.learnt])
    first = histories.starts[:-1][histories.lengths > 0]
    assert np.array_equal(learnt, np.setdiff1d(np.arange(histories.items.size), first))


def test_little_room_is_left_empty():
    lengths = np.random.default_rng(0).geometric(0.14, size=3000).clip(2, 50)
    rows = pack(newest_pieces(_histories(lengths.tolist()), 50), 64)
    assert (rows.places >= 0).mean() > 0.95
