"""Files of JSON objects become tables of text."""

import gzip
import json

import pytest

from habitue.data.sources.platforms import read_json_lines, sample_json_lines
from habitue.errors import DataError


def test_lines_keep_their_text_and_their_numbers(engine, tmp_path):
    file = tmp_path / "events.jsonl"
    file.write_text(
        '{"id": "007", "n": 12.5, "at": "2024-01-15", "in": {"a": [1, {"b": null}]}}\n\n{broken "x"}\n'
        '{"n": true, "odd \\"~/name": "é中", "id": null}\n[1]\n{"empty": ""}'
    )
    raw = read_json_lines(file, engine=engine, table="events")
    assert engine.to_rows(raw.expr.order_by("source_row")) == [
        {"id": "007", "n": "12.5", "at": "2024-01-15", "in": '{"a":[1,{"b":null}]}', 'odd "~/name': None, "empty": None,
         "source_row": 1},
        {"id": None, "n": "true", "at": None, "in": None, 'odd "~/name': "é中", "empty": None, "source_row": 4},
        {"id": None, "n": None, "at": None, "in": None, 'odd "~/name': None, "empty": "", "source_row": 6},
    ]  # fmt: skip
    assert raw.rejects.to_pylist() == [
        {"source_row": 3, "text": '{broken "x"}', "reason": "no JSON object"},
        {"source_row": 5, "text": "[1]", "reason": "no JSON object"},
    ]
    assert (raw.table, raw.source) == ("events", "events.jsonl")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("list.json", '[{"a": 1},\n {"a": 2}]'),
        ("laid_out.json", '{\n  "a": 1\n}\n{\n  "a": 2\n}\n'),
        ("windows.ndjson", '{"a": 1}\r\n{"a": 2}\r\n'),
        ("packed.jsonl.gz", '{"a": 1}\n{"a": 2}\n'),
    ],
)
def test_other_ways_to_write_the_same(engine, tmp_path, name, text):
    file = tmp_path / name
    file.write_bytes(gzip.compress(text.encode()) if name.endswith("gz") else text.encode())
    assert engine.to_rows(read_json_lines(file, engine=engine).expr) == [
        {"a": "1", "source_row": 1},
        {"a": "2", "source_row": 2},
    ]


def test_rows_are_numbered_through_several_files(engine, tmp_path):
    files = [tmp_path / "one.jsonl", tmp_path / "two.jsonl"]
    files[0].write_text('\ufeff{"a": 1}\n')
    files[1].write_text('{"b": 2}\n')
    rows = engine.to_rows(read_json_lines(files, engine=engine).expr)
    assert rows == [{"a": "1", "b": None, "source_row": 1}, {"a": None, "b": "2", "source_row": 2}]


def test_a_huge_field_and_a_sample(engine, tmp_path):
    file = tmp_path / "big.jsonl"
    file.write_text("".join(json.dumps({"n": n, "x": "y" * size}) + "\n" for n, size in enumerate((3, 10_000_000, 4))))
    sample = sample_json_lines(file, engine=engine, limit=2)
    assert sample.headers == ["n", "x"]
    assert sample.columns["n"] == ["0", "1"]
    assert [len(text) for text in sample.columns["x"]] == [3, 10_000_000]


@pytest.mark.parametrize("text", ["", "\n\n", "a,b\n1,2\n", '[{"a": 1}, {"a"', "[]"])
def test_what_holds_no_objects_is_refused(engine, tmp_path, text):
    file = tmp_path / "wrong.json"
    file.write_text(text)
    with pytest.raises(DataError, match=r"wrong\.json"):
        read_json_lines(file, engine=engine)
    with pytest.raises(DataError, match="cannot be opened"):
        read_json_lines(tmp_path / "missing.json", engine=engine)
