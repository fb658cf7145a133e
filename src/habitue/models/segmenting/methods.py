"""The methods by name, and definitions read back from plain data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from habitue.errors import ConfigError, DataError, NotEnoughData, did_you_mean
from habitue.models.segmenting.grids import GridSegments, rfm_grid, rfm_named
from habitue.models.segmenting.mixtures import (
    ClassSegments,
    GaussianSegments,
    gaussian_mixture,
    k_means,
    k_means_raw,
    latent_class,
)
from habitue.models.segmenting.outcome_tree import outcome_tree
from habitue.models.segmenting.outlook import Past
from habitue.models.segmenting.segmentation import RuledSegments, Segmentation, measured

__all__ = ["METHODS", "fit", "segmentation_from_state"]

METHODS: dict[str, Callable[..., Segmentation]] = {
    "outcome_tree": outcome_tree,
    "k_means": k_means,
    "k_means_raw": k_means_raw,
    "gaussian_mixture": gaussian_mixture,
    "latent_class": latent_class,
    "rfm_grid": rfm_grid,
    "rfm_named": rfm_named,
}

_FORMS: dict[str, Any] = {
    "rules": RuledSegments,
    "gaussian": GaussianSegments,
    "classes": ClassSegments,
    "grid": GridSegments,
}


def fit(
    method: str,
    x: Any,
    names: Sequence[str],
    *,
    outcome: Past | None = None,
    k: int = 8,
    seed: int = 0,
    **settings: Any,
) -> Segmentation:
    """Define segments of customers by a method.

    Parameters
    ----------
    method : str
        One of `METHODS`.
    x : array of shape (n, features)
        What is known of each customer.
    names : sequence of str
    outcome : Past, optional
        The same features at earlier moments and what followed; the outcome tree needs it, the others do not look.
    k : int
        Most segments.
    seed : int
    **settings : Any
        Of the method.

    Returns
    -------
    Segmentation
        With ``assign(x)``, ``rules`` (None where the method has none), ``size`` and ``state()``.

    Raises
    ------
    ConfigError
        For a method that does not exist, or no segments.
    NotEnoughData
        Without customers.

    Examples
    --------
    >>> spend = [[1.0], [1.1], [90.0], [95.0]]
    >>> fit("k_means", spend, ["spend"], k=2).assign([[2.0], [80.0]]).tolist() in ([0, 1], [1, 0])
    True
    """
    if method not in METHODS:
        raise ConfigError(
            f"There is no method {method!r} for segments.{did_you_mean(method, METHODS)}", expected=", ".join(METHODS)
        )
    if k < 1:
        raise ConfigError(f"{k} segments cannot be made", expected="at least one")
    rows = measured(x, tuple(names))
    if not len(rows):
        raise NotEnoughData("there are no customers to put into segments", expected="at least one customer")
    return METHODS[method](rows, names, outcome=outcome, k=k, seed=seed, **settings)


def segmentation_from_state(state: dict[str, Any]) -> Segmentation:
    """Read a definition back from what ``state()`` gave.

    Raises
    ------
    DataError
        When it is of a form that is not known.
    """
    if state.get("form") not in _FORMS:
        raise DataError(f"a segmentation of the form {state.get('form')!r} is not known", expected=", ".join(_FORMS))
    found: Segmentation = _FORMS[state["form"]].from_state(state)
    return found
