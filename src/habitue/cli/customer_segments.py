"""The learnt segment of one customer, for `habitue customer`: which, since when, from where, and what turned."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from habitue.schema import Words

if TYPE_CHECKING:
    from habitue.report.numbers import Numbers

__all__ = ["learnt_segment", "segment_line"]

_SAID: dict[str, Words] = {
    "older": Words("computed as of {day}", "计算截至{day}"),
    "since": Words("since {day}", "自{day}起"),
    "before": Words("before that {segment}", "此前属于{segment}"),
    "first": Words("a customer since then", "此时成为客户"),
    "came": Words("came between {start} and {end} from {segment}", "{start}至{end}期间由{segment}转入"),
    "new": Words("new since {start}", "{start}之后的新客"),
    "stayed": Words("already there on {start}", "{start}时已属于该分群"),
    "up": Words("{what} rose from {before} to {now}, the border is {at}", "{what}由{before}升至{now}，界限为{at}"),
    "down": Words("{what} fell from {before} to {now}, the border is {at}", "{what}由{before}降至{now}，界限为{at}"),
}


def learnt_segment(ledger: Any, customer_id: str, moment: datetime) -> dict[str, Any] | None:
    """Gather the learnt segment of one customer; None where no run put this customer into one.

    Returns
    -------
    dict or None
        The row of the table ``segments`` (with ``since``, where that was published), the segment's place, names and
        rules; ``stood_since``, the earliest moment compared with from which on the customer was found in no other
        segment (None: in another one, or no customer, at each of them); and ``moves``, what ``segment_moves`` tells,
        the shortest stretch first, with names and the condition in words.
    """
    row = _first(_rows(ledger, "segments", moment, customer_id))
    if row is None:
        return None
    # All are of one run: an older definition has other codes.
    definitions = _rows(ledger, "segment_definitions", moment)
    names = {each["segment"]: each for each in definitions if each["as_of"] == row["as_of"]}
    mine = names.get(row["segment"], {})
    moves = [_worded(each, names) for each in _moves(ledger, customer_id, row["as_of"])]
    moves.sort(key=lambda each: each["from_at"], reverse=True)
    return {
        **row,
        **{key: mine.get(key) for key in ("place", "name_en", "name_zh", "rule_en", "rule_zh")},
        "stood_since": _stood_since(_dates(ledger, row["as_of"]), moves),
        "moves": moves,
    }


def segment_line(found: dict[str, Any], moment: datetime, numbers: Numbers) -> str:
    """Say in one line which segment a customer is in, how long, and why it changed."""
    language = numbers.language
    name = found[f"name_{language}"] or found["segment"]
    facts = [_since(found, numbers)]
    if found["moves"]:
        facts.append(found["moves"][0].get(f"condition_{language}") or "")
    if found["as_of"] != moment:
        facts.append(_SAID["older"][language].format(day=numbers.day(found["as_of"])))
    said = ("；" if language == "zh" else "; ").join(fact for fact in facts if fact)
    place = f"{found['place']} · " if found["place"] else ""
    return f"{place}{name}{'：' if language == 'zh' else ': '}{said}" if said else f"{place}{name}"


def _since(found: dict[str, Any], numbers: Numbers) -> str:
    """Say since when: the day that was published, else between which of the moments compared."""
    language = numbers.language
    if found.get("since") is not None:
        said = [_SAID["since"][language].format(day=numbers.day(found["since"]))]
        if found["moves"]:
            move = found["moves"][0]
            new = move["from_segment"] == "none"
            said.append(_SAID["first" if new else "before"][language].format(segment=move[f"from_{language}"]))
        return ("，" if language == "zh" else ", ").join(said)
    if not found["moves"]:
        start = found["stood_since"]
        return _SAID["stayed"][language].format(start=numbers.day(start)) if start else ""
    move = found["moves"][0]  # the shortest stretch: what happened last
    if move["from_segment"] == "none":
        return _SAID["new"][language].format(start=numbers.day(move["from_at"]))
    # Where only the longer stretch tells a move, it happened before the shorter one began.
    end = found["stood_since"] or move["to_at"]
    segment = move[f"from_{language}"]
    return _SAID["came"][language].format(start=numbers.day(move["from_at"]), end=numbers.day(end), segment=segment)


def _stood_since(dates: list[datetime], moves: list[dict[str, Any]]) -> datetime | None:
    """Return the earliest of the dates, newest first, up to which no move is told."""
    moved = {each["from_at"] for each in moves}
    since = None
    for date in dates:
        if date in moved:
            break
        since = date
    return since


def _dates(ledger: Any, as_of: datetime) -> list[datetime]:
    """Return the earlier moments that today's segments were compared with, newest first."""
    rows = [each for each in _rows(ledger, "segment_flows", as_of) if each["to_at"] == as_of]
    return sorted({each["from_at"] for each in rows}, reverse=True)


def _moves(ledger: Any, customer_id: str, as_of: datetime) -> list[dict[str, Any]]:
    return [each for each in _rows(ledger, "segment_moves", as_of, customer_id) if each["to_at"] == as_of]


def _worded(move: dict[str, Any], names: dict[str, dict[str, Any]]) -> dict[str, Any]:
    plain = {key: value for key, value in move.items() if key not in ("customer_id", "as_of")}
    for language in ("en", "zh"):
        plain[f"from_{language}"] = names.get(move["from_segment"], {}).get(f"name_{language}") or move["from_segment"]
        plain[f"condition_{language}"] = _condition(move, language)
    return plain


def _condition(move: dict[str, Any], language: str) -> str | None:
    """Say which condition of the segment left turned; None where the customer came new."""
    from habitue.signals.segment.words import feature_words

    if move["feature"] is None or move["before"] is None or move["now"] is None:
        return None
    what = feature_words(move["feature"])[language]
    facts = {name: _number(move[key]) for name, key in (("before", "before"), ("now", "now"), ("at", "threshold"))}
    return _SAID["up" if move["op"] == "<" else "down"][language].format(what=what, **facts)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 or value == round(value) else f"{value:.1f}"


def _first(rows: list[dict[str, Any]]) -> dict[str, Any] | None:
    return rows[0] if rows else None


def _rows(ledger: Any, name: str, moment: datetime, customer_id: str | None = None) -> list[dict[str, Any]]:
    import pyarrow.compute as pc

    from habitue.errors import LedgerError

    try:
        table = ledger.latest(name, as_of=moment).to_arrow()
    except LedgerError:
        return []
    if customer_id is not None:
        table = table.filter(pc.equal(table["customer_id"], customer_id))
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows
