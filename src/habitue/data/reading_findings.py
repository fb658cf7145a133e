"""Findings about reading: rows, lines that could not be split, headers, unreadable and missing cells, repeated keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import pyarrow as pa

from habitue.data.cells import BAD
from habitue.data.finding import Finding, Section, Severity
from habitue.data.sources.raw import RawTable
from habitue.engine import Engine
from habitue.schema import Kind, Table, Words

__all__ = [
    "broken_characters",
    "cell_findings",
    "duplicate_keys",
    "quarantined",
    "repeated_headers",
    "row_count",
    "unsplit_lines",
]

_SHOWN = 80
_OFTEN_EMPTY = 0.0


def row_count(name: str, rows: Any, raws: Mapping[str, RawTable], rejected: int, engine: Engine) -> list[Finding]:
    """Say how many rows were read, and warn where there are none."""
    count = int(engine.to_arrow(rows.count()).as_py()) + rejected
    source = ", ".join(raws)
    if not count:
        what = Words(f"{source} has headers and no rows", f"{source} 只有表头，没有数据行")
        do = Words("export the file again with data in it", "请重新导出带数据的文件")
        return [Finding("D016", "no_rows", Section.ISSUE, Severity.ERROR, name, what, source=source, do=do)]
    what = Words(f"{count:,} rows read from {source}", f"从 {source} 读取 {count:,} 行")
    return [Finding("D000", "rows", Section.NOTE, Severity.INFO, name, what, count=count, out_of=count, source=source)]


def unsplit_lines(name: str, raws: Mapping[str, RawTable]) -> list[Finding]:
    """Report lines that have too many or too few fields."""
    found = []
    for source, raw in raws.items():
        if raw.rejects.num_rows:
            first = raw.rejects.slice(0, 1).to_pylist()[0]
            count = raw.rejects.num_rows
            found.append(
                Finding(
                    "D013",
                    "unsplit_lines",
                    Section.ISSUE,
                    Severity.ERROR,
                    name,
                    Words(f"{count:,} lines could not be split into columns", f"{count:,} 行无法拆分成列"),
                    count=count,
                    first_row=first["source_row"],
                    first_value=str(first["text"])[:_SHOWN],
                    source=source,
                    done=Words("put into the quarantine file with their text", "连同原文放入隔离文件"),
                    do=Words("look for unquoted delimiters in these lines", "检查这些行中是否有未加引号的分隔符"),
                )
            )
    return found


def repeated_headers(name: str, raws: Mapping[str, RawTable]) -> list[Finding]:
    """Report headers that came more than once."""
    return [
        Finding(
            "D014",
            "repeated_headers",
            Section.ISSUE,
            Severity.WARNING,
            name,
            Words(
                f"headers that come more than once: {', '.join(raw.repeated)}", f"重复的表头：{'、'.join(raw.repeated)}"
            ),
            count=len(raw.repeated),
            source=source,
            done=Words("numbered, so that each has a name of its own", "已编号以示区分"),
        )
        for source, raw in raws.items()
        if raw.repeated
    ]


def broken_characters(name: str, raws: Mapping[str, RawTable]) -> list[Finding]:
    """Report bytes that are no characters in the file's encoding."""
    return [
        Finding(
            "D018",
            "broken_characters",
            Section.ISSUE,
            Severity.WARNING,
            name,
            Words(f"{raw.replaced:,} broken characters", f"{raw.replaced:,} 个无法识别的字符"),
            count=raw.replaced,
            source=source,
            done=Words("replaced by �, the rows load", "以 � 代替，相应行正常载入"),
            do=Words("check the encoding in shop.toml", "请检查 shop.toml 中的编码设置"),
        )
        for source, raw in raws.items()
        if raw.replaced
    ]


def cell_findings(
    definition: Table, rows: Any, given: Collection[str], raws: Mapping[str, RawTable], engine: Engine
) -> list[Finding]:
    """Report, per column, cells that could not be read and cells that are missing, in one pass over the table."""
    measures: dict[str, Any] = {"rows": rows.count()}
    for name in given:
        measures[f"missing_{name}"] = rows[name].isnull().sum()
        if BAD + name in rows.columns:
            bad = rows[BAD + name]
            measures[f"bad_{name}"] = bad.notnull().sum()
            measures[f"row_{name}"] = rows.source_row.min(where=bad.notnull())
            measures[f"value_{name}"] = bad.argmin(rows.source_row, where=bad.notnull())
            measures[f"source_{name}"] = rows.source.argmin(rows.source_row, where=bad.notnull())
    seen = engine.to_rows(rows.agg(**measures))[0]
    total = int(seen["rows"])
    found = []
    for name in definition.names:
        if name in given and seen.get(f"bad_{name}"):
            found.append(_unreadable(definition, name, seen, raws))
        missing = int(seen.get(f"missing_{name}") or 0) - int(seen.get(f"bad_{name}") or 0) if name in given else 0
        if missing > 0:
            found.append(_missing(definition, name, missing, total))
    return found


def _unreadable(definition: Table, name: str, seen: Mapping[str, Any], raws: Mapping[str, RawTable]) -> Finding:
    column = definition.column(name)
    times = column.kind in (Kind.TIME, Kind.DATE)
    count, total = int(seen[f"bad_{name}"]), int(seen["rows"])
    source = seen[f"source_{name}"]
    place, row = raws[source].place(seen[f"row_{name}"])
    expected = {"en": "dates" if times else "numbers", "zh": "日期" if times else "数字"}
    if column.kind is Kind.FLAG:
        expected = {"en": "yes or no", "zh": "是或否"}
    return Finding(
        "D012" if times else "D010",
        "unreadable_dates" if times else "unreadable_cells",
        Section.ISSUE,
        Severity.ERROR if column.required else Severity.WARNING,
        definition.name,
        Words(
            f"{count:,} of {total:,} cells could not be read as {expected['en']}",
            f"{total:,} 个单元格中有 {count:,} 个无法识别为{expected['zh']}",
        ),
        column=name,
        count=count,
        out_of=total,
        first_row=row,
        first_value=str(seen[f"value_{name}"])[:_SHOWN],
        source=place,
        done=Words("the rows are in the quarantine file", "相应行已放入隔离文件")
        if column.required
        else Words("read as missing; the rows load", "按缺失处理，相应行正常载入"),
        do=Words(
            f"name the pattern under [sources.dates] {name} in shop.toml",
            f"在 shop.toml 的 [sources.dates] 中为 {name} 写明格式",
        )
        if times
        else Words("check decimal and thousands in shop.toml", "检查 shop.toml 中的小数点与千位符设置"),
    )


def _missing(definition: Table, name: str, count: int, total: int) -> Finding:
    share = count / max(total, 1)
    return Finding(
        "D017",
        "missing_values",
        Section.NOTE,
        Severity.INFO,
        definition.name,
        Words(
            f"{count:,} of {total:,} cells are empty ({share:.1%})",
            f"{total:,} 个单元格中有 {count:,} 个为空（{share:.1%}）",
        ),
        column=name,
        count=count,
        out_of=total,
    )


def quarantined(name: str, first: pa.Table, lacking: Sequence[str], written: int, file: str) -> Finding:
    """Say how many rows went to quarantine and for the want of what."""
    return Finding(
        "D011",
        "quarantined",
        Section.ISSUE,
        Severity.ERROR,
        name,
        Words(
            f"{written:,} rows could not be used{': without ' + ', '.join(lacking) if lacking else ''}",
            f"{written:,} 行无法使用{'：缺少 ' + '、'.join(lacking) if lacking else ''}",
        ),
        column=lacking[0] if lacking else "",
        count=written,
        first_row=first["source_row"][0].as_py() if first.num_rows else None,
        source=first["source"][0].as_py() if first.num_rows else "",
        done=Words(
            f"kept in .habitue/quarantine/{file}; all other rows load",
            f"保存在 .habitue/quarantine/{file}，其余行正常载入",
        ),
        do=Words("mend them in the source and run again", "在源数据中修正后重新运行"),
    )


def duplicate_keys(definition: Table, count: int) -> list[Finding]:
    """Say how many rows repeat the key of an earlier one."""
    if not count:
        return []
    key = ", ".join(definition.key)
    return [
        Finding(
            "D015",
            "duplicate_keys",
            Section.ISSUE,
            Severity.WARNING,
            definition.name,
            Words(f"{count:,} rows repeat the {key} of an earlier row", f"{count:,} 行与之前的行 {key} 重复"),
            column=definition.key[0],
            count=count,
            done=Words("the first row of each stays", "保留每个键的第一行"),
            do=Words("make the key unique in the source", "请在源数据中保证唯一"),
        )
    ]
