from __future__ import annotations

import pytest

from habitue.errors import ConfigError
from habitue.schema import EVENT_NAMES, TABLES, Kind, table
from habitue.schema.knowledge import LATER_CELLS, STATE_CELLS


@pytest.mark.parametrize("name", TABLES)
def test_every_table_can_be_read_by_people_and_machines(name: str) -> None:
    each = TABLES[name]
    assert len(set(each.names)) == len(each.names)
    assert set(each.key) <= set(each.names)
    assert each.required
    for words in (each.meaning, each.unlocks, *(column.meaning for column in each.columns)):
        assert words.en
        assert words.zh
    if each.time is not None:
        assert each.column(each.time).kind in (Kind.TIME, Kind.DATE)


def test_cells_known_later_are_columns_of_their_tables() -> None:
    repaired = {"reversed_at"}
    for name, moments in LATER_CELLS.items():
        for moment, companions in moments.items():
            assert {moment, *companions} <= set(TABLES[name].names) | repaired
    for name, columns in STATE_CELLS.items():
        assert set(columns) <= set(TABLES[name].names)


def test_event_names_are_told_apart() -> None:
    heard = [name for names in EVENT_NAMES.values() for name in names]
    assert len(heard) == len(set(heard))
    assert all(name == name.lower() for name in heard)


def test_an_unknown_table_gets_a_suggestion() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'orders'"):
        table("ordres")
