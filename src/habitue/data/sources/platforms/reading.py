"""Which reader belongs to which platform."""

from __future__ import annotations

from collections.abc import Callable

from habitue.data.settings import SourceSettings
from habitue.data.sources.platforms.ga4 import read_ga4
from habitue.data.sources.platforms.segment import read_segment
from habitue.data.sources.platforms.shopify import read_shopify
from habitue.data.sources.platforms.tables import PlatformTable
from habitue.data.sources.platforms.woocommerce import read_woocommerce
from habitue.data.sources.raw import RawTable
from habitue.engine import Engine
from habitue.errors import ConfigError, did_you_mean

__all__ = ["PLATFORMS", "read_platform"]

_READERS: dict[str, Callable[..., list[PlatformTable]]] = {
    "shopify": read_shopify,
    "woocommerce": read_woocommerce,
    "ga4": read_ga4,
    "segment": read_segment,
}
#: The formats of shop.toml that name a platform.
PLATFORMS = tuple(_READERS)


def read_platform(source: SourceSettings, raw: RawTable, *, engine: Engine) -> list[PlatformTable]:
    """Turn a platform's export into our tables.

    Parameters
    ----------
    source : SourceSettings
        ``format`` names the platform; its own ``dates`` and ``decimal`` are respected.
    raw : RawTable
        The export as it is: from CSV, JSON lines, Parquet or a database table.
    engine : Engine

    Raises
    ------
    ConfigError
        When the format is no platform.
    """
    if source.format not in _READERS:
        raise ConfigError(f"{source.format!r} is no platform.{did_you_mean(source.format, _READERS)}")
    return _READERS[source.format](source, raw, engine=engine)
