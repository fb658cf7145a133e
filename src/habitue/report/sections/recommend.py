"""What to show to whom: how good lists are beside plain ones, what rules cost, what segments get, examples."""

from __future__ import annotations

from habitue.report.charts_segments import Dot, dots
from habitue.report.contents import ReportContents
from habitue.report.recommending import Figure, ListScore, RecommendOutlook
from habitue.report.sections.segment_words import segment_names
from habitue.report.views import Block, Head, Note, Picture, Section, TableView, Voice, drawn

__all__ = ["recommend"]

_OURS, _POPULAR = "ours", "popular_7_days"
_COLUMNS = ("hit", "ndcg", "recall", "coverage", "diversity", "novelty", "bias", "revenue")
_FIGURES = {"hit": "hit_rate", "bias": "popularity_bias"}
_SHARES = ("hit", "recall", "coverage")


def recommend(contents: ReportContents, say: Voice) -> Section | None:
    """Show how good the lists are and what rules cost; nothing where the run made none."""
    outlook = contents.recommend
    if outlook is None:
        return None
    blocks: list[Block] = []
    if outlook.scores:
        blocks += [_chart(outlook, say), _scores(outlook, say), Note(say("recommend_scores_note"))]
    if outlook.prices:
        blocks += [_prices(outlook, say), Note(say("recommend_prices_note"))]
    if outlook.segments:
        blocks += [_segments(contents, outlook, say), Note(say("recommend_segments_note"))]
    blocks += _samples(outlook, say)
    if outlook.beside:
        blocks.append(_beside(outlook, say))
    blocks.append(_kinds(outlook, say))
    sure = say("recommend_sure") if outlook.scores else ""
    return Section("recommend", say("recommend"), _lead(outlook, say), sure, blocks, [say("recommend_do")])


def _of(scores: tuple[ListScore, ...], code: str, figure: str) -> Figure:
    found = next((each for each in scores if each.code == code), None)
    return Figure(None) if found is None else found.figures.get(figure, Figure(None))


def _lead(outlook: RecommendOutlook, say: Voice) -> str:
    ours, popular = (_of(outlook.scores, code, "hit_rate").value for code in (_OURS, _POPULAR))
    if ours is None or popular is None:
        return say("recommend_lead_plain", n=say.people(outlook.customers))
    return say(
        "recommend_lead",
        days=say.numbers.days(outlook.days),
        hit=say.numbers.share(ours),
        n=say.people(outlook.judged),
        k=str(outlook.k),
        popular=say.numbers.share(popular),
    )


def _chart(outlook: RecommendOutlook, say: Voice) -> Picture:
    title = say("recommend_chart")
    found = []
    for each in outlook.scores:
        hit = each.figures.get("hit_rate", Figure(None))
        if hit.value is not None:
            name = say.of(each.name)
            text = say.numbers.share(hit.value)
            said = f"{name}: {_with_interval('hit', hit, say)}"
            found.append(Dot(name, hit.value, text, said, each.code == _OURS))

    def chart(narrow: bool) -> dict[str, object]:  # noqa: FBT001 - called with one meaning
        return dots(found, write=say.numbers.share, under=say("recommend_chart_under"), narrow=narrow)

    wide, small = drawn("recommend-hit", title, chart)
    rows = [[dot.row, dot.said.removeprefix(f"{dot.row}: ")] for dot in found]
    table = TableView([Head(say("recommend_list")), Head(say("recommend_hit"), True)], rows, stack=False,
                      folded=say("numbers_behind"))  # fmt: skip
    return Picture(title, wide, small, table)


def _scores(outlook: RecommendOutlook, say: Voice) -> TableView:
    shown = [column for column in _COLUMNS if any(_figure(each, column).value is not None for each in outlook.scores)]
    heads = [Head(say("recommend_list")), *(Head(say(f"recommend_{column}"), True) for column in shown)]
    rows = [
        [
            say.of(each.name),
            *(_cell(column, _figure(each, column), say) for column in shown),
        ]
        for each in outlook.scores
    ]
    return TableView(heads, rows, say("recommend_scores"))


def _figure(score: ListScore, column: str) -> Figure:
    return score.figures.get(_FIGURES.get(column, column), Figure(None))


def _written(column: str, value: float | None, say: Voice) -> str:
    if value is None:
        return "–"
    if column in _SHARES:
        return say.numbers.share(value)
    if column.startswith("revenue"):
        return say.numbers.money(value)
    return say.numbers.decimal(value, 3 if column.startswith("ndcg") else 2)


def _between(column: str, figure: Figure, say: Voice) -> str:
    if figure.low is None or figure.high is None:
        return ""
    return "–".join(_written(column, each, say) for each in (figure.low, figure.high))


def _cell(column: str, figure: Figure, say: Voice) -> str | tuple[str, str]:
    value, interval = _written(column, figure.value, say), _between(column, figure, say)
    return (value, interval) if interval else value


def _with_interval(column: str, figure: Figure, say: Voice) -> str:
    value, interval = _written(column, figure.value, say), _between(column, figure, say)
    return f"{value} ({interval})" if interval else value


def _prices(outlook: RecommendOutlook, say: Voice) -> TableView:
    heads = [Head(say("recommend_rule")), Head(say("recommend_ndcg_cost"), True)]
    heads.append(Head(say("recommend_revenue_cost"), True))
    rows = [
        [
            (say.of(each.name), say("recommend_in_use" if each.active else "recommend_not_in_use")),
            _signed("ndcg", each.ndcg, say),
            _signed("revenue", each.revenue, say),
        ]
        for each in sorted(outlook.prices, key=lambda each: not each.active)
    ]
    return TableView(heads, rows, say("recommend_prices"))


def _signed(column: str, figure: Figure, say: Voice) -> str | tuple[str, str]:
    """Write a cost; between its bounds stands "to", since costs may be below zero."""
    value = _written(column, figure.value, say)
    if figure.low is None or figure.high is None:
        return value
    low, high = (_written(column, each, say) for each in (figure.low, figure.high))
    return value, f"{low} … {high}"


def _segments(contents: ReportContents, outlook: RecommendOutlook, say: Voice) -> TableView:
    names = segment_names(contents, say)
    heads = [Head(say("segment")), Head(say("recommend_decision")), Head(say("recommend_strategy"))]
    heads += [Head(say("recommend_customers"), True), Head(say("recommend_gain"), True)]
    rows = []
    for each in outlook.segments:
        gain = "–" if each.gain.value is None else _signed("revenue", each.gain, say)
        other = say.of(each.other)
        if other and isinstance(gain, tuple):
            gain = (f"{other}: {gain[0]}", gain[1])
        rows.append(
            [
                names.get(each.segment, each.segment),
                say.of(each.decided),
                say.of(each.strategy),
                say.numbers.count(each.customers),
                gain,
            ]
        )
    return TableView(heads, rows, say("recommend_segments"))


def _samples(outlook: RecommendOutlook, say: Voice) -> list[Block]:
    blocks: list[Block] = []
    for number, each in enumerate(outlook.samples):
        heads = [Head(say("recommend_product")), Head(say("recommend_why"))]
        rows = [[shown.title, say.of(shown.why)] for shown in each.products]
        title = say("recommend_for", customer=each.customer_id)
        first = say.joined(f"{say('recommend_samples')}:", title)
        blocks.append(TableView(heads, rows, title if number else first))
    return blocks


def _beside(outlook: RecommendOutlook, say: Voice) -> TableView:
    heads = [Head(say("recommend_product")), Head(say("recommend_similar")), Head(say("recommend_together"))]
    rows = [[each.title, " · ".join(each.similar), " · ".join(each.together)] for each in outlook.beside]
    return TableView(heads, rows, say("recommend_beside"))


def _kinds(outlook: RecommendOutlook, say: Voice) -> TableView:
    heads = [Head(say("recommend_list")), Head(say("recommend_customers"), True)]
    rows = [[say.of(words), say.numbers.count(number)] for words, number in outlook.kinds]
    return TableView(heads, rows, say("recommend_kinds"), stack=False)
