"""How honest the chances are, and what drives them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from habitue.models.metrics import calibration_bins, spearman
from habitue.signals.churn.scoring import Outlook
from habitue.signals.churn.spec import CALIBRATION, DRIVERS
from habitue.signals.churn.training import FittedChurn

__all__ = ["calibrate", "drivers"]

_BINS = 10
_FEWEST = 50  # customers, below which bins say nothing
_MOST_DRIVERS = 15
_EXPLAINED = 3_000  # rows are enough to see a direction


def calibrate(fitted: FittedChurn) -> pa.Table:
    """Compare what would have been said one horizon earlier with what came.

    The question is asked again of the examples at the newest cut-off: by the model that was learnt from outcomes known
    by then (as judged, not calibrated), with a curve of waits watched until then, the year as it looked then.

    Returns
    -------
    Arrow table
        bin (1 holds the lowest chances), customers, predicted, actual, and the 95 % interval of ``actual``. Empty when
        the records are too short for that.
    """
    earlier = fitted.earlier
    if earlier is None or len(earlier.frame) < _FEWEST:
        return CALIBRATION.empty_table()
    told = Outlook(earlier.odds, earlier.curve, earlier.frame, earlier.as_of, fitted.horizon_days).chance
    rows = [
        {
            "bin": each.bin, "customers": each.rows, "predicted": each.predicted, "actual": each.actual,
            "low": each.low, "high": each.high,
        }
        for each in calibration_bins(earlier.label, told, _BINS)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=CALIBRATION)


def drivers(fitted: FittedChurn) -> pa.Table:
    """List the inputs that move the chance most, and whether a higher value raises or lowers it.

    Returns
    -------
    Arrow table
        input, importance (share of what moves the score), direction (−1 to 1: how closely the effect follows the
        value; above 0 a higher value raises the chance of leaving).
    """
    importance = fitted.task.card.importance
    if not importance or not len(fitted.frame):
        return DRIVERS.empty_table()
    frame = fitted.frame
    if len(frame) > _EXPLAINED:
        kept = np.sort(np.random.default_rng(0).choice(len(frame), _EXPLAINED, replace=False))
        frame = frame.iloc[kept].reset_index(drop=True)
    effects = _effects(fitted.task.reasons_frame(frame, top=len(fitted.task.card.inputs) or 1))
    rows = []
    for name, share in list(importance.items())[:_MOST_DRIVERS]:
        seen = effects[effects["source"] == name]
        rows.append({"input": name, "importance": float(share), "direction": _direction(seen)})
    return pa.Table.from_pylist(rows, schema=DRIVERS)


def _effects(reasons: pa.Array) -> pd.DataFrame:
    flat = pc.list_flatten(reasons)
    frame = pd.DataFrame({name: pc.struct_field(flat, name).to_pandas() for name in ("input", "value", "effect")})
    return frame.assign(source=frame["input"].str.split("=", n=1).str[0])


def _direction(seen: pd.DataFrame) -> float:
    """Rank correlation of value and effect; of codes and constants there is none, which counts 0."""
    known = seen.dropna(subset=["value", "effect"])
    if known["input"].unique().size != 1:
        return 0.0
    found = spearman(known["value"].to_numpy(dtype=np.float64), known["effect"].to_numpy(dtype=np.float64))
    return float(np.clip(np.nan_to_num(found), -1.0, 1.0))
