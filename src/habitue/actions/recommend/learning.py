"""Learning at a moment: makers from all that was known, and how good they were on the shop's own last days."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from habitue.actions.recommend.judging import OUTCOMES, RULE_PRICES, SCORES, judge, last_days, outcomes, prices
from habitue.actions.recommend.learnt import Learnt
from habitue.actions.recommend.makers import Makers, fit_makers, horizon_of
from habitue.actions.recommend.rules import Rules
from habitue.actions.recommend.words import NOTES, QUESTION
from habitue.data.shop import as_moment
from habitue.errors import NotEnoughData
from habitue.models.recommend.ranking import Ranker
from habitue.schema import Words
from habitue.tasks import Card, cards_table
from habitue.tasks.card import Measured
from habitue.tasks.recommending import ShopHistories, read_histories

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["MOST_LINES", "VERSION", "depends_on", "learn"]

VERSION = "1"  # of the method: what is kept of another version is learnt again

MOST_LINES = 1_000_000  # order lines learnt from; of larger shops a share of the customers is drawn


def learn(
    shop: Shop, at: str | date | datetime, *, rules: Rules | None = None, judged: bool = True, seed: int = 0
) -> Learnt:
    """Learn what to show to whom from all that happened before a moment; nothing from ``at`` on is used.

    Shops of more than a million order lines are learnt from a share of their customers, always the same ones.

    Parameters
    ----------
    shop : Shop
    at : date
    rules : Rules, optional
        Whose price is measured; those of shop.toml when not given.
    judged : bool
        Whether lists and rules are judged on the shop's last days, which takes as long again as learning.
    seed : int

    Returns
    -------
    Learnt

    Raises
    ------
    NotEnoughData
        Nobody had done anything before the moment.
    """
    moment = as_moment(at)
    share = min(1.0, MOST_LINES / max(_lines_before(shop, moment), 1))
    some = shop.sampled(share)
    read = read_histories(some, moment)
    makers = fit_makers(read.histories, read.purchases, read.items, seed=seed)
    wanted = Rules.of(shop.settings.recommend) if rules is None else rules
    tables: dict[str, pa.Table] = {
        "recommend_scores": SCORES.empty_table(),
        "recommend_rules": RULE_PRICES.empty_table(),
        "outcomes": OUTCOMES.empty_table(),
    }
    try:
        past = last_days(some, read, seed=seed) if judged else None
    except NotEnoughData:  # a shop in its first days: there is nothing to judge by
        past = None
    if past is not None:
        tables = {
            "recommend_scores": judge(past),
            "recommend_rules": prices(past, wanted),
            "outcomes": outcomes(past),
        }
    card = _card(read, makers, tables["recommend_scores"], share)
    return Learnt(moment, read.products, makers, {**tables, "recommend_models": cards_table([card])})


def depends_on(shop: Shop, at: datetime) -> dict[str, Any]:
    """Return what learning depends on besides what is known of the shop: the merchant's rules, whose price it tells."""
    del at
    found: dict[str, Any] = shop.settings.recommend.model_dump(mode="json")
    return found


def _lines_before(shop: Shop, moment: datetime) -> int:
    return int(shop.engine.to_arrow(shop.at(moment).lines.count()).as_py())


def _card(read: ShopHistories, makers: Makers, scores: pa.Table, share: float) -> Card:
    """Say what answers, and how good it was."""
    figures: dict[str, list[Measured]] = {}
    asked_at, customers = None, 0
    for row in scores.to_pylist():
        value, low, high = (float("nan") if row[name] is None else row[name] for name in ("value", "low", "high"))
        figures.setdefault(row["list"], []).append(Measured(row["figure"], value, low, high))
        asked_at, customers = row["asked_at"], row["customers"]
    stack = makers.stack
    settings: dict[str, Any] = {}
    importance: dict[str, float] = {}
    model = "popular"
    if stack is not None:
        model = "ranker" if isinstance(stack.ranker, Ranker) else "blend"
        chosen = zip((entry.kind for entry in stack.roster if entry.suits(read.items)), stack.chosen, strict=False)
        settings = {f"{number} {kind}": dict(each) for number, (kind, each) in enumerate(chosen)}
        if isinstance(stack.ranker, Ranker):
            importance = stack.ranker.importance()
    notes: list[Words] = [NOTES["repeats" if makers.repeats else "no_repeats"]]
    notes += [NOTES["sampled"]] if share < 1 else []
    notes += [] if figures else [NOTES["not_judged"]]
    return Card(
        task="recommend", kind="ranking", question=QUESTION, horizon_days=round(horizon_of(read.histories)),
        model=model, as_of=read.as_of, judged_at=asked_at, split="later" if asked_at else "none",
        rows=int(read.histories.items.size), customers=len(read.customers), sampled_share=share,
        metrics=figures.pop("ours", []), baselines=figures, importance=importance,
        calibration=json.loads(json.dumps({"settings": settings, "judged_customers": customers})), notes=notes,
    )  # fmt: skip
