"""A prediction question, declared: about whom it is asked, what is known of them, what came of it, and when."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from habitue.errors import ConfigError
from habitue.features import CATALOGUE, available, fetch
from habitue.schema import Words

if TYPE_CHECKING:
    from habitue.data.shop import Shop
    from habitue.tasks.priors import Prior

__all__ = ["SETTLED", "Inputs", "Kind", "Label", "Task", "customer_inputs", "frame_of", "settled"]

Kind = Literal["binary", "amount"]
Inputs = Callable[["Shop", datetime], pd.DataFrame]
Label = Callable[["Shop", datetime, datetime], pd.DataFrame]

#: Mark of frames whose numbers are settled.
SETTLED = "settled"

_DIGITS = 10  # sums over the same rows may be taken in another order
_ORDINARY_UNITS = ("days", "money", "count", "share", "code")
_MANY_ROWS = 100_000
_MOST_CELLS = 20_000_000  # of features remembered per shop: 160 MB
_MEMORY: WeakKeyDictionary[Any, OrderedDict[Any, pd.DataFrame]] = WeakKeyDictionary()
_TOO_MANY_CODES = ("first_product",)  # one product of thousands says little and costs much


@dataclass(frozen=True)
class Task:
    """One prediction question, answered the same way every time.

    Parameters
    ----------
    name : str
    kind : {"binary", "amount"}
        A yes or no, answered by a probability, or an amount of 0 or more, answered by its expectation.
    horizon_days : int
        The label is read from ``[t, t + horizon)``.
    question : Words
        What is asked, as one would ask a shopkeeper.
    inputs : callable
        ``inputs(shop, as_of)`` returns the columns that name a row (``entity``) and one column per input, one row for
        each that is eligible at that moment. It must read ``shop.at(as_of)`` and nothing else.
    label : callable
        ``label(shop, start, end)`` returns ``entity`` and ``label`` from ``shop.between(start, end)``; rows that are
        not there count 0.
    entity : tuple of str
        Columns that name a row; the first one is the customer, whose rows stay together in every split.
    baselines : mapping of str to names of inputs
        Plain models on few inputs that always stand beside the answer.
    meanings : mapping of str to Words
        Of inputs that are not in the feature catalogue.
    prior : Prior, optional
        What is known from other shops, for shops too small to learn it from.
    """

    name: str
    kind: Kind
    horizon_days: int
    question: Words
    inputs: Inputs
    label: Label
    entity: tuple[str, ...] = ("customer_id",)
    baselines: Mapping[str, Sequence[str]] = field(default_factory=dict)
    meanings: Mapping[str, Words] = field(default_factory=dict)
    prior: Prior | None = None

    def __post_init__(self) -> None:
        if self.horizon_days <= 0:
            raise ConfigError(
                f"The horizon of {self.name} is {self.horizon_days} days", expected="a number of days above 0"
            )


def customer_inputs(
    names: Sequence[str] | None = None, *, extra: Callable[[Shop, datetime, pd.DataFrame], pd.DataFrame] | None = None
) -> Inputs:
    """Ask about every customer with a purchase, described by the feature catalogue.

    Parameters
    ----------
    names : sequence of str, optional
        Features wanted; all that the shop's tables allow when not given (times and single products left out).
    extra : callable, optional
        ``extra(shop, as_of, frame)`` returns further columns as a frame with the same index.

    Returns
    -------
    callable
        For ``Task.inputs``.
    """

    def inputs(shop: Shop, as_of: datetime) -> pd.DataFrame:
        snapshot = shop.at(as_of)
        wanted = tuple(names) if names is not None else _ordinary(available(snapshot))
        frame = _remembered(shop, as_of, wanted)
        if extra is None:
            return frame
        whole = pd.concat([frame, extra(shop, as_of, frame).apply(settled)], axis=1)
        whole.attrs[SETTLED] = True
        return whole

    return inputs


def frame_of(shop: Shop, expression: object, entity: Sequence[str]) -> pd.DataFrame:
    """Fetch an expression as a frame in the order of its entity, so that an answer never depends on chance order."""
    return sorted_frame(shop.engine.to_arrow(expression), entity)


def sorted_frame(rows: pa.Table, entity: Sequence[str]) -> pd.DataFrame:
    """Return rows as a frame in the order of its entity."""
    if rows.num_rows > _MANY_ROWS and len(entity) == 1:
        # Sorted column by column, each let go once it is read: a large shop is in memory once, not four times.
        place = pc.sort_indices(rows, sort_keys=[(entity[0], "ascending")])
        columns = {}
        for name in rows.column_names:
            columns[name] = rows.select([name]).take(place).to_pandas()[name]
            rows = rows.drop_columns([name])
        return pd.DataFrame(columns, copy=False)
    frame: pd.DataFrame = rows.to_pandas()
    return frame.sort_values(list(entity), kind="stable").reset_index(drop=True)


def _remembered(shop: Shop, as_of: datetime, names: tuple[str, ...]) -> pd.DataFrame:
    """Fetch features once for all questions that ask for the same ones at the same moment; the newest are kept."""
    kept = _MEMORY.setdefault(shop, OrderedDict())
    key = (as_of, names)
    if key not in kept:
        found = sorted_frame(fetch(shop, as_of, names), ("customer_id",))
        for name in found.columns.drop("customer_id"):
            found[name] = settled(found[name])  # column by column: a large shop is in memory once
        found.attrs[SETTLED] = True
        kept[key] = found
        while len(kept) > 1 and sum(frame.size for frame in kept.values()) > _MOST_CELLS:
            kept.popitem(last=False)
    kept.move_to_end(key)
    return kept[key].copy(deep=False)  # pandas copies a column when somebody writes to it


def settled(column: pd.Series[Any]) -> pd.Series[Any]:
    """Round numbers to ten digits: a sum taken in another order must not lead to another answer."""
    if not pd.api.types.is_float_dtype(column.dtype):
        return column
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        scale = 10.0 ** (_DIGITS - 1 - np.floor(np.log10(np.abs(values))))
        rounded = np.round(values * scale) / scale
    rounded = np.where(np.isfinite(rounded), rounded, values)
    return pd.Series(rounded, index=column.index, name=column.name)


def _ordinary(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(name for name in names if CATALOGUE[name].unit in _ORDINARY_UNITS and name not in _TOO_MANY_CODES)
