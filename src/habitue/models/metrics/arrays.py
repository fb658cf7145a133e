"""Checks that every figure shares, and the ties of a score."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from habitue.errors import DataError

__all__ = ["Floats", "average_ranks", "chances", "numbers", "same_length", "truths", "weights"]

Floats = npt.NDArray[np.float64]


def numbers(values: Any, name: str) -> Floats:
    """Return values as a row of finite floats, or say which one is not."""
    try:
        found = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} cannot be read as numbers", expected="one number for each row") from error
    if found.ndim != 1:
        raise DataError(f"{name} has the shape {found.shape}", expected="one number for each row")
    if not np.isfinite(found).all():
        wrong = np.flatnonzero(~np.isfinite(found))
        raise DataError(
            f"{wrong.size} of {found.size} values of {name} are missing or infinite",
            first=f"{found[wrong[0]]} in row {wrong[0]}",
            expected="finite numbers; leave such rows out or fill them in",
        )
    return found


def same_length(**arrays: Any) -> None:
    """Raise unless all arrays have the same number of rows."""
    sizes = {name: len(array) for name, array in arrays.items()}
    if len(set(sizes.values())) > 1:
        listed = ", ".join(f"{name} {size}" for name, size in sizes.items())
        raise DataError(f"the numbers of rows differ: {listed}", expected="as many rows in each")


def truths(values: Any) -> Floats:
    """Return labels as 0.0 and 1.0, or say which one is neither."""
    found = numbers(values, "truth")
    wrong = (found != 0) & (found != 1)
    if wrong.any():
        raise DataError(f"{wrong.sum()} labels are neither 0 nor 1", first=found[wrong][0], expected="0 or 1")
    return found


def chances(values: Any) -> Floats:
    """Return probabilities, or say which one is none."""
    found = numbers(values, "p")
    wrong = (found < 0) | (found > 1)
    if wrong.any():
        raise DataError(f"{wrong.sum()} values of p are no probabilities", first=found[wrong][0], expected="0 to 1")
    return found


def weights(values: Any, rows: int) -> Floats:
    """Return weights of 0 or more; without any, all rows count alike."""
    if values is None:
        return np.ones(rows)
    found = numbers(values, "weight")
    if found.size != rows or (found < 0).any():
        raise DataError("the weights do not fit", expected=f"{rows} weights of 0 or more")
    return found


def average_ranks(values: Floats) -> Floats:
    """Return ranks from 1 upwards; equal values share the mean of their ranks."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]]) if values.size else np.empty(0, dtype=np.int64)
    sizes = np.diff(np.r_[starts, values.size])
    ranks = np.empty(values.size)
    ranks[order] = np.repeat(starts + (sizes + 1) / 2, sizes)
    return ranks
