"""The sentences of the report about value, churn, need and models, in two languages."""

from __future__ import annotations

from habitue.schema import Words

__all__ = ["PREDICTION_TEXTS"]

_VALUE: dict[str, Words] = {
    "value": Words("What customers will spend", "客户未来价值"),
    "value_lead": Words(
        "Today's customers are expected to spend {spend} in the next {days}; the top tenth accounts for {share} of it.",
        "现有客户未来{days}预计消费{spend}，其中前10%的客户占{share}。",
    ),
    "value_sure": Words(
        "A single customer's forecast is rough, hence its 80% range; sums over many are far surer. New customers who "
        "are still to come are not counted.",
        "单个客户的预测较粗略，故附80%区间；汇总后则可靠得多。尚未到来的新客不计在内。",
    ),
    "value_none": Words(
        "There are not enough purchases yet to forecast what customers will spend.",
        "购买记录尚少，暂无法预测客户未来消费。",
    ),
    "value_horizons": Words("Expected spend of today's customers", "现有客户预计消费额"),
    "next_days": Words("Next {days} days", "未来{days}天"),
    "last_days": Words("last {days} days: {spend}", "过去{days}天：{spend}"),
    "value_deciles": Words(
        "Share of expected spend, by tenth of the customers", "预计消费额占比：按客户价值从高到低每10%一组"
    ),
    "decile_said": Words(
        "{band} of customers: {n}, expected to spend {spend}, {share} of all",
        "{band}客户：{n}，预计消费{spend}，占{share}",
    ),
    "band": Words("Customers", "客户分组"),
    "band_top": Words("Top 10%", "前10%"),
    "expected_spend": Words("Expected spend", "预计消费"),
    "per_customer": Words("Per customer", "人均"),
    "share_expected": Words("Share of expected spend", "占预计消费"),
    "top_stages": Words("Who the top tenth are", "前10%客户的构成"),
    "in_top": Words("In the top tenth", "前10%中人数"),
    "share_top": Words("Share of the top tenth", "占前10%客户"),
    "share_everyone": Words("Share of all customers", "占全部客户"),
    "top_customers": Words("The customers expected to spend most", "预计消费最高的客户"),
    "range": Words("80% range {low} to {high}", "80%区间：{low} 至 {high}"),
    "expected_orders": Words("Expected orders", "预计订单数"),
    "value_calibration": Words("Forecast against what came", "预测与实际对比"),
    "value_calibration_note": Words(
        "Asked at the last date whose outcome is known today. Each point is a tenth of the customers: on the dashed "
        "line the forecast was right, above it they spent more. For {inside} of {n} the interval touches the line. "
        "Both axes are stretched at small amounts.",
        "取最近一个结果已知的时点回测，每个点为十分之一的客户：落在虚线上表示预测准确，高于虚线表示实际消费更多。"
        "{n}组中有{inside}组的区间与虚线相交。两轴均放大了小金额部分。",
    ),
    "forecast_axis": Words("Forecast, spend per customer", "预测人均消费"),
    "came_axis": Words("What came, spend per customer", "实际人均消费"),
    "came_said": Words(
        "{n}: forecast {predicted}, came {actual} ({low} to {high})",
        "{n}：预测{predicted}，实际{actual}（{low} 至 {high}）",
    ),
    "tenth": Words("Tenth", "十分位"),
    "forecast": Words("Forecast", "预测"),
    "came": Words("Came", "实际"),
    "interval": Words("Interval", "区间"),
    "value_tracking": Words("Repeat purchases added up: forecast and actual", "累计复购：预测与实际"),
    "tracking_held_out": Words(
        "The model learnt from the weeks before the shaded stretch and never saw the shaded ones. At the end its "
        "forecast was {off} {side} what came.",
        "模型仅用阴影之前的数据训练，从未见过阴影部分。到期末，预测{side}实际{off}。",
    ),
    "tracking_plain": Words(
        "Days on which customers bought again, added up week by week.", "客户再次购买的天数，按周累计。"
    ),
    "tracking_above": Words("above", "高于"),
    "tracking_below": Words("below", "低于"),
    "tracking_model": Words("Model: {model}.", "模型：{model}。"),
    "tracking_said": Words(
        "Week of {week}: came {actual}, forecast {expected}", "{week}当周：实际{actual}，预测{expected}"
    ),
    "week": Words("Week of", "周（起始日）"),
    "held_out": Words("held out", "留出"),
    "value_do": Words(
        "Let expected spend set the ceiling: what you pay to keep a customer, in discount or in attention, should stay "
        "well below it times your margin.",
        "以预计消费为上限：维系一位客户的投入（优惠或人力）应明显低于其预计消费 × 毛利率。",
    ),
    "value_do_top": Words(
        "Look after the top tenth first, with service before discounts; most of them stand in one stage, {stage} "
        "({n}).",
        "优先维护前10%的客户，先给服务，再谈优惠；其中最多的处于「{stage}」阶段（{n}）。",
    ),
}

_CHURN: dict[str, Words] = {
    "churn": Words("Who is about to leave", "流失预警"),
    "churn_lead": Words(
        "At high risk of not ordering in the next {days}: {n} of {all} customers, with {stake} of usual spend at "
        "stake.",
        "未来{days}流失风险高的客户：{n}位（共{all}位），涉及消费额{stake}。",
    ),
    "churn_lead_none": Words(
        "Nobody among {all} customers is at high risk of not ordering in the next {days}.",
        "共{all}位客户，未来{days}暂无高流失风险客户。",
    ),
    "churn_sure": Words(
        "To leave means here: no order in the next {days}. About {leaving} of these customers are expected to leave, "
        "whatever their risk. Some of them only pause.",
        "此处的流失指未来{days}内没有订单。各风险档合计，预计约有{leaving}人流失，其中一部分只是暂停购买。",
    ),
    "churn_none": Words(
        "There is not enough history yet to say who is about to leave.", "历史数据尚短，暂无法预测客户流失。"
    ),
    "churn_tiles": Words("Customers by risk", "各风险档客户"),
    "risk_note": Words("{share}, {stake} at stake", "占{share}，涉及{stake}"),
    "worth_it": Words("Worth an offer", "值得挽留"),
    "worth_it_note": Words("expected gain above its cost", "预期收益高于成本"),
    "churn_bands": Words("Customers by churn probability", "客户流失概率分布"),
    "churn_band_said": Words("Probability {band}, {risk}: {n}", "概率{band}，{risk}：{n}"),
    "probability": Words("Churn probability", "流失概率"),
    "churn_calibration": Words("Forecast probability against what happened", "预测概率与实际流失对比"),
    "churn_calibration_note": Words(
        "Each point is a group of customers who were given about the same probability: on the dashed line as many left "
        "as forecast. For {inside} of {n} groups the interval touches the line.",
        "每个点为一组预测概率相近的客户：落在虚线上表示实际流失比例与预测一致。{n}组中有{inside}组的区间与虚线相交。",
    ),
    "forecast_share": Words("Forecast probability", "预测概率"),
    "came_share": Words("Share that left", "实际流失比例"),
    "churn_profit": Words("Is a rescue worth it?", "挽留划算吗"),
    "profit_axis": Words(
        "Share of customers who get the offer, the most promising first", "发放优惠的客户占比（按预期收益排序）"
    ),
    "profit_axis_short": Words("Share of customers who get the offer", "发放优惠的客户占比"),
    "profit_said": Words("Offer to {share}: expected profit {profit}", "发给{share}的客户：预期利润{profit}"),
    "profit_bracket": Words(" ({low} to {high})", "（{low} 至 {high}）"),
    "profit": Words("Expected profit", "预期利润"),
    "share_treated": Words("Share who get the offer", "发放占比"),
    "mark_best": Words("best: {share}", "最佳：{share}"),
    "mark_all": Words("to all", "全部发放"),
    "mark_none": Words("to nobody", "不发放"),
    "offer_some": Words(
        "Send the offer to {n}: the expected profit is {profit}{range}, {over_all} more than sending it to all and "
        "{over_none} more than sending it to nobody.",
        "建议向{n}发放优惠：预期利润{profit}{range}，比全部发放多{over_all}，比不发放多{over_none}。",
    ),
    "offer_none": Words(
        "Send the offer to nobody: at these costs no rescue is expected to pay. Sending it to all would bring "
        "{over_all} less.",
        "建议不发放优惠：按当前成本，预计没有挽留能够回本；若全部发放，将少赚{over_all}。",
    ),
    "offer_costs": Words("Reckoned with: {parts}.", "计算口径：{parts}。"),
    "cost_contact": Words("{cost} for each contact", "每次触达成本{cost}"),
    "cost_offer": Words("a discount of {share}", "优惠力度{share}"),
    "cost_margin": Words("a gross margin of {share}", "毛利率{share}"),
    "churn_drivers": Words("What tells leavers from stayers", "流失的主要影响因素"),
    "raises": Words("more of it: more churn", "数值越高，流失越多"),
    "lowers": Words("more of it: less churn", "数值越高，流失越少"),
    "neither": Words("works both ways", "方向不一"),
    "drivers_note": Words(
        "Share of the model's decisions. What goes along with leaving need not cause it.",
        "数值为各因素在模型判断中的占比。与流失相伴，未必就是流失的原因。",
    ),
    "driver": Words("What", "因素"),
    "importance": Words("Weight", "权重"),
    "direction": Words("Direction", "方向"),
    "rescue_first": Words("Whom to rescue first", "优先挽留名单"),
    "next_order": Words("next order {day}", "预计{day}下单"),
    "rescue_gain": Words("Expected gain", "预期收益"),
    "rescue_cost": Words("cost {cost}", "成本{cost}"),
    "between": Words("{low} to {high}", "{low} 至 {high}"),
    "nobody_worth_it": Words(
        "At these costs no single rescue is expected to bring in more than it costs.",
        "按当前成本，没有客户的挽留预计能够回本。",
    ),
    "churn_do": Words(
        "Start with the list above: ask what is missing before you offer money. Leave customers below the best share "
        "alone: an offer to them costs more than it brings.",
        "从上方名单开始：先了解客户不满意之处，再考虑优惠。最佳占比之外的客户不必发放，投入高于所得。",
    ),
    "churn_do_none": Words(
        "Look after customers at high risk without discounts: good service costs less than an offer that does not pay.",
        "对高风险客户以服务维系为主，暂不发放优惠：划不来的优惠不如用心的服务。",
    ),
    "churn_list": Words(
        "In the order of expected gain, not of risk: customers who are as good as gone seldom answer. The whole list "
        "is the table churn in the shop's folder.",
        "按预期收益而非流失概率排序：基本已流失的客户很少会响应。完整名单见店铺目录中的 churn 表。",
    ),
}

_NEED: dict[str, Words] = {
    "need": Words("What customers need next", "客户下一步需求"),
    "need_lead": Words(
        "{category} is the category most likely in the next order ({share}). Within 30 days an order is expected from "
        "{n}.",
        "下一单最可能购买的类目是{category}（{share}）；预计30天内有{n}下单。",
    ),
    "need_lead_plain": Words(
        "{category} is the category most likely in the next order ({share}).",
        "下一单最可能购买的类目是{category}（{share}）。",
    ),
    "need_lead_when": Words("Within 30 days an order is expected from {n}.", "预计30天内有{n}下单。"),
    "need_sure": Words(
        "A probability says how often a category would be in the next order, if there is one; it does not say that an "
        "order comes.",
        "概率指若客户再次下单，订单中包含该类目的可能性；并不表示一定会下单。",
    ),
    "need_none": Words(
        "There are not enough purchases yet to say what customers need next.", "购买记录尚少，暂无法预测客户需求。"
    ),
    "need_from_titles": Words(
        "The shop's products carry no categories: they were grouped by the words of their titles, and each group is "
        "named by its most telling words.",
        "商品未设类目：系统按标题用词自动归类，并以最具代表性的词命名。",
    ),
    "need_counted": Words(
        "Only each customer's likeliest categories are counted, so small shares are a little too low.",
        "仅统计每位客户最可能购买的若干类目，较小的占比会略偏低。",
    ),
    "need_map": Words("Who needs which category: index by lifecycle stage", "各阶段客户的类目需求指数"),
    "need_map_top": Words("100 = average of all customers", "100 = 全部客户平均"),
    "need_said": Words(
        "{stage}, {category}: probability {share}, index {index}", "{stage}，{category}：概率{share}，指数{index}"
    ),
    "need_map_note": Words(
        "Darker cells: the category is more likely in the next order of this stage than of customers on average.",
        "颜色越深，该阶段客户下一单购买此类目的可能性越高于平均。",
    ),
    "category": Words("Category", "类目"),
    "need_weeks": Words("Customers by the week of their expected next order", "预计下单客户数（按周）"),
    "need_week_said": Words("Week from {week}: {n}", "{week}起一周：{n}"),
    "need_later": Words("A further {n} are expected later, or not again.", "另有{n}预计更晚下单，或不再下单。"),
    "need_categories": Words("Most likely next categories", "下一单最可能的类目"),
    "next_share": Words("In the next order", "下一单概率"),
    "recent_share": Words("recently {share}", "近期{share}"),
    "first_choice": Words("First choice of, customers", "首选客户数"),
    "ready": Words("Something new for, customers", "可拓展客户数"),
    "products_in": Words("{n} products", "{n}种商品"),
    "need_products": Words("Refills falling due in the next 30 days", "未来30天到期的补货需求"),
    "product": Words("Product", "商品"),
    "usual_gap": Words("Usual gap", "惯常间隔"),
    "need_do": Words(
        "Write to customers in the week before their expected order, about the category that is most likely for them; "
        "add one they have not bought yet.",
        "在预计下单前一周联系客户，主推其最可能购买的类目，并附带一个其尚未买过的类目。",
    ),
}

_MODELS: dict[str, Words] = {
    "models": Words("The models behind it", "模型说明"),
    "models_lead": Words(
        "{n} questions, each answered by a model; {later} of them judged on later dates than they learnt from.",
        "共{n}个预测问题，其中{later}个模型在晚于训练数据的时段上做过检验。",
    ),
    "models_sure": Words(
        "Beside each stands the best of the simple rules, on the same customers. Small figures are 95% intervals.",
        "每个模型旁列出同一批客户上最好的简单规则；小字为95%区间。",
    ),
    "question": Words("Question", "问题"),
    "model": Words("Model", "模型"),
    "figure": Words("Figure that matters", "关键指标"),
    "simple_rule": Words("Best simple rule", "最佳简单规则"),
    "named_figure": Words("{name}: {value}", "{name}：{value}"),
    "learnt_from": Words("Learnt from", "训练数据"),
    "learnt": Words("{rows} rows, {customers}", "{rows}行，{customers}"),
    "cutoff_range": Words("{n} dates, {first} to {last}", "{n}个时点，{first} 至 {last}"),
    "to_know": Words("To know", "注意"),
    "fallback_pooled_priors": Words(
        "Small shop: leans on what is usual in other shops.", "店铺较小：借助其他店铺的一般规律。"
    ),
    "fallback_prior_only": Words(
        "Very small shop: only what is usual in other shops.", "店铺很小：仅采用其他店铺的一般规律。"
    ),
    "sampled": Words("Learnt from a sample of the customers.", "用抽样客户训练。"),
    "drifted": Words("Has moved since it learnt: {inputs}.", "训练后已变化的因素：{inputs}。"),
    "models_command": Words(
        "Lists the models; with a name it shows one whole card.", "列出全部模型；加上名称可查看完整的模型卡。"
    ),
}

#: Added to the other texts of the report.
PREDICTION_TEXTS: dict[str, Words] = {**_VALUE, **_CHURN, **_NEED, **_MODELS}
