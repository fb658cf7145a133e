"""The header styles against which the column guesser of ``habitue init`` is measured.

All of them were written before the guesser's code and without sight of it, from what shop systems, marketplaces,
ledgers and warehouses are known to export; hence ``before_code`` is true for each. Styles that come later, for
headers met in the field or bugs reported, say ``before_code=False``. Never mend a style to please the guesser: mend
it only where its truth is wrong.
"""

from bench.headers.style import HeaderStyle
from bench.headers.styles_dirty import DIRTY
from bench.headers.styles_en_back_office import EN_BACK_OFFICE
from bench.headers.styles_en_shops import EN_SHOPS
from bench.headers.styles_en_tables import EN_TABLES
from bench.headers.styles_other import OTHER
from bench.headers.styles_zh_back_office import ZH_BACK_OFFICE
from bench.headers.styles_zh_platforms import ZH_PLATFORMS
from bench.headers.styles_zh_tables import ZH_TABLES

__all__ = ["HEADER_STYLES", "HeaderStyle"]

HEADER_STYLES: tuple[HeaderStyle, ...] = (
    EN_SHOPS + EN_BACK_OFFICE + EN_TABLES + ZH_PLATFORMS + ZH_BACK_OFFICE + ZH_TABLES + DIRTY + OTHER
)
