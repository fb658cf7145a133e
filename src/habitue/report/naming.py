"""Names and reasons of segments and actions in a language, for whoever prints them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from habitue.actions.crm.words import title
from habitue.signals.segment.words import LIFECYCLE_STAGES, RFM_SEGMENTS, reason

__all__ = ["reason_text", "segment_name", "today_title"]


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
