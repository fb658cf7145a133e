import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest

from habitue.engine import Engine

SERVER = Path(__file__).parents[3] / ".ci" / "postgres"


@pytest.fixture
def engine() -> Iterator[Engine]:
    with Engine(memory="1GB", threads=1) as engine:
        yield engine


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """Start a server of our own; it stops when its standard input closes, even if the tests are killed."""
    with subprocess.Popen(
        [sys.executable, str(SERVER)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stderr is not None
        url = server.stdout.readline().strip()
        if not url:
            reason = server.stderr.read().strip()
            if os.environ.get("HABITUE_REQUIRE_POSTGRES") == "1":
                pytest.fail(f"PostgreSQL is required here: {reason}")
            pytest.skip(f"no PostgreSQL server: {reason}")
        yield url
        server.communicate()


@pytest.fixture(scope="session")
def new_database(postgres_url: str) -> Callable[[str], str]:
    """Make a database from statements and return its address."""
    import psycopg

    numbers = count(1)

    def make(statements: str) -> str:
        name = f"shop_{next(numbers)}"
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        url = postgres_url.rsplit("/", 1)[0] + f"/{name}"
        with psycopg.connect(url) as connection:
            connection.execute(statements)
        return url

    return make
