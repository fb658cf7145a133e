"""Names and reasons of segments, actions and forecasts in words, for whoever prints them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from habitue.actions.crm.words import title
from habitue.schema import Words
from habitue.signals.churn.spec import MEANINGS as CHURN_MEANINGS
from habitue.signals.churn.words import RISKS
from habitue.signals.need.words import MEANINGS as NEED_MEANINGS
from habitue.signals.need.words import REASON_NAMES
from habitue.signals.segment.words import LIFECYCLE_STAGES, RFM_SEGMENTS, reason
from habitue.signals.value.prediction_words import MEANINGS as VALUE_MEANINGS
from habitue.tasks import Reason, meaning_of, reason_words

__all__ = [
    "input_words",
    "prediction_reason",
    "product_reason",
    "reason_text",
    "risk_name",
    "segment_name",
    "today_title",
]

#: Of inputs that are not in the feature catalogue.
_MEANINGS: dict[str, Words] = {**VALUE_MEANINGS, **CHURN_MEANINGS, **NEED_MEANINGS}


def input_words(name: str) -> Words:
    """Say what an input of a model is; ``country=France`` speaks of the code.

    Examples
    --------
    >>> input_words("recency_days").en
    'days since the last purchase'
    """
    return meaning_of(name, _MEANINGS)


def prediction_reason(given: Reason) -> Words:
    """Say a reason of a forecast as one short phrase, with an arrow for its direction."""
    return reason_words(given, _MEANINGS)


def product_reason(code: str, language: str) -> str:
    """Say why a product is proposed; the code itself where it has no words.

    Examples
    --------
    >>> product_reason("bought_before", "en")
    'bought before'
    """
    return REASON_NAMES[code][language] if code in REASON_NAMES else code


def risk_name(code: str, language: str) -> str:
    """Return what a risk of churn is called; the code itself where it has no name.

    Examples
    --------
    >>> risk_name("high", "zh")
    '高风险'
    """
    return RISKS[code][language] if code in RISKS else code


def segment_name(family: str, code: str, language: str) -> str:
    """Return a segment's name; the code itself where there is none.

    Examples
    --------
    >>> segment_name("rfm", "champions", "zh")
    '冠军客户'
    """
    names = LIFECYCLE_STAGES if family == "lifecycle" else RFM_SEGMENTS
    return names[code].name[language] if code in names else code


def today_title(row: Mapping[str, Any], language: str, currency: str) -> str:
    """Return one thing to do today as a line."""
    return title(row, language, currency)


def reason_text(family: str, row: Mapping[str, Any], language: str) -> str:
    """Say in plain words why a customer is where the row says."""
    return reason(family, row, language)
