"""A browser that may reach nothing but files, for the tests that look at pages."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "report"))  # sample_report lies beside the tests of the report

_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium from CHROMIUM or its usual place; skips where there is none."""
    program = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    if not Path(program).exists():
        if os.environ.get("HABITUE_REQUIRE_BROWSER"):
            pytest.fail(f"HABITUE_REQUIRE_BROWSER is set, but there is no {program}")
        pytest.skip(f"no Chromium at {program}: set CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=list(_ARGUMENTS))
        yield chromium
        chromium.close()
