"""Read from the ledger what the report shows of value, churn, need and their models."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from habitue.report.model_cards import ModelCard, card_from_row
from habitue.report.naming import input_words
from habitue.report.predictions import (
    ChurnOutlook,
    Decile,
    Driver,
    ForecastBin,
    GroupShare,
    Horizon,
    Offer,
    ProfitPoint,
    Rescue,
    RiskBand,
    RiskGroup,
    TrackingWeek,
    ValuedCustomer,
    ValueOutlook,
)
from habitue.report.published import Published
from habitue.report.rows import dicts, rows
from habitue.schema import Words
from habitue.signals.churn.words import EVIDENCE, offer_words

__all__ = ["churn_outlook", "model_cards", "value_outlook"]

_MODELS = ("value_models", "churn_models", "need_models")
_HORIZONS = (30, 90, 180, 365)
_SHOWN = 10  # customers in a list
_RISKS = ("high", "medium", "low")
_DRIVERS = 10
_OFFER_FIGURES = (
    "best_share",
    "best_profit",
    "treat_all_profit",
    "treat_none_profit",
    "gain_over_all",
    "gain_over_none",
    "contact_cost",
    "offer_share",
    "gross_margin",
)


def value_outlook(run: Published, stages: pd.DataFrame) -> ValueOutlook | None:
    """Gather what customers will spend; None where it was not forecast.

    Parameters
    ----------
    run : Published
    stages : DataFrame
        The table `lifecycle`.
    """
    value = run.frame("value")
    if value is None:
        return None
    if value.empty:
        return ValueOutlook(0)
    by = value.groupby("decile").agg(customers=("expected_spend", "size"), spend=("expected_spend", "sum"))
    tracking = _some(run.frame("value_tracking"))
    model = str(tracking["model"].iloc[0]) if len(tracking) and "model" in tracking else ""
    if model:  # one curve is enough for a reader
        tracking = tracking[tracking["model"] == model].sort_values("week")
    return ValueOutlook(
        horizon_days=int(value["horizon_days"].iloc[0]),
        customers=len(value),
        spend=float(value["expected_spend"].sum()),
        deciles=rows(by.sort_index(ascending=False).reset_index(), Decile),
        horizons=tuple(
            Horizon(days, float(value[f"expected_spend_{days}d"].sum()))
            for days in _HORIZONS
            if f"expected_spend_{days}d" in value
        ),
        groups=_groups(value, stages),
        first=_valued(value, run),
        calibration=_bins(run.frame("value_calibration"), "decile"),
        tracking=rows(tracking, TrackingWeek),
        tracking_model=model,
    )


def _some(frame: pd.DataFrame | None) -> pd.DataFrame:
    return pd.DataFrame() if frame is None else frame


def _groups(value: pd.DataFrame, stages: pd.DataFrame) -> tuple[GroupShare, ...]:
    if stages.empty:
        return ()
    joined = value[["customer_id", "decile"]].merge(stages[["customer_id", "stage"]], on="customer_id")
    top = joined[joined["decile"] == value["decile"].max()]["stage"].value_counts()
    everyone = joined["stage"].value_counts()
    return tuple(
        GroupShare(str(stage), int(count), float(count / top.sum()), float(everyone[stage] / everyone.sum()))
        for stage, count in top.items()
    )


def _valued(value: pd.DataFrame, run: Published) -> tuple[ValuedCustomer, ...]:
    first = value.sort_values(["expected_spend", "customer_id"], ascending=[False, True]).head(_SHOWN)
    said = run.reasons("value", first["customer_id"].tolist())
    return tuple(
        ValuedCustomer(
            str(row["customer_id"]),
            row["expected_spend"],
            row.get("spend_low"),
            row.get("spend_high"),
            row.get("expected_orders"),
            said[row["customer_id"]],
        )
        for row in dicts(first)
    )


def _bins(frame: pd.DataFrame | None, place: str) -> tuple[ForecastBin, ...]:
    return rows(_some(frame).rename(columns={place: "place"}), ForecastBin)


def churn_outlook(run: Published) -> ChurnOutlook | None:
    """Gather who is about to leave and whom to rescue; None where it was not forecast."""
    churn = run.frame("churn")
    if churn is None:
        return None
    if churn.empty:
        return ChurnOutlook(0)
    summary = _some(run.frame("churn_profit_summary"))
    drivers = _some(run.frame("churn_drivers"))
    return ChurnOutlook(
        horizon_days=int(churn["horizon_days"].iloc[0]),
        customers=len(churn),
        leaving=float(churn["churn_probability"].sum()),
        stake=float(churn["spend_at_stake"].sum()),
        worth_it=int(churn["rescue"].sum()),
        groups=_risks(churn),
        bands=_bands(churn),
        calibration=_bins(run.frame("churn_calibration"), "bin"),
        profit=rows(_some(run.frame("churn_profit")), ProfitPoint),
        offer=_offer(summary),
        drivers=tuple(
            Driver(input_words(row["input"]), row["importance"], row["direction"] or 0.0)
            for row in dicts(
                drivers.sort_values("importance", ascending=False).head(_DRIVERS) if len(drivers) else drivers
            )
        ),
        rescues=_rescues(churn, run),
    )


def _offer(summary: pd.DataFrame) -> Offer | None:
    if summary.empty:
        return None
    row = dicts(summary.head(1))[0]
    return Offer(
        **{name: row[name] for name in _OFFER_FIGURES},
        offer=offer_words(row["offer"]) if row["offer"] else Words("", ""),
        evidence=EVIDENCE.get(row["response_source"], Words("", "")),
    )


def _risks(churn: pd.DataFrame) -> tuple[RiskGroup, ...]:
    grouped = churn.groupby("risk").agg(
        customers=("churn_probability", "size"),
        probability=("churn_probability", "mean"),
        stake=("spend_at_stake", "sum"),
    )
    found = {each.risk: each for each in rows(grouped.reset_index(), RiskGroup)}
    order = [*_RISKS, *(risk for risk in found if risk not in _RISKS)]
    return tuple(found.get(risk, RiskGroup(risk, 0, 0.0, 0.0)) for risk in order)


def _bands(churn: pd.DataFrame) -> tuple[RiskBand, ...]:
    tenth = (churn["churn_probability"] * 10).clip(0, 9).astype(int).rename("tenth")
    counts = churn.groupby([tenth, churn["risk"]]).size().rename("customers")
    return rows(counts.reset_index(), RiskBand)


def _rescues(churn: pd.DataFrame, run: Published) -> tuple[Rescue, ...]:
    worth = churn[churn["rescue"].astype(bool) & churn["rescue_rank"].notna()]
    first = worth.sort_values("rescue_rank").head(_SHOWN)
    said = run.reasons("churn", first["customer_id"].tolist())
    return tuple(
        Rescue(
            str(row["customer_id"]),
            row["churn_probability"],
            row["next_order_at"],
            row["spend_at_stake"],
            row["rescue_gain"],
            row["rescue_gain_low"],
            row["rescue_gain_high"],
            row["rescue_cost"],
            said[row["customer_id"]],
        )
        for row in dicts(first)
    )


def model_cards(run: Published, names: Sequence[str] = _MODELS) -> tuple[ModelCard, ...]:
    """Gather the model cards that were published, in the order of the areas."""
    return tuple(
        card_from_row(row, name.removesuffix("_models"), input_words)
        for name in names
        for row in dicts(_some(run.frame(name)))
    )
