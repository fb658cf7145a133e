"""Reading a shop's tables from a server that is really started."""

import math
import re
import sys
import traceback
from datetime import UTC, date, datetime

import psycopg
import pytest

from habitue.data.settings import SourceSettings
from habitue.data.sources import postgres, postgres_session
from habitue.data.sources.postgres import list_relations, read_postgres, sample_relation, without_password
from habitue.errors import ConfigError, DataError, MissingExtra

pytestmark = pytest.mark.postgres

SHOP = """
CREATE TYPE state AS ENUM ('paid', 'cancelled');
CREATE DOMAIN price AS numeric(12, 2);
CREATE SCHEMA sales;
CREATE TABLE sales.lines (
    id int PRIMARY KEY, sku text, qty smallint, unit price, ordered timestamptz, paid timestamp, day date,
    state state, token uuid, extra jsonb, tags text[], gift bool, weight real, rate double precision, fee money
);
INSERT INTO sales.lines VALUES
    (3, '', 2, 19.99, '2024-01-15 10:30:00.25-05', '2024-01-15 10:30', '2024-01-15', 'paid',
     'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": [1, 2]}', '{x,"y z"}', true, 19.99, 0.1, '$1,234.50'),
    (1, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
    (2, E'two\\nlines, "quoted" 中文', -1, 'NaN', 'infinity', '-infinity', 'infinity', 'cancelled',
     NULL, NULL, '{}', false, 'Infinity', '-Infinity', NULL);
CREATE VIEW sales.recent AS SELECT id, sku FROM sales.lines WHERE id > 1;
CREATE TABLE "we""ird; drop" ("select" int, "SELECT" int, "a.b %s" text, source_row int);
INSERT INTO "we""ird; drop" VALUES (1, 2, 'x', 9);
CREATE TABLE empty_one (only_column text);
CREATE TABLE locked (id int);
CREATE ROLE clerk LOGIN PASSWORD 'till';
GRANT USAGE ON SCHEMA sales TO clerk;
"""


@pytest.fixture(scope="module")
def shop(new_database):
    return new_database(SHOP)


def rows_of(engine, url, relation):
    raw = read_postgres(
        SourceSettings(format="postgres", path=url, relation=relation, table="order_lines"), engine=engine
    )
    return engine.to_rows(raw.expr), raw


def test_tables_and_views_are_listed_without_the_servers_own(shop):
    found = {each.label: each for each in list_relations(shop)}
    assert set(found) == {"sales.lines", "sales.recent", 'public.we"ird; drop', "public.empty_one", "public.locked"}
    lines = found["sales.lines"]
    assert lines.key == ("id",)
    assert lines.order == "primary key (id)"
    assert lines.columns["unit"] == "float64"  # a domain counts as what it stands for
    assert lines.columns["ordered"] == "timestamp('UTC', 6)"
    assert found["sales.recent"].is_view
    assert "not stable" in found["sales.recent"].order


def test_every_type_arrives_as_it_was(shop, engine):
    (nothing, odd, usual), raw = rows_of(engine, shop, "sales.lines")
    assert [nothing["source_row"], odd["source_row"], usual["source_row"]] == [1, 2, 3]  # by primary key
    assert {value for name, value in nothing.items() if name not in ("id", "source_row")} == {None}
    assert usual == {
        "id": 3, "sku": "", "qty": 2, "unit": 19.99, "ordered": datetime(2024, 1, 15, 15, 30, 0, 250000, UTC),
        "paid": datetime.fromisoformat("2024-01-15 10:30"), "day": date(2024, 1, 15), "state": "paid",
        "token": "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "extra": '{"a": [1, 2]}', "tags": '{x,"y z"}', "gift": True,
        "weight": 19.99, "rate": 0.1, "fee": 1234.5, "source_row": 3,
    }  # fmt: skip
    assert odd["sku"] == 'two\nlines, "quoted" 中文'
    assert math.isnan(odd["unit"])
    assert (odd["weight"], odd["rate"]) == (math.inf, -math.inf)
    assert (odd["ordered"].year, odd["paid"].year, odd["day"]) == (9999, 1, date(9999, 12, 31))
    assert raw.table == "order_lines"
    assert str(raw.expr.ordered.type()).startswith("timestamp('UTC'")


def test_names_that_need_quotes_and_an_empty_table(shop, engine):
    rows, _ = rows_of(engine, shop, 'we"ird; drop')
    assert rows == [{"select": 1, "SELECT_1": 2, "a.b %s": "x", "source_row_1": 9, "source_row": 1}]
    assert rows_of(engine, shop, "public.empty_one")[0] == []
    assert len(rows_of(engine, shop, "recent")[0]) == 2


def test_a_long_table_comes_in_blocks_and_in_order(new_database, engine, monkeypatch):
    url = new_database(
        "CREATE TABLE long AS SELECT n, repeat('x', n % 50) AS filler FROM generate_series(1, 20000) n;"
        "INSERT INTO long VALUES (20001, NULL), (20002, repeat('y', 2000000))"
    )
    monkeypatch.setattr(postgres, "_BLOCK_BYTES", 100_000)
    rows, _ = rows_of(engine, url, "long")
    assert [row["n"] for row in rows] == [row["source_row"] for row in rows] == list(range(1, 20003))
    assert sum(len(row["filler"] or "") for row in rows) == 20000 // 50 * sum(range(50)) + 2_000_000


def test_a_sample_is_text_and_keeps_no_password(shop):
    relation = next(each for each in list_relations(shop) if each.name == "lines")
    sample = sample_relation(shop, relation, limit=2)
    assert sample.columns["id"] == ["1", "2"]
    assert sample.columns["ordered"] == [None, "9999-12-31 00:00:00+00"]
    assert sample.native["extra"] == "string"
    assert re.search(r":[^/@]*@", sample.path) is None
    assert sample_relation(shop, "empty_one").columns == {"only_column": []}


def test_the_session_is_one_snapshot_that_cannot_write(shop):
    def work(connection):
        settings = "SELECT current_setting('transaction_isolation'), current_setting('statement_timeout')"
        assert connection.execute(settings).fetchone() == ("repeatable read", "7s")
        connection.execute("CREATE TABLE written (n int)")

    with pytest.raises(DataError, match="read-only"):
        postgres_session.in_snapshot(shop, work, seconds=7)


def test_a_statement_that_takes_too_long_is_stopped(shop):
    with pytest.raises(DataError, match="longer than 1 seconds"):
        postgres_session.in_snapshot(shop, lambda connection: connection.execute("SELECT pg_sleep(30)"), seconds=1)


def test_a_broken_connection_is_tried_again(shop, monkeypatch):
    monkeypatch.setattr(postgres_session, "_PAUSES", (0.0, 0.0))
    tries = []

    def work(connection):
        tries.append(connection)
        if len(tries) < 3:
            with psycopg.connect(shop, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s)", (connection.info.backend_pid,))
        return connection.execute("SELECT 1").fetchone()[0]

    assert postgres_session.in_snapshot(shop, work, seconds=9) == 1
    assert len(tries) == 3


def edited(url, **parts):
    given = psycopg.conninfo.conninfo_to_dict(url) | parts
    login = f"{given['user']}:{given['password']}" if given["password"] else given["user"]
    return f"postgresql://{login}@{given['host']}:{given['port']}/{given['dbname']}"


@pytest.mark.parametrize(
    ("parts", "error", "words"),
    [
        ({"dbname": "nowhere"}, ConfigError, "no database at"),
        ({"password": "s3cretword"}, ConfigError, "does not accept this user or password"),
        ({"password": ""}, ConfigError, "does not accept this user or password"),
        ({"host": "no-such-host.invalid"}, ConfigError, "host of no-such-host.invalid"),
        ({"port": "1"}, DataError, "No PostgreSQL server answers"),
        ({"port": "one"}, ConfigError, "cannot be opened"),
        ({"password": "s3cret@word"}, ConfigError, "address cannot be read"),
    ],
)
def test_what_is_wrong_with_the_address_is_said_without_the_password(
    postgres_url, monkeypatch, tmp_path, parts, error, words
):
    monkeypatch.setattr(postgres_session, "_PAUSES", (0.0,))
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    url = edited(postgres_url, **parts)
    with pytest.raises(error, match=words) as caught:
        list_relations(url)
    shown = "".join(traceback.format_exception(caught.value)) + str(caught.value.as_dict())
    assert caught.value.hint
    assert psycopg.conninfo.conninfo_to_dict(postgres_url)["password"] not in shown
    assert "s3cret" not in shown


def test_an_unknown_relation_and_one_that_may_not_be_read(shop, engine):
    with pytest.raises(DataError, match=re.escape("Did you mean 'sales.lines'?")):
        rows_of(engine, shop, "sales.line")
    with pytest.raises(ConfigError, match="does not say which table"):
        rows_of(engine, shop, "")
    with pytest.raises(DataError, match="permission denied") as caught:
        rows_of(engine, edited(shop, user="clerk", password="till"), "public.locked")  # noqa: S106
    assert "GRANT SELECT" in caught.value.hint


def test_the_password_may_come_from_outside(shop, monkeypatch, tmp_path):
    given = psycopg.conninfo.conninfo_to_dict(shop)
    bare = without_password(shop)
    assert given["password"] not in bare
    monkeypatch.setenv("PGPASSWORD", given["password"])
    assert list_relations(bare)
    monkeypatch.delenv("PGPASSWORD")
    passwords = tmp_path / "pgpass"
    passwords.write_text(f"127.0.0.1:{given['port']}:*:{given['user']}:{given['password']}\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    assert list_relations(bare)


def test_without_the_driver_the_missing_part_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtra, match="PostgreSQL sources"):
        list_relations("postgresql://somebody@localhost/shop")
