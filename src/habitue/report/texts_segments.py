"""The sentences of the report about learnt and saved segments, in two languages."""

from __future__ import annotations

from habitue.schema import Words

__all__ = ["SEGMENT_TEXTS"]

_SEGMENTS: dict[str, Words] = {
    "segments": Words("Segments", "分群"),
    "segments_lead": Words(
        "{n} segments hold every customer once. The first, {name}, is {share} of the customers and {spend} of {of}.",
        "{n}个分群覆盖全部客户，每人只属于一个。居首的{name}占客户数的{share}，占{of}的{spend}。",
    ),
    "segments_lead_one": Words(
        "All customers are in one segment, {name}: there is not enough difference between them yet.",
        "目前所有客户同属一个分群{name}：客户之间的差异尚不足以再细分。",
    ),
    "segments_sure": Words(
        "The rules were learnt from what customers did after earlier dates; nothing later than this report's date was "
        "used.",
        "规则根据客户在过往时点之后的实际表现学得，未使用报告日期之后的任何数据。",
    ),
    "segments_moved": Words(
        "In the last {days}, {share} of the customers changed segment under these same rules.",
        "近{days}内，按同一套规则有{share}的客户换了分群。",
    ),
    "segments_none": Words(
        "This run learnt no segments: {customers} customers and {days} of order history were known, and either that "
        "was too little to learn from, or the run was asked for other areas only. “habitue run” learns them and names "
        "the reason when it cannot.",
        "本次运行没有学到分群：当时已知{customers}位客户、{days}的订单历史，可能数据太少，也可能运行时只选择了其他模块。"
        "运行 habitue run 即可学习；若仍无法学习，会说明原因。",
    ),
    "segments_skipped": Words("What the run said: {why}.", "运行给出的原因：{why}。"),
    "segments_no_customers": Words(
        "Segments are made of customers: none with a purchase is known yet.",
        "分群以客户为对象：目前还没有有购买记录的客户。",
    ),
    "segments_before": Words("They were last learnt as of {day}.", "上一次学习截至{day}。"),
    "segments_worth": Words("All segments at a glance", "分群一览"),
    "value_expected": Words("expected spend", "预计消费"),
    "value_observed": Words("spend ahead", "后续消费"),
    "value_past": Words("spend so far", "累计消费"),
    "value_expected_note": Words(
        "Value: expected spend per customer in the next {days}. Index: 100 is the average customer. No order: the "
        "chance of ordering nothing in the days ahead.",
        "价值：未来{days}人均预计消费。指数：全体客户平均为 100。不下单：未来一段时间内没有订单的概率。",
    ),
    "value_observed_note": Words(
        "Value: what customers in the same segment spent on average in the last {days}, as spend was not forecast. "
        "Index: 100 is the average customer.",
        "价值：由于没有消费预测，取同一分群的客户在近{days}内的人均消费。指数：全体客户平均为 100。",
    ),
    "value_past_note": Words(
        "Value: mean spend so far, as nothing about the time ahead is known yet. Index: 100 is the average customer.",
        "价值：由于后续表现尚不可知，取迄今人均累计消费。指数：全体客户平均为 100。",
    ),
    "segments_numbered": Words(
        "Numbered by what customers of such a segment spent after earlier dates, most first.",
        "编号按此类客户在过往时点之后的消费从高到低。",
    ),
    "value_each": Words("Value per customer", "人均价值"),
    "index_of": Words("index {index}", "指数{index}"),
    "no_order": Words("No order", "不下单概率"),
    "next_need": Words("Next need", "下一需求"),
    "need_said_card": Words("{need} ({share}, index {index})", "{need}（{share}，指数{index}）"),
    "expected_gain": Words("Expected gain", "预期收益"),
    "gain_range": Words("{low} to {high}", "{low} 至 {high}"),
    "stake_of_segment": Words("At stake", "涉及金额"),
    "not_known": Words("not known", "未知"),
    # cards
    "portraits": Words("Each segment, its rule and what to do", "各分群的规则、画像与建议"),
    "rule": Words("Rule", "规则"),
    "no_rule": Words("everybody", "全部客户"),
    "rule_from": Words("{what} at least {low}", "{what} ≥ {low}"),
    "rule_to": Words("{what} under {high}", "{what} < {high}"),
    "rule_between": Words("{what} from {low} to under {high}", "{low} ≤ {what} < {high}"),
    "rule_join": Words(" · ", "，且"),
    "of_all_customers": Words("of customers", "占客户"),
    "of_past_spend": Words("of spend, last 365 days", "占近365天消费"),
    "of_expected": Words("of expected spend", "占预计消费"),
    "of_observed": Words("of spend ahead", "占后续消费"),
    "of_past": Words("of spend so far", "占累计消费"),
    "measure_value": Words("Value", "人均价值"),
    "measure_purchase_days": Words("Purchase days", "购买天数"),
    "measure_order_value": Words("Money per order", "客单价"),
    "measure_churn_probability": Words("No order", "不下单概率"),
    "reach": Words("May be contacted", "可触达"),
    "reach_channel": Words("{channel} {n} ({share})", "{channel}{n}人（{share}）"),
    "reach_nobody": Words("nobody agreed", "无人同意接收"),
    "reach_unknown": Words(
        "Whom you may contact is not known: the shop gave no table of consents.",
        "可触达人数未知：店铺未提供授权同意（consents）数据。",
    ),
    "channel_mail": Words("e-mail", "邮件"),
    "channel_email": Words("e-mail", "邮件"),
    "channel_sms": Words("text message", "短信"),
    "channel_push": Words("app message", "推送"),
    "channel_wechat": Words("WeChat", "微信"),
    "channel_phone": Words("phone", "电话"),
    "channel_all": Words("any channel", "全部渠道"),
    "test": Words("Test can find", "测试可检出"),
    "test_said": Words(
        "±{points} points, half left out ({held_out}); {active} order within {days} now",
        "留出一半（{held_out}人）时 ±{points} 个百分点；目前{days}内下单{active}",
    ),
    "test_expected": Words(
        "±{points} points, half left out ({held_out}); {active} are expected to order within {days}",
        "留出一半（{held_out}人）时 ±{points} 个百分点；预计{days}内下单{active}",
    ),
    "test_unknown": Words(
        "Not known yet: too few were in it before to say how many order.", "尚不可知：此前属于该分群的客户太少。"
    ),
    "test_small": Words("Too few customers for a test.", "人数太少，无法测试。"),
    "gain_said": Words(
        "Expected gain {value} ({low} to {high}) from {n}.", "预期收益{value}（{low} 至 {high}），触达{n}。"
    ),
    "gain_why": Words("What the expected gains rest on", "预期收益的依据"),
    "gain_rests": Words("All segments: {evidence}.", "全部分群：{evidence}。"),
    "gain_rests_of": Words("Segments {places}: {evidence}.", "分群{places}：{evidence}。"),
    "gain_unknown": Words(
        "What it would bring is not known yet, as nothing is known of spend ahead.",
        "由于后续消费未知，尚无法估计收益。",
    ),
    "stake_said": Words("{stake} of their usual spend is at stake.", "其惯常消费中有{stake}面临流失。"),
    "exact_rules": Words(
        "The rules as “habitue segments preview” takes them", "规则原文（可用于 habitue segments preview）"
    ),
    "segments_do": Words(
        "Begin with {name}: {treatment} is expected to add {value} ({low} to {high}).",
        "先从{name}做起：{treatment}，预期增收{value}（{low} 至 {high}）。",
    ),
    "segments_do_test": Words(
        "Leave a random half of the segment out of the first contact: only then is it known what the contact earned, "
        "and the next figure here rests on it.",
        "首次触达请随机留出一半客户作对照：只有这样才能知道触达带来了多少增量，下一次的数字也将以此为据。",
    ),
    "segments_command": Words("Hands over the customers of a segment as a list.", "导出某个分群的客户名单。"),
    # beside what to do today
    "stake_by_segment": Words("Money at stake by segment", "各分群的涉及金额"),
    "stake_by_segment_note": Words(
        "The list above goes by lifecycle stage, this one by learnt segment: the same customers seen another way, so "
        "the two are not to be added. At stake: what they usually spend in the days ahead, times the chance of no "
        "order. Expected gain: the margin that the treatment adds, with its range.",
        "上方清单按生命周期阶段划分，此表按学到的分群划分：同一批客户的不同视角，金额不可相加。涉及金额：惯常消费 × "
        "不下单概率。预期收益：该动作带来的毛利增量及其区间。",
    ),
    "suggested": Words("Suggested", "建议动作"),
    "to_treat": Words("To contact", "触达人数"),
}

_PROOF: dict[str, Words] = {
    "segments_why": Words("Why these segments", "为何这样分群"),
    "ways": Words("How every way to define segments did on the shop's own past", "各种分群方法在本店过往数据上的表现"),
    "ways_axis": Words(
        "Share of the variance of log spend explained (R²), cross-fitted",
        "消费额（对数）差异的可解释比例（R²，交叉拟合）",
    ),
    "ways_note": Words(
        "Each dot is one way: defined as of {days} before this report, judged by what customers then did. Red is the "
        "one in use. Only short rules can be chosen, and of those that do about as well the steadiest.",
        "每个点是一种方法：以本报告{days}前的数据定义，用客户此后的表现评判；红点为当前采用的方法。只在规则简短的方法中选择，"
        "表现相近时取最稳定者。",
    ),
    "way": Words("Way", "方法"),
    "way_said": Words("{name}, {n} segments: R² {r2}, AUC {auc}", "{name}，{n}个分群：R² {r2}，AUC {auc}"),
    "way_chosen": Words("{name} (in use)", "{name}（当前采用）"),
    "way_best_and_used": Words("in use {used}, best {best}", "当前采用{used}，最高{best}"),
    "way_segments": Words("Segments", "分群数"),
    "way_r2": Words("R² of log spend", "消费额对数 R²"),
    "way_auc": Words("AUC of no order", "未下单 AUC"),
    "way_smallest": Words("Smallest segment", "最小分群占比"),
    "way_rules": Words("Short rules", "简短规则"),
    "way_stability": Words("Steadiness", "稳定性"),
    "yes": Words("yes", "是"),
    "no": Words("no", "否"),
    "all_ways": Words("All ways tried", "全部尝试过的方法"),
    # movement
    "from_segment": Words("From", "流出分群"),
    "to_segment": Words("To", "流入分群"),
    "segments_sankey": Words("Who changed segment, {start} to {end}", "分群流转：{start} 至 {end}"),
    "segment_flow_said": Words("{start} → {end}: {n}", "{start} → {end}：{n}"),
    "segments_sankey_lead": Words(
        "Today's rules on both dates. {moved} of {all} customers changed segment: {better} to one worth more, {worse} "
        "to one worth less; {new} are new.",
        "两个时点均采用今天的规则。{all}位客户中有{moved}位换了分群：{better}位升入价值更高的分群，{worse}位降入价值更低的分群；"
        "新增客户{new}位。",
    ),
    "segments_flow_short": Words(
        "The history is too short to compare two dates: this picture appears 30 days after the first purchase.",
        "历史数据不足，暂无法比较两个时点：首笔订单满30天后将显示此图。",
    ),
    "largest_flows": Words("The largest flows, {start} to {end}", "最大的流转：{start} 至 {end}"),
    "share_of_from": Words("Share of where they were", "占流出分群"),
    "turned": Words(
        "Why they moved: the commonest conditions, {start} to {end}", "变动原因：最常见的条件变化，{start} 至 {end}"
    ),
    "condition": Words("What changed", "变化的条件"),
    "turned_up": Words("{what} reached {at}", "{what}达到{at}"),
    "turned_down": Words("{what} fell below {at}", "{what}降至{at}以下"),
    "half_before": Words("Before, median", "之前（中位）"),
    "half_now": Words("Now, median", "现在（中位）"),
    # overlap
    "overlap_rfm": Words("Overlap with RFM", "与 RFM 分群的重叠"),
    "overlap_lifecycle": Words("Overlap with lifecycle stages", "与生命周期阶段的重叠"),
    "overlap_saved": Words("Overlap with saved segments", "与已保存分群的重叠"),
    "overlap_top": Words(
        "Of 100 customers of a segment, so many are in", "分群内每100位客户中，同时属于以下人群的人数"
    ),
    "overlap_said": Words(
        "{segment} and {other}: {n}, {share} of the first and {other_share} of the second",
        "{segment} 与 {other}：{n}，占前者{share}、占后者{other_share}",
    ),
    "overlap_note": Words(
        "Most alike are {segment} and {other}: {jaccard} of those in either are in both.",
        "最相近的是{segment}与{other}：两者合计的客户中有{jaccard}同属两边。",
    ),
    "other_segment": Words("Other segment", "另一分群"),
    "in_both": Words("In both", "共有人数"),
    "share_of_first": Words("Of the segment", "占该分群"),
    "share_of_other": Words("Of the other", "占另一分群"),
    "jaccard": Words("In both, of either", "交集/并集"),
    # early
    "early": Words("Where new customers are likely to end up", "新客未来可能进入的分群"),
    "early_note": Words(
        "Guessed from the first order alone, and judged on later customers, who were not learnt from: “right” is the "
        "share of them who were in that segment 90 days later.",
        "仅凭首单判断，并用未参与学习的后来客户检验；“准确率”为其中90天后确实在该分群的比例。",
    ),
    "early_right": Words("Together {share} of {n} were guessed right.", "合计：{n}中有{share}判断准确。"),
    "first_order": Words("First order", "首单"),
    "likely_segment": Words("Likely segment", "可能的分群"),
    "right": Words("Right", "准确率"),
    # saved
    "saved_segments": Words("Saved segments of the shop", "店铺已保存的分群"),
    "saved_more": Words("and {n} more", "另有{n}个"),
    "saved_command": Words("Lists all saved segments with their state.", "列出全部已保存分群及其状态。"),
    "state": Words("State", "状态"),
    "state_new": Words("not computed yet", "未计算"),
    "state_computing": Words("computing", "计算中"),
    "state_fresh": Words("fresh", "最新"),
    "state_stale": Words("stale", "已过期"),
    "state_failed": Words("failed", "失败"),
    "counted_at": Words("Members as of", "名单截至"),
}

#: Added to the other texts of the report.
SEGMENT_TEXTS: dict[str, Words] = {**_SEGMENTS, **_PROOF}
