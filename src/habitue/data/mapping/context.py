"""What a file tells about where it comes from: currency, language, habits of writing dates."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from habitue.data.mapping.contents import Profile
from habitue.data.mapping.header import CURRENCY_WORDS, Reading
from habitue.data.mapping.vocabularies import country_currency
from habitue.schema import Words

__all__ = ["Context", "context_of"]

_MONTH_FIRST = {"USD", "PHP"}


@dataclass(frozen=True, slots=True)
class Context:
    """Currency (ISO), language, and whether day or month usually stands first there; empty where it does not tell."""

    currency: str = ""
    language: str = "en"
    date_habit: str = ""
    doubts: list[Words] = field(default_factory=list)


def context_of(profiles: Sequence[Profile], readings: Mapping[str, Reading], chosen: Mapping[str, str]) -> Context:
    """Read currency, language and date habit off a file."""
    by_column = {chosen[profile.header]: profile for profile in profiles if profile.header in chosen}
    doubts: list[Words] = []
    stated = _stated_currencies(by_column)
    if len(stated) > 1:
        names = ", ".join(stated)
        doubts.append(
            Words(
                f"There is money in several currencies ({names}); write the shop's own one under [shop]",
                f"金额含多种货币（{names}）；请在 [shop] 中写明本店货币",
            )
        )
    written = stated[0] if stated else _written_currency(profiles, readings)
    country = _commonest(by_column["country"]) if "country" in by_column else ""
    language = _language(profiles, readings)
    currency = written or country_currency(country) or ("CNY" if language == "zh" else "")
    habit = country_currency(country) or written
    return Context(currency, language, ("month" if habit in _MONTH_FIRST else "day") if habit else "", doubts)


def _commonest(profile: Profile) -> str:
    counts = Counter(cell for cell in profile.cells if cell is not None)
    best = min(counts, key=lambda cell: (-counts[cell], cell), default="")
    return best if counts[best] * 2 > sum(counts.values()) else ""  # a shop that sells everywhere tells nothing


def _stated_currencies(by_column: Mapping[str, Profile]) -> list[str]:
    if "currency" not in by_column:
        return []
    counts = Counter(cell for cell in by_column["currency"].cells if cell is not None)
    codes = Counter[str]()
    for cell, count in counts.items():
        code = CURRENCY_WORDS.get(cell.lower(), cell.upper())
        if len(code) == 3:
            codes[code] += count
    return [code for code, _ in sorted(codes.items(), key=lambda each: (-each[1], each[0]))]


def _written_currency(profiles: Sequence[Profile], readings: Mapping[str, Reading]) -> str:
    signs = Counter(profile.currency for profile in profiles if profile.currency)
    named = Counter(reading.currency for reading in readings.values() if reading.currency)
    both = signs + named
    return min(both, key=lambda code: (-both[code], code), default="")


def _language(profiles: Sequence[Profile], readings: Mapping[str, Reading]) -> str:
    """Return ``"zh"`` or ``"en"`` by headers, titles and names; empty where there are only codes and English headers."""
    headers = sum(any("\u4e00" <= c <= "\u9fff" for c in reading.text) for reading in readings.values())
    if headers * 2 > len(readings):
        return "zh"
    # States, channels and countries are code words in any shop: they do not speak.
    texts = [
        profile
        for profile in profiles
        if profile.share("letters") > 0.5 and max(profile.share("words"), profile.share("person")) >= 0.5
    ]
    if not texts:
        return ""
    return "zh" if sum(profile.share("chinese") > 0.5 for profile in texts) * 2 > len(texts) else "en"
