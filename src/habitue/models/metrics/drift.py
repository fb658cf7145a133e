"""How far the inputs have moved since the model learnt from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.errors import ConfigError, DataError

__all__ = ["stability_index"]

_LEAST = 1e-4  # share of an empty cell, as usual with this index


def stability_index(expected: Any, actual: Any, *, bins: int = 10) -> float:
    """Return how far the spread of a value has moved (PSI): below 0.1 little, above 0.25 a lot.

    Parameters
    ----------
    expected : array of shape (n,)
        Values when the model learnt: numbers, flags or words. Missing values are a cell of their own.
    actual : array of shape (m,)
        Values now.
    bins : int
        Cells for numbers, each with the same share of ``expected``; up to that many distinct numbers are a cell each.

    Returns
    -------
    float
        0 or more. Chance alone gives about (cells - 1) × (1/n + 1/m). NaN when either is empty.

    Raises
    ------
    ConfigError
        There are fewer than 2 bins.
    DataError
        One holds numbers and the other words.

    References
    ----------
    Siddiqi, N. (2006), *Credit Risk Scorecards*, chapter 8; it is Jeffreys' divergence of the two spreads.

    Examples
    --------
    >>> round(stability_index([0, 0, 1, 1], [0, 1, 1, 1]), 4)
    0.2747
    """
    if bins < 2:
        raise ConfigError(f"{bins} bins show no change", expected="2 or more")
    first, second = np.ravel(np.asarray(expected)), np.ravel(np.asarray(actual))
    if not first.size or not second.size:
        return float("nan")
    cells = _cells(first, second, bins)
    before = np.maximum(np.bincount(cells[: first.size], minlength=cells.max() + 1) / first.size, _LEAST)
    now = np.maximum(np.bincount(cells[first.size :], minlength=cells.max() + 1) / second.size, _LEAST)
    return float((now - before) @ np.log(now / before))


def _cells(first: npt.NDArray[Any], second: npt.NDArray[Any], bins: int) -> npt.NDArray[np.int64]:
    """Return the cell of each value, those of ``first`` before those of ``second``."""
    numeric = [values.dtype.kind in "biuf" for values in (first, second)]
    if all(numeric):
        both = np.concatenate([first.astype(np.float64), second.astype(np.float64)])
        return _number_cells(both, first.size, bins)
    words = np.concatenate([first.astype(object), second.astype(object)])
    if any(numeric):
        try:
            return _number_cells(words.astype(np.float64), first.size, bins)
        except (TypeError, ValueError) as error:
            raise DataError("numbers cannot be compared with words", expected="the same type in both") from error
    return np.unique([str(word) for word in words], return_inverse=True)[1].astype(np.int64)


def _number_cells(values: npt.NDArray[np.float64], learnt: int, bins: int) -> npt.NDArray[np.int64]:
    known = values[:learnt]
    known = known[~np.isnan(known)]
    distinct = np.unique(known)
    if distinct.size <= bins:
        # Each value that was seen is a cell, and so is each gap between two of them.
        cells = np.searchsorted(distinct, values, side="left") + np.searchsorted(distinct, values, side="right")
    else:
        cells = np.searchsorted(np.unique(_quantiles(known, bins)), values, side="left")
    return np.where(np.isnan(values), 2 * bins + 2, cells).astype(np.int64)


def _quantiles(known: npt.NDArray[np.float64], bins: int) -> npt.NDArray[np.float64]:
    # A value that was there is taken, since means of infinite values would be missing.
    return np.quantile(known, np.arange(1, bins) / bins, method="lower")
