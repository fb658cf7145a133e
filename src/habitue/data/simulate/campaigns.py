"""The tables ``campaigns`` and ``creatives``: messages, coupon actions and advertising."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from habitue.data.simulate import wording_en, wording_zh
from habitue.data.simulate.acquisition import PAID_CHANNELS
from habitue.data.simulate.contact import COUPON_DAYS, MESSAGE_DAYS
from habitue.data.simulate.customers import CONTACT_CHANNELS
from habitue.data.simulate.plan import Floats, Ints
from habitue.data.simulate.typed import numbered, picked, typed
from habitue.data.simulate.world import World

__all__ = [
    "TONES",
    "CampaignBook",
    "build_campaigns",
    "campaigns_table",
    "creative_ids",
    "creatives_table",
]

TONES = 3  # creatives of each campaign: of offer, of news, of the customer's own taste
QUARTER_DAYS = 91
_GOALS = ("newsletter", "sale", "coupon", "acquisition", "retargeting")
CAMPAIGN_CHANNELS = (*CONTACT_CHANNELS, "coupon", *PAID_CHANNELS, "display")


@dataclass(frozen=True, slots=True)
class CampaignBook:
    """All campaigns in order of kind: sendings, coupon actions, advertising by channel and quarter, retargeting."""

    starts: Floats
    ends: Floats
    goal: Ints
    channel: Ints
    event: Ints
    first_action: int
    first_advert: int
    first_retargeting: int


def build_campaigns(world: World) -> CampaignBook:
    """List the campaigns of the whole span."""
    sendings, actions = world.sendings, world.actions
    quarters = np.arange(0, world.plan.span, QUARTER_DAYS, dtype=np.float64)
    paid = len(PAID_CHANNELS)
    starts = np.floor(np.concatenate([sendings.day, actions.day, np.tile(quarters, paid), quarters]))
    lasts = np.repeat(
        [MESSAGE_DAYS, COUPON_DAYS, float(QUARTER_DAYS)], [sendings.size, actions.day.size, quarters.size * (paid + 1)]
    )
    goal = np.concatenate(
        [
            (sendings.event >= 0) + 0,
            np.full(actions.day.size, 2),
            np.repeat([3, 4], [quarters.size * paid, quarters.size]),
        ]
    )
    channel = np.concatenate([
        sendings.channel, np.full(actions.day.size, 3), np.repeat(np.arange(paid + 1) + 4, quarters.size),
    ])  # fmt: skip
    event = np.concatenate([sendings.event, np.full(starts.size - sendings.size, -1)])
    first_action = sendings.size
    first_advert = first_action + actions.day.size
    return CampaignBook(
        starts, starts + lasts, goal, channel, event, first_action, first_advert, first_advert + quarters.size * paid
    )


def campaigns_table(world: World, book: CampaignBook) -> Any:
    """Build the table ``campaigns``."""
    budget = np.full(book.starts.size, np.nan)
    for channel in range(len(PAID_CHANNELS)):
        rows = np.flatnonzero(book.channel == channel + len(CONTACT_CHANNELS) + 1)
        spent = np.add.reduceat(world.acquisition.spend[channel], np.arange(0, world.plan.span, QUARTER_DAYS))
        budget[rows] = np.ceil(spent / 100) * 100
    return typed("campaigns", {
        "campaign_id": campaign_ids(np.arange(book.starts.size)),
        "name": _names(world, book),
        "channel": picked(CAMPAIGN_CHANNELS, book.channel),
        "goal": picked(_GOALS, book.goal),
        "starts_at": world.instants(book.starts),
        "ends_at": world.instants(book.ends),
        "budget": budget,
        "currency": [world.catalogue.currency] * book.starts.size,
    })  # fmt: skip


def campaign_ids(campaign: Ints) -> Any:
    """Return the ids of campaigns."""
    return numbered("CP", np.where(campaign < 0, -1, campaign + 1), 4)


def creative_ids(campaign: Ints, tone: Ints) -> Any:
    """Return the ids of creatives: three to a campaign."""
    return numbered("CR", np.where((campaign < 0) | (tone < 0), -1, campaign * TONES + tone + 1), 5)


def creatives_table(world: World, book: CampaignBook) -> Any:
    """Build the table ``creatives``."""
    campaign = np.repeat(np.arange(book.starts.size), TONES)
    tone = np.tile(np.arange(TONES), book.starts.size)
    chinese = _in_chinese(world, book)[campaign]
    texts = [
        (wording_zh if zh else wording_en).ADVERTS[which]
        for zh, which in zip(chinese.tolist(), tone.tolist(), strict=True)
    ]
    occasions = [_occasion(world, book, int(each)) for each in campaign]
    return typed("creatives", {
        "creative_id": creative_ids(campaign, tone),
        "campaign_id": campaign_ids(campaign),
        "headline": [text[0].format(event=occasion) for text, occasion in zip(texts, occasions, strict=True)],
        "body": [text[1] for text in texts],
        "image": [f"images/creative-{each + 1:05d}.jpg" for each in range(campaign.size)],
        "language": picked(("en", "zh"), chinese),
        "created_at": world.instants(book.starts[campaign]),
    })  # fmt: skip


def _in_chinese(world: World, book: CampaignBook) -> Ints:
    """Which campaigns are written in Chinese: by the market of the sale day, and all that goes over WeChat."""
    if world.plan.language != "mixed":
        return np.full(book.starts.size, int(world.plan.language == "zh"))
    market = np.array([event.market for event in world.calendar.events] + [0])
    return np.where(book.event >= 0, market[book.event], (book.channel == 2).astype(np.int64))


def _occasion(world: World, book: CampaignBook, campaign: int) -> str:
    language = "zh" if _in_chinese(world, book)[campaign] else "en"
    event = int(book.event[campaign])
    if event >= 0:
        return world.calendar.events[event].name[language]
    return {"en": "this season", "zh": "当季"}[language]


def _names(world: World, book: CampaignBook) -> list[str]:
    language = "zh" if world.plan.language == "zh" else "en"
    words = {
        "en": ("Newsletter", "Sale", "Coupons", "Ads", "Retargeting"),
        "zh": ("会员资讯", "大促", "发券", "拉新广告", "再营销"),
    }[language]
    days = world.instants(book.starts).astype("datetime64[D]").astype(str)
    names = []
    for row, day in enumerate(days.tolist()):
        event = book.event[row]
        title = world.calendar.events[event].name[language] if event >= 0 else words[book.goal[row]]
        names.append(f"{title} {CAMPAIGN_CHANNELS[book.channel[row]]} {day}")
    return names
