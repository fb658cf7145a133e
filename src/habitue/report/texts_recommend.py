"""The sentences of the report about recommendations, in two languages."""

from __future__ import annotations

from habitue.schema import Words

__all__ = ["RECOMMEND_TEXTS"]

RECOMMEND_TEXTS: dict[str, Words] = {
    "recommend": Words("What to show to whom", "商品推荐"),
    "recommend_lead": Words(
        "Asked {days} before this report's learning, {hit} of {n} who then bought found one of their purchases among "
        "our {k} products; among the week's bestsellers it was {popular}.",
        "以学习时点前{days}的视角回测：随后有购买的{n}中，{hit}能在本系统推荐的{k}件商品里找到自己所买的商品；若只看当周热销榜，这一比例为{popular}。",
    ),
    "recommend_lead_plain": Words(
        "There are lists for {n}; how good they are could not be told yet, because the records are too short to look "
        "back.",
        "已为{n}生成推荐清单；历史数据较短，暂无法回测效果。",
    ),
    "recommend_sure": Words(
        "Everything was learnt from what was known before those days; all products compete, and equal scores are "
        "drawn. Intervals are 95%, over customers.",
        "所有模型只使用该时段之前已知的数据；全部商品参与排序，同分随机。区间为按客户计算的95%区间。",
    ),
    "recommend_kinds": Words("Lists there are", "已生成的清单"),
    "recommend_customers": Words("Customers", "客户数"),
    "recommend_list": Words("List", "推荐方式"),
    "recommend_scores": Words("Accuracy, variety and money, side by side", "准确性、多样性与收入对比"),
    "recommend_chart": Words("Who found a purchase in the list", "清单命中购买的客户占比"),
    "recommend_chart_under": Words("Share of buyers", "占购买客户比例"),
    "recommend_hit": Words("Found a purchase", "命中率"),
    "recommend_ndcg": Words("NDCG", "NDCG"),
    "recommend_recall": Words("Recall", "召回率"),
    "recommend_coverage": Words("Range shown", "商品覆盖率"),
    "recommend_diversity": Words("Variety", "多样性"),
    "recommend_novelty": Words("Novelty (bits)", "新颖度（比特）"),
    "recommend_bias": Words("Lean to bestsellers", "热销偏向"),
    "recommend_revenue": Words("Revenue found, per buyer", "命中收入（人均）"),
    "recommend_scores_note": Words(
        "Range shown: products in any list, of those on sale. Variety: 1 where no two products of a list are alike. "
        "Lean to bestsellers: 1 where lists are as popular as what was bought, more where they are more so. Revenue "
        "found: money of purchases that were in the list; it says what lists point at, not what they would add.",
        "商品覆盖率：出现在任一清单中的在售商品占比。多样性：清单内商品两两不同为1。热销偏向：1表示与实际购买同样热门，越大越偏向热销。"
        "命中收入：清单命中的购买金额，反映清单指向了什么，不代表推荐带来的增量。",
    ),
    "recommend_prices": Words("What rules cost", "规则的代价"),
    "recommend_rule": Words("Rule", "规则"),
    "recommend_in_use": Words("in use", "已启用"),
    "recommend_not_in_use": Words("not in use", "未启用"),
    "recommend_ndcg_cost": Words("NDCG lost", "NDCG 损失"),
    "recommend_revenue_cost": Words("Revenue lost, per buyer", "收入损失（人均）"),
    "recommend_prices_note": Words(
        "Each rule alone against lists without rules. Below zero it helped. Rules stand in shop.toml, under "
        "[recommend].",
        "每条规则单独与无规则清单对比，负值表示有益。规则写在 shop.toml 的 [recommend] 中。",
    ),
    "recommend_segments": Words("Which list for which segment", "各分群适用的推荐方式"),
    "recommend_decision": Words("Decision", "结论"),
    "recommend_strategy": Words("List", "采用"),
    "recommend_gain": Words("Best other list, gain per buyer", "最佳备选及人均增益"),
    "recommend_segments_note": Words(
        "Another list is taken only where a second half of the segment confirms it, with 5% at most that any of them "
        "is luck.",
        "仅当分群的另一半客户也证实更好时才换用，任一分群误判的概率合计不超过5%。",
    ),
    "recommend_samples": Words("Three lists, with reasons", "推荐示例与理由"),
    "recommend_product": Words("Product", "商品"),
    "recommend_why": Words("Why", "理由"),
    "recommend_for": Words("For customer {customer}", "客户 {customer}"),
    "recommend_beside": Words("Beside products", "商品页搭配"),
    "recommend_similar": Words("Similar", "相似商品"),
    "recommend_together": Words("Bought together", "常一起购买"),
    "recommend_do": Words(
        "Put the lists of today's customers where they look: “habitue recommend --all lists.parquet”; every list "
        "carries the chance with which it was shown, so that its worth can be told later.",
        "将清单投放到客户触达处：habitue recommend --all lists.parquet；每份清单都记录展示概率，便于日后评估真实价值。",
    ),
}
