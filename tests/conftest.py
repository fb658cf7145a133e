"""Fixtures that all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """The folder of public data sets; skips where it is not set."""
    folder = os.environ.get("HABITUE_DATA")
    if not folder:
        if os.environ.get("HABITUE_REQUIRE_DATA"):
            pytest.fail("HABITUE_REQUIRE_DATA is set, but HABITUE_DATA is not")
        pytest.skip("HABITUE_DATA is not set: the public data sets are elsewhere")
    return Path(folder)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Golden files are written anew only when somebody asks for it."""
    parser.addoption("--write-golden", action="store_true", help="write golden files anew")
