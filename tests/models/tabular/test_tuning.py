"""Tuning ends in time, stays quiet and keeps the defaults unless something is clearly better."""

from __future__ import annotations

import sys
import time

import numpy as np
import pytest

from habitue.errors import ConfigError, MissingExtra
from habitue.models.tabular import THOROUGH, defaults, make, tune
from habitue.models.tabular.tuning import _SPACES

pytest.importorskip("optuna")


def _world(rows: int = 600) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(1)
    x = draw.normal(size=(rows, 4))
    return x, (draw.random(rows) < 1 / (1 + np.exp(-2 * x[:, 0]))).astype(float)


@pytest.mark.parametrize("name", THOROUGH[:-1])
def test_what_is_found_can_be_fitted(name: str) -> None:
    x, y = _world(120)
    found = tune(name, "binary", x, y, seconds=0.2)
    assert set(found) == set(defaults(name))
    assert np.isfinite(make(name, "binary", params=found).fit(x, y).predict(x)).all()


def test_what_is_searched_are_settings_of_the_candidates() -> None:
    assert set(_SPACES) == set(THOROUGH)
    for name, space in _SPACES.items():
        assert set(space) <= set(defaults(name))


def test_a_bad_default_is_beaten(monkeypatch: pytest.MonkeyPatch) -> None:
    x, y = _world()
    bad = {**defaults("tree"), "depth": 1, "leaf_rows": 290}
    monkeypatch.setattr("habitue.models.tabular.tuning.defaults", lambda _: dict(bad))
    monkeypatch.setattr("habitue.models.tabular.tuning._MOST_TRIALS", 8)
    found = tune("tree", "binary", x, y, seconds=120)
    assert found["leaf_rows"] < 200


def test_noise_keeps_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("habitue.models.tabular.tuning._MOST_TRIALS", 8)
    draw = np.random.default_rng(2)
    x, y = draw.normal(size=(300, 3)), draw.integers(0, 2, 300).astype(float)
    assert tune("linear", "binary", x, y, seconds=120) == defaults("linear")


def test_no_time_one_class_or_one_customer_keeps_the_defaults() -> None:
    x, y = _world(100)
    assert tune("boosted", "binary", x, y, seconds=0) == defaults("boosted")
    assert tune("boosted", "binary", x, np.ones(100), seconds=1) == defaults("boosted")
    assert tune("boosted", "amount", x, y, groups=np.zeros(100), seconds=1) == defaults("boosted")


def test_amounts_can_be_tuned_with_reports_and_without_noise(capfd: pytest.CaptureFixture[str]) -> None:
    x, y = _world(200)
    told: list[tuple[str, int, int]] = []
    before = time.monotonic()
    found = tune("linear", "amount", x, 20 * y, groups=np.arange(200) // 2, seconds=1, report=lambda *a: told.append(a))
    assert time.monotonic() - before < 30
    assert set(found) == set(defaults("linear"))
    assert told[-1][0] == "linear: tuning"
    assert all(0 <= done <= of == 1 for _, done, of in told)
    assert capfd.readouterr() == ("", "")


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'forest'"):
        tune("forrest", "binary", [[1.0]], [1], seconds=1)


def test_without_optuna_the_way_to_install_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    with pytest.raises(MissingExtra, match=r"optional part") as caught:
        tune("linear", "binary", [[1.0], [2.0]], [0, 1], seconds=1)
    assert caught.value.hint == "pip install 'habitue[tune]'"
