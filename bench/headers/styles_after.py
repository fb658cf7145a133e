"""Styles written after the guesser's code, for classes of exports that the others leave out.

Misspelt headers, times split over two columns, mixed ways of writing dates in one column, units in the cells,
net and gross prices side by side, several states and several people in one file, tables of advertising and consent,
and a few more languages.
"""

from __future__ import annotations

from dataclasses import replace

from bench.headers.formats import chinese_day, comma, epoch, european, iso, iso_day, money, slashed, uk, uk_day, us_day
from bench.headers.style import Columns, HeaderStyle, Layout, style
from bench.headers.world import customers, orders, sales
from bench.headers.world_tables import coupons, messages, purchases

__all__ = ["STYLES_AFTER"]

_PLAIN = Layout()
_GBK = Layout(encoding="gbk")
_UK = Layout(dates="day_first")
_US = Layout(dates="month_first")
_COMMA = Layout(delimiter=";", decimal=",", dates="day_first")
_STATES = ("已支付", "待支付", "已退款")


def _twelve_hours(at: object) -> str:
    return f"{at:%m/%d/%Y %I:%M %p}"


def _lines(name: str, language: str, layout: Layout, seed: int, columns: Columns, market: str = "en") -> HeaderStyle:
    """Make a style of order lines."""
    return style(name, language, layout, lambda: sales(seed, market), columns)  # type: ignore[arg-type]


_EN = (
    _lines("misspelt", "en", _UK, 201, (
        ("Ordr Number", "order_id", lambda s: s.order.number),
        ("Custmer Code", "customer_id", lambda s: f"C{s.customer.number}"),
        ("Order Dtae", "ordered_at", lambda s: uk(s.at)),
        ("Prodct Code", "product_id", lambda s: s.product.sku),
        ("Descripton", "product_title", lambda s: s.product.title),
        ("Quanity", "quantity", lambda s: s.quantity),
        ("Unit Prise", "unit_price", lambda s: money(s.unit_price)),
        ("Line Totl", "line_total", lambda s: money(s.total)),
        ("Contry", "country", lambda s: s.customer.abroad.country),
    )),
    _lines("day_and_clock_apart", "en", _US, 202, (
        ("Sale No", "order_id", lambda s: s.order.number),
        ("Business Date", "ordered_at", lambda s: us_day(s.at)),
        ("Sale Time", None, lambda s: f"{s.at:%H:%M}"),
        ("Member", "customer_id", lambda s: f"M{s.customer.number}"),
        ("Menu Item", "product_title", lambda s: s.product.title),
        ("Menu Group", "category", lambda s: s.product.category),
        ("Qty Sold", "quantity", lambda s: s.quantity),
        ("Net Sales", "line_total", lambda s: money(s.total)),
        ("Sales Tax", None, lambda s: money(s.tax)),
        ("Server", None, lambda s: ("Jo", "Max")[s.order.number % 2]),
    )),
    _lines("net_and_gross", "en", _UK, 203, (
        ("Order ref", "order_id", lambda s: f"W{s.order.number}"),
        ("Placed", "ordered_at", lambda s: uk(s.at)),
        ("Account no.", "customer_id", lambda s: s.customer.number),
        ("Account name", "customer_name", lambda s: s.customer.name),
        ("Stock no.", "product_id", lambda s: s.product.sku),
        ("Stock description", "product_title", lambda s: s.product.title),
        ("Ordered", ("quantity", None), lambda s: s.quantity),
        ("Price ex VAT", ("unit_price", None), lambda s: money(s.unit_price)),
        ("Price inc VAT", ("unit_price", None), lambda s: money(s.unit_price * 1.2)),
        ("Goods value", "line_total", lambda s: money(s.total)),
        ("VAT rate", None, lambda _: "20"),
    )),
    _lines("twelve_hour_clock", "en", _US, 204, (
        ("Transaction #", "order_id", lambda s: s.order.number),
        ("Transaction Date/Time", "ordered_at", lambda s: _twelve_hours(s.at)),
        ("Guest Email", "customer_email", lambda s: s.customer.email),
        ("Guest Name", "customer_name", lambda s: s.customer.name),
        ("Guest #", "customer_id", lambda s: s.customer.number),
        ("Product Purchased", "product_title", lambda s: s.product.title),
        ("Units", "quantity", lambda s: s.quantity),
        ("Unit Amount (USD)", "unit_price", lambda s: money(s.unit_price)),
        ("Card Type", "payment_method", lambda s: ("Visa", "Amex", "Mastercard")[s.order.payment]),
        ("Approval Code", None, lambda s: f"{s.order.number * 7919 % 999983:06d}"),
    )),
    _lines("month_names", "en", Layout(dates=None), 205, (
        ("Inv No", "order_id", lambda s: s.order.number),
        ("Inv Date", "ordered_at", lambda s: f"{s.at:%d-%b-%y}"),
        ("Due", None, lambda s: f"{s.order.updated_at:%d-%b-%y}"),
        ("Debtor", "customer_id", lambda s: f"D{s.customer.number}"),
        ("Part No", "product_id", lambda s: s.product.sku),
        ("Part Desc", "product_title", lambda s: s.product.title),
        ("Inv Qty", "quantity", lambda s: s.quantity),
        ("Sell", "unit_price", lambda s: money(s.unit_price)),
        ("Extended", "line_total", lambda s: money(s.total)),
        ("GP %", None, lambda s: f"{(1 - s.unit_cost / s.unit_price) * 100:.1f}"),
    )),
    _lines("mobile_backend_milliseconds", "en", Layout(dates=None, line_end="\n"), 206, (
        ("oid", "order_id", lambda s: f"{s.order.number:x}f3"),
        ("uid", "customer_id", lambda s: f"u_{s.customer.number}"),
        ("ts", "ordered_at", lambda s: f"{epoch(s.at)}000"),
        ("pid", "product_id", lambda s: s.product.sku),
        ("cnt", "quantity", lambda s: s.quantity),
        ("price", "unit_price", lambda s: money(s.unit_price)),
        ("cur", "currency", lambda _: "GBP"),
        ("plat", "channel", lambda s: ("ios", "android", "web")[s.order.channel]),
        ("ver", None, lambda s: f"4.{s.order.number % 9}.1"),
    )),
    _lines("three_states", "en", _PLAIN, 207, (
        ("order_number", "order_id", lambda s: s.order.number),
        ("order_state", ("status", None), lambda s: s.order.status),
        ("payment_state", ("status", None), lambda s: "paid" if s.order.paid_at else "open"),
        ("delivery_state", ("status", None), lambda s: "shipped" if s.order.shipped_at else "open"),
        ("order_date_time", "ordered_at", lambda s: iso(s.at)),
        ("customer_number", "customer_id", lambda s: s.customer.number),
        ("product_number", "product_id", lambda s: s.product.sku),
        ("label", "product_title", lambda s: s.product.title),
        ("quantity", "quantity", lambda s: s.quantity),
        ("unit_price", "unit_price", lambda s: money(s.unit_price)),
        ("total_price", "line_total", lambda s: money(s.total)),
        ("tax_rate", None, lambda _: "19"),
        ("purchase_steps", None, lambda s: s.line),
    )),
    _lines("database_prefixes", "en", Layout(line_end="\n"), 208, (
        ("t_ord_item.f_ord_id", "order_id", lambda s: s.order.number),
        ("t_ord_item.f_line_no", "line_id", lambda s: s.line),
        ("t_ord.f_cust_id", "customer_id", lambda s: s.customer.number),
        ("t_ord.f_ord_ts", "ordered_at", lambda s: iso(s.at)),
        ("t_ord.f_upd_ts", None, lambda s: iso(s.order.updated_at)),
        ("t_prod.f_sku", "product_id", lambda s: s.product.sku),
        ("t_prod.f_nm", "product_title", lambda s: s.product.title),
        ("t_ord_item.f_qty", "quantity", lambda s: s.quantity),
        ("t_ord_item.f_unit_prc", "unit_price", lambda s: money(s.unit_price)),
        ("t_ord_item.f_disc_amt", "discount", lambda s: money(s.discount)),
        ("t_ord.f_ship_ctry", "country", lambda s: s.customer.abroad.code),
        ("t_ord_item.f_del_flg", None, lambda _: "N"),
    )),
    _lines("questions_as_headers", "en", _UK, 209, (
        ("Which order?", "order_id", lambda s: s.order.number),
        ("When?", "ordered_at", lambda s: uk_day(s.at)),
        ("Who bought it?", "customer_id", lambda s: f"cust-{s.customer.number}"),
        ("What?", "product_title", lambda s: s.product.title),
        ("How many?", "quantity", lambda s: s.quantity),
        ("Price paid each", "unit_price", lambda s: money(s.unit_price)),
        ("Where to (country)?", "country", lambda s: s.customer.abroad.country),
    )),
)  # fmt: skip

_ZH = (
    _lines("mixed_dates_and_units", "zh", Layout(encoding="gb18030"), 221, (
        ("订单编码", "order_id", lambda s: f"DD{s.order.number}"),
        ("下单日", "ordered_at", lambda s: (iso_day, chinese_day)[s.order.number % 2](s.at)),
        ("客户代号", "customer_id", lambda s: f"K{s.customer.number}"),
        ("货品", "product_title", lambda s: s.product.title_zh),
        ("件数", "quantity", lambda s: f"{s.quantity}件"),
        ("单价", "unit_price", lambda s: f"¥{s.unit_price:,.2f}"),
        ("合计金额", "line_total", lambda s: f"¥{s.total:,.2f}"),
        ("经办", None, lambda s: ("小王", "小李")[s.order.number % 2]),
    ), "zh"),
    _lines("short_video_shop", "zh", _PLAIN, 222, (
        ("订单编号", "order_id", lambda s: f"35{s.order.number}8811\t"),
        ("商品ID", "product_id", lambda s: f"3{s.product.number:07d}"),
        ("商品名称", "product_title", lambda s: s.product.title_zh),
        ("SKU数量", "quantity", lambda s: s.quantity),
        ("成交单价", "unit_price", lambda s: money(s.unit_price)),
        ("实付款", "line_total", lambda s: money(s.total)),
        ("订单创建时间", "ordered_at", lambda s: iso(s.at)),
        ("订单支付时间", None, lambda s: iso(s.order.paid_at)),
        ("预计佣金", None, lambda s: money(s.total * 0.1)),
        ("CPS达人昵称", None, lambda s: ("慢慢吃", "阿花穿搭")[s.order.number % 2]),
        ("买家ID", "customer_id", lambda s: f"{s.customer.number}9901"),
        ("收货地区", ("region", None), lambda s: s.customer.cn.region),
    ), "zh"),
    _lines("beauty_parlour", "zh", _GBK, 223, (
        ("开单时间", "ordered_at", lambda s: slashed(s.at)),
        ("单号", "order_id", lambda s: f"XF{s.order.number}"),
        ("会员姓名", "customer_name", lambda s: s.customer.name_zh),
        ("会员手机", "customer_phone", lambda s: s.customer.mobile),
        ("会员编号", "customer_id", lambda s: f"V{s.customer.number}"),
        ("项目/产品", "product_title", lambda s: s.product.title_zh),
        ("数量", "quantity", lambda s: s.quantity),
        ("原价", ("list_price", None), lambda s: money(s.list_price)),
        ("应收", None, lambda s: money(s.gross)),
        ("实收", "line_total", lambda s: money(s.total)),
        ("技师", None, lambda s: ("9号", "16号")[s.order.number % 2]),
        ("收款方式", "payment_method", lambda s: ("微信", "支付宝", "储值卡")[s.order.payment]),
    ), "zh"),
    _lines("two_currencies_of_the_ledger", "zh", _GBK, 224, (
        ("发票号", None, lambda s: f"044001{s.order.number}"),
        ("出库单号", "order_id", lambda s: f"XSCK{s.order.number}"),
        ("出库日期", "ordered_at", lambda s: iso_day(s.at)),
        ("客商编码", "customer_id", lambda s: f"0{s.customer.number}"),
        ("客商名称", "customer_name", lambda s: s.customer.name_zh),
        ("物料号", "product_id", lambda s: s.product.sku),
        ("物料描述", "product_title", lambda s: s.product.title_zh),
        ("主数量", "quantity", lambda s: f"{s.quantity:.3f}"),
        ("原币无税单价", "unit_price", lambda s: money(s.unit_price)),
        ("原币无税金额", "line_total", lambda s: money(s.total)),
        ("原币税额", None, lambda s: money(s.tax)),
        ("币种", "currency", lambda _: "人民币"),
        ("制单人", None, lambda s: ("李会计", "赵会计")[s.order.number % 2]),
    ), "zh"),
    _lines("hong_kong_shop", "zh", _UK, 225, (
        ("訂單號", "order_id", lambda s: f"HK{s.order.number}"),
        ("下單時間", "ordered_at", lambda s: uk(s.at)),
        ("會員電郵", "customer_email", lambda s: s.customer.email),
        ("會員號碼", "customer_id", lambda s: s.customer.number),
        ("貨品編號", "product_id", lambda s: s.product.sku),
        ("貨品名稱", "product_title", lambda s: s.product.title_tw),
        ("件數", "quantity", lambda s: s.quantity),
        ("單價 (HKD)", "unit_price", lambda s: money(s.unit_price)),
        ("折扣金額", "discount", lambda s: money(s.discount)),
        ("實付 (HKD)", "line_total", lambda s: money(s.total)),
        ("運送方式", None, lambda s: ("順豐自取", "郵寄")[s.order.number % 2]),
    ), "zh"),
    _lines("underscored_pinyin", "zh", Layout(line_end="\n"), 226, (
        ("dingdan_hao", "order_id", lambda s: s.order.number),
        ("yonghu_id", "customer_id", lambda s: s.customer.number),
        ("xiadan_shijian", "ordered_at", lambda s: iso(s.at)),
        ("shangpin_bianma", "product_id", lambda s: s.product.sku),
        ("shangpin_mingcheng", "product_title", lambda s: s.product.title_zh),
        ("shuliang", "quantity", lambda s: s.quantity),
        ("danjia", "unit_price", lambda s: money(s.unit_price)),
        ("zongjia", "line_total", lambda s: money(s.total)),
        ("beizhu", None, lambda s: "加急" if s.order.number % 5 == 0 else ""),
    ), "zh"),
)  # fmt: skip

_TABLES = (
    style("advertising_by_day", "zh", _PLAIN, lambda: list(range(160)), (
        ("日期", "day", lambda i: f"2024-{i // 28 % 12 + 1:02d}-{i % 28 + 1:02d}"),
        ("渠道", "channel", lambda i: ("搜索", "直播", "小红书")[i % 3]),
        ("计划ID", "campaign_id", lambda i: f"7{i % 9:05d}"),
        ("展现量", "impressions", lambda i: 900 + i * 37 % 5000),
        ("点击量", "clicks", lambda i: 20 + i * 7 % 200),
        ("花费(元)", "cost", lambda i: f"{15 + i * 13 % 400 + 0.35:.2f}"),
        ("投产比", None, lambda i: f"{1 + i % 50 / 10:.2f}"),
    ), table="spend"),
    style("consent_log", "en", _PLAIN, lambda: customers(231), (
        ("Contact ID", "customer_id", lambda c: c.number),
        ("Purpose", "purpose", lambda c: ("marketing", "personalisation")[c.number % 2]),
        ("Channel", "channel", lambda c: ("email", "sms")[c.number % 2]),
        ("Opted in", "granted", lambda c: "yes" if c.number % 3 else "no"),
        ("Changed on", "changed_at", lambda c: iso(c.signed_up)),
        ("IP", None, lambda c: f"203.0.113.{c.number % 250}"),
    ), table="consents"),
    style("campaign_sends", "zh", _PLAIN, lambda: messages(232), (
        ("消息ID", "message_id", lambda m: m.number),
        ("会员ID", "customer_id", lambda m: m.customer.number),
        ("活动ID", "campaign_id", lambda m: m.campaign),
        ("触达渠道", "channel", lambda m: "短信" if m.by_text else "小程序"),
        ("实验分组", "arm", lambda m: m.arm),
        ("发送时间", "sent_at", lambda m: iso(m.sent)),
        ("打开时间", "opened_at", lambda m: iso(m.opened)),
        ("点击时间", "clicked_at", lambda m: iso(m.clicked)),
        ("退订时间", "unsubscribed_at", lambda m: iso(m.left)),
    ), table="messages"),
    style("payments_zh", "zh", _GBK, lambda: orders(233, "zh"), (
        ("支付流水号", "payment_id", lambda o: f"42000{o.number * 31}"),
        ("订单号", "order_id", lambda o: o.number),
        ("用户ID", "customer_id", lambda o: o.customer.number),
        ("支付时间", "paid_at", lambda o: iso(o.ordered_at)),
        ("支付金额", "amount", lambda o: money(o.total)),
        ("支付方式", "method", lambda o: ("微信", "支付宝", "银行卡")[o.payment]),
        ("支付状态", "status", lambda o: _STATES[o.number % 3]),
        ("手续费", None, lambda o: money(o.total * 0.006)),
    ), table="payments"),
    style("orders_with_three_totals", "en", _UK, lambda: orders(234), (
        ("Reference", "order_id", lambda o: f"R-{o.number}"),
        ("Date placed", "ordered_at", lambda o: uk(o.ordered_at)),
        ("Customer no", "customer_id", lambda o: o.customer.number),
        ("Sub total", None, lambda o: money(o.total - o.shipping)),
        ("Delivery", "shipping", lambda o: money(o.shipping)),
        ("Grand total", "order_total", lambda o: money(o.total)),
        ("Promo code", "coupon_code", lambda o: o.coupon),
        ("Delivery country", "country", lambda o: o.customer.abroad.country),
        ("Items in order", None, lambda o: 1 + o.number % 5),
    ), table="orders"),
    style("vouchers_handed_out", "en", _PLAIN, lambda: coupons(235), (
        ("Voucher ID", "coupon_id", lambda c: c.number),
        ("Voucher code", "coupon_code", lambda c: c.code),
        ("Customer ID", "customer_id", lambda c: c.customer.number),
        ("Discount type", "kind", lambda c: "percent" if c.by_share else "amount"),
        ("Value", "value", lambda c: money(c.value)),
        ("Minimum spend", "minimum", lambda c: money(c.minimum)),
        ("Issued", "issued_at", lambda c: iso(c.issued)),
        ("Expires", "expires_at", lambda c: iso(c.expires)),
        ("Redeemed", "redeemed_at", lambda c: iso(c.redeemed)),
    ), table="coupons"),
    style("suppliers_list", "zh", _GBK, lambda: list(range(60)), (
        ("供应商代码", "supplier_id", lambda i: f"GYS{100 + i}"),
        ("供应商全称", "name", lambda i: f"{'东西南北'[i % 4]}方{'贸易纺织'[i % 2 * 2:i % 2 * 2 + 2]}有限公司{i}"),
        ("国家", "country", lambda i: ("中国", "越南")[i % 2]),
        ("供货周期(天)", "lead_time_days", lambda i: 7 + i % 20),
        ("起订量", "minimum_order", lambda i: 50 * (1 + i % 6)),
        ("合作开始日期", "since", lambda i: f"20{10 + i % 13}-0{i % 9 + 1}-15"),
        ("联系人", None, lambda i: ("王芳", "李强", "赵敏")[i % 3]),
    ), table="suppliers"),
    style("goods_on_order", "zh", _GBK, lambda: purchases(236), (
        ("采购订单号", "purchase_order_id", lambda p: f"PO{p.number}"),
        ("供货商", "supplier_id", lambda p: p.product.supplier),
        ("料号", "product_id", lambda p: p.product.sku),
        ("采购数量", "quantity", lambda p: p.quantity),
        ("采购单价", "unit_cost", lambda p: money(p.product.cost("zh"))),
        ("下单日期", "ordered_at", lambda p: iso_day(p.ordered)),
        ("要求到货日期", "promised_at", lambda p: iso_day(p.promised)),
        ("实际到货日期", "received_at", lambda p: iso_day(p.came)),
        ("到货数量", "quantity_received", lambda p: "" if p.received is None else p.received),
    ), table="purchase_orders"),
)  # fmt: skip

_OTHER = (
    _lines("dutch_shop", "other", _COMMA, 241, (
        ("Ordernummer", "order_id", lambda s: s.order.number),
        ("Besteldatum", "ordered_at", lambda s: uk(s.at)),
        ("Klantnummer", "customer_id", lambda s: s.customer.number),
        ("Artikelnummer", "product_id", lambda s: s.product.sku),
        ("Omschrijving", "product_title", lambda s: s.product.title),
        ("Aantal", "quantity", lambda s: s.quantity),
        ("Prijs per stuk", "unit_price", lambda s: comma(s.unit_price)),
        ("Totaalbedrag", "line_total", lambda s: european(s.total)),
        ("Land", "country", lambda s: s.customer.abroad.code),
        ("BTW", None, lambda _: "21%"),
    )),
    _lines("italian_shop", "other", _COMMA, 242, (
        ("Numero ordine", "order_id", lambda s: s.order.number),
        ("Data ordine", "ordered_at", lambda s: uk(s.at)),
        ("Codice cliente", "customer_id", lambda s: s.customer.number),
        ("Codice articolo", "product_id", lambda s: s.product.sku),
        ("Descrizione", "product_title", lambda s: s.product.title),
        ("Quantità", "quantity", lambda s: s.quantity),
        ("Prezzo unitario", "unit_price", lambda s: comma(s.unit_price)),
        ("Importo", "line_total", lambda s: comma(s.total)),
        ("Paese", "country", lambda s: s.customer.abroad.country),
    )),
    _lines("japanese_shop", "other", Layout(encoding="utf-8-sig"), 243, (
        ("注文番号", "order_id", lambda s: f"3{s.order.number}-2024"),
        ("注文日時", "ordered_at", lambda s: slashed(s.at)),
        ("会員番号", "customer_id", lambda s: s.customer.number),
        ("商品番号", "product_id", lambda s: s.product.sku),
        ("商品名", "product_title", lambda s: s.product.title),
        ("個数", "quantity", lambda s: s.quantity),
        ("単価", "unit_price", lambda s: f"{s.unit_price * 150:.0f}"),
        ("小計", "line_total", lambda s: f"{s.quantity * round(s.unit_price * 150):.0f}"),
        ("都道府県", ("region", None), lambda s: ("東京都", "大阪府", "北海道")[s.customer.number % 3]),
    )),
)  # fmt: skip

STYLES_AFTER: tuple[HeaderStyle, ...] = tuple(replace(each, before_code=False) for each in _EN + _ZH + _TABLES + _OTHER)
