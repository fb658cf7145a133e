"""Tables of forecasts as the areas publish them, made up for a few customers and put into a ledger."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
from sample_predictions import card

from habitue.ledger import Ledger
from habitue.schema import Words
from habitue.tasks import CARDS, REASONS, Reason, reasons_column

CATEGORIES = ("tea", "cups", "pots")
TIME = pa.timestamp("us")


def reasons(count: int) -> pa.Array:
    row = [Reason("recency_days", 120.0, 43.0, 0.8), Reason("country=France", 1.0, 0.0, -0.2)]
    return reasons_column([row] * count)


def value(customers: Sequence[str], as_of: dt.datetime) -> pa.Table:
    """The first customer is expected to spend most; tenths hold about as many each."""
    n = len(customers)
    spend = [100.0 / (place + 1) for place in range(n)]
    return pa.table(
        {
            "customer_id": pa.array(customers),
            "as_of": pa.array([as_of] * n, TIME),
            "horizon_days": pa.array([90] * n),
            "expected_spend": spend,
            "spend_low": [0.2 * each for each in spend],
            "spend_high": [3.0 * each for each in spend],
            "expected_orders": [each / 40 for each in spend],
            "order_value": [40.0] * n,
            "p_alive": [0.9] * n,
            **{f"expected_spend_{days}d": [each * days / 90 for each in spend] for days in (30, 90, 180, 365)},
            "decile": pa.array([10 - place * 10 // n for place in range(n)]),
            "reasons": reasons(n),
        }
    )


def churn(customers: Sequence[str], as_of: dt.datetime) -> pa.Table:
    """Probability rises from customer to customer; the second and third are worth a rescue, the third first."""
    n = len(customers)
    chance = [(place + 0.5) / n for place in range(n)]
    rescue = [place in (1, 2) for place in range(n)]
    return pa.table(
        {
            "customer_id": pa.array(customers),
            "as_of": pa.array([as_of] * n, TIME),
            "horizon_days": pa.array([90] * n),
            "churn_probability": chance,
            "risk": ["low" if p < 0.4 else "medium" if p < 0.7 else "high" for p in chance],
            "next_order_at": pa.array([None, *[as_of + dt.timedelta(days=40)] * (n - 1)], TIME),
            **{f"no_order_{days}d": [p ** (days / 90) for p in chance] for days in (30, 60, 90, 180)},
            "spend_at_stake": [50.0 * p for p in chance],
            "rescue_gain": [float(place) if each else -1.0 for place, each in enumerate(rescue)],
            "rescue_gain_low": [-2.0] * n,
            "rescue_gain_high": [9.0] * n,
            "rescue_cost": [1.5] * n,
            "rescue": rescue,
            "rescue_rank": pa.array([{1: 2, 2: 1}.get(place) for place in range(n)], pa.int64()),
            "evidence": ["observational"] * n,
            "reasons": reasons(n),
        }
    )


def need(customers: Sequence[str], as_of: dt.datetime) -> dict[str, pa.Table]:
    """Everybody needs tea most; the first customer twice as probably."""
    rows = [
        {
            "customer_id": customer,
            "as_of": as_of,
            "rank": rank,
            "category": category,
            "probability": (0.6 if place == 0 else 0.3) / rank,
            "is_new": rank == 3,
            "reasons": [],
        }
        for place, customer in enumerate(customers)
        for rank, category in enumerate(CATEGORIES, 1)
    ]
    schema = pa.schema(
        [
            ("customer_id", pa.string()),
            ("as_of", TIME),
            ("rank", pa.int64()),
            ("category", pa.string()),
            ("probability", pa.float64()),
            ("is_new", pa.bool_()),
            ("reasons", REASONS),
        ]
    )
    n = len(customers)
    due = [as_of + dt.timedelta(days=9 * place) for place in range(n)]
    return {
        "need": pa.Table.from_pylist(rows, schema=schema),
        "need_products": pa.table(
            {
                "customer_id": pa.array(customers),
                "as_of": pa.array([as_of] * n, TIME),
                "rank": [1] * n,
                "product_id": ["t1"] * n,
                "product_title": ["Green tea"] * n,
                "probability": [0.4] * n,
                "due_at": pa.array(due, TIME),
                "usual_gap_days": [30.0] * n,
                "reason": ["replenish"] * n,
            }
        ),
        "need_timing": pa.table(
            {
                "customer_id": pa.array(customers),
                "as_of": pa.array([as_of] * n, TIME),
                "next_order_at": pa.array([*due[:-1], None], TIME),
                "days_to_next_order": pa.array([*[9.0 * place for place in range(n - 1)], None]),
                "low_days": pa.array([2.0] * n),
                "high_days": pa.array([80.0] * n),
                "usual_gap_days": pa.array([None, *[30.0] * (n - 1)]),
            }
        ),
        "need_categories": pa.table(
            {
                "category": list(CATEGORIES),
                "words": ["green, leaf, tin, box", "cup", ""],
                "products": [4, 3, 2],
                "share": [0.5, 0.4, 0.2],
                "from_titles": [True] * 3,
            }
        ),
    }


def around(as_of: dt.datetime) -> dict[str, pa.Table]:
    """Everything that stands beside the tables of customers."""
    bins = {"customers": [5, 5], "predicted": [0.2, 0.8], "actual": [0.3, 0.7], "low": [0.1, 0.5], "high": [0.5, 0.75]}
    weeks = [as_of.date() - dt.timedelta(weeks=back) for back in range(6, 0, -1)]
    summary: dict[str, Any] = {
        "best_share": 0.4,
        "best_profit": 3.0,
        "treat_all_profit": -4.0,
        "treat_none_profit": 0.0,
        "gain_over_all": 7.0,
        "gain_over_none": 3.0,
        "contact_cost": 0.5,
        "offer_share": 0.1,
        "gross_margin": 0.4,
        "offer": None,
        "response_source": "assumption",
        "evidence": "observational",
    }
    models = [
        {"task": task, "model": "boosted", "learnt_at": as_of, "card": json.dumps(card(task=task)), "state": "{}"}
        for task in ("churn", "value")
    ]
    return {
        "value_calibration": pa.table({"decile": [1, 2], **bins}),
        "value_tracking": pa.table(
            {
                "week": weeks * 2,
                "actual": [1.0, 2.0, 4.0, 5.0, 7.0, 8.0] * 2,
                "expected": [1.0, 2.5, 4.0, 5.5, 7.0, 10.0] * 2,
                "held_out": [False, False, False, True, True, True] * 2,
                "model": ["Pareto/NBD"] * 6 + ["BG/NBD"] * 6,
            }
        ),
        "churn_calibration": pa.table({"bin": [1, 2], **bins}),
        "churn_profit": pa.table(
            {"share_treated": [0.0, 0.4, 1.0], "profit": [0.0, 3.0, -4.0], "low": [0.0, 1.0, -6.0], "high": [0, 5, -2]}
        ),
        "churn_profit_summary": pa.Table.from_pylist([summary]),
        "churn_drivers": pa.table(
            {"input": ["orders", "country=France"], "importance": [0.2, 0.5], "direction": [-0.9, 0.4]}
        ),
        "churn_models": pa.Table.from_pylist(models[:1], schema=CARDS),
        "value_models": pa.Table.from_pylist(models[1:], schema=CARDS),
    }


def publish(ledger: Ledger, customers: Sequence[str], as_of: dt.datetime) -> None:
    """Publish all of it in one run of its own."""
    tables = {"value": value(customers, as_of), "churn": churn(customers, as_of), **need(customers, as_of)}
    with ledger.run(as_of=as_of, data_fingerprint="made up") as run:
        for name, table in (tables | around(as_of)).items():
            run.publish(name, table, area=name.split("_")[0], version="1", meaning=Words(name, name))


def publish_empty(ledger: Ledger, as_of: dt.datetime) -> None:
    """Publish the tables of a run that had too little to learn from."""
    with ledger.run(as_of=as_of, data_fingerprint="made up") as run:
        for name, table in ({"value": value(["a"], as_of), "churn": churn(["a"], as_of)} | need(["a"], as_of)).items():
            run.publish(name, table.slice(0, 0), area="x", version="1", meaning=Words(name, name))
