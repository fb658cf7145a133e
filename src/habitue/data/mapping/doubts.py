"""The warnings of the guesser, in two languages: what may be wrong, and what to do."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from habitue.data.mapping.content_fit import readable
from habitue.data.mapping.contents import Profile
from habitue.data.mapping.dates import DateReading
from habitue.data.mapping.guesses import ColumnGuess
from habitue.data.mapping.scoring import Candidate
from habitue.data.mapping.tables import Assigned
from habitue.schema import Column, Table, Words

__all__ = ["column_doubts", "date_doubt", "either", "lacks_most", "source_doubts", "stand_in_doubt", "unused_doubt"]

_MOSTLY = 0.97
_CLOSE = 1.0  # an unused header whose gain as a free column is above this might have been meant
_EXPLAINED = 4.0  # from here on it is plain what else the header is
_KNOWN_OTHERWISE = 1.5  # from here on a header is known to be something the schema has no column for
_WANTED = {"order_id", "customer_id", "product_id", "ordered_at", "quantity", "unit_price"}


def either(table: Table, column: str, header: str, other_column: str | None, other_header: str | None) -> Words:
    """Say between what was chosen."""
    ours = table.column(column).meaning
    en, zh = [], []
    if other_column:
        theirs = table.column(other_column).meaning
        en.append(f"either {column} or {other_column}; took {column}")
        zh.append(f"可能是“{ours.zh}”，也可能是“{theirs.zh}”；按“{ours.zh}”处理")
    if other_header and other_header != header:
        en.append(f"{other_header!r} might be {column} as well")
        zh.append(f"“{other_header}”也可能是“{ours.zh}”")
    if not en:
        return Words(f"{column} is only a guess: please check", f"“{ours.zh}”只是推测，请核对")
    return Words(", ".join(en), "，".join(zh))


def stand_in_doubt(column: Column, header: str) -> Words:
    """Say that a header stands in for a column that nothing names."""
    return Words(
        f"nothing is called {column.name}; took {header!r} for want of better: please check",
        f"没有找到“{column.meaning.zh}”列，暂用“{header}”代替，请核对",
    )


#: What loading does where order lines lack a column that it can do without.
_FILLED_IN = {
    "order_id": Words(
        "No column holds order numbers: what a customer bought on one day will count as one order. If there is one, "
        'write order_id = "ITS HEADER" under columns in shop.toml',
        '没有订单号列：同一客户同一天的购买会视为一笔订单。如果有，请在 shop.toml 的 columns 中写 order_id = "表头"',
    ),
    "quantity": Words(
        "No column says how many pieces: every line will count as one piece. If there is one, write "
        'quantity = "ITS HEADER" under columns in shop.toml',
        '没有数量列：每行按一件处理。如果有，请在 shop.toml 的 columns 中写 quantity = "表头"',
    ),
    "ordered_at": Words(
        "No column says when it was ordered: give a table of orders with the same order numbers as well, or write "
        'ordered_at = "ITS HEADER" under columns in shop.toml',
        '没有下单时间列：请同时提供含相同订单号的订单表，或在 shop.toml 的 columns 中写 ordered_at = "表头"',
    ),
}


def column_doubts(profile: Profile, column: Column, candidate: Candidate) -> list[Words]:
    """Say where cells do not look like what the column is taken for."""
    if not profile.filled:
        return [Words("the first rows are all empty here", "前若干行此列全为空")] if column.required else []
    share = readable(profile, column)
    if share < _MOSTLY:
        return [
            Words(
                f"only {share:.0%} of the cells can be read as {column.kind.value}",
                f"只有 {share:.0%} 的单元格能读成所需类型（{column.meaning.zh}）",
            )
        ]
    if candidate.held <= -2.0:
        return [Words(f"the contents do not look like {column.name}", f"内容看起来不像“{column.meaning.zh}”")]
    return []


def date_doubt(reading: DateReading) -> list[Words]:
    """Say where day and month can be confused, or where dates are written in several ways."""
    taken = "day" if reading.first == "day" else "month"
    zh = "日" if reading.first == "day" else "月"
    if reading.both:
        text = "some dates have the day first and some the month"
        return [
            Words(
                f"{text}; where both are possible the {taken} was taken first",
                f"有的日期日在前、有的月在前；两可时按{zh}在前处理",
            )
        ]
    if reading.certain or not reading.first:
        return []
    why = {
        "close": ("because the dates then lie close together", "因为这样日期更集中"),
        "country": ("as is usual for this country or currency", "按该国家或货币的习惯"),
    }.get(reading.why, ("for want of better", "没有更多依据"))
    return [
        Words(
            f"day or month first cannot be told; took the {taken} first {why[0]}: check the pattern under dates",
            f"无法判断日在前还是月在前；按{zh}在前处理（{why[1]}），请核对 dates 中的格式",
        )
    ]


def unused_doubt(best: Assigned, profile: Profile, chosen: Mapping[str, str], *, says_something: bool) -> ColumnGuess:
    """Say of a header that is not used whether it might have been meant."""
    header = profile.header
    if not says_something and profile.distinct > 1:
        words = Words("the header says nothing; not used: please check", "表头没有含义，未使用，请核对")
        return ColumnGuess(header, None, 0.6, (), words)
    holders = {column: other for other, column in chosen.items()}
    own = [candidate for (other, _), candidate in best.candidates.items() if other == header]
    near = max((each for each in own if _might_be(each, holders)), key=lambda each: each.gain, default=None)
    note = (Words("no column of ours", "本工具没有对应的列"),)
    if near is None or not profile.filled:
        if profile.distinct <= 1 or any(each.aside >= _KNOWN_OTHERWISE for each in own):
            return ColumnGuess(header, None, 0.95, note)
        return ColumnGuess(header, None, 0.7, note, Words("not recognised, not used", "未能识别，未使用"))
    column = best.table.column(near.column)
    holder = holders.get(near.column)
    if holder:
        en = f"might be {column.name} as well, which is taken from {holder!r}"
        zh = f"也可能是“{column.meaning.zh}”，该列已取自“{holder}”"
    else:
        en, zh = f"might be {column.name}; not used", f"可能是“{column.meaning.zh}”，未使用"
    return ColumnGuess(header, None, 0.6, note, Words(en, zh))


def _might_be(candidate: Candidate, holders: Mapping[str, str]) -> bool:
    """Whether an unused header comes near a column: very near where another header has it, less where none has."""
    free_gain = candidate.gain + candidate.aside
    if candidate.column in holders:
        return free_gain > _CLOSE and candidate.aside < _EXPLAINED
    if candidate.column in _WANTED:
        return candidate.held > -1.0 and (candidate.said > 0.1 or free_gain > 0)
    return candidate.gain > -1.0 and free_gain > 0


def lacks_most(table: Table, mapped: Collection[str]) -> bool:
    """Say whether so much of a table is missing that the source is hardly one."""
    wanted = [name for name in table.required if name != "unit_price" or "line_total" not in mapped]
    lost = [name for name in wanted if name not in mapped]
    return len(wanted) > 1 and len(lost) * 2 > len(wanted)


def source_doubts(
    best: Assigned, second: Assigned | None, sureness: float, mapped: Mapping[str, str], also: Mapping[str, str],
    profiles: Mapping[str, Profile],
) -> list[Words]:  # fmt: skip
    """Say what is missing in a source or doubtful about it as a whole."""
    doubts = []
    table = best.table
    if second is not None and sureness < 0.85:
        doubts.append(
            Words(
                f"This may be {table.name} ({table.meaning.en}) or {second.table.name} ({second.table.meaning.en}); "
                "took "
                f"{table.name}. If that is wrong: habitue init FILE --table {second.table.name}",
                f"可能是{table.meaning.zh}，也可能是{second.table.meaning.zh}；按{table.meaning.zh}处理。"
                f"如不对：habitue init 文件 --table {second.table.name}",
            )
        )
    if lacks_most(table, mapped):
        doubts.append(
            Words(
                f"This looks like none of the tables that Habitue knows; {table.name} comes nearest",
                f"不像 Habitue 认识的任何表，最接近的是{table.meaning.zh}",
            )
        )
    for name in table.required:
        if name in mapped or (name == "unit_price" and "line_total" in mapped):
            continue
        filled = _FILLED_IN.get(name) if table.name == "order_lines" else None
        doubts.append(filled or _missing(table.column(name)))
    if table.name in ("order_lines", "orders") and "customer_id" not in mapped:
        doubts.append(_no_customer(also))
    if (
        table.name == "order_lines"
        and "unit_cost" in mapped
        and "unit_price" not in mapped
        and not {"line_total", "quantity"} <= mapped.keys()
    ):
        doubts.append(_cost_or_price(mapped["unit_cost"]))
    clock = [
        header
        for header, profile in profiles.items()
        if profile.dates.clock_share >= 0.8 and header not in mapped.values()
    ]
    if clock and table.time and table.time in mapped and not profiles[mapped[table.time]].dates.has_clock:
        doubts.append(
            Words(
                f"The time of day stands in a column of its own ({clock[0]!r}) and is not used: times are days",
                f"时刻单独在“{clock[0]}”列，未使用：时间只精确到天",
            )
        )
    return doubts


def _missing(column: Column) -> Words:
    return Words(
        f"No column was found for {column.name} ({column.meaning.en}), which is needed. If there is one, write "
        f'{column.name} = "ITS HEADER" under columns in shop.toml',
        f'没有找到必需的“{column.meaning.zh}”列。如果有，请在 shop.toml 的 columns 中写 {column.name} = "表头"',
    )


def _cost_or_price(header: str) -> Words:
    return Words(
        f"{header!r} was taken for the shop's cost, and there is no price: if it is the price, write unit_price "
        "instead",
        f"“{header}”按成本价处理，但没有单价列：如果它是售价，请改写为 unit_price",
    )


def _no_customer(also: Mapping[str, str]) -> Words:
    if also:
        header = also["customer_id"]
        return Words(
            f"There is no customer number; {header!r} stands in for it: two people of one {header} count as one",
            f"没有客户编号，用“{header}”代替：“{header}”相同的人会算作同一客户",
        )
    return Words(
        "There is no column that says who bought: segments, value and churn need one",
        "没有标明购买者的列：分群、价值和流失都需要它",
    )
