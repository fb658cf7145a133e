"""How right an answer is: figures for chances, amounts, rankings and lists, their intervals, off-policy values, drift.

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
from habitue.models.metrics.exposure import (
    catalogue_interval,
    coverage_at,
    exposure_gini,
    novelty_by_customer,
    popularity_bias,
    popularity_by_customer,
)
from habitue.models.metrics.intervals import Interval, bootstrap, paired_bootstrap
from habitue.models.metrics.list_worth import (
    diversity_by_customer,
    revenue_by_customer,
    serendipity_by_customer,
)
from habitue.models.metrics.off_policy import (
    OffPolicyValue,
    direct,
    doubly_robust,
    ips,
    snips,
    switch_doubly_robust,
)
from habitue.models.metrics.off_policy_log import (
    OffPolicyLog,
    chances_of,
    expected_rewards,
)
from habitue.models.metrics.ranking import ndcg, ndcg_by_row
from habitue.models.metrics.recommending import (
    ListAccuracy,
    checked_lists,
    list_accuracy,
    list_targets,
    mean_interval,
)
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
from habitue.models.metrics.target_ranks import (
    TargetRanks,
    rank_accuracy,
    target_ranks,
)

__all__ = [
    "SEPARATION",
    "CalibrationBin",
    "Interval",
    "ListAccuracy",
    "OffPolicyLog",
    "OffPolicyValue",
    "TargetRanks",
    "accuracy",
    "adjusted_rand",
    "auc",
    "average_precision",
    "bootstrap",
    "brier",
    "calibration_bins",
    "calibration_error",
    "calibration_excess",
    "catalogue_interval",
    "chances_of",
    "checked_lists",
    "coverage",
    "coverage_at",
    "cross_fitted",
    "direct",
    "diversity_by_customer",
    "doubly_robust",
    "expected_rewards",
    "exposure_gini",
    "f1",
    "fidelity",
    "headroom",
    "ips",
    "list_accuracy",
    "list_targets",
    "log_loss",
    "mae",
    "mean_interval",
    "multiclass_log_loss",
    "ndcg",
    "ndcg_by_row",
    "normalised_gini",
    "novelty_by_customer",
    "paired_bootstrap",
    "popularity_bias",
    "popularity_by_customer",
    "precision",
    "r2",
    "rank_accuracy",
    "recall",
    "revenue_by_customer",
    "rmse",
    "segment_jaccard",
    "separation",
    "serendipity_by_customer",
    "smallest_share",
    "snips",
    "spearman",
    "stability_index",
    "switch_doubly_robust",
    "target_ranks",
    "top_share",
    "total_bias",
]
