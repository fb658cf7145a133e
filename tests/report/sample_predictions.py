"""Forecasts made up for tests, as the report holds them: value, churn, need and model cards."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import Any

from habitue.report.model_cards import ModelCard, card_from_row
from habitue.report.predictions import (
    CategoryNeed,
    ChurnOutlook,
    Decile,
    Driver,
    DueProduct,
    DueWeek,
    ForecastBin,
    GroupShare,
    Horizon,
    NeedCell,
    NeedOutlook,
    Offer,
    ProfitPoint,
    Rescue,
    RiskBand,
    RiskGroup,
    TrackingWeek,
    ValuedCustomer,
    ValueOutlook,
)
from habitue.signals.churn.words import EVIDENCE, offer_words
from habitue.signals.segment.words import LIFECYCLE_STAGES
from habitue.tasks import Reason, meaning_of, reason_words

AS_OF = dt.datetime(2024, 3, 10)
REASON = reason_words(Reason("recency_days", 120.0, 43.0, 0.8))
CATEGORIES = ("Candles & holders", "Kitchen", "Garden furniture", "Christmas", "Bags", "Stationery", "Toys", "Textiles")


def value(text: str = "c") -> ValueOutlook:
    """1,230 customers whose expected spend falls by two fifths from tenth to tenth."""
    spends = [50_000.0 * 0.6**place for place in range(10)]
    weeks = [
        TrackingWeek(
            dt.date(2022, 12, 5) + dt.timedelta(weeks=n), 40.0 * n**1.1 + 9 * math.sin(n), 41.0 * n**1.09, n >= 39
        )
        for n in range(66)
    ]
    return ValueOutlook(
        horizon_days=90,
        customers=1230,
        spend=sum(spends),
        deciles=tuple(Decile(10 - place, 123, spend) for place, spend in enumerate(spends)),
        horizons=tuple(Horizon(days, sum(spends) * days / 90) for days in (30, 90, 180, 365)),
        groups=tuple(
            GroupShare(stage, 60 // (n + 1), 0.5 / (n + 1), 0.05 + 0.03 * n) for n, stage in enumerate(LIFECYCLE_STAGES)
        ),
        first=tuple(
            ValuedCustomer(f"{text}-{n}", 980.0 - 31 * n, 400.0, 1_900.5, 4.2 - 0.1 * n, REASON) for n in range(10)
        ),
        calibration=tuple(
            ForecastBin(n, 110, 4.0 * 1.8**n, 4.4 * 1.77**n, 3.1 * 1.74**n, 5.9 * 1.8**n) for n in range(1, 11)
        ),
        tracking=tuple(weeks),
        tracking_model="Pareto/NBD",
    )


def offer(best_share: float = 0.3) -> Offer:
    """An offer that pays for some, with a response that nobody measured."""
    best = 3_075.7 if best_share else 0.0
    return Offer(
        best_share=best_share,
        best_profit=best,
        treat_all_profit=-1_250.0,
        treat_none_profit=0.0,
        gain_over_all=best + 1_250.0,
        gain_over_none=best,
        contact_cost=0.35,
        offer_share=0.1,
        gross_margin=0.42,
        offer=offer_words("10%"),
        evidence=EVIDENCE["assumption"],
    )


def churn(text: str = "c") -> ChurnOutlook:
    """Three risks, a profit curve with its best share at 30 %."""
    shares = [n / 20 for n in range(21)]
    profits = [9_000 * math.sqrt(share) * (1 - share) - 1_250 * share for share in shares]
    risks = ("high", "medium", "low")
    return ChurnOutlook(
        horizon_days=90,
        customers=1230,
        leaving=611.4,
        stake=88_000.0,
        worth_it=369,
        groups=tuple(
            RiskGroup(risk, (310, 520, 400)[n], (0.83, 0.52, 0.2)[n], (9_500.0, 31_000.0, 47_500.0)[n])
            for n, risk in enumerate(risks)
        ),
        bands=tuple(
            RiskBand(tenth, "low" if tenth < 4 else "medium" if tenth < 7 else "high", 60 + 25 * (5 - abs(5 - tenth)))
            for tenth in range(10)
        ),
        calibration=tuple(
            ForecastBin(n, 123, 0.095 * n, 0.09 * n + 0.03, 0.09 * n - 0.03, 0.09 * n + 0.09) for n in range(1, 11)
        ),
        profit=tuple(
            ProfitPoint(share, profit, profit - 300 - 900 * share, profit + 300 + 900 * share)
            for share, profit in zip(shares, profits, strict=True)
        ),
        offer=offer(),
        drivers=tuple(
            Driver(meaning_of(name), 0.3 / (n + 1), direction)
            for n, (name, direction) in enumerate(
                [
                    ("recency_days", 0.9),
                    ("orders_trend", -0.6),
                    ("overdue_ratio", 0.7),
                    ("spend_365d", -0.4),
                    ("price_index", 0.05),
                    ("discounted_order_share", 0.3),
                ]
            )
        ),
        rescues=tuple(
            Rescue(
                f"{text}-{n}",
                0.71 - 0.02 * n,
                AS_OF + dt.timedelta(days=30 + 7 * n) if n else None,
                420.0 - 20 * n,
                38.2 - 2.1 * n,
                12.0 - n,
                70.0 - 3 * n,
                4.0,
                REASON,
            )
            for n in range(10)
        ),
    )


def need(names: tuple[str, ...] = CATEGORIES) -> NeedOutlook:
    """Eight categories, of which every stage wants another one most."""
    stages = list(LIFECYCLE_STAGES)
    codes = list(names)
    indices = {(s, c): 30.0 + 170.0 * abs(math.sin(1.3 * s + 0.9 * c)) for s in range(8) for c in range(len(names))}
    return NeedOutlook(
        customers=1230,
        cells=tuple(
            NeedCell(stage, code, 0.002 * indices[s, c], indices[s, c], 150)
            for s, stage in enumerate(stages)
            for c, code in enumerate(codes)
            if (s, c) != (2, 3)
        ),
        categories=tuple(
            CategoryNeed(code, 0.31 - 0.03 * n, 0.3 - 0.02 * n, 300 - 30 * n, 12 * n, 40 + n, "heart, holder, glass")
            for n, code in enumerate(codes)
        ),
        from_titles=True,
        weeks=tuple(DueWeek(AS_OF.date() + dt.timedelta(weeks=n), 90 - 6 * n) for n in range(12)),
        later=350,
        due_products=tuple(DueProduct(f"P{n}", f"{names[n % len(names)]} refill", 40 - 3 * n, 33.0) for n in range(6)),
    )


def card(**other: Any) -> dict[str, Any]:
    """Return a card as areas publish it, with some of its entries replaced."""
    figure = {"name": "auc", "value": 0.781, "low": 0.76, "high": 0.80}
    return {
        "task": "churn",
        "kind": "binary",
        "question": {"en": "Will this customer stay away for 90 days?", "zh": "该客户未来90天内会不再下单吗？"},
        "horizon_days": 90,
        "model": "boosted",
        "as_of": "2024-03-10T00:00:00",
        "cutoffs": ["2023-12-11T00:00:00", "2023-11-11T00:00:00", "2023-10-12T00:00:00"],
        "judged_at": "2023-12-11T00:00:00",
        "split": "later",
        "rows": 3100,
        "customers": 1210,
        "positive_share": 0.49,
        "sampled": False,
        "metrics": [{"name": "log_loss", "value": 0.55, "low": 0.53, "high": 0.57}, figure],
        "baselines": [
            {"name": "recency alone", "metrics": [{**figure, "value": 0.71, "low": 0.69, "high": 0.73}]},
            {"name": "RFM", "metrics": [{**figure, "value": 0.76, "low": 0.74, "high": 0.78}]},
        ],
        "candidates": [{"name": "linear", "metric": "log_loss", "value": 0.56, "metrics": []}],
        "stability": [{"cutoff": "2023-12-11T00:00:00", "metric": "auc", **figure}],
        "drift": [{"input": "recency_days", "index": 0.31}, {"input": "orders", "index": 0.02}],
        "importance": [{"input": "recency_days", "share": 0.4}],
        "inputs": ["recency_days", "orders"],
        "dropped_inputs": {"country": "constant"},
        "calibration": {"method": "platt"},
        "milliseconds_per_row": 0.004,
        "fallback": "",
        "notes": [],
    } | other


def cards() -> tuple[ModelCard, ...]:
    """Three models: one ordinary, one of a small shop, one measured by an error."""
    small = {"en": "A small shop: the answer leans on other shops.", "zh": "店铺规模较小：结果参考其他店铺的规律。"}
    said = [
        ("churn", "boosted", card()),
        (
            "value",
            "linear",
            card(
                task="value",
                metrics=[{"name": "mae", "value": 48.26, "low": 44.0, "high": 52.0}],
                baselines=[
                    {"name": "past spend", "metrics": [{"name": "mae", "value": 51.0, "low": None, "high": None}]},
                    {"name": "RFM", "metrics": [{"name": "mae", "value": 50.0, "low": None, "high": None}]},
                ],
                fallback="pooled_priors",
                notes=[small],
                split="overlapping",
            ),
        ),
        ("need", "prior", card(task="need", metrics=[], baselines=[], cutoffs=[], fallback="prior_only", drift=[])),
    ]
    return tuple(
        card_from_row({"task": area, "model": model, "learnt_at": AS_OF, "card": json.dumps(whole)}, area, meaning_of)
        for area, model, whole in said
    )
