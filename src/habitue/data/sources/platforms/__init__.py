"""Exports of shop platforms: each is recognised by its headers and gives several of our tables at once."""

from habitue.data.sources.platforms.detect import detect
from habitue.data.sources.platforms.json_lines import JSON_SUFFIXES, read_json_lines, sample_json_lines
from habitue.data.sources.platforms.reading import PLATFORMS, read_platform
from habitue.data.sources.platforms.tables import PlatformTable

__all__ = [
    "JSON_SUFFIXES",
    "PLATFORMS",
    "PlatformTable",
    "detect",
    "read_json_lines",
    "read_platform",
    "sample_json_lines",
]
