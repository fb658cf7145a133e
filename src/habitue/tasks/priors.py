"""What is known from other shops, for shops too small to learn it from their own past.

The numbers were learnt by ``python -m bench priors`` from simulated shops that differ in size, season, market and pace,
so they say how customers behave in general, not in any real shop. Their spread between shops is doubled, because real
shops differ more than simulated ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from habitue.tasks.question import Kind

__all__ = ["NO_ORDER", "PRIOR_INPUTS", "SPEND", "Prior", "scale_free"]

Floats = np.ndarray[Any, np.dtype[np.float64]]

#: Features that the scale-free inputs are made of.
PRIOR_INPUTS = ("recency_days", "tenure_days", "purchase_days", "mean_gap_days", "spend", "orders")

#: Scale-free inputs, each with the feature it mostly speaks of.
SCALE_FREE: dict[str, str] = {
    "recency_in_horizons": "recency_days",
    "recency_in_gaps": "mean_gap_days",
    "tenure_in_horizons": "tenure_days",
    "purchase_days": "purchase_days",
    "one_time": "purchase_days",
    "order_value": "spend",
}


@dataclass(frozen=True, slots=True)
class Prior:
    """Coefficients on scale-free inputs, with their spread between shops.

    Attributes
    ----------
    kind : {"binary", "amount"}
        Log odds, or the logarithm of the amount against the shop's mean order value.
    intercept, intercept_sd : float
    coefficients, sds : tuple of float, in the order of ``SCALE_FREE``
    """

    kind: Kind
    intercept: float
    intercept_sd: float
    coefficients: tuple[float, ...]
    sds: tuple[float, ...]


def scale_free(frame: pd.DataFrame, horizon_days: int) -> Floats:
    """Describe customers without the shop's own scale of time and money.

    Parameters
    ----------
    frame : DataFrame
        With the columns of ``PRIOR_INPUTS``.
    horizon_days : int

    Returns
    -------
    array of shape (n, 6)
        In the order of ``SCALE_FREE``.
    """
    part = {name: frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in PRIOR_INPUTS}
    gap = part["mean_gap_days"]
    # A gap from a single pair of purchases is hardly a habit: it is drawn towards the customer's own age per purchase.
    pace = np.where(np.isnan(gap), part["tenure_days"], gap)
    value = part["spend"] / np.maximum(part["orders"], 1)
    usual = np.nanmedian(value) if len(frame) else 1.0
    return np.column_stack(
        [
            np.log1p(part["recency_days"] / horizon_days),
            np.log1p(part["recency_days"] / np.maximum(pace, 1.0)) * ~np.isnan(gap),
            np.log1p(part["tenure_days"] / horizon_days),
            np.log(np.maximum(part["purchase_days"], 1.0)),
            np.isnan(gap).astype(np.float64),
            np.clip(np.log(np.maximum(value, 1e-9) / max(float(usual), 1e-9)), -3.0, 3.0),
        ]
    )


#: No purchase in the horizon, by anybody who had bought before.
NO_ORDER = Prior(
    "binary",
    -1.862,
    1.13,
    (1.452, 1.173, 1.242, -0.964, 1.365, -0.186),
    (2.94, 0.54, 1.05, 1.06, 0.68, 0.24),
)
#: Money spent in the horizon, gross of returns.
SPEND = Prior(
    "amount",
    0.313,
    0.93,
    (-1.17, -0.377, -1.335, 0.924, -0.182, 0.993),
    (1.74, 0.52, 0.87, 0.34, 0.78, 0.19),
)
