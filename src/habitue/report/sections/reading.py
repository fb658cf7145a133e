"""How to read the report: what its words mean, and by which versions it was made."""

from __future__ import annotations

from habitue.report.contents import ReportContents
from habitue.report.glossary import GLOSSARY
from habitue.report.views import Grid, Note, Section, Voice

__all__ = ["reading"]


def reading(contents: ReportContents, say: Voice) -> Section:
    """Explain the words of the report."""
    terms = [(say.of(term), say.of(meaning)) for term, meaning in GLOSSARY]
    areas = {name: number for name, number in contents.versions.items() if name not in ("habitue", "run")}
    made = say("made_by", version=contents.versions.get("habitue", "–"), run=contents.versions.get("run", "–"))
    methods = say("area_versions", versions=", ".join(f"{name} {number}" for name, number in areas.items()))
    moment = say("as_of", day=say.numbers.last_day_before(contents.as_of))
    protocol = say.joined(f"{moment} (as of {contents.as_of:%Y-%m-%d %H:%M}).", made, methods if areas else "")
    return Section(
        "reading", say("reading"), "", "", [Grid("glossary", {"terms": terms}), Note(protocol, say("protocol"))]
    )
