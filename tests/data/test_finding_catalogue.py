"""Codes, texts in two languages, the printed page."""

import re
from pathlib import Path

import pytest

from habitue.data.checks import missing_tables
from habitue.data.finding import Finding, Section
from habitue.data.finding_catalogue import CATALOGUE, catalogue_page
from habitue.data.settings import RepairSettings
from habitue.schema import TABLES

FACTS = dict.fromkeys(
    [
        *("paired", "reversals", "by_status", "free", "negative", "zero", "written_off", "undone", "aside", "remarks"),
        *("customers", "apart", "days", "times"),
    ],
    7,
) | dict.fromkeys(("codes", "threshold", "median", "largest", "currency", "currencies", "start"), "x")
FACTS |= {"details_en": "; y", "details_zh": "；丙"}


def test_the_page_is_up_to_date():
    page = Path(__file__).parents[2] / "docs" / "findings.md"
    assert page.read_text(encoding="utf-8") == catalogue_page(), (
        "python -m habitue.data.finding_catalogue > docs/findings.md"
    )


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.name)
def test_every_finding_speaks_both_languages(entry):
    for kept in (False, True, None):
        finding = entry.found(3, 9, kept=kept, first_row=2, first_value="v", source="s.csv", **FACTS)
        for words in (finding.what, finding.done, finding.do):
            assert "{" not in words.en + words.zh
            assert bool(words.en) == bool(words.zh)
            assert re.search(r"[一-鿿]", words.zh) or not words.zh
        assert Finding.from_dict(finding.as_dict()) == finding
    assert entry.found(0, 9).section is Section.PASSED
    assert not entry.switch or entry.switch in RepairSettings.model_fields


def test_names_and_codes_are_unique():
    codes = [*CATALOGUE, *(each.code for each in missing_tables(()))]
    names = [*(entry.name for entry in CATALOGUE.values()), *(each.name for each in missing_tables(()))]
    assert len(set(codes)) == len(codes)
    assert len(set(names)) == len(names)


def test_missing_tables_say_what_they_would_unlock():
    missing = missing_tables({"order_lines", "products"})
    assert {each.table for each in missing} == set(TABLES) - {"order_lines", "products"}
    for each in missing:
        assert TABLES[each.table].unlocks.en in each.what.en
        assert TABLES[each.table].unlocks.zh in each.what.zh
