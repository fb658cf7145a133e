"""How the segment commands print what they found, in English and Chinese."""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from habitue.cli.speaking import say
from habitue.errors import ConfigError
from habitue.signals.segment.words import feature_words

__all__ = [
    "print_comparison",
    "print_learnt",
    "print_list",
    "print_migration",
    "print_preview",
    "print_saved",
    "print_written",
    "write_csv",
]

Row = Mapping[str, Any]

_SAID = {
    "learnt": ("Learnt segments", "学到的分群"),
    "saved": ("Saved segments", "已保存的分群"),
    "nothing_learnt": ("No segments have been learnt yet: habitue run", "尚未学到分群：请先运行 habitue run"),
    "nothing_saved": (
        'No segment has been saved yet: habitue segments save "Fresh" "recency_days < 60"',
        '尚未保存分群：habitue segments save "近期客户" "recency_days < 60"',
    ),
    "code": ("code", "代码"),
    "name": ("name", "名称"),
    "customers": ("customers", "客户数"),
    "share": ("share", "占比"),
    "value_index": ("value (100 = average)", "价值指数（平均100）"),
    "treatment": ("to do", "建议动作"),
    "treatment_value": ("expected gain", "预期收益"),
    "state": ("state", "状态"),
    "version": ("version", "版本"),
    "reason": ("reason", "原因"),
    "rule": ("rule", "规则"),
    "why": ("Why these segments", "为何这样分群"),
    "as_of": ("as of", "截至"),
    "measure": ("measure", "指标"),
    "mean": ("mean", "均值"),
    "index": ("index (100 = average)", "指数（平均100）"),
    "purchase_days": ("days with a purchase", "购买天数"),
    "recency_days": ("days since the last purchase", "距上次购买天数"),
    "order_value": ("money per order", "客单价"),
    "value": ("value", "价值"),
    "churn_probability": ("chance of leaving", "流失概率"),
    "next_need": ("next need", "下一需求"),
    "reach": ("may be contacted over", "可触达渠道"),
    "no_consents": ("the shop gave no consents", "店铺未提供授权同意数据"),
    "test": (
        "A test that holds out half of them ({held_out}) finds a change of {least} in the share who order ({active}).",
        "若留出一半（{held_out}位）作对照，可检出下单率（现为{active}）变化{least}以上的效果。",
    ),
    "to_do": ("What to do", "建议"),
    "gain": (
        "expected gain {value} ({low} to {high}) from {customers} customers",
        "预期收益{value}（{low}至{high}），涉及{customers}位客户",
    ),
    "moves": ("Since {at}: came {came}; went {went}", "自{at}以来：流入{came}；流出{went}"),
    "overlap": ("Shares customers with", "与其他分群重叠"),
    "old": ("not from the newest data: habitue run", "并非基于最新数据：请运行 habitue run"),
    "uses": ("refers to", "引用"),
    "used_by": ("referred to by", "被引用于"),
    "earlier": ("Versions", "历史版本"),
    "condition": ("condition", "条件"),
    "alone": ("by itself", "单独满足"),
    "left": ("left after it", "逐条筛选后"),
    "unknown": ("not known", "未知"),
    "size": ("{size} of {universe} customers ({share})", "共{size}位客户（全部{universe}位，占{share}）"),
    "sample": ("Some of them", "部分成员"),
    "written": ("{customers} customers in {file}", "已将{customers}位客户写入{file}"),
    "from_to": ("from ↓ to →", "从 ↓ 到 →"),
    "migration": ("From {start} to {end}, by the rules learnt as of {at}", "{start}至{end}，按{at}学到的规则"),
    "none": ("no customer", "尚非客户"),
    "turned": ("The commonest reasons", "最常见的原因"),
    "segmentation": ("segmentation", "分群方法"),
    "segments": ("segments", "分群数"),
    "coverage": ("coverage", "覆盖率"),
    "r2_log_spend": ("R² of log spend (95 %)", "消费额对数 R²（95%区间）"),
    "auc": ("AUC of no order (95 %)", "未下单 AUC（95%区间）"),
    "headroom": ("headroom", "提升空间达成率"),
    "headroom_is": (
        "Headroom: how much of the way was made to the ceiling from the better of RFM score and k-means of equal size.",
        "提升空间达成率：在分群数相同的情况下，从 RFM 总分等分与 k-means 中较优者出发，向上限靠近了多少。",
    ),
    "judged": ("Judged by the {days} days from {at}", "以{at}起{days}天的表现评判"),
}
_STATES = {
    "new": ("new", "未计算"),
    "fresh": ("fresh", "最新"),
    "stale": ("stale", "已过期"),
    "failed": ("failed", "失败"),
    "computing": ("computing", "计算中"),
}
_FAMILIES = {
    "learnt": ("learnt", "学到的"),
    "saved": ("saved", "已保存的"),
    "rfm": ("RFM", "RFM"),
    "lifecycle": ("lifecycle", "生命周期"),
}
_SEGMENTATIONS = {
    "habitue": ("Habitue", "Habitue"),
    "one_segment": ("one segment", "不分群"),
    "random": ("random", "随机"),
    "value_quintile": ("fifths by spend", "消费五等分"),
    "lifecycle": ("lifecycle", "生命周期"),
    "rfm_named": ("RFM with names", "命名 RFM"),
    "rfm_grid": ("RFM with 125 cells", "125 格 RFM"),
    "rfm_score": ("RFM score in equal parts", "RFM 总分等分"),
    "k_means": ("k-means", "k-means"),
    "k_means_raw": ("k-means without logs", "k-means（未取对数）"),
    "gaussian_mixture": ("Gaussian mixture", "高斯混合"),
    "latent_class": ("latent classes", "潜在类别"),
    "ceiling": ("ceiling: every customer alone", "上限：逐个客户预测"),
}
_SHOWN = 10


def print_list(document: Row, language: str, currency: str) -> None:
    """Print the learnt and the saved segments."""
    say(f"[bold]{_said('learnt', language)}[/bold]{_since(document, language)}")
    rows = [
        (
            row["segment"],
            row[f"name_{language}"],
            f"{row['customers']:,}",
            f"{row['share']:.1%}",
            _number(row["value_index"]),
            row[f"treatment_name_{language}"],
            _money(row["treatment_value"], currency),
        )
        for row in document["learnt"]
    ]
    heads = ("code", "name", "customers", "share", "value_index", "treatment", "treatment_value")
    _table(heads, rows, language) if rows else say(_said("nothing_learnt", language))
    say(f"\n[bold]{_said('saved', language)}[/bold]")
    saved = [
        (
            row["name"],
            _one(_STATES, row["state"], language),
            "–" if row["size"] is None else f"{row['size']:,}",
            "–" if row["share"] is None else f"{row['share']:.1%}",
            str(row["version"]),
            row[f"reason_{language}"] or "",
        )
        for row in document["saved"]
    ]
    columns = ("name", "state", "customers", "share", "version", "reason")
    _table(columns, saved, language) if saved else say(escape(_said("nothing_saved", language)))


def print_learnt(document: Row, language: str, currency: str) -> None:
    """Print the portrait of a learnt segment."""
    say(f"[bold]{escape(document[f'name_{language}'])}[/bold] ({escape(document['segment'])}), "
        f"{_said('as_of', language)} {document['as_of']:%Y-%m-%d}")  # fmt: skip
    say(escape(document[f"description_{language}"]))
    say(f"{_said('rule', language)}: {escape(document[f'rule_{language}'])}")
    rows = [
        (_said(name, language), _number(document[name]), _number(document[f"{name}_index"]))
        for name in ("value", "purchase_days", "recency_days", "order_value", "churn_probability")
        if document[name] is not None
    ]
    if document["next_need"] is not None:
        said = f"{_said('next_need', language)}: {document['next_need']}"
        rows.append((said, f"{document['next_need_probability']:.0%}", _number(document["next_need_index"])))
    _table(("measure", "mean", "index"), rows, language)
    if document["reach"] is None:
        say(f"{_said('reach', language)}: {_said('no_consents', language)}")
    else:
        say(f"{_said('reach', language)}: {escape(_reach(document['reach']))}")
    if document["detectable_share"] is not None:
        facts = {"held_out": f"{document['held_out']:,}", "active": f"{document['active_share']:.0%}"}
        say(_said("test", language).format(least=f"{document['detectable_share']:.1%}", **facts))
    _print_treatment(document, language, currency)
    _print_moves(document, language)
    _print_overlap(document["overlap"], language)
    say(f"[dim]{_said('why', language)}: {escape(document[f'reason_{language}'])}[/dim]")


def print_saved(document: Row, language: str) -> None:
    """Print a saved segment with its versions."""
    say(f"[bold]{escape(document['name'])}[/bold]: {_one(_STATES, document['state'], language)}")
    if document[f"reason_{language}"]:
        say(f"  {escape(document[f'reason_{language}'])}")
    say(f"{_said('rule', language)}: {escape(document[f'rule_{language}'])}")
    if document["size"] is not None:
        share = "–" if document["share"] is None else f"{document['share']:.1%}"
        say(f"{_said('customers', language)}: {document['size']:,} ({share}), "
            f"{_said('as_of', language)} {document['as_of']:%Y-%m-%d}")  # fmt: skip
    for name in ("uses", "used_by"):
        if document[name]:
            say(f"{_said(name, language)}: {escape(', '.join(document[name]))}")
    _print_overlap(document["overlap"], language)
    if len(document["versions"]) > 1:
        say(f"[bold]{_said('earlier', language)}[/bold]")
        for each in document["versions"]:
            say(f"  {each['version']}. {each['saved_at']:%Y-%m-%d %H:%M} {escape(each[f'rule_{language}'])}")


def print_preview(document: Row, language: str) -> None:
    """Print a preview."""
    say(f"[bold]{escape(document[f'rule_{language}'])}[/bold], {_said('as_of', language)} {document['as_of']:%Y-%m-%d}")
    facts = {"universe": f"{document['universe']:,}", "share": f"{document['share']:.1%}"}
    say(_said("size", language).format(size=f"{document['size']:,}", **facts))
    for each in document["remarks"]:
        say(f"[yellow]! {escape(each[f'message_{language}'])}[/yellow]")
    counts = ("alone", "left", "unknown")
    rows = [
        (each[f"text_{language}"], *("" if each[name] is None else f"{each[name]:,}" for name in counts))
        for each in document["conditions"]
    ]
    _table(("condition", *counts), rows, language)
    reach = _said("no_consents", language) if document["reach"] is None else _reach(document["reach"])
    say(f"{_said('reach', language)}: {escape(reach)}")
    if document["effect"] is not None:
        effect = document["effect"]
        facts = {"held_out": f"{effect['held_out']:,}", "active": f"{effect['buyers_share']:.0%}"}
        say(_said("test", language).format(least=f"{effect['detectable_buyers_share']:.1%}", **facts))
    if document["sample"]:
        say(f"{_said('sample', language)}: {escape(', '.join(each['customer_id'] for each in document['sample']))}")


def print_migration(document: Row, language: str) -> None:
    """Print who went where as a matrix, and why."""
    facts = {"start": f"{document['from']:%Y-%m-%d}", "end": f"{document['to']:%Y-%m-%d}"}
    at = f"{document['definition_as_of']:%Y-%m-%d}"
    say(f"[bold]{_said('migration', language).format(at=at, **facts)}[/bold]")
    codes = [row["segment"] for row in document["segments"]]
    counts = {(row["from_segment"], row["to_segment"]): row["customers"] for row in document["flows"]}
    sides = [*codes, "none"] if any("none" in pair for pair in counts) else codes
    names = {row["segment"]: f"{row['segment']} {row[f'name_{language}']}" for row in document["segments"]}
    names["none"] = _said("none", language)
    shown = Table(show_edge=False)
    shown.add_column(_said("from_to", language), overflow="fold")
    for code in sides:
        shown.add_column(escape(_none(code, language)), justify="right")
    for old in sides:
        shown.add_row(escape(names[old]), *(f"{counts.get((old, new), 0):,}" for new in sides))
    Console(highlight=False).print(shown)
    told = [row for row in document["why"] if row["feature"] is not None][:_SHOWN]
    if told:
        say(f"[bold]{_said('turned', language)}[/bold]")
    for row in told:
        say(f"  {escape(row['from_segment'])} → {escape(row['to_segment'])}: {row['customers']:,} "
            f"({escape(_turned(row, language))})")  # fmt: skip


def print_comparison(document: Row, language: str) -> None:
    """Print the scores of segmentations, the best first."""
    say(_said("judged", language).format(days=document["horizon_days"], at=f"{document['as_of']:%Y-%m-%d}"))
    rows = [
        (
            _one(_SEGMENTATIONS, row["segmentation"], language) + (f" (≤ {row['at']})" if row.get("at") else ""),
            f"{row['segments']:,}",
            f"{row['coverage']:.1%}",
            _interval(row, "r2_log_spend"),
            _interval(row, "auc"),
            "–" if row["headroom"] is None else f"{row['headroom']:.0%}",
        )
        for row in document["rows"]
    ]
    _table(("segmentation", "segments", "coverage", "r2_log_spend", "auc", "headroom"), rows, language)
    say(_said("headroom_is", language))


def print_written(document: Row, language: str) -> None:
    """Say what was written where."""
    said = _said("written", language).format(customers=f"{document['customers']:,}", file=document["csv"])
    say(f"[green]✓[/green] {escape(said)}")


def write_csv(members: Sequence[str], path: Path | None) -> None:
    """Write a list of customers to a file, or print it."""
    rows = [("customer_id",), *((each,) for each in members)]
    if path is None:
        csv.writer(sys.stdout, lineterminator="\n").writerows(rows)
        return
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    except OSError as error:
        raise ConfigError(f"{path} cannot be written: {error}", expected="a file in a folder that is there") from error


def _print_treatment(document: Row, language: str, currency: str) -> None:
    name, text = document[f"treatment_name_{language}"], document[f"treatment_text_{language}"]
    say(f"[bold]{_said('to_do', language)}: {escape(name)}[/bold] {escape(text)}")
    if document["treatment_value"] and document["treatment_customers"]:
        facts = {
            each: _money(document[f"treatment_{key}"], currency)
            for each, key in (("value", "value"), ("low", "value_low"), ("high", "value_high"))
        }
        gain = _said("gain", language).format(customers=f"{document['treatment_customers']:,}", **facts)
        say(f"  {escape(gain)}; {escape(document[f'evidence_text_{language}'])}")


def _print_moves(document: Row, language: str) -> None:
    code = document["segment"]
    for at in sorted({row["from_at"] for row in document["moves"]}, reverse=True):
        rows = [row for row in document["moves"] if row["from_at"] == at]
        came, went = (
            ", ".join(f"{_none(row[side], language)} {row['customers']:,}" for row in rows if row[other] == code) or "0"
            for side, other in (("from_segment", "to_segment"), ("to_segment", "from_segment"))
        )
        say(escape(_said("moves", language).format(at=f"{at:%Y-%m-%d}", came=came, went=went)))


def _print_overlap(overlap: Sequence[Row], language: str) -> None:
    for family in dict.fromkeys(row["other_family"] for row in overlap):
        most = sorted((row for row in overlap if row["other_family"] == family), key=lambda row: -row["jaccard"])[:3]
        told = ", ".join(
            f"{_other(family, row['other_segment'], language)} {row['customers']:,} ({row['share']:.0%})"
            for row in most
        )
        say(f"{_said('overlap', language)} ({_one(_FAMILIES, family, language)}): {escape(told)}")


def _other(family: str, code: str, language: str) -> str:
    from habitue.report import segment_name

    return segment_name(family, code, language) if family in ("rfm", "lifecycle") else code


def _since(document: Row, language: str) -> str:
    at = next((row["as_of"] for row in document["learnt"]), None)
    if at is None:
        return ""
    late = f" [yellow]{_said('old', language)}[/yellow]" if at < document["as_of"] else ""
    return f", {_said('as_of', language)} {at:%Y-%m-%d}{late}"


def _turned(row: Row, language: str) -> str:
    feature = row["feature"]
    words = feature_words(feature)[language]
    border = f"{'≥' if row['op'] == '<' else '<'} {_number(row['threshold'])}"
    return f"{words}: {_number(row['before_median'])} → {_number(row['now_median'])}, {border}"


def _reach(reach: Sequence[Row]) -> str:
    return ", ".join(f"{each['channel']} {each['customers']:,} ({each['share']:.0%})" for each in reach) or "0"


def _interval(row: Row, name: str) -> str:
    if row[name] is None:
        return "–"
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return f"{row[name]:.3f}" if low is None or high is None else f"{row[name]:.3f} ({low:.3f}–{high:.3f})"


def _number(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")


def _money(value: float | None, currency: str) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f} {currency}".rstrip()


def _none(code: str, language: str) -> str:
    return _said("none", language) if code == "none" else code


def _one(words: Mapping[str, tuple[str, str]], code: str, language: str) -> str:
    return words[code][language == "zh"] if code in words else code


def _said(key: str, language: str) -> str:
    return _SAID[key][language == "zh"]


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], language: str) -> None:
    shown = Table(show_edge=False)
    for head in heads:
        shown.add_column(_said(head, language), overflow="fold")
    for row in rows:
        shown.add_row(*(escape(each) for each in row))
    Console(highlight=False).print(shown)
