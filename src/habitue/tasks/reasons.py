"""Why a row got its score: the inputs that moved it most, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from habitue.features import CATALOGUE
from habitue.schema import Words

__all__ = ["REASONS", "Reason", "meaning_of", "reason_words", "reasons_column", "reasons_of", "strongest"]

#: The column type in which published tables carry reasons.
REASONS = pa.list_(
    pa.struct([("input", pa.string()), ("value", pa.float64()), ("typical", pa.float64()), ("effect", pa.float64())])
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One input that moved a score.

    Attributes
    ----------
    input : str
        A feature, or ``feature=code`` for a code the row has.
    value : float
        Of this row; NaN where it is missing.
    typical : float
        The median of all rows.
    effect : float
        How far it moved the score, in the units of the model (log odds or log amount); above 0 raises it.
    """

    input: str
    value: float
    typical: float
    effect: float


def strongest(
    names: Sequence[str], sources: Sequence[str], values: Any, typical: Any, contributions: Any, *, top: int = 3
) -> pa.Array:
    """Return the inputs that moved each row most, the strongest first, as the column that published tables carry.

    Parameters
    ----------
    names, sources : sequences of str, length k
        Columns of the matrix, and the input each comes from; columns of one input are added up.
    values : array of shape (n, k)
    typical : array of shape (k,) or (n, k)
        The same for all rows, or of each row.
    contributions : array of shape (n, k)
    top : int
    """
    inputs = list(dict.fromkeys(sources))
    adding = np.zeros((len(sources), len(inputs)))
    adding[np.arange(len(sources)), [inputs.index(source) for source in sources]] = 1.0
    effects = np.asarray(contributions, dtype=np.float64) @ adding
    order = np.argsort(-np.abs(effects), axis=1, kind="stable")[:, :top]
    shown = np.take_along_axis(_shown_columns(sources, inputs, values), order, axis=1)
    effect = np.take_along_axis(effects, order, axis=1)
    moved = effect != 0
    column = shown[moved]
    parts = {
        "input": pa.array(np.array(names, dtype=object)[column], pa.string()),
        "value": _with_gaps(np.take_along_axis(values, shown, axis=1)[moved]),
        "typical": _with_gaps(_typical(np.asarray(typical, dtype=np.float64), shown)[moved]),
        "effect": pa.array(effect[moved], pa.float64()),
    }
    structs = pa.StructArray.from_arrays(list(parts.values()), fields=list(REASONS.value_type))
    offsets = np.concatenate([[0], np.cumsum(moved.sum(axis=1))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), structs)


def _typical(typical: Any, shown: Any) -> Any:
    return typical[shown] if typical.ndim == 1 else np.take_along_axis(typical, shown, axis=1)


def _with_gaps(values: Any) -> pa.Array:
    return pa.array(values, pa.float64(), mask=np.isnan(values))


def _shown_columns(sources: Sequence[str], inputs: Sequence[str], values: Any) -> Any:
    """For each row and input the matrix column to speak of: of a code, the one the row has."""
    shown = np.zeros((values.shape[0], len(inputs)), dtype=np.int64)
    for where, name in enumerate(inputs):
        columns = [column for column, source in enumerate(sources) if source == name]
        shown[:, where] = columns[0]
        if len(columns) > 1:
            shown[:, where] = np.array(columns)[np.argmax(np.nan_to_num(values[:, columns]), axis=1)]
    return shown


def reasons_column(reasons: Sequence[Sequence[Reason]]) -> pa.Array:
    """Put reasons into the column that published tables carry."""
    rows = [
        [
            {
                "input": each.input,
                "value": None if np.isnan(each.value) else each.value,
                "typical": None if np.isnan(each.typical) else each.typical,
                "effect": each.effect,
            }
            for each in row
        ]
        for row in reasons
    ]
    return pa.array(rows, type=REASONS)


def reasons_of(cell: Sequence[Mapping[str, Any]] | None) -> list[Reason]:
    """Read reasons back from a published row."""
    nan = float("nan")
    return [
        Reason(
            each["input"],
            nan if each["value"] is None else each["value"],
            nan if each["typical"] is None else each["typical"],
            each["effect"],
        )
        for each in cell or ()
    ]


def meaning_of(name: str, meanings: Mapping[str, Words] | None = None) -> Words:
    """Say in words what an input is; ``country=France`` speaks of the code."""
    source, _, code = name.partition("=")
    if meanings and source in meanings:
        words = meanings[source]
    elif source in CATALOGUE:
        words = CATALOGUE[source].meaning
    else:
        words = Words(source.replace("_", " "), source)
    return Words(f"{words['en']} {code}", f"{words['zh']} {code}") if code else words


def reason_words(reason: Reason, meanings: Mapping[str, Words] | None = None) -> Words:
    """Say a reason as one short phrase, with an arrow for its direction.

    Examples
    --------
    >>> reason_words(Reason("recency_days", 120.0, 43.0, 0.8))["en"]
    'days since the last purchase: 120 (usual 43) ↑'
    >>> reason_words(Reason("country=France", 1.0, 0.0, -0.2))["zh"]
    '最近订单国家 France ↓'
    """
    words = meaning_of(reason.input, meanings)
    arrow = "↑" if reason.effect > 0 else "↓"
    if "=" in reason.input:
        return Words(f"{words['en']} {arrow}", f"{words['zh']} {arrow}")
    value, typical = _number(reason.value), _number(reason.typical)
    missing = np.isnan(reason.value)
    return Words(
        f"{words['en']}: {'not known' if missing else value} (usual {typical}) {arrow}",
        f"{words['zh']}：{'暂无' if missing else value}（通常 {typical}）{arrow}",
    )


def _number(value: float) -> str:
    if np.isnan(value):
        return "–"
    digits = 0 if abs(value) >= 100 or value == int(value) else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f}"
