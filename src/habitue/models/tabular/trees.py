"""Tree and forest: split where answers differ, answer with the mean of the leaf.

One tree of chosen depth, or many trees on random parts of rows and columns. Trees are grown by scikit-learn and kept as
plain arrays. For amounts they split where the logarithm differs, so that one large order does not decide, and each leaf
holds the mean of the amounts themselves, so that totals are right.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor

from habitue.models.tabular.examples import Examples, Floats, folds, matrix
from habitue.models.tabular.fitted import by_secant, loss_of_answer, to_link

__all__ = ["FOREST_DEFAULTS", "TREE_DEFAULTS", "Trees", "fit_forest", "fit_tree", "log_target"]

TREE_DEFAULTS: dict[str, Any] = {"depth": None, "leaf_rows": None}
FOREST_DEFAULTS: dict[str, Any] = {"trees": 100, "leaf_rows": None, "column_share": None}

_DEPTHS = (2, 3, 4, 5, 6)
_FOLDS = 4
_ROWS_PER_TREE = 20_000
_CHUNK = 4_096
_LARGEST = 3e38  # what single precision holds; a split between known and unknown has an infinite limit
_PRIOR_ROWS = {"binary": 2.0, "amount": 10.0}  # rows with the mean answer that are added to each leaf

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Trees:
    """Fitted trees, one after the other in flat arrays; a leaf points to itself.

    ``column``, ``limit``, ``left``, ``right``, ``gaps_left``, ``answer`` have one entry a node, ``roots`` one a tree.

    References
    ----------
    L. Breiman et al., Classification and Regression Trees, 1984.
    L. Breiman, Random forests, Machine Learning 45 (2001) 5-32.
    A. Saabas, Interpreting random forests, 2014 (contributions along the path).
    """

    name: str
    kind: str
    columns: int
    roots: Whole
    column: Whole
    limit: Floats
    left: Whole
    right: Whole
    gaps_left: npt.NDArray[np.bool_]
    answer: Floats
    loud: Floats
    params: dict[str, Any]

    def predict(self, x: Any) -> Floats:
        """Return the mean of the leaves' answers for each row."""
        inputs = matrix(x, self.columns)
        out = np.zeros(len(inputs))
        for rows in _chunks(len(inputs)):
            *_, (_, leaves) = self._walk(inputs[rows])
            out[rows] = self.answer[leaves].mean(axis=1)
        return out

    def answers_at(self, x: Floats, depths: Sequence[int]) -> list[Floats]:
        """Return what the trees would answer if they had been grown to each of these depths only."""
        levels = [np.tile(self.roots, (len(x), 1)), *(after for _, after in self._walk(x))]
        return [self.answer[levels[min(depth, len(levels) - 1)]].mean(axis=1) for depth in depths]

    def contributions(self, x: Any) -> Floats:
        """Return what each split on a row's path adds, carried to log-odds or log-amounts by the secant.

        A split adds the difference between the answers after and before it. The base is the mean answer of the roots.
        """
        inputs = matrix(x, self.columns)
        base = float(self.answer[self.roots].mean())
        out = np.zeros((len(inputs), self.columns + 1))
        for rows in _chunks(len(inputs)):
            size = rows.stop - rows.start
            parts = np.zeros(size * self.columns)
            first = np.arange(size)[:, None] * self.columns
            leaves = np.tile(self.roots, (size, 1))
            for before, after in self._walk(inputs[rows]):
                leaves = after
                change = (self.answer[after] - self.answer[before]) / self.roots.size
                parts += np.bincount((first + self.column[before]).ravel(), change.ravel(), parts.size)
            plain = self.answer[leaves].mean(axis=1)
            link, start = to_link(plain, self.kind), float(to_link(base, self.kind))
            out[rows] = by_secant(parts.reshape(size, self.columns), base, plain, link, start)
        return out

    def _walk(self, x: Floats) -> Iterator[tuple[Whole, Whole]]:
        """Go down one level at a time in all trees at once; yield the nodes before and after."""
        # scikit-learn compares in single precision, and so must we.
        single = np.clip(x, -_LARGEST, _LARGEST).astype(np.float32).astype(np.float64)
        row = np.arange(len(x))[:, None]
        node = np.tile(self.roots, (len(x), 1))
        while True:
            value = single[row, self.column[node]]
            goes_left = np.where(np.isnan(value), self.gaps_left[node], value <= self.limit[node])
            after = np.where(goes_left, self.left[node], self.right[node])
            yield node, after
            if np.array_equal(after, node):
                return
            node = after

    def importance(self) -> Floats:
        """Return the share of each column in the differences that splits make."""
        return self.loud.copy()

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        arrays = ("roots", "column", "limit", "left", "right", "gaps_left", "answer", "loud")
        plain = {key: getattr(self, key).tolist() for key in arrays}
        head = {"form": "trees", "name": self.name, "kind": self.kind, "columns": self.columns}
        return {**head, **plain, "params": dict(self.params)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Trees:
        """Build the model that :meth:`state` described."""
        roots, column, left, right = (
            np.array(state[key], dtype=np.int64) for key in ("roots", "column", "left", "right")
        )
        limit, answer, loud = (np.array(state[key], dtype=np.float64) for key in ("limit", "answer", "loud"))
        gaps_left = np.array(state["gaps_left"], dtype=bool)
        head = (state["name"], state["kind"], state["columns"])
        return cls(*head, roots, column, limit, left, right, gaps_left, answer, loud, dict(state["params"]))


def fit_tree(data: Examples, kind: str, *, seed: int, params: Mapping[str, Any]) -> Trees:
    """Fit one tree; the depth is chosen by cross-validation unless it is given."""
    used = dict(params)
    used["leaf_rows"] = used["leaf_rows"] or int(max(5, min(200, data.rows // 80)))
    if used["depth"] is None:
        losses = np.zeros(len(_DEPTHS))
        for train, test in folds(data, _FOLDS, seed=seed):
            if np.ptp(data.y[train]) == 0:
                continue
            rest = data.take(test)
            deepest = _one_tree(data.take(train), kind, seed, {**used, "depth": max(_DEPTHS)})
            for place, answer in enumerate(deepest.answers_at(rest.x, _DEPTHS)):
                losses[place] += test.size * loss_of_answer(kind, rest, answer)
        used["depth"] = _DEPTHS[int(np.argmin(losses))]
    return _one_tree(data, kind, seed, used)


def _one_tree(data: Examples, kind: str, seed: int, used: Mapping[str, Any]) -> Trees:
    grower = DecisionTreeRegressor(
        max_depth=used["depth"], min_samples_leaf=min(used["leaf_rows"], max(1, data.rows // 4)), random_state=seed
    )
    grower.fit(_single(data.x), _target(data, kind), sample_weight=data.weight)
    return _flat("tree", kind, data, [grower], used)


def fit_forest(data: Examples, kind: str, *, seed: int, params: Mapping[str, Any]) -> Trees:
    """Fit many trees on random parts of rows and columns."""
    used = dict(params)
    used["leaf_rows"] = used["leaf_rows"] or int(max(5, min(60, data.rows // 250)))
    columns = "sqrt" if used["column_share"] is None else float(used["column_share"])
    grower = RandomForestRegressor(
        n_estimators=used["trees"],
        min_samples_leaf=min(used["leaf_rows"], max(1, data.rows // 4)),
        max_features=columns,
        max_samples=min(_ROWS_PER_TREE, data.rows),
        n_jobs=1,
        random_state=seed,
    )
    grower.fit(_single(data.x), _target(data, kind), sample_weight=data.weight)
    return _flat("forest", kind, data, grower.estimators_, used)


def _single(x: Floats) -> Any:
    return np.clip(x, -_LARGEST, _LARGEST).astype(np.float32)


def log_target(y: Floats) -> Floats:
    """Return the logarithm of amounts, with zeros a tenth of the usual amount below the smallest of note."""
    usual = float(np.median(y[y > 0]))
    return np.asarray(np.log1p(10 * y / usual), dtype=np.float64)


def _target(data: Examples, kind: str) -> Floats:
    return data.y if kind == "binary" else log_target(data.y)


def _flat(name: str, kind: str, data: Examples, growers: list[Any], used: Mapping[str, Any]) -> Trees:
    """Put grown trees into flat arrays and give each node the mean answer of the rows that reach it."""
    single = _single(data.x)
    prior, mean = _PRIOR_ROWS[kind], data.mean
    parts: dict[str, list[Any]] = {key: [] for key in ("column", "limit", "left", "right", "gaps_left", "answer")}
    roots, offset = [], 0
    loud = np.zeros(data.x.shape[1])
    for grower in growers:
        tree = grower.tree_
        leaf = tree.children_left < 0
        here = np.arange(tree.node_count)
        weight, total = _reached(tree, grower.apply(single), data)
        answer = (total + prior * mean) / (weight + prior)
        change = np.zeros(tree.node_count)
        for side in (tree.children_left[~leaf], tree.children_right[~leaf]):
            change[~leaf] += weight[side] * (answer[side] - answer[~leaf]) ** 2
        loud += np.bincount(np.where(leaf, 0, tree.feature), change, loud.size)
        parts["column"].append(np.where(leaf, 0, tree.feature))
        parts["limit"].append(np.where(leaf, 0.0, np.clip(tree.threshold, -_LARGEST, _LARGEST)))
        parts["left"].append(np.where(leaf, here, tree.children_left) + offset)
        parts["right"].append(np.where(leaf, here, tree.children_right) + offset)
        parts["gaps_left"].append(np.asarray(tree.missing_go_to_left, dtype=bool))
        parts["answer"].append(answer)
        roots.append(offset)
        offset += tree.node_count
    flat = {key: np.concatenate(value) for key, value in parts.items()}
    share = loud / loud.sum() if loud.sum() > 0 else loud
    whole = {key: flat[key].astype(np.int64) for key in ("column", "left", "right")}
    flat = {**flat, **whole}
    return Trees(name, kind, loud.size, np.array(roots, dtype=np.int64), **flat, loud=share, params=dict(used))


def _reached(tree: Any, leaves: Any, data: Examples) -> tuple[Floats, Floats]:
    """Return for each node the weight of the rows that reach it and the weighted sum of their answers."""
    weight = np.bincount(leaves, data.weight, tree.node_count).astype(np.float64)
    total = np.bincount(leaves, data.weight * data.y, tree.node_count).astype(np.float64)
    # Children come after their parents, so one pass from the end fills all nodes.
    for node in range(tree.node_count - 1, -1, -1):
        left, right = tree.children_left[node], tree.children_right[node]
        if left >= 0:
            weight[node] = weight[left] + weight[right]
            total[node] = total[left] + total[right]
    return weight, total


def _chunks(rows: int) -> Iterator[slice]:
    for start in range(0, rows, _CHUNK):
        yield slice(start, min(start + _CHUNK, rows))
