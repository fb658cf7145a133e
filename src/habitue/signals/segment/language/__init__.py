"""The segment language: one tree, which reads and writes JSON and sentences, and compiles to SQL."""

from habitue.signals.segment.language.checks import Remark, check
from habitue.signals.segment.language.compiling import members, published_for
from habitue.signals.segment.language.parsing import parse
from habitue.signals.segment.language.preview import Preview, prepare, preview
from habitue.signals.segment.language.reading import from_json, to_json
from habitue.signals.segment.language.standing import SegmentInfo
from habitue.signals.segment.language.store import SegmentStore
from habitue.signals.segment.language.text import say
from habitue.signals.segment.language.tree import Node

__all__ = [
    "Node",
    "Preview",
    "Remark",
    "SegmentInfo",
    "SegmentStore",
    "check",
    "from_json",
    "members",
    "parse",
    "prepare",
    "preview",
    "published_for",
    "say",
    "to_json",
]
