"""The tables ``exposures`` and ``spend``: advertisements shown again to people who know the shop, and what ads cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.data.simulate.campaigns import (
    CAMPAIGN_CHANNELS,
    QUARTER_DAYS,
    TONES,
    CampaignBook,
    campaign_ids,
    creative_ids,
)
from habitue.data.simulate.core import Core, next_orders
from habitue.data.simulate.plan import Flags, Floats, Ints, taken
from habitue.data.simulate.segments import SEGMENTS
from habitue.data.simulate.selling import arrived, customer_ids
from habitue.data.simulate.typed import picked, renumbered, typed
from habitue.data.simulate.wares import Wares
from habitue.data.simulate.world import World

__all__ = ["ARMS", "Exposures", "click_chances", "draw_exposures", "exposures_table", "spend_table"]

ARMS = ("a", "b", "c")  # of the exposures: one per tone

_EXPOSURES_PER_DAY = 0.025
_EXPOSURE_COST = 0.006  # dollars
_TONE_CHANCES = np.array([[0.5, 0.3, 0.2], [0.2, 0.3, 0.5], [1 / 3, 1 / 3, 1 / 3]])  # device, tone
_COST_PER_THOUSAND = np.array([6.0, 4.5, 8.0])  # dollars, by paid channel


@dataclass(frozen=True, slots=True)
class Exposures:
    """Advertisements shown again to people who know the shop."""

    person: Ints
    at: Floats
    tone: Ints
    chance: Floats
    clicked: Floats
    anonymous: Flags


def click_chances(core: Core) -> Floats:
    """Return the true chance of a click by tone of the creative and segment of the customer."""
    rng = core.world.plan.rng("click_chances")
    return np.asarray(0.03 * np.exp(rng.normal(0, 0.6, (TONES, len(SEGMENTS)))), dtype=np.float64)


def draw_exposures(core: Core) -> Exposures:
    """Show advertisements at random with known chances, and draw the clicks."""
    rng, people = core.world.plan.rng("exposures"), core.people
    span = float(core.world.plan.span)
    begin = np.clip(people.signed_up, 0, span)
    days = np.clip(np.minimum(people.leaves + 60, span) - begin, 0, span) * (people.number >= 0)
    person = np.repeat(np.arange(days.size), rng.poisson(days * _EXPOSURES_PER_DAY))
    at = begin[person] + rng.random(person.size) * days[person]
    chances = _TONE_CHANCES[people.device[person]]
    tone = np.minimum((rng.random((person.size, 1)) > np.cumsum(chances, axis=1)).sum(axis=1), TONES - 1)
    clicks = rng.random(person.size) < click_chances(core)[tone, people.segment[person]]
    clicked = np.where(clicks, at + rng.uniform(0.0002, 0.003, person.size), np.inf)
    anonymous = rng.random(person.size) < 0.25
    chance = chances[np.arange(person.size), tone]
    return taken(Exposures(person, at, tone, chance, clicked, anonymous), np.argsort(at, kind="stable"))


def exposures_table(core: Core, wares: Wares, book: CampaignBook, shown: Exposures) -> Any:
    """Build the table ``exposures``."""
    rng, people = core.world.plan.rng("exposure_fates"), core.people
    count = shown.at.size
    campaign = book.first_retargeting + (shown.at // QUARTER_DAYS).astype(np.int64)
    clicked = np.isfinite(shown.clicked)
    order = next_orders(core, shown.person, np.where(clicked, shown.clicked, 0.0))
    bought = core.orders.at[order] if core.orders.at.size else np.full(count, np.inf)
    converts = clicked & (order >= 0) & (bought < shown.clicked + 3.0) & ~shown.anonymous
    market = people.market[shown.person]
    shown_at = core.world.instants(shown.at, market)
    product = people.usual[shown.person, rng.integers(0, 3, count)]
    table = typed("exposures", {
        "customer_id": customer_ids(core, np.where(shown.anonymous, -1, shown.person)),
        "campaign_id": campaign_ids(campaign),
        "creative_id": creative_ids(campaign, shown.tone),
        "product_id": picked(wares.ids, product),
        "channel": picked(("display",), np.zeros(count)),
        "arm": picked(ARMS, shown.tone),
        "propensity": shown.chance,
        "shown_at": shown_at,
        "clicked_at": core.world.instants(shown.clicked, market),
        "converted_at": core.world.instants(np.where(converts, bought, np.inf), market),
        "cost": np.full(count, _EXPOSURE_COST * core.world.catalogue.exchange),
        "ingested_at": arrived(rng, shown_at),
    })  # fmt: skip
    return renumbered(table, np.argsort(shown_at, kind="stable"), "X", 7)


def spend_table(world: World, book: CampaignBook, shown_again: Exposures) -> Any:
    """Build the table ``spend``: acquisition by channel, and what the exposures came to."""
    rng = world.plan.rng("spend")
    paid, days = world.acquisition.spend.shape
    quarters = np.arange(days) // QUARTER_DAYS
    cost = world.acquisition.spend.ravel()
    shown = np.round(cost / (np.repeat(_COST_PER_THOUSAND, days) * world.catalogue.exchange) * 1000)
    own_day = shown_again.at.astype(np.int64)
    own_click = np.isfinite(shown_again.clicked).astype(np.float64)
    again = np.unique(own_day)
    place = np.searchsorted(again, own_day)
    day = np.concatenate([np.tile(np.arange(days), paid), again])
    per_channel = int(quarters[-1]) + 1
    campaign = np.concatenate([
        book.first_advert + np.repeat(np.arange(paid), days) * per_channel + np.tile(quarters, paid),
        book.first_retargeting + again // QUARTER_DAYS,
    ])  # fmt: skip
    order = np.lexsort((campaign, day))
    columns = {
        "cost": np.round(
            np.concatenate(
                [cost, np.bincount(place, minlength=again.size) * _EXPOSURE_COST * world.catalogue.exchange]
            ),
            2,
        ),
        "impressions": np.concatenate([shown, np.bincount(place, minlength=again.size).astype(float)]),
        "clicks": np.concatenate(
            [rng.poisson(shown * 0.012).astype(float), np.bincount(place, own_click, minlength=again.size)]
        ),
    }
    return typed("spend", {
        "day": (world.plan.first.astype("datetime64[D]") + day.astype("timedelta64[D]"))[order],
        "channel": picked(CAMPAIGN_CHANNELS, book.channel[campaign][order]),
        "campaign_id": campaign_ids(campaign[order]),
        **{name: values[order] for name, values in columns.items()},
        "currency": [world.catalogue.currency] * day.size,
    })  # fmt: skip
