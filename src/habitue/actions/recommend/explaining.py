"""Why each product stands in a list: the past action it comes from and its share of the score, or what else it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from habitue.actions.recommend.catalogue import Catalogue
from habitue.actions.recommend.exploring import Chosen
from habitue.actions.recommend.kinds import Proposer, within
from habitue.actions.recommend.limits import Clash
from habitue.actions.recommend.pools import MAKERS
from habitue.actions.recommend.words import ACTION_NAMES, CLASHES, REASONS, RULE_NAMES, ago
from habitue.models.recommend import Histories
from habitue.schema import Words
from habitue.tasks.recommending import ACTIONS

__all__ = ["Reason", "clash_words", "reason_words", "reasons_of"]

_LANGUAGES = ("en", "zh")
_NEW_DAYS = 60.0  # that a reason calls a product new


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a product is shown.

    Attributes
    ----------
    code : str
        history, session, together, similar, again, new, recent, popular_in, popular, liked or rule.
    cause : str
        The product that it comes from, empty for none.
    cause_title : str
    action : str
        What was done with it: buy, cart, wish, view or session; empty for none.
    days_ago : float, optional
    share : float, optional
        How much of the score comes from it, 0 to 1; None where the score does not come from single actions.
    category : str
    """

    code: str
    cause: str = ""
    cause_title: str = ""
    action: str = ""
    days_ago: float | None = None
    share: float | None = None
    category: str = ""


def reasons_of(
    proposer: Proposer,
    chosen: Chosen,
    histories: Histories,
    purchases: Histories,
    anchors: Histories,
    visits: Any,
    *,
    places: int | None = None,
) -> list[list[Reason]]:
    """Say for every product of every list why it stands there.

    Parameters
    ----------
    proposer : Proposer
    chosen : Chosen
    histories, purchases, anchors : Histories
        Of the same customers; anchors hold what is at hand.
    visits : int array of shape (customers,)
        How many of the newest events of each history happened in this visit.
    places : int, optional
        Past actions are named for the first so many places only; all when not given.
    """
    causes = _causes(proposer, chosen, histories, places)
    owned = _owned(purchases, chosen)
    told = []
    for row in range(chosen.items.shape[0]):
        seen = _Seen(proposer.catalogue, histories, chosen, owned, row, anchors.row(row), int(visits[row]))
        told.append(
            [
                _reason(seen, place, causes.get((row, place)))
                for place in np.flatnonzero(chosen.items[row] >= 0).tolist()
            ]
        )
    return told


def reason_words(reason: Reason) -> Words:
    """Say a reason in both languages."""
    template = REASONS[reason.code]
    when = ago(reason.days_ago or 0.0)
    said = []
    for language in _LANGUAGES:
        share = "" if reason.share is None else f"{reason.share:.0%}"
        action = ACTION_NAMES[reason.action][language] if reason.action else ""
        facts = {"cause": reason.cause_title or reason.cause, "action": action, "ago": when[language]}
        said.append(template[language].format(**facts, share=share, category=reason.category))
    return Words(*said)


def clash_words(clash: Clash) -> Words:
    """Say in both languages what was given up for what."""
    said = []
    for language in _LANGUAGES:
        given_up, because = (RULE_NAMES[name][language] for name in (clash.given_up, clash.because))
        text = CLASHES[language].format(given_up=given_up, because=because, wanted=clash.wanted, got=clash.got)
        said.append(f"{text} ({clash.product})" if clash.product and language == "en" else text)
        if clash.product and language == "zh":
            said[-1] = f"{text}（{clash.product}）"
    return Words(*said)


def _causes(
    proposer: Proposer, chosen: Chosen, histories: Histories, most: int | None
) -> dict[tuple[int, int], tuple[int, float]]:
    """Return the place in the history, and the share of the score, of what the recommender says each comes from."""
    stack = proposer.makers.stack
    personal = np.isin(chosen.makers, [MAKERS.index(name) for name in ("personal", "rule", "new")]) & (
        chosen.items >= 0
    )
    personal &= chosen.items < proposer.makers.n_items
    if most is not None:
        personal[:, most:] = False
    if stack is None or not personal.any():
        return {}
    rows, places = np.nonzero(personal)
    kept = np.flatnonzero(histories.items < proposer.makers.n_items)
    known = within(histories, proposer.makers.n_items)
    found = stack.reasons(known.take(rows), chosen.items[rows, places])
    out = {}
    for row, place, shares in zip(rows.tolist(), places.tolist(), found, strict=True):
        if shares:
            # A place among what models know, as a place in the whole history.
            event = int(kept[known.starts[row] + shares[0].place] - histories.starts[row])
            out[row, place] = event, float(shares[0].share)
    return out


def _owned(purchases: Histories, chosen: Chosen) -> dict[tuple[int, int], float]:
    """Return the day of the newest purchase of products that a customer is shown again."""
    if not purchases.items.size or purchases.days is None:
        return {}
    rows, places = np.nonzero(chosen.makers == MAKERS.index("again"))
    asked = {(int(row), int(chosen.items[row, place])) for row, place in zip(rows, places, strict=True)}
    found = {}
    for row in {row for row, _ in asked}:
        span = slice(purchases.starts[row], purchases.starts[row + 1])
        for item, day in zip(purchases.items[span].tolist(), purchases.days[span].tolist(), strict=True):
            if (row, item) in asked:
                found[row, item] = day
    return found


class _Seen(NamedTuple):
    """What one customer's reasons are told from."""

    catalogue: Catalogue
    histories: Histories
    chosen: Chosen
    owned: dict[tuple[int, int], float]
    row: int
    anchors: Any
    visits: int


def _reason(seen: _Seen, place: Any, cause: tuple[int, float] | None) -> Reason:
    catalogue, row = seen.catalogue, seen.row
    item, maker = int(seen.chosen.items[row, place]), MAKERS[int(seen.chosen.makers[row, place])]
    since = float(catalogue.day - catalogue.since_days[item])
    category = int(catalogue.categories[item])
    if maker in ("together", "similar") and len(seen.anchors):
        from_item = int(seen.anchors[-1])
        found = Reason(maker, catalogue.ids[from_item], catalogue.titles[from_item])
    elif maker == "again":
        day = seen.owned.get((row, item))
        found = Reason("again", days_ago=None if day is None else catalogue.day - day)
    elif maker == "new" or (maker == "rule" and cause is None and since <= _NEW_DAYS):
        found = Reason("new" if since <= _NEW_DAYS else "recent", days_ago=since if np.isfinite(since) else None)
    elif cause is not None:
        found = _of_event(catalogue, seen.histories, row, cause, seen.visits)
    elif maker in ("rule", "personal"):
        found = Reason("rule" if maker == "rule" else "liked")
    else:
        known = category >= 0
        found = Reason("popular_in", category=catalogue.category_names[category]) if known else Reason("popular")
    return found


def _of_event(catalogue: Catalogue, histories: Histories, row: int, cause: tuple[int, float], visits: int) -> Reason:
    event, share = cause
    at = int(histories.starts[row]) + event
    item = int(histories.items[at])
    names = catalogue.ids[item], catalogue.titles[item]
    if event >= int(histories.lengths[row]) - visits:
        return Reason("session", *names, "session", 0.0, share)
    weight = 1.0 if histories.weights is None else float(histories.weights[at])
    action = min(ACTIONS, key=lambda name: abs(ACTIONS[name] - weight)) if weight < 0.99 else "buy"
    days = None if histories.days is None else max(catalogue.day - float(histories.days[at]), 0.0)
    return Reason("history", *names, action, days, share)
