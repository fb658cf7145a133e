"""The only place that knows DuckDB, Spark or a warehouse, through Ibis."""

from habitue.engine.database import Engine
from habitue.engine.functions import parse_time, text_matches

__all__ = ["Engine", "parse_time", "text_matches"]
