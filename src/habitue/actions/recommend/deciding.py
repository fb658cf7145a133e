"""The published tables: lists for the active base and beside products, and what lists, rules, segments are worth."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from habitue.actions.recommend.explaining import Reason, reasons_of
from habitue.actions.recommend.exploring import Chosen
from habitue.actions.recommend.kinds import last_visit
from habitue.actions.recommend.learning import learn
from habitue.actions.recommend.learnt import Learnt
from habitue.actions.recommend.limits import Past
from habitue.actions.recommend.recommender import Recommender
from habitue.actions.recommend.rules import Rules
from habitue.actions.recommend.segmenting import decide_segments
from habitue.actions.recommend.serving import Asked, lists_of
from habitue.data.shop import as_moment
from habitue.models.recommend import Histories

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["MOST_CUSTOMERS", "MOST_PRODUCTS", "MOST_REASONS", "decide", "run"]

MOST_CUSTOMERS = 20_000  # whose lists are published: those who did something last
MOST_PRODUCTS = 5_000  # with a list beside them: those that sell best
MOST_REASONS = 5_000  # products of lists whose past action is named: first places first

_K = {"home": 10, "after_purchase": 6, "win_back": 6, "new": 6}
_JUST_BOUGHT_DAYS, _AWAY_DAYS, _GONE_DAYS = 14.0, 90.0, 730.0

RECOMMENDATIONS = pa.schema([
    ("customer_id", pa.string()), ("as_of", pa.timestamp("us")), ("kind", pa.string()), ("rank", pa.int64()),
    ("product_id", pa.string()), ("product_title", pa.string()), ("score", pa.float64()), ("propensity", pa.float64()),
    ("maker", pa.string()), ("reason", pa.string()), ("cause_id", pa.string()), ("cause_title", pa.string()),
    ("cause_action", pa.string()), ("cause_days_ago", pa.float64()), ("cause_share", pa.float64()),
    ("cause_category", pa.string()),
])  # fmt: skip
BESIDE = pa.schema([
    ("product_id", pa.string()), ("as_of", pa.timestamp("us")), ("kind", pa.string()), ("rank", pa.int64()),
    ("other_id", pa.string()), ("other_title", pa.string()), ("score", pa.float64()),
])  # fmt: skip

Ints = npt.NDArray[np.int64]


def decide(
    shop: Shop,
    as_of: str | date | datetime,
    learnt: Learnt,
    *,
    segments: pa.Table | None = None,
    rules: Rules | None = None,
    seed: int = 0,
) -> dict[str, pa.Table]:
    """Say what to show to whom.

    Parameters
    ----------
    shop : Shop
    as_of : date
        Nothing that happened then or later is used.
    learnt : Learnt
        From the moment or an earlier one.
    segments : Arrow table, optional
        As published: customer_id, segment, since.
    rules : Rules, optional
        Those of shop.toml when not given.
    seed : int

    Returns
    -------
    dict of str to Arrow table
        recommendations (lists of the 20,000 customers who did something last: home for all of them, after_purchase,
        win_back and new for those whom it concerns; past actions are named for the first 5,000 places),
        recommend_products (similar products and those bought together, beside the 5,000 that sell best),
        recommend_scores, recommend_rules, recommend_segments, recommend_models.

    Raises
    ------
    DataError
        What was learnt knows more than the moment.
    """
    moment = as_moment(as_of)
    made = Recommender(shop, learnt, as_of=moment, rules=rules, seed=seed)
    chosen = decide_segments(learnt.tables["outcomes"], segments, moment, seed=seed)
    left = [MOST_REASONS]
    lists = [_listed(made, kind, rows, moment, left) for kind, rows in _concerned(made).items() if rows.size]
    return {
        "recommendations": pa.concat_tables(lists) if lists else RECOMMENDATIONS.empty_table(),
        "recommend_products": _beside(made, moment),
        "recommend_segments": chosen,
        **{name: learnt.tables[name] for name in ("recommend_scores", "recommend_rules", "recommend_models")},
    }


def run(
    shop: Shop,
    as_of: str | date | datetime,
    *,
    learnt: Learnt | None = None,
    segments: pa.Table | None = None,
    rules: Rules | None = None,
) -> dict[str, pa.Table]:
    """Learn at the moment unless it is given what was learnt, then decide; see `decide` and `learn`.

    Raises
    ------
    NotEnoughData
        Nobody had done anything before the moment.
    """
    return decide(shop, as_of, learnt or learn(shop, as_of, rules=rules), segments=segments, rules=rules)


def _concerned(made: Recommender) -> dict[str, Ints]:
    """Return the customers whom each kind of list concerns, in their order."""
    base, day = made.base, made.base.catalogue.day
    if not len(base.histories):
        return {}
    newest = np.full(len(base.histories), -np.inf)
    bought = newest.copy()
    for out, held in ((newest, base.histories), (bought, base.purchases)):
        some = held.lengths > 0
        if held.days is not None and some.any():
            out[some] = held.days[held.starts[1:][some] - 1]
    order = np.lexsort((np.arange(newest.size), -newest))[:MOST_CUSTOMERS]
    active = np.sort(order)
    since = day - bought[active]
    found = {
        "home": active,
        "after_purchase": active[since <= _JUST_BOUGHT_DAYS],
        "win_back": active[(since > _AWAY_DAYS) & (since <= _GONE_DAYS)],
    }
    policy = made.policy()
    if (policy.new & policy.fits).any():
        found["new"] = active[since <= _AWAY_DAYS]
    return found


def _listed(made: Recommender, kind: str, rows: Ints, moment: datetime, left: list[int]) -> pa.Table:
    """Return the lists of one kind with their reasons."""
    names = [made.base.customers[row] for row in rows]
    asked, _, policy = made.asked(names, None, None)
    chosen = lists_of(made.proposer, kind, asked, policy, _K[kind])
    table = made.table(names, kind, chosen)
    told = _reasons(made, asked, chosen, left)
    columns: dict[str, list[Any]] = {
        "reason": [each.code for each in told],
        "cause_id": [each.cause or None for each in told],
        "cause_title": [each.cause_title or None for each in told],
        "cause_action": [each.action or None for each in told],
        "cause_days_ago": [each.days_ago for each in told],
        "cause_share": [each.share for each in told],
        "cause_category": [each.category or None for each in told],
    }
    for name, values in columns.items():
        table = table.append_column(name, pa.array(values, RECOMMENDATIONS.field(name).type))
    at = pa.array(np.zeros(table.num_rows, np.int64))
    table = table.append_column("as_of", pa.array([moment], pa.timestamp("us")).take(at))
    return table.select(RECOMMENDATIONS.names).cast(RECOMMENDATIONS)


def _reasons(made: Recommender, asked: Asked, chosen: Chosen, left: list[int]) -> list[Reason]:
    """Return the reason of every product in order of rows and places; past actions while the budget lasts."""
    places = 0
    while places < chosen.items.shape[1] and (chosen.items[:, : places + 1] >= 0).sum() <= left[0]:
        places += 1
    left[0] -= int((chosen.items[:, :places] >= 0).sum())
    anchors = last_visit(asked.purchases)
    visits = np.zeros(len(asked), np.int64)
    found = reasons_of(
        made.proposer, chosen, asked.histories, asked.purchases, anchors, visits, places=places
    )  # fmt: skip
    return [each for row in found for each in row]


def _beside(made: Recommender, moment: datetime) -> pa.Table:
    """Return the lists beside products."""
    catalogue, policy = made.base.catalogue, made.policy(made.rules.but(explore=0.0))
    at = policy.bestsellers[:MOST_PRODUCTS]
    at = at[at < made.proposer.makers.n_items]
    if not at.size:
        return BESIDE.empty_table()
    starts = np.arange(at.size + 1, dtype=np.int64)
    alone = Histories(starts, at.astype(np.int32), len(catalogue))
    nobody = Histories(np.zeros(at.size + 1, np.int64), np.empty(0, np.int32), len(catalogue), np.empty(0))
    asked = Asked(nobody, nobody, np.zeros(at.size, np.int64), Past(), alone)
    parts = []
    for kind in ("similar", "together"):
        chosen = lists_of(made.proposer, kind, asked, policy, 6)
        # Bestsellers that only fill a list up say nothing of a product.
        rows, places = np.nonzero((chosen.items >= 0) & (chosen.makers != 1))
        others = chosen.items[rows, places]
        ids, titles = pa.array(catalogue.ids, pa.string()), pa.array(catalogue.titles, pa.string())
        parts.append(
            pa.table(
                {
                    "product_id": ids.take(pa.array(at[rows])),
                    "as_of": pa.array([moment] * rows.size, pa.timestamp("us")),
                    "kind": pa.array([kind] * rows.size, pa.string()),
                    "rank": pa.array(places + 1, pa.int64()),
                    "other_id": ids.take(pa.array(others)),
                    "other_title": titles.take(pa.array(others)),
                    "score": pa.array(chosen.scores[rows, places]),
                },
                schema=BESIDE,
            )
        )
    return pa.concat_tables(parts)
