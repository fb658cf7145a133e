"""Tune a candidate's settings in a given time; the defaults stay unless something is clearly better."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from habitue.errors import MissingExtra
from habitue.models.tabular.candidate import defaults, make
from habitue.models.tabular.examples import Examples, Floats, examples, folds
from habitue.models.tabular.fitted import loss_of_answer

__all__ = ["tune"]

Progress = Callable[[str, int, int], None]

_FOLDS = 3
_ROWS = 20_000
_MOST_TRIALS = 200

#: For each setting: lowest, highest, and whether it is searched on a logarithmic scale.
_SPACES: dict[str, dict[str, tuple[float, float, bool]]] = {
    "linear": {"penalty": (0.3, 20_000.0, True), "size_penalty": (0.3, 20_000.0, True)},
    "boosted": {
        "learning_rate": (0.02, 0.12, True),
        "leaves": (4, 48, True),
        "leaf_rows": (10, 200, True),
        "column_share": (0.3, 1.0, False),
        "row_share": (0.5, 1.0, False),
        "penalty": (0.1, 100.0, True),
    },
    "tree": {"depth": (2, 8, False), "leaf_rows": (5, 300, True)},
    "forest": {"leaf_rows": (3, 100, True), "column_share": (0.05, 0.8, True)},
    "svm": {"reach": (0.1, 5.0, True), "cost": (0.003, 10.0, True)},
    "stack": {"pull": (1.0, 1_000.0, True)},
}


def tune(
    name: str,
    kind: str,
    x: Any,
    y: Any,
    *,
    groups: Any = None,
    seconds: float,
    seed: int = 0,
    report: Progress | None = None,
) -> dict[str, Any]:
    """Search the settings of a candidate for a while and return the best.

    Parameters
    ----------
    name : str
        One of ``THOROUGH``.
    kind : str
        ``"binary"`` or ``"amount"``.
    x : array, n × k
    y : array, n
    groups : array, n, optional
        The customer of each row; rows of one customer are never on both sides of a fold.
    seconds : float
        No trial begins after that time; the fold that is running is finished.
    seed : int
        The same settings are tried in the same order; how many depends on the machine.
    report : callable, optional
        Called as ``report(what, done, of)``, in seconds, after each trial.

    Returns
    -------
    dict
        Settings for ``make(name, kind, params=...)``. The defaults, unless a trial was better by more than the standard
        error of the difference over folds: the best of many trials looks better than it is.

    Raises
    ------
    MissingExtra
        Optuna is not installed.

    References
    ----------
    J. Bergstra et al., Algorithms for hyper-parameter optimization, NIPS 2011.
    L. Breiman et al., Classification and Regression Trees, 1984, section 3.4.3 (one standard error).
    """
    started = time.monotonic()
    usual = defaults(name)
    optuna = _optuna()
    data = examples(x, y, kind, groups=groups).capped(_ROWS, seed)
    splits = [pair for pair in folds(data, _FOLDS, seed=seed) if np.ptp(data.y[pair[0]]) > 0]
    if len(splits) < 2:
        return usual
    trials: list[tuple[dict[str, Any], Floats]] = []

    def left() -> float:
        return seconds - (time.monotonic() - started)

    def told() -> None:
        if report:
            report(f"{name}: tuning", min(round(seconds - left()), round(seconds)), round(seconds))

    def objective(trial: Any) -> float:
        chosen = {**usual, **_suggested(trial, name, kind)}
        losses = []
        for pair in splits:
            if left() <= 0:
                raise optuna.TrialPruned
            losses.append(_loss(name, kind, data, pair, (seed, chosen)))
        trials.append((chosen, np.array(losses)))
        told()
        return float(np.mean(losses))

    reference = np.array([_loss(name, kind, data, pair, (seed, usual)) for pair in splits])
    told()
    with _silent(optuna):
        study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed))
        if left() > 0:
            study.optimize(objective, n_trials=_MOST_TRIALS, timeout=left())
    return _best(usual, reference, trials)


def _best(usual: dict[str, Any], reference: Floats, trials: list[tuple[dict[str, Any], Floats]]) -> dict[str, Any]:
    """Return the settings with the smallest mean loss if they are clearly better than the defaults."""
    if not trials:
        return usual
    chosen, losses = min(trials, key=lambda pair: float(pair[1].mean()))
    better = reference - losses
    error = float(better.std(ddof=1)) / np.sqrt(better.size)
    return chosen if float(better.mean()) > error else usual


def _suggested(trial: Any, name: str, kind: str) -> dict[str, Any]:
    """Draw the settings of one trial; whole numbers where both ends are whole."""
    out: dict[str, Any] = {}
    for key, (low, high, logarithmic) in _SPACES[name].items():
        if key == "size_penalty" and kind == "binary":
            continue
        suggest = trial.suggest_int if isinstance(low, int) else trial.suggest_float
        out[key] = suggest(key, low, high, log=logarithmic)
    if name == "boosted" and kind == "amount":
        out["power"] = trial.suggest_float("power", 1.1, 1.7)
    return out


def _loss(name: str, kind: str, data: Examples, pair: tuple[Any, Any], how: tuple[int, dict[str, Any]]) -> float:
    """Learn on one part and return the loss on the other."""
    train, test = pair
    seed, params = how
    part, rest = data.take(train), data.take(test)
    fitted = make(name, kind, seed=seed, params=params).fit(part.x, part.y, part.weight, part.groups)
    # Amounts are measured in units of all rows' mean, so that folds are alike.
    unit = 1.0 if kind == "binary" else data.mean
    scaled = Examples(rest.x, rest.y / unit, rest.weight, rest.groups)
    return loss_of_answer(kind, scaled, fitted.predict(rest.x) / unit)


def _optuna() -> Any:
    """Import Optuna or say how to install it."""
    try:
        import optuna  # noqa: PLC0415 - an optional part
    except ImportError as error:
        raise MissingExtra("Searches for better settings", "tune") from error
    return optuna


@contextmanager
def _silent(optuna: Any) -> Iterator[None]:
    """Keep Optuna from writing to stderr, and leave it as loud as it was."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
