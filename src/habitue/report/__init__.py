"""The self-contained HTML report, in English and Chinese."""

from habitue.report.contents import ReportContents
from habitue.report.naming import reason_text, segment_name, today_title
from habitue.report.page import page, write_report

__all__ = ["ReportContents", "page", "reason_text", "segment_name", "today_title", "write_report"]
