"""Groups of products learnt from their titles alone: a mixture of word lists, fitted from many starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from habitue.errors import ConfigError
from habitue.models.title_words import join_pairs, spellings, words_of

__all__ = ["NO_GROUP", "TitleGroups", "fit_titles"]

Floats = np.ndarray[Any, np.dtype[np.float64]]
Ints = np.ndarray[Any, np.dtype[np.int64]]

#: The group of titles without any known word.
NO_GROUP = -1

_BLOCK = 50_000  # titles at a time
_STARTS = 12
_ROUNDS = 60
_SMOOTHING = 0.05
_HEAT, _COOLING = 2.0, 0.93
_FEW_GROUPS = 8
_TITLES_PER_GROUP = 3
_TELLING = 6
_COVERED = 0.95  # of the titles, for words of single titles to be left out


@dataclass(frozen=True)
class TitleGroups:
    """What tells the groups apart; gives any title its group.

    Attributes
    ----------
    vocabulary : tuple of str, length v
    weight : array of shape (v,)
        How much a word says about what a thing is: words that often end a title (``bag``, ``mug``) say most.
    log_chance : array of shape (v, k)
        Of each word in each group.
    telling : tuple of tuples of str, length k
        The most telling words of each group, the best first.
    """

    vocabulary: tuple[str, ...]
    weight: Floats
    log_chance: Floats
    telling: tuple[tuple[str, ...], ...]

    def __len__(self) -> int:
        return len(self.telling)

    def names(self, words: int = 3) -> tuple[str, ...]:
        """Return a readable name for each group; where two would be the same, a number tells them apart."""
        seen: Counter[str] = Counter()
        names = []
        for telling in self.telling:
            name = " · ".join(telling[:words])
            seen[name] += 1
            names.append(name if seen[name] == 1 else f"{name} {seen[name]}")
        return tuple(names)

    def assign(self, titles: Sequence[str | None]) -> Ints:
        """Return the group of each title, ``NO_GROUP`` where none of its words is known.

        Parameters
        ----------
        titles : sequence of str or None, length n

        Returns
        -------
        array of shape (n,)
        """
        groups = np.full(len(titles), NO_GROUP, dtype=np.int64)
        place = {word: at for at, word in enumerate(self.vocabulary)}
        for start in range(0, len(titles), _BLOCK):
            bags = [words_of(title) for title in titles[start : start + _BLOCK]]
            counts = _counts(bags, place, self.weight)
            known = np.diff(counts.indptr) > 0
            best = (counts @ self.log_chance).argmax(axis=1) if len(self) else known
            groups[start : start + _BLOCK] = np.where(known, best, NO_GROUP)
        return groups


def fit_titles(
    titles: Sequence[str | None],
    weights: Sequence[float],
    *,
    groups: int = 30,
    largest_share: float = 0.2,
    seed: int = 0,
) -> TitleGroups:
    """Find groups of like products by the words of their titles.

    Each group is a list of words with chances, and a title belongs to the group that would most likely have written
    it. Words that tend to end titles weigh more, as in most titles the thing itself comes last and its look before.
    Fitted by annealed expectation maximisation from several random starts; the likeliest fit is kept.

    Parameters
    ----------
    titles : sequence of str or None, length n
        The same title may come several times.
    weights : sequence of float, length n
        How often each was sold; 0 for never. They enter the fit by their logarithm.
    groups : int
        As many at most; fewer where there are few different titles.
    largest_share : float
        No group shall hold more than this share of the weight, as long as it can be helped.
    seed : int
        The same titles, weights and seed give the same groups, in whatever order they come.

    Raises
    ------
    ConfigError
        When fewer than one group is asked for.

    References
    ----------
    K. Nigam, A. McCallum, S. Thrun, T. Mitchell, Machine Learning 39 (2000) 103-134 (mixture of word lists by EM).
    J. Yin, J. Wang, KDD 2014, 233-242 (such mixtures suit short texts).

    Examples
    --------
    >>> shelf = ["RED TEA MUG", "BLUE COFFEE MUG", "GREEN COCOA MUG", "LUNCH BAG", "SHOPPER BAG", "SCHOOL BAG"]
    >>> found = fit_titles(shelf, [1.0] * 6, groups=2)
    >>> mug, bag = found.assign(["Big white mug", "Laptop bags"])
    >>> bool(mug != bag)
    True
    """
    if groups < 1:
        raise ConfigError(f"{groups} groups of titles were asked for", expected="1 or more")
    bags, weight = _distinct(titles, weights)
    vocabulary, headness = _vocabulary(bags)
    if not vocabulary:
        return TitleGroups((), np.zeros(0), np.zeros((0, 0)), ())
    place = {word: at for at, word in enumerate(vocabulary)}
    counts = _counts(bags, place, headness)
    known = np.diff(counts.indptr) > 0
    counts, weight, bags = counts[known], weight[known], [bag for bag, good in zip(bags, known, strict=True) if good]
    wanted = min(groups, len(bags), max(_FEW_GROUPS, -(-len(bags) // _TITLES_PER_GROUP)))
    log_chance = _mixture(counts, weight, wanted, largest_share, seed)
    group = (counts @ log_chance).argmax(axis=1)
    kept = np.unique(group)
    telling = _telling(
        bags, np.log(2.0 + weight), np.searchsorted(kept, group), dict(zip(vocabulary, headness, strict=True))
    )
    written = spellings(titles)
    telling = tuple(tuple(written.get(word, word) for word in words) for words in telling)
    return TitleGroups(vocabulary, headness, log_chance[:, kept], telling)


def _distinct(titles: Sequence[str | None], weights: Sequence[float]) -> tuple[list[list[str]], Floats]:
    """Word lists of the different titles in alphabetical order, heaviest ones only where there are very many."""
    total: Counter[str] = Counter()
    for title, weight in zip(titles, weights, strict=True):
        if title:
            total[title] += weight  # type: ignore[assignment]
    kept = sorted(total, key=lambda title: (-total[title], title))[:_BLOCK]
    kept.sort()
    return [words_of(title) for title in kept], np.array([max(total[title], 0.0) for title in kept], dtype=np.float64)


def _vocabulary(bags: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], Floats]:
    """Words of two titles or more (of any, where that leaves titles without words), and how much each says."""
    titles = Counter(word for bag in bags for word in set(bag))
    ends = Counter(bag[-1] for bag in bags if bag)
    shared = {word for word, count in titles.items() if count > 1}
    covered = sum(1 for bag in bags if shared.intersection(bag))
    words = tuple(sorted(shared if covered >= _COVERED * len(bags) else titles))
    return words, np.array([0.2 + 2.0 * (ends[word] + 1) / (titles[word] + 3) for word in words], dtype=np.float64)


def _counts(bags: Sequence[Sequence[str]], place: dict[str, int], weight: Floats) -> Any:
    """Return titles × vocabulary, words weighted; a title of four times the words says twice as much."""
    rows, columns = [], []
    for row, bag in enumerate(bags):
        found = [place[word] for word in dict.fromkeys(bag) if word in place]
        rows += [row] * len(found)
        columns += found
    values = weight[columns] if columns else np.zeros(0)
    total = np.bincount(rows, values, minlength=len(bags)) if rows else np.zeros(len(bags))
    if rows:
        length = np.bincount(rows, minlength=len(bags))
        values = values * np.sqrt(2.0 * length[rows]) / total[rows]
    return sparse.csr_matrix((values, (rows, columns)), shape=(len(bags), len(weight)))


def _mixture(counts: Any, weight: Floats, groups: int, largest_share: float, seed: int) -> Floats:
    """Log chances of the likeliest fit."""
    say = np.log(2.0 + weight)
    say = say / say.mean()
    common = np.asarray(counts.T @ say)
    prior = _SMOOTHING * common / common.sum() * len(common)
    best: tuple[float, Floats] | None = None
    for start in range(_STARTS):
        likely, log_chance = _fit_once(counts, say, prior, groups, np.random.default_rng([seed, start]))
        if best is None or likely > best[0] + 1e-9:
            best = (likely, log_chance)
    assert best is not None  # noqa: S101 - there is a start
    return _bounded(counts, weight, say, prior, best[1], max(largest_share, 1.5 / groups))


def _bounded(
    counts: Any, weight: Floats, say: Floats, prior: Floats, log_chance: Floats, largest_share: float
) -> Floats:
    """Split groups that hold too much, and let the smallest go for each."""
    groups = log_chance.shape[1]
    for _ in range(2 * groups):
        group = (counts @ log_chance).argmax(axis=1)
        share = np.bincount(group, weight, minlength=groups) / max(weight.sum(), 1e-12)
        heavy = [which for which in np.argsort(-share, kind="stable") if share[which] > largest_share]
        # A single best-seller may hold more than its share; there is nothing to split then.
        halves = next(
            ((which, half) for which in heavy if (half := _half(counts, weight, group == which)) is not None), None
        )
        if halves is None:
            break
        which, half = halves
        belongs = np.zeros((len(weight), 2))
        belongs[half, 0] = belongs[(group == which) & ~half, 1] = 1.0
        used = np.bincount(group, minlength=groups)
        rest = [other for other in np.lexsort((share, used > 0)) if other != which]
        log_chance = log_chance.copy()
        log_chance[:, [which, rest[0]]] = _log_chances(counts, say, prior, belongs)
    return log_chance


def _half(counts: Any, weight: Floats, members: Any) -> Any:
    """Members that have the word which comes nearest to halving a group; none where all have the same words."""
    has = (counts[members] > 0).astype(np.float64)
    own = weight[members] + 1e-9
    titles = np.asarray(has.sum(axis=0)).ravel()
    share = np.where((titles > 0) & (titles < members.sum()), np.asarray(has.T @ own).ravel() / own.sum(), np.inf)
    word = int(np.abs(share - 0.5).argmin()) if len(share) else 0
    if not len(share) or not np.isfinite(share[word]):
        return None
    half = np.zeros(len(weight), dtype=bool)
    half[np.flatnonzero(members)] = has[:, [word]].toarray().ravel() > 0
    return half


def _fit_once(counts: Any, say: Floats, prior: Floats, groups: int, draw: np.random.Generator) -> tuple[float, Floats]:
    belongs = draw.dirichlet(np.full(groups, 0.3), size=counts.shape[0])
    log_chance = np.zeros((counts.shape[1], groups))
    for turn in range(_ROUNDS):
        log_chance = _log_chances(counts, say, prior, belongs)
        # Hot at first, so that a start does not settle in the first valley.
        belongs = _softmax((counts @ log_chance) / max(1.0, _HEAT * _COOLING**turn))
    score = counts @ log_chance
    top = score.max(axis=1)
    likely = top + np.log(np.exp(score - top[:, None]).sum(axis=1))
    return float((say * likely).mean()), log_chance


def _log_chances(counts: Any, say: Floats, prior: Floats, belongs: Floats) -> Floats:
    chance = counts.T @ (belongs * say[:, None]) + prior[:, None]
    result: Floats = np.log(chance / chance.sum(axis=0))
    return result


def _softmax(score: Floats) -> Floats:
    power = np.exp(score - score.max(axis=1, keepdims=True))
    result: Floats = power / power.sum(axis=1, keepdims=True)
    return result


def _telling(
    bags: Sequence[Sequence[str]], say: Floats, group: Ints, headness: dict[str, float]
) -> tuple[tuple[str, ...], ...]:
    """For each group the words that are common in it and rare elsewhere."""
    overall = _sums(bags, say)
    total = say.sum()
    found = []
    for which in range(int(group.max()) + 1):
        members = np.flatnonzero(group == which).tolist()
        own = _sums([bags[at] for at in members], say[members])
        size = say[members].sum()
        merit = {
            word: sum_ / size * np.log(sum_ / size * total / overall[word]) * (0.5 + headness.get(word, 0.0))
            for word, sum_ in own.items()
        }
        best = sorted(merit, key=lambda word: (-merit[word], word))[: 2 * _TELLING]
        found.append(tuple(join_pairs(best, [bags[at] for at in members]))[:_TELLING])
    return tuple(found)


def _sums(bags: Sequence[Sequence[str]], say: Floats) -> dict[str, float]:
    total: dict[str, float] = {}
    for bag, weight in zip(bags, say, strict=True):
        for word in dict.fromkeys(bag):
            total[word] = total.get(word, 0.0) + float(weight)
    return total
