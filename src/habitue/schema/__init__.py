"""What the merchant gives us: table and column definitions, in the merchant's words."""

from habitue.schema.column import Column, Kind, Table, Words
from habitue.schema.events import EVENT_NAMES
from habitue.schema.tables import TABLES, table

__all__ = ["EVENT_NAMES", "TABLES", "Column", "Kind", "Table", "Words", "table"]
