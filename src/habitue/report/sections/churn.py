"""Who is about to leave, how sure that is, what drives it, and whom it pays to rescue."""

from __future__ import annotations

from habitue.report.charts import Bar, stacked_bars
from habitue.report.charts_prediction import Ranked, Treated, profit_curve, ranked_bars
from habitue.report.contents import ReportContents
from habitue.report.naming import risk_name
from habitue.report.predictions import ChurnOutlook, Offer, Rescue
from habitue.report.sections.forecasts import forecast_picture, touching
from habitue.report.views import Block, Head, Note, Picture, Section, TableView, Tile, Tiles, Voice, drawn

__all__ = ["churn"]

_COLOURS = {"high": "vermilion", "medium": "ochre", "low": "teal"}
_LEANS = 0.15  # a direction nearer to 0 than this says nothing


def churn(contents: ReportContents, say: Voice) -> Section | None:
    """Show risks, calibration, the profit curve, drivers and the first to rescue; nothing where it was not run."""
    outlook = contents.churn
    if outlook is None:
        return None
    if not outlook.customers:
        return Section("churn", say("churn"), say("churn_none"))
    high = next((each for each in outlook.groups if each.risk == "high"), None)
    everyone, days = say.numbers.count(outlook.customers), say.numbers.days(outlook.horizon_days)
    lead = say("churn_lead_none", all=everyone, days=days)
    if high is not None and high.customers:
        count, stake = say.numbers.count(high.customers), say.numbers.money(high.stake)
        lead = say("churn_lead", n=count, all=everyone, days=days, stake=stake)
    blocks: list[Block] = [_tiles(outlook, say)]
    if outlook.bands:
        blocks.append(_bands(outlook, say))
    if len(outlook.profit) > 1:
        blocks.append(_profit(outlook, say))
    blocks.extend(_rescues(outlook, say))
    if outlook.drivers:
        blocks.append(_drivers(outlook, say))
    if outlook.calibration:
        blocks.append(_calibration(outlook, say))
    sure = say("churn_sure", days=days, leaving=say.numbers.count(outlook.leaving))
    return Section("churn", say("churn"), lead, sure, blocks, _todo(outlook, say))


def _tiles(outlook: ChurnOutlook, say: Voice) -> Tiles:
    tiles = [
        Tile(
            _risk(each.risk, say),
            say.numbers.count(each.customers),
            say(
                "risk_note",
                share=say.numbers.share(each.customers / outlook.customers),
                stake=say.numbers.money(each.stake),
            ),
            "",
            _COLOURS.get(each.risk, "slate"),
        )
        for each in outlook.groups
    ]
    if outlook.offer is not None:
        tiles.append(Tile(say("worth_it"), say.numbers.count(outlook.worth_it), say("worth_it_note"), "", "blue"))
    return Tiles(tiles, say("churn_tiles"))


def _risk(code: str, say: Voice) -> str:
    name = risk_name(code, say.language)
    return name[:1].upper() + name[1:]


def _bands(outlook: ChurnOutlook, say: Voice) -> Picture:
    risks = [each.risk for each in outlook.groups]
    places = {str(tenth): [f"{10 * tenth}–", f"{10 * tenth + 10}%"] for tenth in range(10)}
    bars = [
        Bar(
            str(each.tenth),
            each.risk,
            float(each.customers),
            say(
                "churn_band_said",
                band="".join(places[str(each.tenth)]),
                risk=_risk(each.risk, say),
                n=say.people(each.customers),
            ),
        )
        for each in outlook.bands
    ]
    title = say("churn_bands")
    colours = {risk: _COLOURS.get(risk, "slate") for risk in reversed(risks)}

    def chart(narrow: bool) -> dict[str, object]:  # noqa: FBT001 - called with one meaning
        lines = places if narrow else {place: ["".join(label)] for place, label in places.items()}
        return stacked_bars(bars, places=lines, colours=colours, write=say.numbers.short, narrow=narrow, all_named=True)

    wide, small = drawn("churn-bands", title, chart)
    found = {(each.tenth, each.risk): each.customers for each in outlook.bands}
    rows = [
        ["".join(label), *(say.numbers.count(found.get((int(place), risk), 0)) for risk in risks)]
        for place, label in places.items()
    ]
    heads = [Head(say("probability")), *(Head(_risk(risk, say), True) for risk in risks)]
    table = TableView(heads, rows, stack=False, folded=say("numbers_behind"))
    legend = [(_COLOURS.get(risk, "slate"), _risk(risk, say)) for risk in risks]
    return Picture(title, wide, small, table, legend)


def _calibration(outlook: ChurnOutlook, say: Voice) -> Picture:
    inside, known = touching(outlook.calibration)
    return forecast_picture(
        "churn-calibration",
        outlook.calibration,
        titles=("churn_calibration", "forecast_share", "came_share"),
        write=say.numbers.share,
        note=say("churn_calibration_note", inside=str(inside), n=str(known)),
        say=say,
    )


def _profit(outlook: ChurnOutlook, say: Voice) -> Picture:
    points = [
        Treated(each.share_treated, each.profit, each.low, each.high, _offered(each.share_treated, each.profit, say))
        for each in outlook.profit
    ]
    title = say("churn_profit")

    def chart(narrow: bool) -> dict[str, object]:  # noqa: FBT001 - called with one meaning
        return profit_curve(
            points,
            _marks(outlook.offer, say),
            write=say.numbers.money,
            write_share=say.numbers.share,
            under=say("profit_axis_short" if narrow else "profit_axis"),
            narrow=narrow,
        )

    wide, small = drawn("churn-profit", title, chart)
    heads = [Head(say("share_treated"), True), Head(say("profit"), True), Head(say("interval"), True)]
    rows = [
        [
            say.numbers.share(each.share_treated),
            say.numbers.money_in_full(each.profit),
            say("between", low=say.numbers.money(each.low), high=say.numbers.money(each.high))
            if each.low is not None and each.high is not None
            else "",
        ]
        for each in outlook.profit
    ]
    table = TableView(heads, rows, stack=False, folded=say("numbers_behind"))
    notes = [say.joined(_advice(outlook, say), _costs(outlook.offer, say))]
    return Picture(title, wide, small, table, (), [note for note in notes if note])


def _offered(share: float, profit: float, say: Voice) -> str:
    return say("profit_said", share=say.numbers.share(share), profit=say.numbers.money(profit))


def _marks(offer: Offer | None, say: Voice) -> list[tuple[Treated, str]]:
    if offer is None:
        return []
    best = Treated(offer.best_share, offer.best_profit, said=_offered(offer.best_share, offer.best_profit, say))
    marks = [(best, say("mark_best", share=say.numbers.share(offer.best_share)))]
    # A mark that lies on the best one would write over its name.
    if offer.best_share > 0.1:
        none = Treated(0.0, offer.treat_none_profit, said=_offered(0.0, offer.treat_none_profit, say))
        marks.append((none, say("mark_none")))
    if offer.best_share < 0.9:
        everyone = Treated(1.0, offer.treat_all_profit, said=_offered(1.0, offer.treat_all_profit, say))
        marks.append((everyone, say("mark_all")))
    return marks


def _advice(outlook: ChurnOutlook, say: Voice) -> str:
    offer = outlook.offer
    if offer is None:
        return ""
    over_all = say.numbers.money(offer.gain_over_all)
    treated = round(offer.best_share * outlook.customers)
    if not treated:
        return say("offer_none", over_all=over_all)
    return say(
        "offer_some",
        n=say.people(treated),
        profit=say.numbers.money(offer.best_profit),
        range=_range(outlook, offer, say),
        over_all=over_all,
        over_none=say.numbers.money(offer.gain_over_none),
    )


def _range(outlook: ChurnOutlook, offer: Offer, say: Voice) -> str:
    """Write the interval of the profit at the best share, as the curve has it."""
    best = min(outlook.profit, key=lambda each: abs(each.share_treated - offer.best_share), default=None)
    if best is None or best.low is None or best.high is None:
        return ""
    return say("profit_bracket", low=say.numbers.money(best.low), high=say.numbers.money(best.high))


def _costs(offer: Offer | None, say: Voice) -> str:
    if offer is None:
        return ""
    known = say.of(offer.offer)
    parts = [known] if known else []
    if offer.contact_cost is not None:
        parts.append(say("cost_contact", cost=say.numbers.money_in_full(offer.contact_cost)))
    if offer.offer_share is not None and not known:
        parts.append(say("cost_offer", share=say.numbers.share(offer.offer_share)))
    if offer.gross_margin is not None:
        parts.append(say("cost_margin", share=say.numbers.share(offer.gross_margin)))
    return say("offer_costs", parts=say.numbers.listed(parts)) if parts else ""


def _drivers(outlook: ChurnOutlook, say: Voice) -> Picture:
    title = say("churn_drivers")
    bars = [
        Ranked(say.of(each.name), each.importance, say.numbers.share(each.importance), _lean(each.direction)[1])
        for each in outlook.drivers
    ]

    def chart(narrow: bool) -> dict[str, object]:  # noqa: FBT001 - called with one meaning
        return ranked_bars(bars, narrow=narrow)

    wide, small = drawn("churn-drivers", title, chart)
    rows = [
        [say.of(each.name), say.numbers.share(each.importance), say(_lean(each.direction)[0])]
        for each in outlook.drivers
    ]
    heads = [Head(say("driver")), Head(say("importance"), True), Head(say("direction"))]
    shown = dict(_lean(each.direction) for each in outlook.drivers)
    legend = [(shown[key], say(key)) for key in ("raises", "lowers", "neither") if key in shown]
    table = TableView(heads, rows, folded=say("numbers_behind"))
    return Picture(title, wide, small, table, legend, [say("drivers_note")])


def _lean(direction: float) -> tuple[str, str]:
    """Return the text and the colour of a direction."""
    if abs(direction) < _LEANS:
        return "neither", "slate"
    return ("raises", "vermilion") if direction > 0 else ("lowers", "teal")


def _rescues(outlook: ChurnOutlook, say: Voice) -> list[Block]:
    if not outlook.rescues:
        return [Note(say("nobody_worth_it"), say("rescue_first"))] if outlook.offer is not None else []
    heads = [
        Head(say("customer")),
        Head(say("probability"), True),
        Head(say("stake_head"), True),
        Head(say("rescue_gain"), True),
        Head(say("why_now")),
    ]
    rows: list[list[str | tuple[str, str]]] = [
        [
            each.customer_id,
            _leaves(each, say),
            say.numbers.money_in_full(each.stake),
            _gain(each, say),
            say.of(each.reason),
        ]
        for each in outlook.rescues
    ]
    return [TableView(heads, rows, say("rescue_first")), Note(say("churn_list"))]


def _leaves(each: Rescue, say: Voice) -> str | tuple[str, str]:
    share = say.numbers.share(each.probability)
    return (share, say("next_order", day=say.numbers.day(each.next_order_at))) if each.next_order_at else share


def _gain(each: Rescue, say: Voice) -> str | tuple[str, str]:
    gain = say.numbers.money_in_full(each.gain)
    if each.low is None or each.high is None:
        return gain
    return gain, say("between", low=say.numbers.money_in_full(each.low), high=say.numbers.money_in_full(each.high))


def _todo(outlook: ChurnOutlook, say: Voice) -> list[str]:
    if outlook.offer is None:
        return []
    return [say("churn_do" if outlook.worth_it else "churn_do_none"), say.of(outlook.offer.evidence)]
