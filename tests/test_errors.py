from __future__ import annotations

import inspect

import pytest

from habitue import errors


def _all_errors() -> list[type[errors.HabitueError]]:
    return [each for _, each in inspect.getmembers(errors, inspect.isclass) if issubclass(each, errors.HabitueError)]


def test_the_tree_at_the_top_of_the_file_names_every_error() -> None:
    for each in _all_errors():
        assert each.__name__ in (errors.__doc__ or "")
        assert each.__name__ in errors.__all__


def test_exit_codes_tell_the_kinds_apart() -> None:
    kinds = [each for each in _all_errors() if errors.HabitueError in each.__bases__ and each is not errors.NotFitted]
    codes = [each.exit_code for each in kinds]
    assert len(set(codes)) == len(codes)
    assert all(code > 1 for code in codes)


def test_an_error_shows_all_four_parts_and_carries_them_as_data() -> None:
    error = errors.DataError(
        "41 of 12,903 dates could not be read",
        hint="habitue check --show D012",
        code="D012",
        table="orders",
        column="ordered_at",
        expected="ISO dates",
        count=41,
    )
    text = str(error)
    for part in ("D012", "orders.ordered_at", "41 of 12,903", "Expected: ISO dates", "Do: habitue check --show D012"):
        assert part in text
    assert error.as_dict()["count"] == 41
    assert error.as_dict()["error"] == "DataError"


@pytest.mark.parametrize(("name", "near"), [("quantiy", "quantity"), ("zzz", "")])
def test_did_you_mean_suggests_only_what_is_near(name: str, near: str) -> None:
    assert (near in errors.did_you_mean(name, ["quantity", "unit_price"])) is True
    assert bool(errors.did_you_mean(name, ["quantity", "unit_price"])) is bool(near)
