"""What each finding says, in English and Chinese. Braces are filled with what was counted."""

from __future__ import annotations

from dataclasses import dataclass

from habitue.schema import Words

__all__ = ["WORDS", "FindingWords"]

_NONE = Words("", "")


@dataclass(frozen=True, slots=True)
class FindingWords:
    """The texts of one kind of finding.

    Its title, what was seen, what was done in any case, what the merchant can do, and what was done by a repair that
    can be switched off.
    """

    title: Words
    what: Words
    done: Words = _NONE
    do: Words = _NONE
    switched: Words = _NONE


def _lines(en: str, zh: str, more_en: str = "", more_zh: str = "") -> tuple[Words, Words]:
    """Return the title and the sentence that counts lines under it."""
    return Words(en, zh), Words(
        f"{en}: {{count:,}} of {{out_of:,}} lines{more_en}", f"{zh}：{{count:,}} 行（共 {{out_of:,}} 行）{more_zh}"
    )


_SET_ASIDE = Words("They are set aside: no figure counts them.", "已剔除，不计入任何指标。")
_REPORTED = Words("Nothing was changed.", "未作改动。")

#: Code → texts.
WORDS: dict[str, FindingWords] = {
    "D101": FindingWords(
        *_lines("Lines that repeat an earlier line in every column", "与前面某行完全相同的重复行"),
        switched=Words(
            "The first of equal lines counts, the later ones are set aside.", "相同的行只保留第一行，其余已剔除。"
        ),
    ),
    "D102": FindingWords(
        *_lines("Lines of cancelled orders", "已取消订单的明细行"),
        Words(
            "{paired:,} of {reversals:,} negative lines were paired with the sale they take back; for the rest there "
            "is no earlier sale of as many pieces to the same known customer.",
            "{reversals:,} 行冲销行中，{paired:,} 行已与其冲销的销售配对，其余找不到同一客户、件数足够的更早销售。",
        ),
        switched=Words(
            "{by_status:,} lines whose status says cancelled, but not when, are set aside.",
            "状态为取消、但没有取消时间的 {by_status:,} 行已剔除。",
        ),
    ),
    "D103": FindingWords(
        *_lines("Returned goods: negative quantities of known customers", "退货：有客户编号的负数量行"),
        Words(
            "{paired:,} were paired with the sale they take back. "
            "They lower net figures, never the number of purchases.",
            "其中 {paired:,} 行已与原销售配对；退货只减少净额，不减少购买次数。",
        ),
    ),
    "D104": FindingWords(
        *_lines("Lines without a customer", "没有客户编号的行"),
        Words(
            "They count as guest sales in the shop's turnover and belong to no customer.",
            "计为散客销售，算入店铺营业额，不归属任何客户。",
        ),
        Words(
            "If the export has a customer number, e-mail or phone, map it to customer_id in shop.toml.",
            "如果导出文件里有客户编号、邮箱或手机号，请在 shop.toml 中映射到 customer_id。",
        ),
    ),
    "D105": FindingWords(
        *_lines(
            "Prices of zero or below",
            "单价为零或负数的行",
            ", {free:,} of them free, {negative:,} negative",
            "，其中零价 {free:,} 行，负价 {negative:,} 行",
        ),
        Words(
            "Kept, but they are no purchases: free lines are gifts or stock entries, negative ones adjustments.",
            "保留，但不算购买：零价多为赠品或库存记录，负价为账务调整。",
        ),
    ),
    "D106": FindingWords(
        *_lines(
            "Quantities that are no sale and no customer's return",
            "既非销售也非客户退货的数量",
            ", {zero:,} of them zero, {written_off:,} negative without customer (write-offs)",
            "，其中数量为零 {zero:,} 行，无客户的负数量（报损、盘亏）{written_off:,} 行",
        ),
        Words("Kept, but they are no purchases.", "保留，但不算购买。"),
    ),
    "D107": FindingWords(
        *_lines(
            "Codes that are no products: postage, fees, discounts, vouchers",
            "不是商品的编码：运费、手续费、差价、折扣、礼品卡等",
            " ({codes})",
            "（{codes}）",
        ),
        Words("They count as money, never as products.", "金额照常计入，但不算商品。"),
        Words(
            "If one of them is a product, add it to product_codes under [repairs] in shop.toml; "
            "further codes go to fee_codes.",
            "若其中有真正的商品，请加入 shop.toml [repairs] 下的 product_codes；其他非商品编码加入 fee_codes。",
        ),
    ),
    "D108": FindingWords(
        *_lines("Test orders", "测试订单"),
        do=Words(
            "Further test accounts go to test_customers under [repairs] in shop.toml.",
            "其他测试账号可加入 shop.toml [repairs] 下的 test_customers。",
        ),
        switched=_SET_ASIDE,
    ),
    "D109": FindingWords(
        *_lines(
            "Lines far above the usual quantity",
            "数量远超平常的行",
            ": more than {threshold} pieces, where {median} are usual; the largest has {largest}; "
            "sales among them that were taken back within a day: {undone:,}",
            "：超过 {threshold} 件（平常 {median} 件），最大 {largest} 件；其中一天内被冲销的销售 {undone:,} 行",
        ),
        Words("Set aside: {aside:,}.", "已剔除 {aside:,} 行。"),
        Words(
            "wholesale_quantity = {threshold} under [repairs] in shop.toml sets such lines aside.",
            "在 shop.toml 的 [repairs] 下写 wholesale_quantity = {threshold} 可剔除这些行。",
        ),
    ),
    "D110": FindingWords(
        *_lines("Order times in the future", "下单时间在未来的行"),
        do=Words(
            "Check whether day and month are exchanged, and the clock of the till.",
            "请检查日期的日、月是否颠倒，以及收银系统的时钟。",
        ),
        switched=_SET_ASIDE,
    ),
    "D111": FindingWords(
        *_lines(
            "Lines in another currency than the shop's",
            "币种与店铺不同的行",
            ": the shop's is {currency}, the table has {currencies}",
            "：店铺币种为 {currency}，表中有 {currencies}",
        ),
        switched=Words(
            "They are set aside: amounts in different currencies are never added.",
            "已剔除：不同币种的金额不会相加。",
        ),
        do=Words(
            "Convert the prices before loading, or name the shop's currency: currency under [shop] in shop.toml.",
            "请在导入前换算价格，或在 shop.toml 的 [shop] 下用 currency 指定店铺币种。",
        ),
    ),
    "D112": FindingWords(
        Words("Product codes that differ only in letter case", "仅大小写不同的商品编码"),
        Words(
            "Product codes that differ only in letter case: {count:,} groups among {out_of:,} codes",
            "仅大小写不同的商品编码：{count:,} 组（共 {out_of:,} 个编码）",
        ),
        Words("Kept apart, as the shop has them.", "按原样视为不同商品。"),
        Words("Unify them in the shop's system if they mean one product.", "如属同一商品，请在店铺系统中统一编码。"),
    ),
    "D113": FindingWords(
        Words("Product codes with more than one title", "有多个名称的商品编码"),
        Words(
            "Product codes with more than one title: {count:,} of {out_of:,} codes; {remarks:,} of their titles look "
            'like stock remarks ("damaged", "?")',
            "有多个名称的商品编码：{count:,} 个（共 {out_of:,} 个）；其中 {remarks:,} 个名称像库存备注（如“破损”“？”）",
        ),
        _REPORTED,
    ),
    "D115": FindingWords(
        *_lines("Lines without a product title", "没有商品名称的行"),
        _REPORTED,
    ),
    "D116": FindingWords(
        Words("Order numbers used for more than one order", "被多个订单共用的订单号"),
        Words(
            "Order numbers used for more than one order: {count:,} of {out_of:,}, {customers:,} of them by two "
            "customers or more, {apart:,} with sales more than {days} days apart",
            "被多个订单共用的订单号：{count:,} 个（共 {out_of:,} 个），其中 {customers:,} 个属于不同客户，"
            "{apart:,} 个的销售时间相隔超过 {days} 天",
        ),
        _REPORTED,
        Words(
            "Add the store or year to the order number before loading if numbers start again.",
            "如果订单号会重新编号，请在导入前加上门店或年份。",
        ),
    ),
    "D117": FindingWords(
        *_lines(
            "Order times before 1990, such as a computer's default date", "早于 1990 年的下单时间（常为系统默认日期）"
        ),
        Words("Kept: they stretch the shop's history.", "已保留，但会拉长店铺历史。"),
        Words("Correct or remove them in the source.", "请在数据源中更正或删除。"),
    ),
    "D118": FindingWords(
        Words("Every customer has one order only", "每个客户只有一笔订单"),
        Words("Every customer has one order only ({count:,} customers)", "每个客户只有一笔订单（{count:,} 个客户）"),
        Words(
            "Coming back, churn and customer value cannot be learnt from this table.",
            "无法据此判断复购、流失和客户价值。",
        ),
        Words(
            "Check that customer_id names the person and not the order.", "请确认 customer_id 是客户编号而不是订单号。"
        ),
    ),
    "D119": FindingWords(
        *_lines("Only returns, not one sale", "只有退货，没有销售"),
        _NONE,
        Words(
            "Check that quantity and unit_price are mapped to the right columns.",
            "请检查 quantity 与 unit_price 是否映射到正确的列。",
        ),
    ),
    "D120": FindingWords(
        Words("The shop is older than its data", "店铺历史早于数据起点"),
        Words(
            "The shop is older than its data: {count:,} of {out_of:,} customers were first seen in the first 30 days, "
            "{times:.1f} times as many as in the 30 days after",
            "店铺历史早于数据起点：{out_of:,} 个客户中有 {count:,} 个在最初 30 天首次出现，"
            "是其后 30 天的 {times:.1f} 倍",
        ),
        Words(
            "Their first purchases may lie before {start}; cohorts of the first month are not new customers.",
            "他们的首购可能早于 {start}，首月的同期群并非都是新客。",
        ),
        Words("Load older orders if you have them.", "如有更早的订单，请一并导入。"),
    ),
    "D121": FindingWords(
        Words("Days without orders", "没有订单的日期"),
        Words(
            "Days without orders: {count:,} of {out_of:,} days{details_en}",
            "没有订单的日期：{count:,} 天（共 {out_of:,} 天）{details_zh}",
        ),
        _REPORTED,
        Words("Check that no file is missing if the shop was open.", "如果当时正常营业，请检查是否缺少文件。"),
    ),
    "D122": FindingWords(
        Words("All orders belong to one customer", "所有订单都属于同一个客户"),
        Words("All {out_of:,} lines with a customer belong to one", "有客户编号的 {out_of:,} 行全部属于同一个客户"),
        Words("Customers cannot be compared.", "无法比较不同客户。"),
        Words("Check which column is mapped to customer_id.", "请检查映射到 customer_id 的列。"),
    ),
}
