"""Each repair on a shop of a few rows whose answer can be read off."""

import datetime as dt

from habitue.data.finding import Section, Severity


def day(number, hour=9, month=3):
    return dt.datetime(2024, month, number, hour)


def test_the_first_of_equal_lines_counts(repair):
    copy = {"order_id": "1", "product_title": None}
    rows = [copy, copy, {**copy, "quantity": 2.0}, {**copy, "source": "again.csv"}, {**copy, "line_id": "7"}]
    outcome = repair(rows)
    assert outcome.column("set_aside") == [None, "D101", None, "D101", None]
    finding = outcome.findings["duplicates"]
    assert (finding.count, finding.out_of, finding.first_row, finding.source) == (2, 5, 4, "again.csv")
    assert set(repair(rows, duplicates="keep").column("set_aside")) == {None}


def test_a_cancelled_invoice_is_paired_with_its_sale(repair):
    rows = [
        *({"product_id": mark, "ordered_at": day(1), "quantity": 5.0} for mark in ("C2", "RF-2", "退2")),
        *(
            {"order_id": mark, "product_id": mark, "ordered_at": day(2), "quantity": -5.0}
            for mark in ("C2", "RF-2", "退2")
        ),
        {"order_id": "C3", "ordered_at": day(3), "quantity": -5.0, "customer_id": None},
        {"order_id": "4", "ordered_at": day(4), "quantity": -1.0},
    ]
    outcome = repair(rows)
    assert outcome.column("reversed_at") == [day(2)] * 3 + [None] * 5
    assert outcome.column("reversal_of") == [None, None, None, 1, 2, 3, None, None]
    assert outcome.column("line_kind") == ["sale"] * 3 + ["return"] * 5
    assert outcome.findings["cancellations"].count == 4
    assert "3 of 4 negative lines" in outcome.findings["cancellations"].done.en
    assert outcome.findings["returns"].count == 1


def test_letters_that_also_sell_are_no_cancel_mark(repair):
    rows = [
        {"order_id": "A1", "ordered_at": day(1)},
        {"order_id": "A2", "ordered_at": day(2), "quantity": -1.0},
    ]
    outcome = repair(rows)
    assert outcome.findings["cancellations"].section is Section.PASSED
    assert outcome.findings["returns"].count == 1
    assert outcome.column("reversal_of") == [None, 1]


CANCELLED = ["cancelled", "Canceled", "refunded", "wc-cancelled", "voided", "已取消", "交易关闭", "退款成功", "已退款"]
RUNNING = ["partially_refunded", "退款关闭", "没有申请退款", "部分退款", "completed", "交易成功", "取消失败"]


def test_an_order_cancelled_by_status_is_set_aside(repair):
    rows = [{"status": status} for status in [*CANCELLED, *RUNNING]]
    rows.append({"status": "cancelled", "cancelled_at": day(2)})
    outcome = repair(rows)
    assert outcome.column("set_aside") == ["D102"] * len(CANCELLED) + [None] * (len(RUNNING) + 1)
    assert outcome.findings["cancellations"].count == len(CANCELLED) + 1
    assert set(repair(rows, cancelled_orders="keep").column("set_aside")) == {None}


def test_what_takes_a_cancelled_order_back_is_set_aside_with_it(repair):
    rows = [
        {"order_id": "1", "status": "refunded", "ordered_at": day(1)},
        {"order_id": "1", "status": "refunded", "ordered_at": day(2), "quantity": -1.0},
    ]
    assert repair(rows).column("set_aside") == ["D102", "D102"]
    assert repair(rows, cancelled_orders="keep").column("set_aside") == [None, None]


def test_guests_prices_and_quantities_are_counted_and_kept(repair):
    rows = [
        {"customer_id": None},
        {"unit_price": 0.0},
        {"unit_price": -3.0, "customer_id": None},
        {"quantity": 0.0},
        {"quantity": -2.0, "customer_id": None},
    ]
    outcome = repair(rows)
    counts = {name: outcome.findings[name].count for name in ("no_customer", "bad_price", "bad_quantity")}
    assert counts == {"no_customer": 3, "bad_price": 2, "bad_quantity": 2}
    assert "1 of them free, 1 negative" in outcome.findings["bad_price"].what.en
    assert outcome.column("line_kind") == ["sale", "free", "adjustment", "adjustment", "return"]
    assert set(outcome.column("set_aside")) == {None}


FEES = [
    *[("POST", None), ("M", "Manual"), ("m", None), ("S", "SAMPLES"), ("gift_0001_20", "Voucher £20.00")],
    *[("BANK CHARGES", None), ("C2", "CARRIAGE"), ("23444", "Next Day Carriage"), (None, "Discount"), (None, "Manual")],
    *[
        ("612345678901", "补差价专拍"),
        ("YF01", "运费"),
        ("9001", "【邮费】补拍链接"),
        ("9002", "赠品卡"),
        ("差价", None),
    ],
]
PRODUCTS = [
    *[("PADS", "PADS TO MATCH ALL CUSHIONS"), ("DCGS0076", "SUNJAR LED NIGHT LIGHT"), ("85123A", None), ("M", "Mug")],
    *[("23099", "FRENCH CARRIAGE LANTERN"), ("21769", "VINTAGE POST OFFICE CABINET"), ("22301", "COFFEE MUG")],
    *[
        ("9003", "免运费 纯棉毛巾"),
        ("9004", "差旅收纳包"),
        ("S", "Small bag"),
        ("7", "Manual"),
        ("8", "Gift card holder"),
    ],
]


def test_fee_codes_are_told_from_products_in_both_languages(repair):
    cells = [*FEES, *PRODUCTS]
    outcome = repair([{"product_id": code, "product_title": title} for code, title in cells])
    marked = dict(zip(cells, outcome.column("is_product"), strict=True))
    assert [cell for cell in FEES if marked[cell]] == []
    assert [cell for cell in PRODUCTS if not marked[cell]] == []
    assert outcome.findings["fee_codes"].count == len(FEES)
    assert set(outcome.column("set_aside")) == {None}


def test_shop_toml_overrules_fee_codes(repair):
    rows = [{"product_id": "POST"}, {"product_id": "wrap"}, {"product_id": "tea"}]
    assert repair(rows, fee_codes=["WRAP"], product_codes=["POST"]).column("is_product") == [True, False, True]


TRIALS = [
    *[{"customer_id": "test"}, {"customer_id": "TEST_USER_01"}, {"order_id": "test-12"}, {"coupon_code": "TEST"}],
    *[{"product_title": "测试商品"}, {"product_title": "【测试】请勿拍"}, {"product_title": "test product"}],
    *[{"customer_name": "Test Customer"}, {"customer_name": "测试账号"}, {"status": "test"}],
    *[{"customer_email": "jo@example.com"}, {"customer_email": "test2@shop.de"}, {"customer_email": "a@b.test"}],
]
REAL = [
    *[{"customer_id": "contest"}, {"product_title": "Pregnancy test strips"}, {"product_title": "早孕测试纸"}],
    *[{"customer_name": "Theo Testino"}, {"customer_email": "tester.jo@example.shop"}, {"coupon_code": "TASTE"}],
]


def test_test_orders_are_set_aside(repair):
    outcome = repair([*TRIALS, {"customer_id": "qa"}, *REAL], test_customers=["qa"])
    assert outcome.column("set_aside") == ["D108"] * (len(TRIALS) + 1) + [None] * len(REAL)
    assert outcome.findings["test_orders"].count == len(TRIALS) + 1
    assert set(repair(TRIALS, test_orders="keep").column("set_aside")) == {None}


def test_wholesale_is_reported_and_set_aside_only_when_named(repair):
    rows = [{"quantity": float(quantity)} for quantity in [1] * 120] + [
        {"quantity": 500.0, "ordered_at": day(2)},
        {"quantity": -500.0, "ordered_at": day(2, 10)},
    ]
    outcome = repair(rows)
    finding = outcome.findings["wholesale"]
    assert (finding.section, finding.count, finding.first_value) == (Section.NOTE, 2, "500.0")
    assert "taken back within a day: 1" in finding.what.en
    assert "wholesale_quantity = 100 " in finding.do.en
    assert set(outcome.column("set_aside")) == {None}
    assert outcome.column("reversed_at")[-2] == day(2, 10)
    assert repair(rows, wholesale_quantity=100).column("set_aside")[-2:] == ["D109", "D109"]


def test_future_and_old_dates(repair):
    rows = [{}, {"ordered_at": dt.datetime(2031, 1, 1)}, {"ordered_at": dt.datetime(1970, 1, 1)}]
    outcome = repair(rows)
    assert outcome.column("set_aside") == [None, "D110", None]
    assert outcome.findings["future_dates"].first_value == "2031-01-01 00:00:00"
    assert (outcome.findings["old_dates"].count, outcome.findings["old_dates"].first_row) == (1, 3)
    assert set(repair(rows, future_dates="keep").column("set_aside")) == {None}


def test_amounts_in_another_currency_are_never_added(repair):
    rows = [
        {"currency": "USD", "ordered_at": day(5)},
        {"currency": "人民币", "ordered_at": day(1)},
        {"currency": "CNY", "ordered_at": day(7)},
        {"currency": None},
        {"currency": "usd", "ordered_at": day(6)},
    ]
    outcome = repair(rows)
    assert outcome.column("set_aside") == ["D111", None, None, None, "D111"]
    assert "CNY 2, USD 2" in outcome.findings["currencies"].what.en
    assert repair(rows, currency="usd").column("set_aside") == [None, "D111", "D111", None, None]
    assert set(repair(rows, other_currencies="keep").column("set_aside")) == {None}


def test_codes_and_titles_are_reported(repair):
    rows = [
        {"product_id": "85a", "product_title": "Blue jar"},
        {"product_id": "85A", "product_title": "Blue jar"},
        {"product_id": "85A", "product_title": "damaged"},
        {"product_id": "86", "product_title": None},
    ]
    outcome = repair(rows)
    counts = {name: outcome.findings[name].count for name in ("letter_case", "many_titles", "no_description")}
    assert counts == {"letter_case": 1, "many_titles": 1, "no_description": 1}
    assert "1 of their titles look" in outcome.findings["many_titles"].what.en
    assert outcome.findings["many_titles"].first_value == "85A"


def test_an_order_number_used_twice(repair):
    rows = [
        {"order_id": "7", "customer_id": "ann"},
        {"order_id": "7", "customer_id": "bob"},
        {"order_id": "8", "ordered_at": day(1, month=1)},
        {"order_id": "8", "ordered_at": day(1, month=9)},
        {"order_id": "9"},
        {"order_id": "9", "customer_id": None},
    ]
    finding = repair(rows).findings["duplicate_ids"]
    assert (finding.count, finding.out_of, finding.first_row, finding.first_value) == (2, 3, 1, "7")
    assert "1 of them by two customers" in finding.what.en


def test_too_little_to_learn_from(repair):
    alone = repair([{}, {"ordered_at": day(9)}]).findings
    assert alone["one_customer"].section is Section.NOTE
    assert alone["one_order_each"].section is Section.PASSED
    once = repair([{"customer_id": "ann"}, {"customer_id": "bob"}]).findings
    assert (once["one_order_each"].section, once["one_order_each"].count) == (Section.NOTE, 2)
    returned = repair([{"quantity": -1.0}]).findings
    assert (returned["all_returns"].section, returned["all_returns"].severity) == (Section.ISSUE, Severity.ERROR)
    assert returned["one_customer"].section is Section.SKIPPED


def test_the_shop_is_older_than_its_data(repair):
    crowd = [{"customer_id": f"c{n}", "ordered_at": day(1 + n % 28, month=1)} for n in range(40)]
    later = [{"customer_id": f"d{n}", "ordered_at": day(10, month=2)} for n in range(10)]
    again = [{"customer_id": "c1", "ordered_at": day(2, month=6)}]
    finding = repair([*crowd, *later, *again]).findings["left_censored"]
    assert (finding.count, finding.out_of) == (40, 50)
    assert "4.0 times" in finding.what.en
    assert repair([*crowd[:8], *later, *again]).findings["left_censored"].section is Section.PASSED


def test_gaps_name_weekdays_and_the_last_month(repair):
    first = dt.datetime(2024, 3, 4)
    days = [first + dt.timedelta(days=number) for number in range(60)]
    open_days = [each for each in days if each.weekday() != 5 and not 30 <= (each - first).days < 37]
    finding = repair([{"ordered_at": each} for each in open_days]).findings["gaps"]
    assert (finding.count, finding.out_of) == (60 - len(open_days), 60)
    assert "never on Saturdays" in finding.what.en
    assert "周六从无订单" in finding.what.zh
    assert "longest: 7 days after 2024-04-02" in finding.what.en
    assert "the last month ends on 2024-05-02" in finding.what.en


def test_columns_that_are_not_there_do_not_apply(repair):
    findings = repair([{"product_id": None, "customer_id": None}]).findings
    silent = {name for name, finding in findings.items() if finding.section is Section.NOT_APPLICABLE}
    assert silent == {
        *("returns", "fee_codes", "currencies", "letter_case", "many_titles", "no_description"),
        *("one_order_each", "one_customer", "left_censored"),
    }
    assert findings["no_customer"].severity is Severity.ERROR


def test_an_empty_table_is_skipped_openly(repair):
    outcome = repair([])
    assert {finding.section for finding in outcome.findings.values()} == {Section.SKIPPED}
    assert outcome.rows == []
    assert outcome.log == []


def test_every_mark_is_recorded(repair):
    rows = [
        {"order_id": "1", "ordered_at": day(1)},
        {"order_id": "C2", "ordered_at": day(2), "quantity": -1.0},
        {"order_id": "3", "product_id": "POST"},
        {"order_id": "3", "product_id": "POST"},
    ]
    recorded = [(each["source_row"], each["code"], each["column"], each["after"]) for each in repair(rows).log]
    assert recorded == [
        (1, "D102", "reversed_at", "2024-03-02 09:00:00"),
        (2, "D102", "reversal_of", "1"),
        (3, "D107", "is_product", "false"),
        (4, "D107", "is_product", "false"),
        (4, "D101", "set_aside", "D101"),
    ]
