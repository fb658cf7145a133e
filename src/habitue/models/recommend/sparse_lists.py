"""Sparse tables of scores, worked on in blocks so that memory stays bounded: strongest entries, best of a row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from habitue.models.recommend.maker import NONE, Candidates

__all__ = ["best_of_rows", "blocks", "pack", "seen_places", "strongest", "unpack"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
ItemNumbers = npt.NDArray[np.int32]

_MOST_ENTRIES = 4_000_000  # of a table at one time


def blocks(sizes: Any, most: int = _MOST_ENTRIES) -> Iterator[slice]:
    """Yield runs of rows whose sizes add up to at most so much; a row larger than that comes alone.

    Examples
    --------
    >>> [(run.start, run.stop) for run in blocks(np.array([2, 2, 9, 1]), most=4)]
    [(0, 2), (2, 3), (3, 4)]
    """
    total = np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
    start, rows = 0, total.size - 1
    while start < rows:
        stop = int(np.searchsorted(total, total[start] + most, side="right")) - 1
        stop = min(max(stop, start + 1), rows)
        yield slice(start, stop)
        start = stop


def strongest(table: Any, most: int) -> Any:
    """Return a sparse table with only the largest entries of each row, ties to the lower column."""
    table = sparse.csr_array(table)
    lengths = np.diff(table.indptr)
    long = np.flatnonzero(lengths > most)
    if not long.size:
        table.sort_indices()
        return table
    keep = np.ones(table.data.size, bool)
    for row in long:
        span = slice(table.indptr[row], table.indptr[row + 1])
        order = np.lexsort((table.indices[span], -table.data[span]))
        keep[table.indptr[row] + order[most:]] = False
    starts = np.concatenate([[0], np.cumsum(keep)])[table.indptr]
    out = sparse.csr_array((table.data[keep], table.indices[keep], starts), shape=table.shape)
    out.sort_indices()
    return out


def seen_places(seen: Any) -> Ints:
    """Return where a table of seen products has its entries, row by row, as row times columns plus column; sorted."""
    rows = np.repeat(np.arange(seen.shape[0], dtype=np.int64), np.diff(seen.indptr))
    return np.sort(rows * seen.shape[1] + seen.indices)


def best_of_rows(table: Any, k: int, *, hidden: Any = None, seed: int = 0) -> Candidates:
    """Return the k best entries of each row of a sparse table; equal scores come in a random order.

    Parameters
    ----------
    table : scipy.sparse.csr_array of shape (rows, items)
        Entries of 0 or less are none.
    k : int
    hidden : scipy.sparse.csr_array of shape (rows, items), optional
        Products that must not come.
    seed : int
        Of the order of equal scores.
    """
    rows, n_items = table.shape
    place = np.random.default_rng(seed).permutation(n_items)
    items, scores = np.full((rows, k), NONE, np.int32), np.full((rows, k), -np.inf, np.float32)
    data = np.asarray(table.data, np.float32)
    if hidden is not None and hidden.nnz and data.size:
        data = np.where(_among(table, seen_places(hidden)), np.float32(0), data)
    for row in range(rows):
        start, stop = table.indptr[row], table.indptr[row + 1]
        values = data[start:stop]
        good = np.flatnonzero(values > 0)
        if good.size > k:
            cut = np.partition(values, values.size - k)[values.size - k]
            good = np.flatnonzero(values >= max(cut, np.finfo(np.float32).tiny))
        found = table.indices[start:stop][good]
        order = np.lexsort((place[found], -values[good]))[:k]
        items[row, : order.size], scores[row, : order.size] = found[order], values[good][order]
    return Candidates(items, scores)


def _among(table: Any, places: Ints) -> npt.NDArray[np.bool_]:
    """Say of each entry of a table whether its place is among sorted places."""
    rows = np.repeat(np.arange(table.shape[0], dtype=np.int64), np.diff(table.indptr))
    keys = rows * table.shape[1] + table.indices
    at = np.minimum(np.searchsorted(places, keys), places.size - 1)
    return np.asarray(places[at] == keys)


def pack(table: Any) -> dict[str, Any]:
    """Return a sparse table as plain arrays."""
    return {"data": table.data, "indices": table.indices, "starts": table.indptr, "shape": list(table.shape)}


def unpack(state: Any) -> Any:
    """Return the sparse table that `pack` took apart."""
    arrays = tuple(np.asarray(state[key]) for key in ("data", "indices", "starts"))
    return sparse.csr_array(arrays, shape=tuple(int(size) for size in state["shape"]))
