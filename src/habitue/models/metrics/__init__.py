"""How right an answer is: figures for chances, amounts and rankings, their intervals, and drift.

Arrays in, floats out. Everywhere: a figure that has no meaning (no rows, one class only, nothing to share out) is NaN;
values that are missing, infinite or out of range raise a ``DataError``; ties never depend on the order of rows.
"""

from habitue.models.metrics.amounts import mae, normalised_gini, r2, rmse, spearman, top_share, total_bias
from habitue.models.metrics.binary import (
    accuracy,
    auc,
    average_precision,
    brier,
    f1,
    log_loss,
    multiclass_log_loss,
    precision,
    recall,
)
from habitue.models.metrics.calibration_error import (
    CalibrationBin,
    calibration_bins,
    calibration_error,
    calibration_excess,
)
from habitue.models.metrics.drift import stability_index
from habitue.models.metrics.intervals import Interval, bootstrap, paired_bootstrap
from habitue.models.metrics.ranking import ndcg, ndcg_by_row
from habitue.models.metrics.segments import (
    SEPARATION,
    adjusted_rand,
    coverage,
    cross_fitted,
    fidelity,
    headroom,
    segment_jaccard,
    separation,
    smallest_share,
)

__all__ = [
    "SEPARATION",
    "CalibrationBin",
    "Interval",
    "accuracy",
    "adjusted_rand",
    "auc",
    "average_precision",
    "bootstrap",
    "brier",
    "calibration_bins",
    "calibration_error",
    "calibration_excess",
    "coverage",
    "cross_fitted",
    "f1",
    "fidelity",
    "headroom",
    "log_loss",
    "mae",
    "multiclass_log_loss",
    "ndcg",
    "ndcg_by_row",
    "normalised_gini",
    "paired_bootstrap",
    "precision",
    "r2",
    "recall",
    "rmse",
    "segment_jaccard",
    "separation",
    "smallest_share",
    "spearman",
    "stability_index",
    "top_share",
    "total_bias",
]
