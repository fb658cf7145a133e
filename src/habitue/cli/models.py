"""`habitue models`: the cards of the models behind the forecasts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from habitue.cli.options import AsJson, AsOf, Language, Quiet, ShopPath
from habitue.cli.speaking import progress, say, say_json

if TYPE_CHECKING:
    from habitue.report import ModelCard

__all__ = ["models"]

_HEADS = {
    "question": ("question", "问题"),
    "task": ("task", "任务"),
    "model": ("model", "模型"),
    "figure": ("figure (95 %)", "指标（95%区间）"),
    "baseline": ("best simple rule", "最佳简单规则"),
    "as_of": ("as of", "截至"),
    "learnt": ("learnt from", "训练数据"),
    "judged": ("judged at", "检验时点"),
    "calibration": ("calibration", "校准"),
    "speed": ("milliseconds per row", "每行耗时（毫秒）"),
    "fallback": ("fallback", "退化方案"),
    "dropped": ("left out", "未采用"),
    "figures": ("Figures on later time", "检验指标"),
    "candidates": ("Candidates", "候选模型"),
    "stability": ("Stability over dates", "各时点稳定性"),
    "importance": ("What it looks at", "主要因素"),
    "drift": ("Inputs that have moved (index above 0.1)", "发生变化的因素（指数高于0.1）"),
    "notes": ("To know", "注意"),
    "none": ("No model has been published yet: habitue run", "尚未发布任何模型：请先运行 habitue run"),
}
_SHOWN = 10  # inputs
_MOVED = 0.1


def models(
    task: Annotated[str | None, Parameter(help="Show this card in full, by task (churn) or area.")] = None,
    shop: ShopPath = Path(),
    *,
    as_of: AsOf = None,
    lang: Language = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """List the models behind the forecasts: how good each was on later time, beside the best simple rule.

    With a name, such as `habitue models churn`, the whole card is shown.
    """
    from habitue.data.shop import Shop, as_moment

    with progress(quiet=quiet or json) as bars, Shop.open(shop, report=bars) as opened:
        cards = _cards(opened.ledger, as_moment(as_of) if as_of else None)
        language = lang or opened.settings.shop.language
        chosen = cards if task is None else _chosen(cards, task)
        if json:
            say_json({"models": [_document(card) for card in chosen]})
        elif task is None:
            _print_list(cards, language)
        else:
            for card in chosen:
                _print_card(card, language)
    return 0


def _cards(ledger: Any, moment: datetime | None) -> list[ModelCard]:
    from habitue.errors import LedgerError
    from habitue.report import card_from_row
    from habitue.report.naming import input_words

    cards: list[ModelCard] = []
    for name in ledger.tables():
        if not name.endswith("_models"):
            continue
        try:
            table = ledger.latest(name, moment).to_arrow()
        except LedgerError:  # published for later moments only
            continue
        rows = table.select(["task", "model", "learnt_at", "card"]).to_pylist()
        cards.extend(card_from_row(row, name.removesuffix("_models"), input_words) for row in rows)
    return cards


def _chosen(cards: list[ModelCard], task: str) -> list[ModelCard]:
    from habitue.errors import ConfigError, did_you_mean

    by_task = [card for card in cards if card.task == task]
    chosen = by_task or [card for card in cards if card.area == task]
    if not chosen:
        known = sorted({card.task for card in cards} | {card.area for card in cards})
        raise ConfigError(
            f"There is no model {task!r}.{did_you_mean(task, known)}",
            expected=", ".join(known) or "a model that was published",
            hint="habitue models" if known else "habitue run",
        )
    return chosen


def _document(card: ModelCard) -> dict[str, Any]:
    return {"area": card.area, "task": card.task, "model": card.model, "as_of": card.as_of, "card": dict(card.whole)}


def _print_list(cards: list[ModelCard], language: str) -> None:
    from habitue.report.model_cards import MODELS, named

    if not cards:
        say(_head("none", language))
        return
    rows = [
        (
            card.task,
            named(MODELS, card.model, language),
            _figure(card.headline, language),
            f"{named(MODELS, card.baseline, language)}: {_value(card.baseline_headline)}" if card.baseline else "",
            f"{card.as_of:%Y-%m-%d}",
        )
        for card in cards
    ]
    _table(("task", "model", "figure", "baseline", "as_of"), rows, language)


def _print_card(card: ModelCard, language: str) -> None:
    from rich.markup import escape

    from habitue.report.model_cards import MODELS, named

    whole = card.whole
    say(f"\n[bold]{escape(card.question[language] or card.task)}[/bold]")
    dropped = whole.get("dropped_inputs") or {}
    facts = {
        "task": f"{card.area} / {card.task}" if card.area != card.task else card.task,
        "model": named(MODELS, card.model, language),
        "as_of": f"{card.as_of:%Y-%m-%d}",
        "learnt": _learnt(card, language),
        "judged": str(whole.get("judged_at") or "")[:10],
        "calibration": str((whole.get("calibration") or {}).get("method") or ""),
        "speed": _number(whole.get("milliseconds_per_row")),
        "fallback": named(MODELS, card.fallback, language),
        "dropped": ", ".join(f"{name} ({why})" for name, why in list(dropped.items())[:_SHOWN]),
        "notes": " ".join(note[language] for note in card.notes),
    }
    _table(None, [(_head(key, language), text) for key, text in facts.items() if text], language)
    _print_figures(card, language)
    _print_inputs(card, language)


def _print_figures(card: ModelCard, language: str) -> None:
    from habitue.report.model_cards import METRICS, MODELS, named

    whole = card.whole
    answers = [(named(MODELS, card.model, language), whole.get("metrics") or [])]
    answers += [(named(MODELS, each["name"], language), each["metrics"]) for each in whole.get("baselines") or ()]
    names = [each["name"] for each in answers[0][1]]
    if names:
        say(f"\n[bold]{_head('figures', language)}[/bold]")
        rows = [
            (named(METRICS, name, language), *(_figure_of(figures, name) for _, figures in answers)) for name in names
        ]
        _plain_table(("", *(name for name, _ in answers)), rows)
    candidates = [
        (
            named(MODELS, each["name"], language),
            named(METRICS, each.get("metric", ""), language),
            _number(each["value"]),
        )
        for each in whole.get("candidates") or ()
    ]
    if len(candidates) > 1:
        say(f"\n[bold]{_head('candidates', language)}[/bold]")
        _plain_table(None, candidates)
    stability = [
        (str(each["cutoff"])[:10], named(METRICS, each["metric"], language), _figure_of([each], each.get("name")))
        for each in whole.get("stability") or ()
    ]
    if stability:
        say(f"\n[bold]{_head('stability', language)}[/bold]")
        _plain_table(None, stability)


def _print_inputs(card: ModelCard, language: str) -> None:
    from habitue.report.naming import input_words

    importance = sorted(card.whole.get("importance") or (), key=lambda each: -(each["share"] or 0))[:_SHOWN]
    if importance:
        say(f"\n[bold]{_head('importance', language)}[/bold]")
        _plain_table(None, [(input_words(each["input"])[language], f"{each['share'] or 0:.1%}") for each in importance])
    moved = [each for each in card.whole.get("drift") or () if (each["index"] or 0) > _MOVED]
    if moved:
        say(f"\n[bold]{_head('drift', language)}[/bold]")
        rows = [(input_words(each["input"])[language], f"{each['index']:.2f}") for each in moved]
        _plain_table(None, sorted(rows, key=lambda row: row[1], reverse=True)[:_SHOWN])


def _learnt(card: ModelCard, language: str) -> str:
    if not card.rows:
        return ""
    customers = f"{card.customers:,}人" if language == "zh" else f"{card.customers:,} customers"
    rows = f"{card.rows:,}行" if language == "zh" else f"{card.rows:,} rows"
    return f"{rows}, {customers}: {', '.join(card.cutoffs)}"


def _head(key: str, language: str) -> str:
    return _HEADS[key][language == "zh"]


def _figure(measured: Any, language: str) -> str:
    from habitue.report.model_cards import METRICS, named

    return "" if measured is None else f"{named(METRICS, measured.name, language)} {_value(measured)}"


def _value(measured: Any) -> str:
    from habitue.report.model_cards import written

    value, interval = written(measured)
    return f"{value} ({interval})" if interval else value


def _figure_of(figures: Any, name: str | None) -> str:
    from habitue.report.model_cards import Measured

    found = next((each for each in figures if each.get("name") == name and each.get("value") is not None), None)
    if found is None:
        return "–"
    return _value(Measured(str(name), found["value"], found.get("low"), found.get("high")))


def _number(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, (int, float)) else ""


def _table(heads: tuple[str, ...] | None, rows: Sequence[tuple[str, ...]], language: str) -> None:
    _plain_table(None if heads is None else tuple(_head(head, language) for head in heads), rows)


def _plain_table(heads: tuple[str, ...] | None, rows: Sequence[Any]) -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    shown = Table(show_header=heads is not None, show_edge=False)
    for heading in heads or [""] * len(rows[0]):
        shown.add_column(escape(heading), overflow="fold")
    for row in rows:
        shown.add_row(*(escape(cell) for cell in row))
    Console(highlight=False).print(shown)
