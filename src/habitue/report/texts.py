"""Every sentence of the report in two languages; what stands in braces is filled in with finished text."""

from __future__ import annotations

from habitue.report.texts_prediction import PREDICTION_TEXTS
from habitue.report.texts_recommend import RECOMMEND_TEXTS
from habitue.report.texts_segments import SEGMENT_TEXTS
from habitue.schema import Words

__all__ = ["TEXTS"]

TEXTS: dict[str, Words] = {
    # head
    "kind": Words("Customer report", "客户经营报告"),
    "as_of": Words("Data up to {day}", "数据截至{day}"),
    "period": Words("Orders from {first} to {last}", "订单区间：{first} 至 {last}"),
    "no_orders": Words("No orders yet", "暂无订单"),
    "fresh": Words("Newest order: {last}", "最新订单：{last}"),
    "stale": Words(
        "The newest order is {days} older than this report. It describes the shop as it was then, not today.",
        "最新订单距本报告生成已有{days}：报告反映的是当时的经营状况，而非今天。",
    ),
    "written": Words("Written {day}", "生成于{day}"),
    "contents": Words("Contents", "目录"),
    "customers": Words("Customers", "客户数"),
    "customers_note": Words("bought at least once", "累计有购买记录"),
    "orders": Words("Orders", "订单数"),
    "orders_note": Words("by known customers", "已识别客户的订单"),
    "repeat": Words("Repeat rate", "复购率"),
    "repeat_note": Words("bought on two days or more", "在两天及以上有购买"),
    "aov": Words("Average order", "客单价"),
    "aov_note": Words("spend per order", "每单平均金额"),
    "spend_days": Words("Spend, {days} days", "近{days}天消费额"),
    "against": Words("{change} on the {days} days before", "较前{days}天 {change}"),
    "no_before": Words("no earlier period to compare", "暂无可比的前期"),
    # today
    "today": Words("What to do today", "今日待办"),
    "today_lead": Words(
        "{n} groups of customers, most urgent first; {first} leads the list with {stake} at stake.",
        "共{n}组客户，按紧急程度排序；首要事项：{first}，涉及金额{stake}。",
    ),
    "today_sure": Words(
        "The amounts are observations of past behaviour, not promises of what an action will earn.",
        "金额来自对历史行为的观察，并不代表采取行动后的收益。",
    ),
    "today_none": Words(
        "There are not enough customers yet to suggest anything. Add more order history, then run again.",
        "客户数据尚不足以给出建议，补充更多订单历史后请重新运行。",
    ),
    "stake": Words("at stake", "涉及金额"),
    "stake_head": Words("At stake", "涉及金额"),
    "group": Words("Group", "人群"),
    "people": Words("{n} customers", "{n}人"),
    "one_person": Words("1 customer", "1人"),
    "customer": Words("Customer", "客户编号"),
    "why_now": Words("Why", "原因"),
    "spend_year": Words("Spend, 365 days", "近365天消费"),
    "first_few": Words("Whom to contact first", "优先联系名单"),
    "command": Words(
        "Shows everything about one customer. The whole list is the table today_customers in the shop's folder.",
        "查看单个客户全貌（ID 为客户编号）。完整名单见店铺目录中的 today_customers 表。",
    ),
    "evidence_observational": Words("observational", "观察性证据"),
    "evidence_quasi_experiment": Words("quasi-experiment", "准实验证据"),
    "evidence_experiment": Words("experiment", "实验证据"),
    "more_actions": Words("Further groups", "其余分组"),
    # health
    "health": Words("Data health", "数据健康"),
    "health_lead": Words(
        "{issues} issues and {notes} notes in the tables; {passed} checks found nothing.",
        "数据表中发现{issues}个问题、{notes}项提示；{passed}项检查通过。",
    ),
    "health_sure": Words(
        "Rows are only ever marked, never deleted: every repair can be switched off in shop.toml.",
        "所有处理仅做标记，不删除任何数据；各项修复均可在 shop.toml 中关闭。",
    ),
    "health_none": Words("No findings were recorded for this data.", "本次数据没有检查记录。"),
    "issue": Words("Issues", "问题"),
    "note": Words("Notes", "提示"),
    "passed": Words("Passed", "通过"),
    "not_applicable": Words("Not applicable", "不适用"),
    "skipped": Words("Skipped", "未检查"),
    "seen": Words("What was seen", "发现"),
    "rows": Words("Rows", "行数"),
    "done": Words("What Habitue did", "处理方式"),
    "do": Words("What you can do", "建议"),
    "example": Words("first: {value}, row {row}", "首例：{value}，第{row}行"),
    "unlock": Words("Tables that would unlock more", "补充这些数据表可解锁更多能力"),
    "table": Words("Table", "数据表"),
    "holds": Words("What it holds", "内容"),
    "unlocks": Words("Would unlock", "可解锁"),
    # flow
    "flow": Words("Customer assets and their flow", "客户资产与人群流转"),
    "flow_lead": Words(
        "{healthy} of {all} customers still buy within their rhythm; they brought {share} of the past year's spend.",
        "{all}位客户中有{healthy}位仍在正常购买节奏内，贡献了近一年消费的{share}。",
    ),
    "flow_sure": Words(
        "A stage compares a customer's silence with their own usual gap between purchases; each date is judged by "
        "what was known then.",
        "阶段由客户当前的沉默时长与其惯常购买间隔比较得出；每个时点只依据当时已知的数据判断。",
    ),
    "flow_none": Words("No customer has a lifecycle stage yet.", "暂无客户生命周期数据。"),
    "stages_now": Words("Where customers stand now", "当前各阶段客户"),
    "history": Words("Customers by stage, month by month", "各阶段客户数月度变化"),
    "assets": Words("Customer assets: spend of the past 365 days, by stage", "客户资产：各阶段近365天消费额"),
    "now": Words("now", "当前"),
    "flow_short": Words(
        "The history is too short to compare two dates: this picture appears {days} days after the first purchase.",
        "历史数据不足，暂无法比较两个时点：首笔订单满{days}天后将显示此图。",
    ),
    "one_moment": Words(
        "Only one moment is known so far; the picture over time starts with the second month.",
        "目前仅有一个时点的数据，从第二个月起显示变化趋势。",
    ),
    "sankey_short": Words("Who moved", "人群流转"),
    "sankey": Words("Who moved, {start} to {end}", "人群流转：{start} 至 {end}"),
    "sankey_lead": Words(
        "{moved} of {all} customers changed stage: {better} for the better, {worse} for the worse; {new} are new.",
        "{all}位客户中有{moved}位改变了阶段：{better}位向好，{worse}位转弱；新增客户{new}位。",
    ),
    "not_yet": Words("Not yet customer", "尚未成为客户"),
    "from": Words("From", "流出阶段"),
    "to": Words("To", "流入阶段"),
    "number": Words("Customers", "人数"),
    "flow_said": Words("{start} → {end}: {n}, {spend} a year", "{start} → {end}：{n}，近一年消费{spend}"),
    "flow_do": Words(
        "Watch the flows out of Active and Loyal: customers who are slowing down can still be kept by a word, while "
        "the lost have to be won anew.",
        "重点关注从活跃、忠诚流出的人群：放缓的客户及时联系还留得住，流失后只能重新争取。",
    ),
    "stage": Words("Stage", "阶段"),
    "stages_about": Words("What the stages mean, and how to treat them", "各阶段说明与运营建议"),
    "about": Words("Who they are", "人群特征"),
    "share_customers": Words("Share of customers", "客户占比"),
    "share_spend": Words("Share of spend", "消费占比"),
    "against_month": Words("{change} in a month", "较上月{change}"),
    # sales
    "sales": Words("Sales by month", "月度销售"),
    "sales_lead": Words(
        "{month} brought {spend} from {customers} customers, {new} of them new.",
        "{month}消费额{spend}，来自{customers}位客户，其中新客{new}位。",
    ),
    "sales_sure": Words(
        "Customers' spend is counted before returns; returns hang below the line in the month they came back.",
        "客户消费额为退货前金额；退货按发生月份显示在横轴下方。",
    ),
    "sales_none": Words("There are no sales to show yet.", "暂无销售数据。"),
    "sales_money": Words("Money by month", "月度金额"),
    "sales_people": Words("Buying customers by month", "月度购买客户数"),
    "known_spend": Words("Known customers", "已识别客户"),
    "guest_spend": Words("Guests", "未识别客户（游客）"),
    "returns": Words("Returns", "退货"),
    "new": Words("New", "新客"),
    "returning": Words("Returning", "老客"),
    "partial": Words("* month not complete (pale bars)", "* 当月数据尚不完整（浅色柱）"),
    "month": Words("Month", "月份"),
    "spend": Words("Spend", "消费额"),
    "month_said": Words("{month}, {series}: {value}", "{month}，{series}：{value}"),
    "sales_do_guests": Words(
        "{share} of the money comes from orders without a customer. Asking for an e-mail or phone at checkout would "
        "make these people known.",
        "有{share}的金额来自未识别客户。结账时引导注册或留下联系方式，可把他们沉淀为客户资产。",
    ),
    "sales_do_new": Words(
        "Returning customers were {share} of the buyers of {month}: compare this share rather than the totals, which "
        "follow the season.",
        "{month}购买客户中老客占{share}：总额受季节影响，宜关注老客占比的变化。",
    ),
    # cohorts
    "cohorts": Words("Cohorts: who comes back", "同期群：客户留存"),
    "cohorts_lead": Words(
        "{one} of new customers bought again in the first month after their first purchase, {three} in the third.",
        "首购后第1个月，{one}的客户再次购买；第3个月为{three}。",
    ),
    "cohorts_lead_short": Words(
        "Customers grouped by the month of their first purchase; the history is still too short for an average.",
        "客户按首购月份分组；历史尚短，暂不计算平均留存。",
    ),
    "cohorts_sure": Words(
        "Months that were not over are left empty, so no cell looks like a drop that is not one.",
        "尚未结束的月份留空，避免误读为下降。",
    ),
    "cohorts_none": Words(
        "Cohorts need at least one full month after a first purchase; there is not enough data yet.",
        "同期群分析至少需要首购后一个完整月份，目前数据不足。",
    ),
    "censored": Words(
        "* the records begin in this month: the cohort also holds customers who had bought before.",
        "* 记录自该月开始：该批客户中包含此前已购买过的老客。",
    ),
    "cohort_map": Words(
        "Share of each cohort that bought, by month after the first purchase", "各首购批次在后续各月的购买比例"
    ),
    "cohort_value": Words("Spend per customer since the first purchase, added up", "客户首购以来人均累计消费"),
    "cohort_value_note": Words(
        "The mean of all cohorts old enough for each month; later months rest on fewer cohorts.",
        "每个月份取所有已满该月的批次的平均值；越靠后的月份，所依据的批次越少。",
    ),
    "cohort_said": Words(
        "First purchase {cohort}, {k} months later: {active} of {n} bought ({share}), {spend}",
        "{cohort}首购，{k}个月后：{n}人中{active}人购买（{share}），消费{spend}",
    ),
    "value_said": Words("Month {k}: {value} a customer", "第{k}个月：人均{value}"),
    "months_after": Words("Months after the first purchase", "首购后月数"),
    "cohort": Words("First purchase", "首购月份"),
    "active_share": Words("Bought, %", "购买比例，%"),
    "cohorts_behind": Words("Cohorts behind it", "依据批次数"),
    "cohorts_do": Words(
        "Month 1 is where a welcome programme must show: compare the cohorts that got it with those before.",
        "新客欢迎计划的效果应体现在第1个月：可对比计划实施前后的批次。",
    ),
    # rfm
    "rfm": Words("RFM: recency, frequency, money", "RFM 客户分层"),
    "rfm_lead": Words(
        "{name} are {share} of the customers and {spend} of all spend.",
        "{name}占客户数的{share}，贡献全部消费的{spend}。",
    ),
    "rfm_sure": Words(
        "Scores compare customers of this shop with each other (5 is the best fifth); they describe the past and "
        "forecast nothing by themselves.",
        "分值是本店客户之间的相对比较（5 为最好的五分之一），描述过去，本身并非预测。",
    ),
    "rfm_none": Words("No customer could be scored yet.", "暂无可评分的客户。"),
    "rfm_grid": Words("Customers and spend by score", "各分值区间的客户与消费"),
    "recency_axis": Words("Recency: 5 = bought most recently", "最近购买（R）：5 为最近"),
    "fm_axis": Words("Frequency and money", "频次与金额（F、M 均值）"),
    "segment": Words("Segment", "分群"),
    "median_recency": Words("Last purchase, median", "距上次购买（中位）"),
    "median_days": Words("Purchase days, median", "购买天数（中位）"),
    "median_spend": Words("Spend, median", "消费额（中位）"),
    "treatment": Words("How to treat them", "运营建议"),
    # profiles
    "profiles": Words("What each segment is like", "分群画像"),
    "profiles_lead": Words(
        "100 is the average customer of the shop: 200 means twice as much, 50 half as much.",
        "指数 100 为全店平均水平：200 表示两倍，50 表示一半。",
    ),
    "profiles_sure": Words(
        "Means over all customers of a segment; in groups of fewer than 30 single customers weigh heavily.",
        "数值为分群内客户的均值；人数少于 30 的分群易受个别客户影响。",
    ),
    "profiles_none": Words("There are no segments to describe yet.", "暂无可描述的分群。"),
    "family_rfm": Words("RFM segments", "RFM 分群"),
    "family_lifecycle": Words("Lifecycle stages", "生命周期阶段"),
    "measure_spend": Words("Spend", "累计消费"),
    "measure_spend_365d": Words("Spend, 365 days", "近365天消费"),
    "measure_orders": Words("Orders", "订单数"),
    "measure_average_order_value": Words("Average order", "客单价"),
    "measure_recency_days": Words("Days since purchase", "距上次购买"),
    "measure_products": Words("Different products", "购买商品种数"),
    "measure_categories": Words("Categories", "购买类目数"),
    "measure_return_share": Words("Given back", "退货率"),
    "measure_discount_share": Words("Orders discounted", "优惠订单占比"),
    "few": Words("few customers", "人数少"),
    "of_customers": Words("{n} customers, {share}", "{n}人，占{share}"),
    # reading
    "reading": Words("How to read this report", "阅读说明"),
    "numbers_behind": Words("The numbers", "查看数据"),
    "what_to_do": Words("What to do", "建议"),
    "protocol": Words("Protocol and versions", "口径与版本"),
    "made_by": Words(
        "Made by Habitue {version}, run {run}. Nothing in this file is loaded from elsewhere.",
        "由 Habitue {version} 生成，运行编号 {run}。本文件不加载任何外部内容。",
    ),
    "area_versions": Words("Methods: {versions}", "方法版本：{versions}"),
    # segments; value, churn, need, models
    **SEGMENT_TEXTS,
    **PREDICTION_TEXTS,
    **RECOMMEND_TEXTS,
}
