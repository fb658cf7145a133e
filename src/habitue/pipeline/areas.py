"""The one explicit list of everything that `habitue run` does, in its order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow as pa

from habitue.actions import recommend
from habitue.actions.crm import today
from habitue.errors import LedgerError
from habitue.pipeline.area import Area, Asked, Tables
from habitue.pipeline.learning import Learning
from habitue.schema import Words
from habitue.signals.behaviour import predict as behaviour
from habitue.signals.churn import predict as churn
from habitue.signals.need import predict as need
from habitue.signals.need.spec import NeedSpec
from habitue.signals.segment import lifecycle, membership, movement, profiles, rfm
from habitue.signals.segment.outcome import LearntSegments
from habitue.signals.value import cohorts, monthly
from habitue.signals.value import predict as value

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["AREAS"]


def _months(asked: Asked) -> Tables:
    return {"shop_monthly": monthly.add_up(asked.shop, asked.as_of)}


def _cohorts(asked: Asked) -> Tables:
    return {"cohorts": cohorts.follow(asked.shop, asked.as_of)}


def _value(asked: Asked) -> Tables:
    return value.score(asked.shop, asked.as_of, asked.learnt)


def _churn(asked: Asked) -> Tables:
    return churn.score(asked.shop, asked.as_of, asked.learnt, value=asked.tables.get("value"))


def _learn_need(shop: Shop, at: datetime) -> need.Learnt:
    wanted = shop.settings.signals
    return need.learn(shop, at, spec=NeedSpec(horizon_days=wanted.horizon_days, categories=wanted.categories))


def _need(asked: Asked) -> Tables:
    return need.score(asked.shop, asked.as_of, asked.learnt)


def _behaviour(asked: Asked) -> Tables:
    return behaviour.score(asked.shop, asked.as_of, asked.learnt, need=asked.tables.get("need"))


def _rfm(asked: Asked) -> Tables:
    return {"rfm": rfm.score(asked.shop, asked.as_of)}


def _lifecycle(asked: Asked) -> Tables:
    return {"lifecycle": lifecycle.score(asked.shop, asked.as_of)}


def _learn_segments(shop: Shop, at: datetime) -> LearntSegments:
    return membership.learn(shop, at, previous=_defined_before(shop, at))


def _defined_before(shop: Shop, at: datetime) -> pa.Table | None:
    """Return the definitions that were published as of an earlier moment: they stay while none is clearly better."""
    try:
        return shop.ledger.latest("segment_definitions", as_of=at - timedelta(microseconds=1)).to_arrow()
    except LedgerError:
        return None


def _rules_before(shop: Shop, at: datetime) -> list[str]:
    before = _defined_before(shop, at)
    return [] if before is None else sorted(before["rule"].to_pylist())


def _segments(asked: Asked) -> Tables:
    return membership.run(asked.shop, asked.as_of, signals=asked.tables, learnt=asked.learnt)


def _movement(asked: Asked) -> Tables:
    shop, as_of = asked.shop, asked.as_of
    return {"lifecycle_history": movement.history(shop, as_of), "lifecycle_flows": movement.flows(shop, as_of)}


def _profiles(asked: Asked) -> Tables:
    tables = asked.tables
    stages = tables["lifecycle"].select(["customer_id", "stage"]).rename_columns(["customer_id", "segment"])
    members = {"rfm": tables["rfm"], "lifecycle": stages}
    return {"segment_profiles": profiles.describe(asked.shop, asked.as_of, members)}


def _crm(asked: Asked) -> Tables:
    tables = asked.tables
    groups, customers = today.decide(lifecycle=tables["lifecycle"], rfm=tables["rfm"], flows=tables["lifecycle_flows"])
    return {"today": groups, "today_customers": customers}


def _recommend(asked: Asked) -> Tables:
    return recommend.decide(asked.shop, asked.as_of, asked.learnt, segments=asked.tables.get("segments"))


AREAS: tuple[Area, ...] = (
    Area(
        "months",
        {"shop_monthly": Words("orders, customers and money of every month", "每月订单、客户与金额")},
        (),
        _months,
    ),
    Area(
        "cohorts",
        {"cohorts": Words("customers by month of first purchase, followed month by month", "按首购月份分组的客户留存")},
        (),
        _cohorts,
    ),
    Area(
        "value",
        {
            "value": Words("what every customer is expected to spend, with a range", "每位客户的预期消费及区间"),
            "value_tracking": Words(
                "repeat purchases of all customers, as they came and as expected", "复购累计曲线：实际与预期"
            ),
            "value_calibration": Words(
                "predicted and actual spend by tenth of customers, on later time", "按客户十分位对比预测与实际消费"
            ),
            "value_models": Words("the models behind it and how good they are", "所用模型及其表现"),
        },
        (),
        _value,
        version="2",
        optional=True,
        learning=Learning(value.learn, value.Learnt.load),
    ),
    Area(
        "churn",
        {
            "churn": Words(
                "who will order nothing, the next order's date, and whether a rescue pays",
                "流失概率、下次下单日期，以及挽回是否划算",
            ),
            "churn_calibration": Words("predicted and actual shares of leavers, on later time", "预测与实际流失率对比"),
            "churn_profit": Words("profit of a rescue by share of customers treated", "按触达比例的挽回收益曲线"),
            "churn_profit_summary": Words("the best share to treat, against all and none", "最佳触达比例与收益对比"),
            "churn_drivers": Words("what makes customers leave, by weight", "流失的主要影响因素"),
            "churn_models": Words("the models behind it and how good they are", "所用模型及其表现"),
        },
        (),
        _churn,
        version="2",
        wants=("value",),
        optional=True,
        learning=Learning(churn.learn, churn.Learnt.load),
    ),
    Area(
        "need",
        {
            "need": Words("the categories every customer is likely to need next", "每位客户接下来可能需要的类目"),
            "need_products": Words(
                "the products every customer is likely to need next", "每位客户接下来可能需要的商品"
            ),
            "need_timing": Words("when every customer is likely to order next", "预计下次下单时间"),
            "need_categories": Words("the categories, and the words they are known by", "类目及其代表词"),
            "need_models": Words("the models behind it and how good they are", "所用模型及其表现"),
        },
        (),
        _need,
        version="2",
        optional=True,
        learning=Learning(_learn_need, need.Learnt.load),
    ),
    Area(
        "behaviour",
        {
            "behaviour": Words(
                "every customer's next visit: when, how far it goes, and the best hour to reach them",
                "每位客户的下次到访：时间、会走到哪一步、最佳触达时段",
            ),
            "behaviour_funnel": Words(
                "how far visits of the last 90 days went, by device, channel and visitor",
                "近90天访问漏斗，按设备、渠道与访客类型",
            ),
            "behaviour_paths": Words(
                "the commonest ways through the shop, and how often they end in an order", "最常见的访问路径及下单占比"
            ),
            "behaviour_drops": Words(
                "where visits drop off, and what sets those that do apart", "访客在哪一步离开，以及离开者有何不同"
            ),
            "behaviour_models": Words("the models behind it and how good they are", "所用模型及其表现"),
        },
        (),
        _behaviour,
        wants=("need",),
        optional=True,
        learning=Learning(behaviour.learn, behaviour.Learnt.load),
    ),
    Area(
        "rfm",
        {
            "rfm": Words(
                "recency, frequency and money of every customer, and a named segment", "每位客户的 RFM 分值与分群"
            )
        },
        (),
        _rfm,
    ),
    Area(
        "lifecycle",
        {"lifecycle": Words("lifecycle stage of every customer and since when", "每位客户的生命周期阶段及进入时间")},
        (),
        _lifecycle,
    ),
    Area(
        "segments",
        {
            "segments": Words("the segment of every customer, and since when", "每位客户所属分群及进入时间"),
            "segment_early": Words(
                "where customers who began alike usually are 90 days later", "按首单预判90天后所属分群"
            ),
            "segment_definitions": Words(
                "the rule, portrait and treatment of every segment", "各分群的规则、画像与建议动作"
            ),
            "segment_moves": Words("who changed segment, and which condition turned", "分群变动客户及其变化条件"),
            "segment_flows": Words("how many went from each segment to each other one", "分群之间的客户流转"),
            "segment_scores": Words("how every way to define segments did on the past", "各种分群方法的历史表现"),
            "segment_overlap": Words("customers that segments of different kinds share", "不同分群体系之间的重叠"),
        },
        (),
        _segments,
        version="2",
        learning=Learning(_learn_segments, LearntSegments.load, _rules_before),
        wants=("value", "churn", "need", "rfm", "lifecycle"),
        optional=True,
    ),
    Area(
        "movement",
        {
            "lifecycle_history": Words(
                "customers and money in every stage, month by month", "各阶段客户数与金额的月度变化"
            ),
            "lifecycle_flows": Words("how customers moved between stages in 30 and 90 days", "近30天与90天的阶段流转"),
        },
        (),
        _movement,
    ),
    Area(
        "profiles",
        {
            "segment_profiles": Words(
                "what the customers of each segment are like; 100 is average", "各分群画像，100 为平均水平"
            )
        },
        ("rfm", "lifecycle"),
        _profiles,
    ),
    Area(
        "recommend",
        {
            "recommendations": Words("what to show to whom, and why", "给谁推荐什么，以及理由"),
            "recommend_products": Words(
                "what to show beside each product: alike, and bought with it", "商品页搭配：相似商品与常一起购买的商品"
            ),
            "recommend_segments": Words("which kind of list each segment gets", "各分群采用的推荐方式"),
            "recommend_scores": Words(
                "how good lists were on the shop's own last days, beside plain ones", "清单在近期真实购买上的表现及对照"
            ),
            "recommend_rules": Words("what every rule for lists costs", "各条推荐规则的代价"),
            "recommend_models": Words("the models behind it and how good they are", "所用模型及其表现"),
        },
        (),
        _recommend,
        version=recommend.VERSION,
        wants=("segments",),
        optional=True,
        learning=Learning(recommend.learn, recommend.Learnt.load, recommend.depends_on),
    ),
    Area(
        "crm",
        {
            "today": Words("what to do today, by urgency and money at stake", "今日待办，按紧急程度与涉及金额排序"),
            "today_customers": Words("the customers behind what to do today", "今日待办对应的客户名单"),
        },
        ("rfm", "lifecycle", "lifecycle_flows"),
        _crm,
    ),
)
