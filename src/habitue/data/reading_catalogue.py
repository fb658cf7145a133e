"""The findings about reading and platform exports, a line each, for ``docs/findings.md``."""

from __future__ import annotations

from habitue.schema import Words

__all__ = ["READING"]

#: code, name, what it says.
READING: tuple[tuple[str, str, Words], ...] = (
    ("D000", "rows", Words("rows read from a source", "从数据源读取的行数")),
    (
        "D003",
        "no_order_numbers",
        Words("a day of a customer counts as one order", "没有订单号：同一客户同一天视为一单"),
    ),
    ("D004", "no_quantities", Words("no quantity column: one piece a line", "没有数量列：按每行一件")),
    ("D010", "unreadable_cells", Words("cells that are no number or no yes or no", "无法识别为数字或是否的单元格")),
    ("D011", "quarantined", Words("rows without a cell they need", "缺少必填单元格的行，已放入隔离文件")),
    ("D012", "unreadable_dates", Words("cells that are no date in any pattern", "无法识别为日期的单元格")),
    ("D013", "unsplit_lines", Words("lines with too many or too few fields", "字段数不符的行")),
    ("D014", "repeated_headers", Words("headers that come more than once", "重复的表头")),
    ("D015", "duplicate_keys", Words("rows that repeat the id of an earlier row", "编号重复的行")),
    ("D016", "no_rows", Words("a source without rows", "没有数据行的数据源")),
    ("D017", "missing_values", Words("empty cells of a column", "列中的空单元格")),
    ("D018", "broken_characters", Words("bytes that are no characters in the encoding", "编码中无法识别的字符")),
    ("D701", "refunds_without_time", Words("the export carries no time of refunds", "导出中没有退款时间")),
    (
        "D702–D707",
        "platform exports",
        Words("what event streams and plug-ins say twice or not", "平台导出中重复或缺失的内容"),
    ),
)
