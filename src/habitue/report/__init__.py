"""The self-contained HTML report, in English and Chinese."""

from habitue.report.contents import ReportContents
from habitue.report.page import page, write_report

__all__ = ["ReportContents", "page", "write_report"]
