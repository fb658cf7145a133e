"""What the report's words mean, as they are printed at its end."""

from __future__ import annotations

from habitue.schema import Words

__all__ = ["GLOSSARY"]

#: Term and meaning, in the order of the page.
GLOSSARY: tuple[tuple[Words, Words], ...] = (
    (
        Words("Purchase", "购买"),
        Words(
            "A line with a known customer, a positive quantity and a positive price, neither cancelled nor set "
            "aside as a duplicate or test. Postage and fees count as money but not as "
            "products. Spend is counted before returns.",
            "客户已识别、数量与单价均为正，且未取消、未因重复或测试被剔除的订单行。运费等计入金额，不计为商品。消费额为退货前金额。",
        ),
    ),
    (
        Words("As of", "截至时点"),
        Words(
            "Everything is computed from what was known strictly before this moment. Later orders, returns or "
            "cancellations change nothing in it.",
            "所有结果仅使用该时点之前已知的数据；之后的订单、退货或取消均不影响本报告。",
        ),
    ),
    (
        Words("Stage", "生命周期阶段"),
        Words(
            "How long a customer has been silent, measured in their own usual gap between purchases. Each customer is "
            "in exactly one stage.",
            "以客户自身的惯常购买间隔衡量其沉默时长；每位客户有且仅有一个阶段。",
        ),
    ),
    (
        Words("Customer assets", "客户资产"),
        Words(
            "What the customers of a stage spent in the 365 days before a date. It measures the past and is "
            "no forecast.",
            "某一时点前 365 天内该阶段客户的消费总额。它衡量过去，并非预测。",
        ),
    ),
    (
        Words("RFM", "RFM"),
        Words(
            "Recency (days since the last purchase), frequency (days with a purchase) and money (total spend), each "
            "scored from 1 to 5 among the customers of this shop.",
            "R 最近一次购买距今天数、F 购买天数、M 累计消费额，各按本店客户分为 1 至 5 分。",
        ),
    ),
    (
        Words("Cohort", "同期群"),
        Words(
            "Customers whose first purchase fell in the same month. Month 0 is that month; in month 3 somebody counts "
            "as bought who bought in the third month after it.",
            "首购在同一个月的客户。第 0 月为首购当月；第 3 月表示其后第三个月内有购买。",
        ),
    ),
    (
        Words("Index", "指数"),
        Words("The segment's mean divided by the mean of all customers, times 100.", "分群均值 ÷ 全体客户均值 × 100。"),
    ),
    (
        Words("Learnt segment", "学到的分群"),
        Words(
            "Customers whom one short rule describes. The rules were found by what customers like them did after "
            "earlier dates; everybody is in exactly one. The same rules judge both dates when customers are followed "
            "from one segment to another, so a move is always a change of the customer, never of the rule.",
            "由一条简短规则界定的客户。规则根据同类客户在过往时点之后的实际表现得出，每位客户只属于一个分群。"
            "比较两个时点时采用同一套规则，因此换群只反映客户的变化，与规则无关。",
        ),
    ),
    (
        Words("R² of log spend", "消费额对数 R²"),
        Words(
            "How much of the differences in later spend (on a scale where doubling always counts the same) the segments "
            "tell: 0% is nothing. Means are taken from one half of the customers and judged on the other.",
            "分群能解释多少客户此后消费额的差异（取对数，翻倍的意义始终相同）：0% 表示毫无帮助。用一半客户求均值，在另一半上评判。",
        ),
    ),
    (
        Words("What a test can find", "测试可检出的差异"),
        Words(
            "If half of a segment, drawn at random, is not contacted, a difference at least this large in the share "
            "who order is found four times out of five. Smaller effects need a larger segment or a longer test.",
            "随机留出一半客户不触达时，下单比例的差异达到该幅度，有五分之四的把握检出。更小的效果需要更大的分群或更长的测试。",
        ),
    ),
    (
        Words("Expected spend", "预计消费"),
        Words(
            "What a customer is expected to spend in the coming days, averaged over all that may happen, no order "
            "included. In eight of ten cases the true amount lies within the 80% range.",
            "客户在未来若干天内消费额的期望值，已计入不下单的可能。实际金额有八成可能落在80%区间内。",
        ),
    ),
    (
        Words("Churn", "流失"),
        Words(
            "No order within the coming days that the report names. Orders need no contract, so nobody is ever lost "
            "for certain: the probability says how many of 100 such customers order nothing.",
            "在报告所述的未来天数内没有订单。零售没有合约，客户不会确定流失：概率表示100位同类客户中有多少位不再下单。",
        ),
    ),
    (
        Words("Survival", "未下单概率"),
        Words(
            "The chance that a customer has not ordered by a date. The expected next order is where it falls to a half.",
            "客户到某日仍未下单的概率；降至一半之处即为预计下次下单日期。",
        ),
    ),
    (
        Words("Calibration", "校准"),
        Words(
            "Whether forecasts can be taken at their word: of customers given 70%, about 70 of 100 should do it.",
            "预测值是否可信：预测概率为70%的客户，100位中应约有70位如此。",
        ),
    ),
    (
        Words("Rescue gain", "挽留收益"),
        Words(
            "What an offer to one customer is expected to earn: the extra margin if it keeps them, less the contact "
            "and less the discount given to those who would have bought anyway.",
            "向一位客户发放优惠的预期所得：挽留成功带来的毛利，减去触达成本，再减去本会购买者白拿的优惠。",
        ),
    ),
    (
        Words("Index of need", "需求指数"),
        Words(
            "How likely a category is in the next order of a group, divided by the same for all customers, times 100.",
            "某人群下一单包含某类目的概率 ÷ 全体客户的该概率 × 100。",
        ),
    ),
    (
        Words("AUC", "AUC"),
        Words(
            "The chance that a model ranks one who did above one who did not: 0.5 is guessing, 1 is perfect.",
            "模型将“会”的客户排在“不会”的客户之前的概率：0.5 为随机，1 为完美。",
        ),
    ),
    (
        Words("Held out", "留出检验"),
        Words(
            "Judged on later time, or on customers, that the model had not learnt from.",
            "用模型未见过的、更晚时段或其他客户的数据检验。",
        ),
    ),
    (
        Words("Money at stake", "涉及金额"),
        Words(
            "Net spend of the group in the past year, times the share of such customers who were overdue 90 days "
            "later. What an action gains is only known after a test with a hold-out.",
            "该组客户近一年净消费额 × 同类客户 90 天后逾期未购的比例。动作带来的增量需经留出对照组的测试才能得知。",
        ),
    ),
    (
        Words("Evidence grade", "证据等级"),
        Words(
            "Experiment: measured against a random hold-out. Quasi-experiment: against a comparable group. "
            "Observational: seen in past behaviour only.",
            "实验：与随机对照组比较所得；准实验：与可比人群比较所得；观察性：仅来自历史行为。",
        ),
    ),
)
