"""Conditions in Chinese: how each is said, and how it is read. The time comes first, then the act, then how often."""

from __future__ import annotations

from typing import Any

from habitue.signals.segment.language.operands import (
    read_axes,
    read_list,
    read_subject,
    read_test,
    read_where,
    say_axes,
    say_list,
    say_subject,
    say_test,
    say_where,
    subject_type,
)
from habitue.signals.segment.language.scanner import Scanner, quoted, written_number
from habitue.signals.segment.language.tree import (
    EVER,
    Act,
    Bucket,
    Compare,
    Did,
    DidNot,
    Ids,
    Node,
    Points,
    Rank,
    Segment,
    Sequence,
    Step,
    Timed,
    Window,
)

__all__ = ["read_condition", "say_condition"]

_AMOUNTS = {">=": "至少", "<=": "至多", "=": "恰好", ">": "多于", "<": "少于", "!=": "不等于"}
_READ_AMOUNTS = {phrase: op for op, phrase in _AMOUNTS.items()} | {"不少于": ">=", "不超过": "<=", "超过": ">"}
_DID = {"buy": "购买", "return": "退货", "event": "触发事件"}
_DID_ONCE = {"buy": "购买过", "return": "退过货", "event": "触发过事件"}
_SIDES = {"top": "前", "bottom": "后"}
_WHICH = {"last": "距最近一次", "first": "距首次"}
_OPENING, _CLOSING = ("（", "("), ("）", ")")
_NEVER = ("没有", "从未", "未")


def say_condition(node: Node) -> str:
    """Write one condition."""
    if isinstance(node, Compare):
        reference = f"customer.{node.name}" if node.kind == "customer" else node.name
        first = f"（前{node.among_first}项之一）" if node.among_first != 1 else ""
        test = say_test(node.op, node.value, "zh", kind=None if node.kind == "signal" else subject_type(reference))
        return f"{say_subject(reference, 'zh')} {test}{first}"
    if isinstance(node, Did):
        once = (node.measure, node.op, node.value) == ("times", ">=", 1)
        return _window(node.window) + _act(_DID_ONCE if once else _DID, node.act) + ("" if once else _amount(node))
    if isinstance(node, DidNot):
        never = "从未" if node.window == EVER else "没有"
        return f"{_window(node.window)}{never}{_act(_DID, node.act)}"
    if isinstance(node, Timed):
        days = "天" if node.value is not None else ""
        return f"{_WHICH[node.which]}{_act(_DID, node.act)} {say_test(node.op, node.value, 'zh')}{days}"
    if isinstance(node, Sequence):
        later = (f"之后{_step(each)}" for each in node.steps[1:])
        return f"{_window(node.window)}依次（{'，'.join((_step(node.steps[0]), *later))}）"
    return _say_list_like(node)


def _say_list_like(node: Node) -> str:
    if isinstance(node, Rank):
        by = say_subject(node.name, "zh")
        if node.kind == "band":
            return f"按{by}从低到高分{node.of}档，位于第{node.value}档"
        side, _, share = node.kind.partition("_")
        number = f"{written_number(round(node.value * 100, 2))}%" if share else f"{written_number(node.value)}名"
        return f"按{by}排名{_SIDES[side]}{number}"
    if isinstance(node, Points):
        return f"得分{_points(node.least, node.most)}分（每达到一项得1分：{say_axes(node, 'zh')}）"
    if isinstance(node, Segment):
        version = f"第{node.version}版" if node.version is not None else ""
        return f"属于分群{quoted(node.name, 'zh')}{version}"
    if isinstance(node, Bucket):
        return f"属于随机桶{'、'.join(map(str, node.numbers))}（共{node.of}桶，盐{quoted(node.salt, 'zh')}）"
    assert isinstance(node, Ids)  # noqa: S101 - the last sort of condition there is
    return f"客户编号为{say_list(node.ids, 'zh')}之一"


def _points(least: int | None, most: int | None) -> str:
    if least is None or most is None:
        return f"至少{least}" if most is None else f"至多{most}"
    return f"为{least}" if least == most else f"为{least}至{most}"


def _act(verbs: dict[str, str], act: Act) -> str:
    event = quoted(act.event, "zh") if act.event is not None else ""
    tests = "，".join(say_where(each, act.what, "zh") for each in act.where)
    return verbs[act.what] + event + (f"（{tests}）" if tests else "")


def _amount(node: Did) -> str:
    number = f"{_AMOUNTS[node.op]}{written_number(node.value)}"
    if node.measure == "spend":
        return f"金额合计{number}"
    return number + ("次" if node.measure == "times" else "件")


def _window(window: Window) -> str:
    if window == EVER:
        return ""
    if window.from_days is not None:
        start, end = written_number(window.from_days), written_number(window.to_days)
        return f"近{start}天内" if window.to_days == 0 else f"{start}天前至{end}天前之间"
    first = f"{window.start}起" if window.start else ""
    return first + (("至" if first else "") + f"{window.end}前" if window.end else "")


def _step(step: Step) -> str:
    days = f"{written_number(step.within_days)}天内" if step.within_days is not None else ""
    return days + _act(_DID, step.act)


def read_condition(scan: Scanner) -> dict[str, Any] | None:
    """Read one condition that begins with a time, a verb or a list, as JSON; None where none begins here."""
    for word, phrase in _WHICH.items():
        if scan.eat(phrase):
            act = _read_act(scan, word)
            test = read_test(scan)
            if "value" in test:
                scan.expect("天")
            return act | test
    listed = _read_list_like(scan)
    if listed is not None:
        return listed
    start = scan.place
    window = _read_window(scan)
    if scan.eat("依次"):
        return _read_sequence(scan) | window
    if scan.eat(*_NEVER):
        return _read_act(scan, "did_not") | window
    if scan.sees(*_DID.values(), *_DID_ONCE.values()):
        return _read_act(scan, "did") | _read_amount(scan) | window
    if window:
        scan.fail("依次", "没有", *_DID.values())
    scan.place = start
    return None


def _read_list_like(scan: Scanner) -> dict[str, Any] | None:
    if scan.eat("按"):
        return _read_rank(scan)
    if scan.eat("属于分群"):
        said: dict[str, Any] = {"segment": scan.string()}
        if scan.eat("第"):
            said["version"] = scan.whole()
            scan.expect("版")
        return said
    if scan.eat("属于随机桶"):
        numbers = [scan.whole()]
        while scan.eat("、", "，", ","):
            numbers.append(scan.whole())
        scan.expect(*_OPENING)
        scan.expect("共")
        of = scan.whole()
        scan.expect("桶")
        salt = ""
        if scan.eat("，", ","):
            scan.expect("盐")
            salt = scan.string()
        scan.expect(*_CLOSING)
        return {"bucket": numbers, "of": of, "salt": salt}
    if scan.eat("得分"):
        return _read_points(scan)
    if scan.eat("客户编号为"):
        ids = read_list(scan)
        scan.expect("之一")
        return {"ids": ids}
    return None


def _read_points(scan: Scanner) -> dict[str, Any]:
    side = {"至少": "least", "至多": "most"}.get(scan.expect("至少", "至多", "为"))
    number = scan.whole()
    bounds = {side: number} if side else {"least": number, "most": scan.whole() if scan.eat("至") else number}
    scan.expect("分")
    scan.expect(*_OPENING)
    scan.expect("每达到一项得1分")
    scan.expect("：", ":")
    axes = read_axes(scan)
    scan.expect(*_CLOSING)
    return {"points": axes} | bounds


def _read_rank(scan: Scanner) -> dict[str, Any]:
    said: dict[str, Any] = {"rank": read_subject(scan, followed_by=("排名", "从低到高"))}
    if scan.eat("从低到高分"):
        of = scan.whole()
        scan.expect("档")
        scan.eat("，", ",")
        scan.expect("位于第")
        said |= {"band": scan.whole(), "of": of}
        scan.expect("档")
        return said
    scan.expect("排名", "从低到高分")
    side = {"前": "top", "后": "bottom"}[scan.expect("前", "后")]
    at = scan.place
    number = scan.number()
    if scan.eat("名", "位"):
        return said | {side: number}
    scan.expect("%", "名")
    value = round(number / 100, 4)
    if abs(value * 100 - number) > 1e-9:
        scan.fail("10%、0.25%", at=at)
    return said | {f"{side}_share": value}


def _read_act(scan: Scanner, word: str) -> dict[str, Any]:
    verbs = {verb: what for table in (_DID_ONCE, _DID) for what, verb in table.items()}
    what = verbs[scan.expect(*verbs)]
    said: dict[str, Any] = {word: what}
    if what == "event":
        said["event"] = scan.string()
    if scan.eat(*_OPENING):
        tests = [read_where(scan, what)]
        while scan.eat("，", ",", "、"):
            tests.append(read_where(scan, what))
        scan.expect(*_CLOSING)
        said["where"] = tests
    return said


def _read_amount(scan: Scanner) -> dict[str, Any]:
    money = scan.eat("金额合计")
    phrase = scan.expect(*_READ_AMOUNTS) if money else scan.eat(*_READ_AMOUNTS)
    if phrase is None:
        return {}
    number = scan.number()
    unit = "spend" if money else {"次": "times", "件": "items"}[scan.expect("次", "件")]
    return {unit: {"op": _READ_AMOUNTS[phrase], "value": number}}


def _read_window(scan: Scanner) -> dict[str, Any]:
    if scan.eat("近"):
        days = scan.number()
        scan.expect("天内", "天")
        return {"within": {"last_days": days}}
    if scan.sees_date():
        first = scan.date()
        if scan.eat("前"):
            return {"within": {"to": first}}
        scan.expect("起")
        if not scan.eat("至"):
            return {"within": {"from": first}}
        last = scan.date()
        scan.expect("前")
        return {"within": {"from": first, "to": last}}
    if not scan.sees_number():
        return {}
    start = scan.number()
    scan.expect("天前至")
    end = scan.number()
    scan.expect("天前之间", "天前")
    return {"within": {"from_days": start, "to_days": end}}


def _read_sequence(scan: Scanner) -> dict[str, Any]:
    scan.expect(*_OPENING)
    steps = [_read_act(scan, "did")]
    while scan.eat("，", ","):
        scan.expect("之后")
        days = scan.number() if scan.sees_number() else None
        if days is not None:
            scan.expect("天内")
        step = _read_act(scan, "did")
        steps.append(step if days is None else step | {"within_days": days})
    scan.expect(*_CLOSING)
    return {"sequence": steps}
