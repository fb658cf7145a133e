"""Candidates by name: what may answer a question, fitted on a matrix and compared on equal terms.

name      learns by                                                   reasons (exact sums on the link scale)
linear    logistic; amounts: chance times size                        coefficient times deviation from the mean
boosted   LightGBM, log-loss or Tweedie                               Shapley values
tree      one tree of chosen depth                                    differences along the path, by the secant
forest    many trees on random rows and columns                       the same, mean over trees
svm       squared hinge on landmarks of a radial kernel, Platt        integrated gradients from the average customer
stack     all of them, weights from rows they have not seen           weighted sum of the members' reasons
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from habitue.errors import ConfigError, did_you_mean
from habitue.models.tabular import stack
from habitue.models.tabular.examples import KINDS, examples
from habitue.models.tabular.fitted import Fitted
from habitue.models.tabular.members import FORMS, MEMBERS, can_learn, learn

__all__ = ["QUICK", "THOROUGH", "Candidate", "defaults", "from_state", "make"]

QUICK = ("linear", "boosted")
THOROUGH = ("linear", "boosted", "tree", "forest", "svm", "stack")

_DEFAULTS = {**{name: settings for name, (_, settings) in MEMBERS.items()}, "stack": stack.DEFAULTS}
_FORMS = {**FORMS, "stack": stack.Stack.from_state}


@dataclass(frozen=True)
class Candidate:
    """A way to learn, not fitted yet; make one with :func:`make`.

    Attributes
    ----------
    name : str
        One of ``THOROUGH``.
    kind : str
        ``"binary"``: the answer is 0 or 1, the prediction a probability. ``"amount"``: the answer is 0 or more, with
        many zeros and a heavy tail, the prediction an expected amount.
    seed : int
        The same seed on the same examples gives the same answer.
    params : dict
        All settings; None means chosen on the examples.
    """

    name: str
    kind: str
    seed: int = 0
    params: dict[str, Any] = field(default_factory=dict)

    def fit(self, x: Any, y: Any, weight: Any = None, groups: Any = None) -> Fitted:
        """Learn from examples.

        Parameters
        ----------
        x : array, n × k
            NaN where a value is unknown.
        y : array, n
            The answers.
        weight : array, n, optional
            How much each row counts; a row of weight 0 does not count at all.
        groups : array, n, optional
            The customer of each row: whatever is chosen on rows set aside, rows of one customer stay together.

        Returns
        -------
        Fitted
            The same answer for everybody where all answers or all inputs are alike.

        Raises
        ------
        DataError
            Shapes differ, or an answer is out of range.
        NotEnoughData
            There is no row that counts.
        """
        data = examples(x, y, self.kind, weight=weight, groups=groups)
        if self.name == "stack" and can_learn(data):
            return stack.fit_stack(data, self.kind, seed=self.seed, params=self.params)
        return learn(self.name, data, self.kind, seed=self.seed, params=self.params)


def defaults(name: str) -> dict[str, Any]:
    """Return the settings of a candidate before anything is chosen.

    Raises
    ------
    ConfigError
        There is no candidate of this name.
    """
    if name not in _DEFAULTS:
        raise ConfigError(
            f"there is no candidate {name!r}.{did_you_mean(name, _DEFAULTS)}", expected="one of " + ", ".join(_DEFAULTS)
        )
    return dict(_DEFAULTS[name])


def make(name: str, kind: str, *, seed: int = 0, params: Mapping[str, Any] | None = None) -> Candidate:
    """Return a candidate by its name.

    Parameters
    ----------
    name : str
        One of ``QUICK`` or ``THOROUGH``.
    kind : str
        ``"binary"`` or ``"amount"``.
    seed : int
        The same seed on the same examples gives the same answer.
    params : mapping, optional
        Settings that replace the defaults, as ``tune`` returns them or as a fitted candidate's ``params``.

    Raises
    ------
    ConfigError
        The name, the kind or a setting is unknown.

    Examples
    --------
    >>> fitted = make("linear", "binary").fit([[1.0], [2.0], [3.0], [4.0]] * 20, [0, 0, 1, 1] * 20)
    >>> early, late = fitted.predict([[1.0], [4.0]])
    >>> bool(early < 0.1 < 0.9 < late)
    True
    """
    settings = defaults(name)
    if kind not in KINDS:
        raise ConfigError(f"there is no kind {kind!r}.{did_you_mean(kind, KINDS)}", expected=" or ".join(KINDS))
    for key in params or {}:
        if key not in settings:
            expected = "one of " + ", ".join(settings)
            raise ConfigError(f"{name} has no setting {key!r}.{did_you_mean(key, settings)}", expected=expected)
    return Candidate(name, kind, seed, {**settings, **(params or {})})


def from_state(state: Mapping[str, Any]) -> Fitted:
    """Build a fitted candidate from what its ``state()`` returned; predictions are the same.

    Raises
    ------
    ConfigError
        The state describes no model that this version knows.
    """
    form = str(state.get("form"))
    if form not in _FORMS:
        raise ConfigError(f"there is no model of the form {form!r}", expected="one of " + ", ".join(_FORMS))
    return _FORMS[form](state)
