"""What a model card says in one line: the figure that matters, against the best simple rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from habitue.schema import Words

__all__ = ["LOWER_IS_BETTER", "METRICS", "MODELS", "Measured", "ModelCard", "card_from_row", "named", "written"]

Meaning = Callable[[str], Words]

_DRIFT = 0.2  # a population stability index above which an input has moved

#: Metric → what it is called. A card's headline is the first in this order that a simple rule beside it has too.
METRICS: dict[str, Words] = {
    "auc": Words("AUC", "AUC"),
    "ndcg5": Words("NDCG@5", "NDCG@5"),
    "ndcg": Words("NDCG", "NDCG"),
    "spearman": Words("rank correlation", "秩相关"),
    "gini": Words("Gini", "基尼系数"),
    "normalised_gini": Words("Gini", "基尼系数"),
    "log_loss": Words("log-loss", "对数损失"),
    "multiclass_log_loss": Words("log-loss", "对数损失"),
    "deviance": Words("Tweedie deviance", "Tweedie 偏差"),
    "mae": Words("mean absolute error", "平均绝对误差"),
    "mae_two_gaps": Words("mean absolute error, two gaps known", "平均绝对误差（已知两个间隔）"),
    "coverage80": Words("share inside the 80% range", "80%区间覆盖率"),
    "rmse": Words("root mean squared error", "均方根误差"),
    "average_precision": Words("average precision", "平均精确率"),
    "aupr": Words("average precision", "平均精确率"),
    "brier": Words("Brier score", "Brier 分数"),
    "accuracy": Words("accuracy", "准确率"),
    "precision": Words("precision", "精确率"),
    "recall": Words("recall", "召回率"),
    "f1": Words("F1", "F1"),
    "calibration_error": Words("calibration error (ECE)", "校准误差（ECE）"),
    "ece": Words("calibration error (ECE)", "校准误差（ECE）"),
    "calibration_excess": Words("calibration error beyond chance", "超出随机的校准误差"),
    "total_bias": Words("bias of the total", "总量偏差"),
    "bias": Words("bias of the total", "总量偏差"),
    "top_share": Words("share of money in the top tenth", "前10%客户的金额占比"),
    "top10_share": Words("share of money in the top tenth", "前10%客户的金额占比"),
    "r2": Words("R²", "R²"),
}

#: Metrics of which less is better.
LOWER_IS_BETTER = frozenset(
    {
        "log_loss",
        "multiclass_log_loss",
        "deviance",
        "mae",
        "mae_two_gaps",
        "rmse",
        "brier",
        "calibration_error",
        "ece",
        "calibration_excess",
    }
)

#: What models and simple rules are called.
MODELS: dict[str, Words] = {
    "linear": Words("linear model", "线性模型"),
    "logistic": Words("logistic regression", "逻辑回归"),
    "ridge": Words("ridge regression", "岭回归"),
    "boosted": Words("boosted trees", "梯度提升树"),
    "blend": Words("linear model and boosted trees", "线性模型与梯度提升树"),
    "prior": Words("what is usual in other shops", "其他店铺的一般规律"),
    "tree": Words("decision tree", "决策树"),
    "forest": Words("random forest", "随机森林"),
    "svm": Words("support vector machine", "支持向量机"),
    "stack": Words("stacked models", "模型堆叠"),
    "ensemble": Words("learnt model and buying rhythm", "学习模型与购买节奏"),
    "pareto_nbd": Words("Pareto/NBD", "Pareto/NBD"),
    "bg_nbd": Words("BG/NBD", "BG/NBD"),
    "mbg_nbd": Words("MBG/NBD", "MBG/NBD"),
    "hazard": Words("survival model", "生存模型"),
    "pooled_priors": Words("pooled priors", "合并先验"),
    "prior_only": Words("base rate only", "仅用总体比例"),
    "recency alone": Words("recency alone", "仅看最近购买"),
    "RFM": Words("RFM", "RFM"),
    "buy till you die": Words("buying rhythm alone", "仅看购买节奏"),
    "past spend": Words("past spend", "历史消费"),
    "popularity": Words("popularity", "热销排序"),
    "own history": Words("own history", "客户自身历史"),
    "mean gap": Words("mean gap", "平均购买间隔"),
    "own mean gap": Words("own mean gap", "客户自身平均间隔"),
    "history": Words("own history and popularity", "自身历史与热度"),
    "history and linear": Words("own history and linear model", "自身历史与线性模型"),
    "history and boosted": Words("own history and boosted trees", "自身历史与梯度提升树"),
    "none": Words("none yet", "暂无"),
}


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric with its interval."""

    name: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One model as the report and the command line show it; ``whole`` is the card as published."""

    area: str
    task: str
    model: str
    as_of: datetime
    question: Words
    headline: Measured | None
    baseline: str
    baseline_headline: Measured | None
    cutoffs: tuple[str, ...]
    rows: int
    customers: int
    sampled: bool
    fallback: str
    notes: tuple[Words, ...]
    moved: tuple[Words, ...]  # inputs that have drifted since it learnt, the most moved first
    whole: Mapping[str, Any]


def card_from_row(row: Mapping[str, Any], area: str, meaning: Meaning | None = None) -> ModelCard:
    """Read a line of a table of models.

    Parameters
    ----------
    row : mapping
        With ``task``, ``model``, ``learnt_at`` and ``card``, a JSON text.
    area : str
        Such as ``"churn"``.
    meaning : callable, optional
        Says in words what an input is.

    Examples
    --------
    >>> rfm = {"name": "RFM", "metrics": [{"name": "auc", "value": 0.7}]}
    >>> card = json.dumps({"metrics": [{"name": "auc", "value": 0.8}], "baselines": [rfm]})
    >>> read = card_from_row({"task": "churn", "model": "boosted", "learnt_at": None, "card": card}, "churn")
    >>> read.headline.value, read.baseline, read.baseline_headline.value
    (0.8, 'RFM', 0.7)
    """
    whole: dict[str, Any] = json.loads(row["card"]) if row.get("card") else {}
    headline = _headline(_measured(whole.get("metrics")), whole.get("baselines") or ())
    baseline, best = _best_baseline(whole.get("baselines") or (), headline)
    return ModelCard(
        area=area,
        task=str(row["task"]),
        model=str(row["model"]),
        as_of=row["learnt_at"],
        question=_words(whole.get("question")),
        headline=headline,
        baseline=baseline,
        baseline_headline=best,
        cutoffs=tuple(str(each)[:10] for each in whole.get("cutoffs") or ()),
        rows=int(whole.get("rows") or 0),
        customers=int(whole.get("customers") or 0),
        sampled=bool(whole.get("sampled")),
        fallback=str(whole.get("fallback") or ""),
        notes=tuple(_words(each) for each in whole.get("notes") or ()),
        moved=tuple(meaning(name) if meaning else Words(name, name) for name in _moved(whole.get("drift") or ())),
        whole=whole,
    )


def _moved(drift: Iterable[Mapping[str, Any]]) -> list[str]:
    known = [(each["index"], str(each["input"])) for each in drift if each.get("index") is not None]
    return [name for index, name in sorted(known, reverse=True) if index > _DRIFT]


def named(names: Mapping[str, Words], code: str, language: str) -> str:
    """Return what a metric or a model is called; the code itself where it has no other name."""
    return names[code][language] if code in names else code


def written(measured: Measured | None) -> tuple[str, str]:
    """Write a metric's value and, where it is known, its interval.

    Examples
    --------
    >>> written(Measured("auc", 0.7813, 0.764, 0.799))
    ('0.781', '0.764–0.799')
    >>> written(Measured("mae", 48.26))
    ('48.3', '')
    """
    if measured is None:
        return "–", ""
    if measured.low is None or measured.high is None:
        return _digits(measured.value), ""
    return _digits(measured.value), f"{_digits(measured.low)}–{_digits(measured.high)}"


def _digits(value: float) -> str:
    text = f"{value:.3f}" if abs(value) < 10 else f"{value:,.1f}"
    return text.replace("-", "−")


def _measured(rows: Iterable[Mapping[str, Any]] | None) -> list[Measured]:
    return [
        Measured(str(each["name"]), float(each["value"]), each.get("low"), each.get("high"))
        for each in rows or ()
        if each.get("value") is not None
    ]


def _headline(measured: Iterable[Measured], baselines: Iterable[Mapping[str, Any]]) -> Measured | None:
    shared = {each.name for rule in baselines for each in _measured(rule.get("metrics"))}
    order = list(METRICS)
    rank = {name: place for place, name in enumerate(order)}
    return min(measured, key=lambda each: (each.name not in shared, rank.get(each.name, len(order))), default=None)


def _best_baseline(baselines: Iterable[Mapping[str, Any]], headline: Measured | None) -> tuple[str, Measured | None]:
    found = [
        (str(each["name"]), metric)
        for each in baselines
        for metric in _measured(each.get("metrics"))
        if headline is not None and metric.name == headline.name
    ]
    if not found:
        return "", None
    pick = min if headline is not None and headline.name in LOWER_IS_BETTER else max
    return pick(found, key=lambda pair: pair[1].value)


def _words(said: object) -> Words:
    if isinstance(said, Mapping):
        return Words(str(said.get("en", "")), str(said.get("zh", said.get("en", ""))))
    return Words(str(said or ""), str(said or ""))
