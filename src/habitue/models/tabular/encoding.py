"""Turn a data frame of numbers, flags and codes into a matrix of floats whose columns keep their names.

Numbers and flags stay as they are, codes become one column for each frequent code, what is unknown is NaN. Dates are
refused: a date is no quantity, days since or until it are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Number
from typing import Any, Literal

import numpy as np
import pandas as pd

from habitue.errors import DataError, did_you_mean
from habitue.models.tabular.examples import Floats

__all__ = ["Encoder"]

Form = Literal["number", "codes"]

_TIMES = frozenset({"datetime", "datetime64", "date", "time", "timedelta", "timedelta64", "period"})
_NUMBERS = frozenset({"floating", "integer", "mixed-integer-float", "decimal", "boolean", "empty", "integer-na"})
_CODES = frozenset({"string", "categorical", "mixed-integer"})


@dataclass(frozen=True, slots=True)
class _Column:
    """One input: its form, and for codes those that have a column, and whether the rest has one."""

    name: str
    form: Form
    codes: tuple[str, ...] = ()
    other: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        if self.form == "number":
            return (self.name,)
        rest = (f"{self.name}=other",) if self.other else ()
        return (*(f"{self.name}={code}" for code in self.codes), *rest)


@dataclass(frozen=True)
class Encoder:
    """Remember how the columns of a frame become a matrix, so that later frames become the same matrix.

    Use :meth:`fit` or :meth:`from_state` to make one.

    Attributes
    ----------
    names : tuple of str
        The columns of the matrix; ``country=France`` for a code, ``country=other`` for all rarer ones.
    sources : tuple of str
        For each column of the matrix the column of the frame that it comes from.
    dropped : tuple of str
        Columns of the frame that never varied; they are not needed at scoring.

    Examples
    --------
    >>> frame = pd.DataFrame({"orders": [1, 4, None], "country": ["France", "Spain", "France"], "shop": "A"})
    >>> encoder = Encoder.fit(frame)
    >>> encoder.names, encoder.dropped
    (('orders', 'country=France', 'country=Spain'), ('shop',))
    >>> encoder.transform(frame).tolist()
    [[1.0, 1.0, 0.0], [4.0, 0.0, 1.0], [nan, 1.0, 0.0]]
    """

    columns: tuple[_Column, ...]
    dropped: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the matrix."""
        return tuple(name for column in self.columns for name in column.names)

    @property
    def sources(self) -> tuple[str, ...]:
        """The column of the frame behind each column of the matrix."""
        return tuple(column.name for column in self.columns for _ in column.names)

    @classmethod
    def fit(cls, frame: pd.DataFrame, *, max_codes: int = 12) -> Encoder:
        """Learn from a frame which columns vary and which codes are frequent.

        Parameters
        ----------
        frame : DataFrame
            Numbers, flags and texts, in any of pandas' or Arrow's types.
        max_codes : int
            How many codes of a text column get a column of their own, the most frequent first, equal ones by name.

        Raises
        ------
        DataError
            A column holds dates, times or something that is neither number nor text, or two columns share a name.
        """
        twice = frame.columns[frame.columns.duplicated()]
        if len(twice):
            raise DataError("two columns share a name", column=str(twice[0]), expected="each name once")
        columns, dropped = [], []
        for name in frame.columns:
            column = _learn(str(name), frame[name], max_codes)
            if column is None:
                dropped.append(str(name))
            else:
                columns.append(column)
        return cls(tuple(columns), tuple(dropped))

    def transform(self, frame: pd.DataFrame) -> Floats:
        """Turn a frame into the matrix.

        Parameters
        ----------
        frame : DataFrame
            The columns seen at fitting, in any order; further columns are ignored.

        Returns
        -------
        array, n × k
            NaN where a value is missing or infinite. A code not seen at fitting counts as other.

        Raises
        ------
        DataError
            A column is missing, or is text where numbers were learnt.
        """
        given = {str(name): name for name in frame.columns}
        parts = [np.empty((len(frame), 0))]
        for column in self.columns:
            if column.name not in given:
                raise DataError(
                    f"the input {column.name!r} is missing.{did_you_mean(column.name, given)}",
                    column=column.name,
                    expected="every input that the model was trained on",
                    hint="compute this input, or train the model again without it",
                )
            parts.append(_cells(frame[given[column.name]], column))
        return np.hstack(parts)

    def state(self) -> dict[str, Any]:
        """Return everything as plain data, for JSON."""
        columns = [
            {"name": one.name, "form": one.form, "codes": list(one.codes), "other": one.other} for one in self.columns
        ]
        return {"columns": columns, "dropped": list(self.dropped)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Encoder:
        """Build the encoder that :meth:`state` described."""
        columns = tuple(
            _Column(one["name"], one["form"], tuple(one["codes"]), bool(one["other"])) for one in state["columns"]
        )
        return cls(columns, tuple(state["dropped"]))


def _learn(name: str, values: pd.Series[Any], max_codes: int) -> _Column | None:
    """Return how a column is encoded, or None if it never varies."""
    if _form(name, values) == "number":
        seen = _numbers(name, values)
        known = seen[~np.isnan(seen)]
        # Known or unknown is a difference too, also where all known values are alike.
        varies = known.size > 0 and (known.size < seen.size or (known != known[0]).any())
        return _Column(name, "number") if varies else None
    texts = _texts(values)
    counts = texts.dropna().value_counts()
    ranked = sorted(counts.items(), key=lambda pair: (-int(pair[1]), str(pair[0])))
    if not ranked or (len(ranked) == 1 and not texts.isna().any()):
        return None
    codes = tuple(str(code) for code, _ in ranked[:max_codes])
    return _Column(name, "codes", codes, len(ranked) > len(codes))


def _form(name: str, values: pd.Series[Any]) -> Form:
    """Tell numbers from codes; refuse everything else."""
    kind = str(pd.api.types.infer_dtype(values, skipna=True))
    if pd.api.types.is_bool_dtype(values.dtype) or pd.api.types.is_numeric_dtype(values.dtype):
        kind = "floating"
    elif isinstance(values.dtype, pd.StringDtype):
        kind = "string"
    if kind.startswith("mixed") and all(isinstance(cell, Number) for cell in values.dropna()):
        kind = "floating"
    if kind in _NUMBERS and not isinstance(values.dtype, pd.CategoricalDtype):
        return "number"
    if kind in _CODES or isinstance(values.dtype, pd.CategoricalDtype):
        return "codes"
    if kind in _TIMES or pd.api.types.is_datetime64_any_dtype(values.dtype):
        raise DataError(
            "dates and times cannot be learnt from as they are",
            column=name,
            expected="numbers, flags or codes",
            hint=f"give the days between {name!r} and the moment of scoring instead",
        )
    raise DataError(f"values of the type {kind} cannot be learnt from", column=name, expected="numbers, flags or codes")


def _numbers(name: str, values: pd.Series[Any]) -> Floats:
    """Return a column as floats, NaN for what is unknown or infinite."""
    try:
        out = np.array(values.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
    except (TypeError, ValueError) as error:
        expected = "numbers, as when the model was trained"
        raise DataError("the input holds something else than numbers", column=name, expected=expected) from error
    out[~np.isfinite(out)] = np.nan
    return out


def _texts(values: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as texts, with None for what is unknown."""
    place, different = pd.factorize(values)
    texts = np.array([*(str(each) for each in different), None], dtype=object)
    return pd.Series(texts[place], index=values.index, dtype=object)  # place -1, the unknown, is the last


def _cells(values: pd.Series[Any], column: _Column) -> Floats:
    """Return the columns of the matrix for one column of the frame."""
    if column.form == "number":
        return _numbers(column.name, values)[:, None]
    each, different = pd.factorize(values)
    known = pd.Index(column.codes, dtype=object).get_indexer(pd.Index([str(one) for one in different], dtype=object))
    place = np.append(known, -1)[each]
    wide: Floats = (place[:, None] == np.arange(len(column.codes))).astype(np.float64)
    if column.other:
        wide = np.hstack([wide, (place < 0)[:, None].astype(np.float64)])
    wide[each < 0] = np.nan
    return wide
