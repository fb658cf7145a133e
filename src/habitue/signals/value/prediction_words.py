"""Names and notes of the value forecast, in words to print beside them."""

from __future__ import annotations

from habitue.schema import Words

__all__ = ["MEANINGS", "NOTES", "REPEAT_QUESTION"]

#: Of the inputs that come from the model of repeat buying.
MEANINGS: dict[str, Words] = {
    "btyd_alive": Words("chance of still being a customer", "仍为活跃客户的概率"),
    "btyd_orders": Words("purchase days to expect from the rhythm so far", "按既往节奏预计的购买天数"),
    "btyd_order_value": Words("usual spend of a purchase day", "单次购买日的一般消费"),
    "btyd_spend": Words("spend to expect from the rhythm so far", "按既往节奏预计的消费"),
}

REPEAT_QUESTION = Words("On how many days will the customer buy again?", "客户还会在多少天里再次购买？")

#: Notes on the cards; the braces are filled in.
NOTES: dict[str, Words] = {
    "weight": Words(
        "Expected spend is {task:.0%} the learnt model and {btyd:.0%} buy-till-you-die, weighed on {cutoff}.",
        "预期消费由学习模型（{task:.0%}）与重复购买模型（{btyd:.0%}）加权得出，权重在 {cutoff} 的数据上确定。",
    ),
    "btyd_only": Words(
        "No outcome is known yet that could teach more: expected spend is that of the buy-till-you-die model alone.",
        "尚无可供学习的历史结果：预期消费仅来自重复购买模型。",
    ),
    "task_only": Words(
        "Too few customers came back for a buy-till-you-die model: rates are the shop's, shrunk towards its mean.",
        "复购客户过少，无法拟合重复购买模型：购买频率向全店平均值收缩。",
    ),
    "cover": Words(
        "Intervals made on {earlier} held {cover:.0%} of the customers' spend on {later}; {asked:.0%} was asked for.",
        "在 {earlier} 建立的区间于 {later} 覆盖了 {cover:.0%} 客户的实际消费；目标为 {asked:.0%}。",
    ),
    "cover_unchecked": Words(
        "The intervals could not be checked on another cut-off: the records are too short.",
        "历史数据不足，区间未能在另一时点检验。",
    ),
    "no_interval": Words(
        "Too few outcomes are known for an interval; the forecast comes without one.",
        "已知结果过少，无法给出区间。",
    ),
    "chosen": Words(
        "Chosen on {cutoff} by how purchase days of the following {days} days were foretold (MAE × RMSE).",
        "依据 {cutoff} 之后 {days} 天购买天数的预测误差（MAE × RMSE）选定。",
    ),
    "not_chosen": Words(
        "The records are too short to compare models; this one is the default.",
        "历史数据不足以比较模型，采用默认模型。",
    ),
    "parameters": Words("Parameters, in days: {text}.", "参数（单位：天）：{text}。"),
    "spend_parameters": Words(
        "Spend of a purchase day (Gamma-Gamma): {text}.", "单次购买日消费（Gamma-Gamma）：{text}。"
    ),
    "flat": Words(
        "The records do not tell how fast customers leave, so the parameters have no errors; forecasts are not harmed.",
        "历史数据不足以判断客户流失速度，参数误差无法给出，但不影响预测。",
    ),
    "not_converged": Words(
        "The search for the parameters did not settle; read them with care.", "参数估计未收敛，请谨慎使用。"
    ),
    "alive": Words(
        "The chance of still being a customer is no churn score: it calls one-time buyers loyal.",
        "“仍为活跃客户的概率”不是流失分：它会高估只购买过一次的客户。",
    ),
}
