"""Short histories put side by side into rows of one length, so that padding costs little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.models.recommend.histories import Histories

__all__ = ["Pieces", "Rows", "newest_pieces", "pack", "windows"]

Ints = npt.NDArray[np.int64]

_OPEN = 16  # rows that are looked at for room
_MOST_WINDOWS = 200  # of one customer, the newest: a robot must not outweigh everybody


@dataclass(frozen=True, slots=True)
class Pieces:
    """Stretches of events: where each begins, how long it is, and how many of its first events are context only."""

    first: Ints
    lengths: Ints
    context: Ints

    def take(self, order: Any) -> Pieces:
        """Return some pieces, in the order asked for."""
        return Pieces(self.first[order], self.lengths[order], self.context[order])


@dataclass(frozen=True, slots=True)
class Rows:
    """Packed rows: the event at each place, -1 for none; the piece it belongs to, -1 for none; and if it is learnt."""

    places: Ints
    pieces: Ints
    learnt: npt.NDArray[np.bool_]
    ends: Ints  # flat place of each piece's newest event


def newest_pieces(histories: Histories, length: int) -> Pieces:
    """Return each customer's newest events, nothing of who has none; one piece a customer with events."""
    held = np.minimum(histories.lengths, length)
    has = held > 0
    return Pieces((histories.starts[1:] - held)[has], held[has], np.zeros(int(has.sum()), np.int64))


def windows(histories: Histories, length: int) -> Pieces:
    """Cut histories into stretches to learn from: those longer than ``length`` overlap by half, as context.

    Examples
    --------
    >>> windows(Histories.from_lists([[0] * 5, [0]], n_items=1), 4).lengths.tolist()
    [4, 4]
    """
    first, lengths, context = [], [], []
    step = max(length // 2, 1)
    # A history of one event has no next one to learn from.
    for row in np.flatnonzero(histories.lengths > 1).tolist():
        start, stop = int(histories.starts[row]), int(histories.starts[row + 1])
        start = max(start, stop - _MOST_WINDOWS * step)
        end = min(start + length, stop)
        first.append(start)
        lengths.append(end - start)
        context.append(0)
        while end < stop:
            known, end = end, min(end + step, stop)
            begin = max(end - length, start)
            first.append(begin)
            lengths.append(end - begin)
            context.append(known - begin)
    return Pieces(*(np.asarray(each, np.int64) for each in (first, lengths, context)))


def pack(pieces: Pieces, width: int) -> Rows:
    """Put pieces into rows of ``width`` places, each where it leaves least room among the rows last opened.

    Parameters
    ----------
    pieces : Pieces
        None longer than ``width``.
    width : int

    Examples
    --------
    >>> pack(Pieces(np.array([0, 3]), np.array([3, 2]), np.zeros(2, int)), 6).places.tolist()
    [[0, 1, 2, 3, 4, -1]]
    """
    rows, offsets = np.empty(pieces.lengths.size, np.int64), np.empty(pieces.lengths.size, np.int64)
    open_rows: list[list[int]] = []  # [room, row]
    opened = 0
    for number, length in enumerate(pieces.lengths.tolist()):
        fits = [each for each in open_rows if each[0] >= length]
        if fits:
            best = min(fits)
        else:
            if len(open_rows) == _OPEN:
                open_rows.remove(min(open_rows))
            best = [width, opened]
            open_rows.append(best)
            opened += 1
        rows[number], offsets[number] = best[1], width - best[0]
        best[0] -= length
        if not best[0]:
            open_rows.remove(best)
    return _laid_out(pieces, rows * width + offsets, (opened, width))


def _laid_out(pieces: Pieces, begins: Ints, shape: tuple[int, int]) -> Rows:
    lengths = pieces.lengths
    within = np.arange(int(lengths.sum())) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    spots = np.repeat(begins, lengths) + within
    places, owner = np.full(shape[0] * shape[1], -1, np.int64), np.full(shape[0] * shape[1], -1, np.int64)
    learnt = np.zeros(shape[0] * shape[1], bool)
    places[spots] = np.repeat(pieces.first, lengths) + within
    owner[spots] = np.repeat(np.arange(lengths.size), lengths)
    learnt[spots] = within >= np.repeat(pieces.context, lengths)
    return Rows(places.reshape(shape), owner.reshape(shape), learnt.reshape(shape), begins + lengths - 1)
