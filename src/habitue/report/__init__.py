"""The self-contained HTML report, in English and Chinese."""

from habitue.report.contents import ReportContents
from habitue.report.model_cards import ModelCard, card_from_row
from habitue.report.naming import (
    input_words,
    prediction_reason,
    product_reason,
    reason_text,
    risk_name,
    segment_name,
    today_title,
)
from habitue.report.page import page, write_report

__all__ = [
    "ModelCard",
    "ReportContents",
    "card_from_row",
    "input_words",
    "page",
    "prediction_reason",
    "product_reason",
    "reason_text",
    "risk_name",
    "segment_name",
    "today_title",
    "write_report",
]
