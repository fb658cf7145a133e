"""Read a tree from JSON; whatever is wrong is named with its place, such as ``all[1].value``."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from habitue.errors import ConfigError, did_you_mean
from habitue.features import CATALOGUE
from habitue.signals.segment.language.tree import (
    EVER,
    Act,
    All,
    AnyOf,
    Bucket,
    Compare,
    Did,
    DidNot,
    Ids,
    Node,
    Not,
    Points,
    PointsAxis,
    Rank,
    Segment,
    Sequence,
    Step,
    Timed,
    Where,
    Window,
)
from habitue.signals.segment.language.vocabulary import (
    ACT_COLUMNS,
    ACTS,
    COMPARISONS,
    CUSTOMER_COLUMNS,
    OPERATORS,
    TYPES,
    UNARY,
    feature_type,
)

__all__ = ["MAX_CONDITIONS", "MAX_DEPTH", "from_json", "read_moment", "to_json", "wrong"]

MAX_DEPTH = 12
MAX_CONDITIONS = 200
MAX_IDS = 100_000
MAX_BUCKETS = 10_000
MAX_DAYS = 36_500
MAX_AXES, MAX_STEPS = 10, 40  # of a scorecard
_REFERENCE = re.compile(r"[A-Za-z_]\w*\.[A-Za-z_]\w*", re.ASCII)
_RANKS = ("top", "bottom", "top_share", "bottom_share", "band")
_MEASURES = ("times", "spend", "items")


def from_json(data: Any) -> Node:
    """Read a segment from JSON, as text or as plain data.

    Parameters
    ----------
    data : str or mapping

    Returns
    -------
    Node

    Raises
    ------
    ConfigError
        When the tree is wrong: its place in the tree, the bad value and what was meant are said.

    Examples
    --------
    >>> from_json({"feature": "recency_days", "op": "<", "value": 60}).name
    'recency_days'
    >>> from_json({"all": [{"feature": "recency_day", "op": "<", "value": 60}]})
    Traceback (most recent call last):
    habitue.errors.ConfigError: C000 all[0].feature: there is no feature 'recency_day'. Did you mean 'recency_days'?
      Do: habitue features
    """
    if isinstance(data, str):
        try:
            data = json.loads(data)
        except ValueError as error:
            raise wrong("", f"this is no JSON: {error}", expected='{"feature": …, "op": …, "value": …}') from None
    return _Reading().node(data, "", 1)


def to_json(tree: Node) -> str:
    """Write a segment as JSON text, its conditions in their order."""
    return json.dumps(tree.as_json(), ensure_ascii=False)


def wrong(path: str, what: str, *, expected: Any = None, hint: str | None = None) -> ConfigError:
    """Say what is wrong at a place of the tree."""
    return ConfigError(f"{path}: {what}" if path else what, expected=expected, hint=hint, path=path or None)


def read_moment(text: Any) -> datetime | None:
    """Read an ISO date or moment; None where it is none."""
    if not isinstance(text, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?)?", text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _moment_text(when: datetime) -> str:
    return when.date().isoformat() if when.time() == datetime.min.time() else when.isoformat()


class _Reading:
    def __init__(self) -> None:
        self.conditions = 0

    def node(self, data: Any, path: str, depth: int) -> Node:
        """Read one node by the word that names its sort."""
        if depth > MAX_DEPTH:
            raise wrong(path, f"conditions are nested {depth} deep", expected=f"at most {MAX_DEPTH} levels")
        if not isinstance(data, Mapping):
            raise wrong(path, f"{_shown(data)} is no condition", expected='an object such as {"feature": …}')
        known = ("all", "any", "not", *_READERS)
        words = [word for word in known if word in data]
        if not words:
            near = did_you_mean(next((str(key) for key in data), ""), known)
            raise wrong(path, f"{_shown(data)} says no condition.{near}", expected=", ".join(known))
        if len(words) > 1:
            raise wrong(path, f"one condition says both {words[0]!r} and {words[1]!r}", expected="one of them")
        word = words[0]
        if word in ("all", "any"):
            _only(data, (word,), path)
            items = _list(data, word, path)
            read = tuple(self.node(each, f"{_at(path, word)}[{i}]", depth + 1) for i, each in enumerate(items))
            return All(read) if word == "all" else AnyOf(read)
        if word == "not":
            _only(data, ("not",), path)
            return Not(self.node(data["not"], _at(path, "not"), depth + 1))
        self.conditions += 1
        if self.conditions > MAX_CONDITIONS:
            raise wrong(path, f"there are more than {MAX_CONDITIONS} conditions", expected=f"at most {MAX_CONDITIONS}")
        return _READERS[word](data, path)


def _feature(data: Mapping[str, Any], path: str) -> Node:
    _only(data, ("feature", "op", "value"), path)
    name = _known(data["feature"], CATALOGUE, _at(path, "feature"), "feature", hint="habitue features")
    op, value = _test(data, feature_type(name), path)
    return Compare("feature", name, op, value)


def _customer(data: Mapping[str, Any], path: str) -> Node:
    _only(data, ("customer", "op", "value"), path)
    name = _known(data["customer"], CUSTOMER_COLUMNS, _at(path, "customer"), "column of customers")
    op, value = _test(data, CUSTOMER_COLUMNS[name], path)
    return Compare("customer", name, op, value)


def _signal(data: Mapping[str, Any], path: str) -> Node:
    _only(data, ("signal", "op", "value", "among_first"), path)
    name = data["signal"]
    if not isinstance(name, str) or not _REFERENCE.fullmatch(name):
        raise wrong(_at(path, "signal"), f"{_shown(name)} names no published column", expected="table.column")
    op, value = _test(data, None, path)
    first = data.get("among_first", 1)
    return Compare("signal", name, op, value, _whole(first, _at(path, "among_first"), 1, 1_000))


def _did(data: Mapping[str, Any], path: str) -> Node:
    _only(data, ("did", "event", "where", "within", *_MEASURES), path)
    act, window = _act(data, "did", path), _window(data.get("within"), _at(path, "within"))
    said = [measure for measure in _MEASURES if measure in data]
    if not said:
        return Did(act, window=window)
    if len(said) > 1:
        raise wrong(path, f"both {said[0]!r} and {said[1]!r} are counted", expected="one of them: join two by 'all'")
    place = _at(path, said[0])
    amount = data[said[0]]
    if not isinstance(amount, Mapping):
        raise wrong(place, f"{_shown(amount)} is no amount", expected='{"op": ">=", "value": 2}')
    _only(amount, ("op", "value"), place)
    if said[0] == "items" and act.what == "event":
        raise wrong(place, "events have no pieces", expected="times or spend")
    op = _known(amount.get("op"), COMPARISONS, _at(place, "op"), "operator")
    number = _number(amount.get("value"), _at(place, "value"))
    if said[0] == "times":
        number = _whole(number, _at(place, "value"), 0, 10**9)
    return Did(act, said[0], op, number, window)


def _did_not(data: Mapping[str, Any], path: str) -> Node:
    _only(data, ("did_not", "event", "where", "within"), path)
    return DidNot(_act(data, "did_not", path), _window(data.get("within"), _at(path, "within")))


def _last(data: Mapping[str, Any], path: str) -> Node:
    which = "last" if "last" in data else "first"
    _only(data, (which, "event", "where", "op", "value"), path)
    act = _act(data, which, path)
    op = _known(data.get("op"), (*COMPARISONS, *UNARY), _at(path, "op"), "operator")
    if op in UNARY:
        _no_value(data, op, path)
        return Timed(which, act, op)
    return Timed(which, act, op, _number(data.get("value"), _at(path, "value")))


def _sequence(data: Mapping[str, Any], path: str) -> Node:
    _only(data, ("sequence", "within"), path)
    steps = []
    items = _list(data, "sequence", path)
    for i, each in enumerate(items):
        place = f"{_at(path, 'sequence')}[{i}]"
        if not isinstance(each, Mapping) or "did" not in each:
            raise wrong(place, f"{_shown(each)} is no step", expected='{"did": "buy", "within_days": 30}')
        _only(each, ("did", "event", "where", "within_days"), place)
        days = each.get("within_days")
        if days is not None:
            if i == 0:
                raise wrong(_at(place, "within_days"), "the first step follows nothing", expected="a later step")
            days = _days(days, _at(place, "within_days"))
        steps.append(Step(_act(each, "did", place), days))
    if not 2 <= len(steps) <= 10:
        raise wrong(_at(path, "sequence"), f"it has {len(steps)} steps", expected="2 to 10 steps")
    return Sequence(tuple(steps), _window(data.get("within"), _at(path, "within")))


def _rank(data: Mapping[str, Any], path: str) -> Node:
    _only(data, ("rank", "of", *_RANKS), path)
    name = data["rank"]
    if not (isinstance(name, str) and _REFERENCE.fullmatch(name)):
        name = _known(name, CATALOGUE, _at(path, "rank"), "feature", hint="habitue features")
        if feature_type(name) == "text":
            expected = "a feature in days, money, counts, shares or time"
            raise wrong(_at(path, "rank"), f"{name!r} is no number", expected=expected)
    said = [kind for kind in _RANKS if kind in data]
    if len(said) != 1:
        raise wrong(path, "it is not said how many are meant", expected="one of " + ", ".join(_RANKS))
    kind = said[0]
    if kind != "band" and "of" in data:
        raise wrong(_at(path, "of"), f"{kind!r} has no 'of'", expected='"band" with "of"')
    if kind.endswith("share"):
        share = _number(data[kind], _at(path, kind))
        if not 0 < share <= 1 or abs(share * 10_000 - round(share * 10_000)) > 1e-6:
            raise wrong(_at(path, kind), f"{share} is no share", expected="0.0001 to 1, at most four decimals")
        return Rank(name, kind, round(share, 4))
    if kind == "band":
        of = _whole(data.get("of"), _at(path, "of"), 2, 1_000)
        return Rank(name, kind, _whole(data[kind], _at(path, kind), 1, of), of)
    return Rank(name, kind, _whole(data[kind], _at(path, kind), 1, 10**9))


def _points(data: Mapping[str, Any], path: str) -> Node:
    _only(data, ("points", "least", "most"), path)
    axes = _list(data, "points", path)
    if not 1 <= len(axes) <= MAX_AXES:
        raise wrong(_at(path, "points"), f"{len(axes)} features give points", expected=f"1 to {MAX_AXES}")
    read = tuple(_axis(each, f"{_at(path, 'points')}[{i}]") for i, each in enumerate(axes))
    if len({(axis.name, axis.op) for axis in read}) < len(read):
        raise wrong(_at(path, "points"), "a feature gives points twice", expected="each feature once")
    total = sum(len(axis.values) for axis in read)
    bounds = [
        None if data.get(key) is None else _whole(data[key], _at(path, key), 0, total) for key in ("least", "most")
    ]
    if bounds == [None, None]:
        raise wrong(path, "it is not said how many points are meant", expected='"least", "most" or both')
    if None not in bounds and bounds[0] > bounds[1]:  # type: ignore[operator]
        raise wrong(path, f"{bounds[0]} points are more than {bounds[1]}", expected="least <= most")
    return Points(read, *bounds)


def _axis(data: Any, path: str) -> PointsAxis:
    said = [side for side in ("below", "from") if isinstance(data, Mapping) and side in data]
    if len(said) != 1:
        raise wrong(path, f"{_shown(data)} gives no points", expected='{"feature": "recency_days", "below": [30, 60]}')
    _only(data, ("feature", said[0]), path)
    name = _known(data.get("feature"), CATALOGUE, _at(path, "feature"), "feature", hint="habitue features")
    if feature_type(name) != "number":
        raise wrong(
            _at(path, "feature"), f"{name!r} is no number", expected="a feature in days, money, counts or shares"
        )
    place = _at(path, said[0])
    values = _list(data, said[0], path)
    if not 1 <= len(values) <= MAX_STEPS:
        raise wrong(place, f"it has {len(values)} numbers", expected=f"1 to {MAX_STEPS}")
    numbers = {_number(each, f"{place}[{i}]") for i, each in enumerate(values)}
    below = said[0] == "below"
    return PointsAxis(name, "<" if below else ">=", tuple(sorted(numbers, reverse=below)))


def _segment(data: Mapping[str, Any], path: str) -> Node:
    _only(data, ("segment", "version"), path)
    name = data["segment"]
    if not isinstance(name, str) or not name:
        raise wrong(_at(path, "segment"), f"{_shown(name)} is no name of a segment", expected="its name as text")
    version = data.get("version")
    return Segment(name, None if version is None else _whole(version, _at(path, "version"), 1, 10**9))


def _bucket(data: Mapping[str, Any], path: str) -> Node:
    _only(data, ("bucket", "of", "salt"), path)
    of = _whole(data.get("of"), _at(path, "of"), 1, MAX_BUCKETS)
    given = data["bucket"]
    numbers = given if isinstance(given, (list, tuple)) else [given]
    if not numbers:
        raise wrong(_at(path, "bucket"), "no bucket is named", expected=f"numbers from 1 to {of}")
    read = {_whole(each, f"{_at(path, 'bucket')}[{i}]", 1, of) for i, each in enumerate(numbers)}
    salt = data.get("salt", "")
    if not isinstance(salt, str):
        raise wrong(_at(path, "salt"), f"{_shown(salt)} is no text", expected="any text, such as the campaign's name")
    return Bucket(tuple(sorted(read)), of, _clean(salt, _at(path, "salt")))


def _ids(data: Mapping[str, Any], path: str) -> Node:
    _only(data, ("ids",), path)
    ids = _list(data, "ids", path)
    if not 1 <= len(ids) <= MAX_IDS:
        raise wrong(_at(path, "ids"), f"{len(ids)} customers are listed", expected=f"1 to {MAX_IDS:,}")
    for i, each in enumerate(ids):
        if not isinstance(each, str):
            raise wrong(f"{_at(path, 'ids')}[{i}]", f"{_shown(each)} is no text", expected='such as "123"')
    return Ids(tuple(dict.fromkeys(_clean(each, _at(path, "ids")) for each in ids)))


_READERS: dict[str, Callable[[Mapping[str, Any], str], Node]] = {
    "feature": _feature,
    "customer": _customer,
    "signal": _signal,
    "did": _did,
    "did_not": _did_not,
    "last": _last,
    "first": _last,
    "sequence": _sequence,
    "rank": _rank,
    "points": _points,
    "segment": _segment,
    "bucket": _bucket,
    "ids": _ids,
}


def _act(data: Mapping[str, Any], word: str, path: str) -> Act:
    what = _known(data[word], ACTS, _at(path, word), "act")
    event = data.get("event")
    if what == "event":
        if not isinstance(event, str) or not event:
            raise wrong(_at(path, "event"), f"{_shown(event)} is no event", expected='its name, such as "view"')
        event = _clean(event, _at(path, "event"))
    elif event is not None:
        raise wrong(_at(path, "event"), f"{what!r} takes no event", expected='"event" as the act')
    columns = ACT_COLUMNS[what]
    tests = []
    for i, each in enumerate(_list(data, "where", path) if "where" in data else []):
        place = f"{_at(path, 'where')}[{i}]"
        if not isinstance(each, Mapping):
            raise wrong(place, f"{_shown(each)} is no filter", expected='{"column": …, "op": …, "value": …}')
        _only(each, ("column", "op", "value"), place)
        column = _known(each.get("column"), columns, _at(place, "column"), f"column of {what!r}")
        tests.append(Where(column, *_test(each, columns[column][0], place)))
    return Act(what, tuple(tests), event)


def _window(data: Any, path: str) -> Window:
    if data is None:
        return EVER
    if not isinstance(data, Mapping):
        raise wrong(path, f"{_shown(data)} is no window", expected='{"last_days": 30}')
    _only(data, ("last_days", "from_days", "to_days", "from", "to"), path)
    if set(data) == {"last_days"}:
        return Window(_days(data["last_days"], _at(path, "last_days")))
    if set(data) == {"from_days", "to_days"}:
        start, end = (_days(data[key], _at(path, key), least=0) for key in ("from_days", "to_days"))
        if start <= end:
            raise wrong(path, f"{start} days ago is not before {end} days ago", expected="from_days > to_days")
        return Window(start, end)
    if data and set(data) <= {"from", "to"}:
        first, last = (_date(data.get(key), _at(path, key)) for key in ("from", "to"))
        if first and last and datetime.fromisoformat(first) >= datetime.fromisoformat(last):
            raise wrong(path, f"{first} is not before {last}", expected="from < to ('to' itself is not included)")
        return Window(start=first, end=last)
    raise wrong(path, f"{_shown(data)} is no window", expected="last_days; from_days and to_days; from and/or to")


def _date(value: Any, path: str) -> str | None:
    if value is None:
        return None
    when = read_moment(value)
    if when is None:
        raise wrong(path, f"{_shown(value)} is no date", expected="2024-06-30 or 2024-06-30T18:00:00")
    return _moment_text(when)


def _test(data: Mapping[str, Any], kind: str | None, path: str) -> tuple[str, Any]:
    """Read operator and value; ``kind`` None: the type is not known before the table is read."""
    op = _known(data.get("op"), OPERATORS, _at(path, "op"), "operator")
    if kind is not None and op not in TYPES[kind]:
        kind_is = "personal data, of which only presence may be asked" if kind == "personal" else f"a {kind}"
        raise wrong(_at(path, "op"), f"{op!r} does not fit {kind_is}", expected=", ".join(TYPES[kind]))
    if op in UNARY:
        _no_value(data, op, path)
        return op, None
    place = _at(path, "value")
    if "value" not in data or data["value"] is None:
        raise wrong(place, f"{op!r} needs a value", expected="a value, or is_missing to ask for missing ones")
    value = data["value"]
    if op not in ("in", "not_in"):
        return op, _single(value, kind, op, place)
    if not isinstance(value, (list, tuple)) or not value:
        raise wrong(place, f"{_shown(value)} is no list", expected="a list of values")
    read = tuple(_single(each, kind, op, f"{place}[{i}]") for i, each in enumerate(value))
    if len({isinstance(each, str) for each in read}) > 1:
        raise wrong(place, "numbers and texts are mixed", expected="values of one type")
    return op, tuple(dict.fromkeys(read))


def _single(value: Any, kind: str | None, op: str, path: str) -> Any:
    if kind == "number":
        return _number(value, path)
    if kind == "flag":
        if not isinstance(value, bool):
            raise wrong(path, f"{_shown(value)} is neither true nor false", expected="true or false")
        return value
    if kind == "time":
        return _date(value, path)
    if kind == "text" or op == "contains":
        if not isinstance(value, str):
            raise wrong(path, f"{_shown(value)} is no text", expected='a text such as "tea"')
        return _clean(value, path)
    if isinstance(value, bool):
        return value
    return _clean(value, path) if isinstance(value, str) else _number(value, path)


def _number(value: Any, path: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or abs(value) > 1e15:
        raise wrong(path, f"{_shown(value)} is no number", expected="a number such as 60")
    return int(value) if float(value).is_integer() else value


def _whole(value: Any, path: str, least: int, most: int) -> int:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or value != value // 1 or not least <= value <= most:
        raise wrong(path, f"{_shown(value)} does not fit", expected=f"a whole number from {least} to {most:,}")
    return int(value)


def _days(value: Any, path: str, *, least: float = 1e-6) -> Any:
    number = _number(value, path)
    if not least <= number <= MAX_DAYS:
        raise wrong(path, f"{_shown(value)} days", expected=f"more than 0 and at most {MAX_DAYS:,} days")
    return number


def _known(name: Any, known: Collection[str], path: str, what: str, *, hint: str | None = None) -> str:
    if isinstance(name, str) and name in known:
        return name
    short = ", ".join(known) if len(known) <= 20 else None
    raise wrong(path, f"there is no {what} {_shown(name)}.{did_you_mean(str(name), known)}", expected=short, hint=hint)


def _list(data: Mapping[str, Any], word: str, path: str) -> list[Any]:
    if not isinstance(data[word], (list, tuple)):
        raise wrong(_at(path, word), f"{_shown(data[word])} is no list", expected="a list")
    return list(data[word])


def _only(data: Mapping[str, Any], allowed: tuple[str, ...], path: str) -> None:
    for key in data:
        if key not in allowed:
            near = did_you_mean(str(key), allowed)
            raise wrong(_at(path, str(key)), f"{_shown(key)} is not known here.{near}", expected=", ".join(allowed))


def _no_value(data: Mapping[str, Any], op: str, path: str) -> None:
    if data.get("value") is not None:
        raise wrong(_at(path, "value"), f"{op!r} takes no value", expected="no value")


def _clean(text: str, path: str) -> str:
    if "\x00" in text or any("\ud800" <= mark <= "\udfff" for mark in text):
        raise wrong(path, f"{_shown(text)} holds characters that no text has", expected="text without NUL")
    return text


def _at(path: str, word: str) -> str:
    return f"{path}.{word}" if path else word


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "…"
