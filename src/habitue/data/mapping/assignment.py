"""Giving each header at most one column and each column at most one header, so that the sum of gains is greatest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["best_assignment"]

Pair = tuple[int, int]
_FAR = 1e9


def best_assignment(gains: Mapping[Pair, float], *, without: Pair | None = None) -> tuple[dict[int, int], float]:
    """Return the best one-to-one assignment and its gain; pairs of no gain are left out.

    Parameters
    ----------
    gains : mapping
        (row, column) to gain; only gains above 0 can be taken.
    without : pair, optional
        A pair that may not be used: the gain lost shows how sure the pair is.

    Examples
    --------
    >>> best_assignment({(0, 0): 5.0, (0, 1): 4.0, (1, 0): 4.5})
    ({0: 1, 1: 0}, 8.5)
    """
    useful = {pair: gain for pair, gain in gains.items() if gain > 0 and pair != without}
    chosen: dict[int, int] = {}
    for part in _components(useful):
        chosen |= _solve({pair: useful[pair] for pair in part})
    return dict(sorted(chosen.items())), sum(useful[pair] for pair in chosen.items())


def _components(pairs: Iterable[Pair]) -> list[list[Pair]]:
    """Split the pairs into groups that share no row and no column."""
    parent: dict[tuple[str, int], tuple[str, int]] = {}

    def root(node: tuple[str, int]) -> tuple[str, int]:
        while parent.setdefault(node, node) != node:
            node = parent[node]
        return node

    every = list(pairs)
    for row, column in every:
        parent[root(("row", row))] = root(("column", column))
    groups: dict[tuple[str, int], list[Pair]] = {}
    for pair in every:
        groups.setdefault(root(("row", pair[0])), []).append(pair)
    return list(groups.values())


def _solve(gains: Mapping[Pair, float]) -> dict[int, int]:
    """Solve one group by the Hungarian method; a dummy column per row stands for leaving the row out."""
    rows = sorted({row for row, _ in gains})
    columns = sorted({column for _, column in gains})
    top = max(gains.values())
    cost = [
        [top - gains[row, column] if (row, column) in gains else _FAR for column in columns]
        + [top if place == other else _FAR for other in range(len(rows))]
        for place, row in enumerate(rows)
    ]
    owner = _hungarian(cost)
    return {rows[row]: columns[column] for column, row in owner.items() if column < len(columns)}


def _hungarian(cost: list[list[float]]) -> dict[int, int]:
    """Return column → row of the cheapest assignment of every row, by shortest augmenting paths."""
    width = len(cost[0])
    row_price, column_price = [0.0] * len(cost), [0.0] * width
    owner: dict[int, int] = {}
    for start in range(len(cost)):
        distance = [_FAR * 10] * width
        before: list[int | None] = [None] * width
        visited: list[tuple[int, float]] = []
        done = [False] * width
        row, reached, column = start, 0.0, None
        while True:
            for each in range(width):
                if not done[each]:
                    reduced = reached + cost[row][each] - row_price[row] - column_price[each]
                    if reduced < distance[each]:
                        distance[each], before[each] = reduced, column
            column = min((each for each in range(width) if not done[each]), key=distance.__getitem__)
            done[column], reached = True, distance[column]
            visited.append((column, reached))
            if column not in owner:
                break
            row = owner[column]
        row_price[start] += reached
        for each, when in visited[:-1]:
            column_price[each] -= reached - when
            row_price[owner[each]] += reached - when
        place: int | None = column
        while place is not None:
            previous = before[place]
            owner[place] = owner[previous] if previous is not None else start
            place = previous
    return owner
