"""Sessions with a PostgreSQL server: read-only, in one snapshot, bounded in time, with errors that say what to do."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

from habitue.errors import ConfigError, DataError, HabitueError, MissingExtra

__all__ = ["in_snapshot", "is_postgres", "place", "without_password"]

_CONNECT_SECONDS = 10
_PAUSES = (0.2, 1.0)  # seconds before the second and the third try; only for errors that may pass
_SCHEME = re.compile(r"^postgres(?:ql)?://", re.IGNORECASE)
_SECRET = re.compile(r"([?&])((?:ssl)?password)=[^&]*&?", re.IGNORECASE)
_PASSING = re.compile(
    r"refused|timeout|timed out|starting up|shutting down|too many|remaining connection slots|closed the connection",
    re.IGNORECASE,
)
_PASSING_STATES = ("08", "40001", "40P01", "53300", "57P01", "57P02", "57P03")
_SETTINGS = {
    "timezone": "UTC",
    "datestyle": "ISO, YMD",
    "extra_float_digits": "3",  # numbers come through to the last digit, from old servers too
    "lock_timeout": "30s",
    "synchronize_seqscans": "off",  # tables without a key are read as they lie, from their first page
    "max_parallel_workers_per_gather": "0",
}
T = TypeVar("T")


def is_postgres(path: str) -> bool:
    """Say whether a path is a PostgreSQL address.

    Examples
    --------
    >>> is_postgres("postgresql://shop@db.example/orders")
    True
    """
    return bool(_SCHEME.match(path))


def without_password(url: str) -> str:
    """Return the address without its password, fit for shop.toml and for messages.

    Examples
    --------
    >>> without_password("postgresql://ann:secret@db.example:5432/shop?sslmode=require&password=x")
    'postgresql://ann@db.example:5432/shop?sslmode=require'
    """
    scheme, user, rest = _parts(url)
    return f"{scheme}{user}@{rest}" if user else f"{scheme}{rest}"


def place(url: str) -> str:
    """Return host and database of an address, for messages."""
    return _parts(url)[2].split("?")[0]


def in_snapshot(url: str, work: Callable[[Any], T], *, seconds: int) -> T:
    """Connect and do some reading in one read-only snapshot; try again where the trouble may pass.

    Parameters
    ----------
    url : str
        ``postgresql://user@host:port/database``; the password may come from the URL, PGPASSWORD or ~/.pgpass.
    work : callable
        Gets the psycopg connection. It starts anew when the connection breaks.
    seconds : int
        No statement may take longer.

    Raises
    ------
    ConfigError
        The server, the database, the user or the password is wrong.
    DataError
        The server does not answer, or what was asked for cannot be read.
    """
    driver = _driver()
    _parts(url)
    for pause in (*_PAUSES, None):
        try:
            return _once(driver, url, work, seconds)
        except driver.Error as error:
            if pause is None or not _may_pass(error):
                raise _explained(error, url, seconds) from None  # the driver's own text may quote the address
            time.sleep(pause)
    raise AssertionError


def _once(driver: Any, url: str, work: Callable[[Any], T], seconds: int) -> T:
    given = driver.conninfo.conninfo_to_dict(url)
    ours = {"connect_timeout": _CONNECT_SECONDS, "application_name": "habitue", "client_encoding": "UTF8"}
    missing = {name: value for name, value in ours.items() if name not in given}
    with driver.connect(url, prepare_threshold=None, **missing) as connection:
        connection.isolation_level = driver.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        for name, value in {**_SETTINGS, "statement_timeout": f"{seconds}s"}.items():
            connection.execute("SELECT set_config(%s, %s, true)", (name, value))
        return work(connection)


def _driver() -> Any:
    try:
        import psycopg  # noqa: PLC0415 - an optional part
    except ImportError as error:
        raise MissingExtra("PostgreSQL sources", "postgres") from error
    return psycopg


def _parts(url: str) -> tuple[str, str, str]:
    """Split an address into scheme, user and the rest, without any password."""
    scheme = _SCHEME.match(url)
    body = url[scheme.end() :] if scheme else ""
    if not scheme or body.count("@") > 1 or "@" in body.partition("?")[0].partition("/")[2]:
        raise ConfigError(
            "The PostgreSQL address cannot be read",
            expected="postgresql://user@host:port/database",
            hint="write special characters of the password as %40 (@), %2F (/), %3A (:), or set PGPASSWORD",
        )
    login, at, rest = body.rpartition("@")
    return scheme.group(), login.partition(":")[0] if at else "", _SECRET.sub(r"\1", rest).rstrip("?&")


def _may_pass(error: Any) -> bool:
    if error.sqlstate:
        return str(error.sqlstate).startswith(_PASSING_STATES)
    return bool(_PASSING.search(str(error)))


def _explained(error: Any, url: str, seconds: int) -> HabitueError:
    """Say in our words what the driver or the server said."""
    text = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
    where = place(url)
    if error.sqlstate:
        return _refused(str(error.sqlstate), text, where, seconds)
    for pattern, what, hint in _CONNECT_ERRORS:
        if re.search(pattern, str(error), re.IGNORECASE):
            return ConfigError(what.format(place=where), hint=hint, path=without_password(url))
    if _PASSING.search(str(error)):
        hint = f"psql '{without_password(url)}' -c 'select 1'"
        return DataError(f"No PostgreSQL server answers at {where}", hint=hint, path=without_password(url))
    return ConfigError(
        f"PostgreSQL at {where} cannot be opened: {_masked(text, url)}", hint=_TRY, path=without_password(url)
    )


def _refused(state: str, text: str, where: str, seconds: int) -> DataError:
    if state == "42501":
        return DataError(f"{where}: {text}", hint="GRANT SELECT ON that table TO the user of the address", path=where)
    if state == "57014":
        return DataError(
            f"{where}: reading took longer than {seconds} seconds and was stopped",
            hint="read at a quieter hour, or from a view that holds fewer rows",
            path=where,
        )
    return DataError(f"{where}: PostgreSQL said: {text}", hint=f"look up error {state}", path=where)


def _masked(text: str, url: str) -> str:
    """Take the address and the password out of a text the driver wrote."""
    login = url.rpartition("@")[0]
    secrets = (url, login, login.rpartition(":")[2])
    for secret in secrets:
        text = text.replace(secret, "…") if secret else text
    return text


_TRY = "check the address; the password may also come from PGPASSWORD or ~/.pgpass"
_CONNECT_ERRORS = (
    (
        r"password authentication failed|no password supplied|authentication failed",
        "PostgreSQL at {place} does not accept this user or password",
        "export PGPASSWORD=…, or a line in ~/.pgpass",
    ),
    (r'database "[^"]*" does not exist', "There is no database at {place}", "psql -l shows the databases"),
    (r'role "[^"]*" does not exist', "PostgreSQL at {place} does not know this user", _TRY),
    (
        r"could not translate host name|resolve host|name or service not known|name resolution|nodename nor servname",
        "The host of {place} is not known",
        "check the host's name in the address",
    ),
    (r"no pg_hba.conf entry", "PostgreSQL at {place} does not let this user in from here", _TRY),
)
