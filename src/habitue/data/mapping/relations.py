"""How the columns of a file hang together: pieces × price = total, what an order or a product settles."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations, permutations

from habitue.data.mapping.contents import Profile
from habitue.data.mapping.date_cells import read_cell

__all__ = ["Product", "Relations", "relate"]

_ROWS = 1500  # enough to tell; pairs of columns cost rows times columns squared
_TELLING = 8
_HOLDS = 0.9


@dataclass(frozen=True, slots=True)
class Product:
    """One column times another gives a third in ``share`` of the rows, perhaps less a fourth."""

    quantity: str
    price: str
    total: str
    share: float
    less: str = ""


@dataclass(frozen=True, slots=True)
class Relations:
    """What was found between the columns of one file.

    Parameters
    ----------
    products : tuple of Product
    settles : dict
        (a, b) → how far one value of a means one value of b, beyond what b's commonest value explains; only where
        values of a repeat.
    below : frozenset
        (a, b): the figures of a are never above those of b, and sometimes below.
    per_piece, per_line : frozenset of str
        Money that does not grow with the pieces of a product, and money that does.
    counts_lines : frozenset
        (a, b): b counts 1, 2, 3… (or 10, 20…) within each value of a.
    reductions : tuple
        (a, b, c): a - b = c, such as price, discount and what was paid.
    earlier : frozenset
        (a, b): the time a is never after the time b, and often before.
    """

    products: tuple[Product, ...]
    settles: dict[tuple[str, str], float]
    below: frozenset[tuple[str, str]]
    per_piece: frozenset[str] = frozenset()
    per_line: frozenset[str] = frozenset()
    counts_lines: frozenset[tuple[str, str]] = frozenset()
    reductions: tuple[tuple[str, str, str], ...] = ()
    earlier: frozenset[tuple[str, str]] = frozenset()

    @property
    def tested(self) -> frozenset[tuple[str, str]]:
        """Money of which it is known that it is for a piece (``unit_price``) or for the line (``line_total``)."""
        pieces = {product.price for product in self.products} | self.per_piece
        lines = {product.total for product in self.products} | self.per_line
        return frozenset({(header, "unit_price") for header in pieces} | {(header, "line_total") for header in lines})

    def settled(self, a: str, b: str) -> float | None:
        """How far a settles b; ``None`` where that cannot be told."""
        return self.settles.get((a, b))


def relate(profiles: Sequence[Profile]) -> Relations:
    """Look for relations between the columns of one file."""
    figures = [profile for profile in profiles if _is_figure(profile)][:16]
    piece, line = _growth(profiles, figures)
    counting = frozenset(_line_numbers(profiles, figures))
    below = frozenset(_below(figures))
    return Relations(
        products=tuple(_products(figures)),
        settles=_settles(profiles),
        below=below,
        per_piece=piece,
        per_line=line,
        counts_lines=counting,
        reductions=tuple(_reductions(figures, below)),
        earlier=frozenset(_earlier(profiles)),
    )


def _is_figure(profile: Profile) -> bool:
    return profile.share("number") >= 0.8 and profile.distinct > 1 and not profile.share("leading_zero") > 0.05


def _products(figures: Sequence[Profile]) -> list[Product]:
    found = []
    for total in figures:
        others = [profile for profile in figures if profile is not total]
        for one, two in combinations(others, 2):
            if max(one.share("unit_interval"), two.share("unit_interval")) >= 0.98:
                continue  # a rate, no pieces
            share = _product_share(one, two, total)
            if share >= _HOLDS:
                quantity, price = _which_is_pieces(one, two)
                found.append(Product(quantity.header, price.header, total.header, share))
    return found or _reduced_products(figures)


def _which_is_pieces(one: Profile, two: Profile) -> tuple[Profile, Profile]:
    """Pieces are whole; where both are, pieces are the smaller figures."""
    key = {profile.header: (profile.share("fraction") > 0.02, profile.quantile(0.5)) for profile in (one, two)}
    return (one, two) if key[one.header] <= key[two.header] else (two, one)


def _product_share(one: Profile, two: Profile, total: Profile) -> float:
    """Share of the telling rows in which one × two = total, to the cent."""
    telling = holding = 0
    for a, b, t in zip(one.figures[:_ROWS], two.figures[:_ROWS], total.figures[:_ROWS], strict=True):
        if a is None or b is None or t is None or abs(a) in (0.0, 1.0) or abs(b) in (0.0, 1.0):
            continue
        telling += 1
        room = 0.006 + 0.0051 * max(min(abs(a), abs(b)), 1.0)
        holding += abs(a * b - t) <= room
        if telling == 40 and holding < 20:
            return 0.0
    return holding / telling if telling >= _TELLING else 0.0


def _reduced_products(figures: Sequence[Profile]) -> list[Product]:
    """Find total = pieces × price − discount, where plain products do not hold."""
    for total in figures:
        for one, two in combinations([profile for profile in figures if profile is not total], 2):
            quantity, price = _which_is_pieces(one, two)
            for less in figures:
                if less in (total, one, two):
                    continue
                share = _reduced_share(quantity, price, total, less)
                if share >= _HOLDS:
                    return [Product(quantity.header, price.header, total.header, share, less.header)]
    return []


def _reduced_share(quantity: Profile, price: Profile, total: Profile, less: Profile) -> float:
    telling = holding = 0
    for q, p, t, d in zip(
        quantity.figures[:_ROWS], price.figures[:_ROWS], total.figures[:_ROWS], less.figures[:_ROWS], strict=True
    ):
        if q is None or p is None or t is None or not d or abs(q) in (0.0, 1.0) or p in (0.0, 1.0):
            continue
        telling += 1
        gap = q * p - t
        holding += abs(gap - abs(d)) <= 0.02 or (0 < d < 1 and abs(gap - q * p * d) <= 0.02)
        if telling == 20 and holding < 10:
            return 0.0
    return holding / telling if telling >= _TELLING else 0.0


def _reductions(figures: Sequence[Profile], below: frozenset[tuple[str, str]]) -> list[tuple[str, str, str]]:
    """Find a - b = c among money of which c is never above a."""
    by_header = {profile.header: profile for profile in figures}
    found = []
    for paid, before in sorted(below):
        for less in figures:
            if less.header in (paid, before):
                continue
            columns = (by_header[before].figures[:_ROWS], less.figures[:_ROWS], by_header[paid].figures[:_ROWS])
            telling = [(a, b, c) for a, b, c in zip(*columns, strict=True) if a is not None and b and c is not None]
            good = sum(abs(a - abs(b) - c) <= 0.011 for a, b, c in telling)
            if len(telling) >= _TELLING and good >= _HOLDS * len(telling) and not _same(telling):
                found.append((before, less.header, paid))
    return found


def _same(rows: Sequence[tuple[float, float, float]]) -> bool:
    """Whether two of three figures are the same in every row, so that the third says nothing."""
    return all(a == c for a, _, c in rows) or all(b == c for _, b, c in rows)


def _earlier(profiles: Sequence[Profile]) -> list[tuple[str, str]]:
    """Find pairs of times of which one is never after the other."""
    times = [p for p in profiles if p.dates.share >= _HOLDS and not p.dates.numeric and not p.dates.compact][:8]
    moments = {profile.header: _moments(profile) for profile in times}
    found = []
    for one, two in permutations(moments, 2):
        pairs = [(a, b) for a, b in zip(moments[one], moments[two], strict=True) if a and b]
        before = sum(a < b for a, b in pairs)
        if len(pairs) >= _TELLING and before >= 0.5 * len(pairs) and not any(a > b for a, b in pairs):
            found.append((one, two))
    return found


def _moments(profile: Profile) -> list[datetime | None]:
    read = {cell: read_cell(cell) for cell in set(profile.cells[:_ROWS]) if cell is not None}
    first = profile.dates.first or "day"
    known = {cell: each.moment(first) for cell, each in read.items() if each is not None}
    return [known.get(cell) if cell is not None else None for cell in profile.cells[:_ROWS]]


def _below(figures: Sequence[Profile]) -> list[tuple[str, str]]:
    found = []
    for one in figures:
        for two in figures:
            if one is two:
                continue
            pairs = [
                (a, b)
                for a, b in zip(one.figures[:_ROWS], two.figures[:_ROWS], strict=True)
                if a is not None and b is not None
            ]
            lower = sum(a < b for a, b in pairs)
            if len(pairs) >= _TELLING and lower and sum(a <= b for a, b in pairs) >= 0.98 * len(pairs):
                found.append((one.header, two.header))
    return found


def _line_numbers(profiles: Sequence[Profile], figures: Sequence[Profile]) -> list[tuple[str, str]]:
    """Find columns that number the lines within a value of another column."""
    found = []
    numbers = [p for p in figures if p.share("fraction") == 0 and p.quantile(0) in (0, 1, 10) and p.variety < 0.5]
    for number in numbers:
        for key in profiles:
            if key is number or not 0.02 < key.variety < 0.98:
                continue
            groups: dict[int, list[float]] = {}
            for code, figure in zip(_codes(key), number.figures[:_ROWS], strict=True):
                if code >= 0 and figure is not None:
                    groups.setdefault(code, []).append(figure)
            several = [group for group in groups.values() if len(group) > 1]
            first = number.quantile(0)
            good = sum(len(set(group)) == len(group) and min(group) == first for group in several)
            if len(several) >= 5 and good >= 0.95 * len(several):
                found.append((key.header, number.header))
    return found


def _settles(profiles: Sequence[Profile]) -> dict[tuple[str, str], float]:
    """Measure for each pair of columns how far a value of the first fixes the value of the second."""
    keys = [profile for profile in profiles if profile.distinct >= 2 and profile.fill >= 0.2][:40]
    found: dict[tuple[str, str], float] = {}
    codes = {profile.header: _codes(profile) for profile in keys}
    common = {profile.header: _commonest(profile) for profile in keys}
    for one in keys:
        if one.share("fraction") > 0.05 or one.variety >= 0.995:
            continue
        for two in keys:
            if one is not two and common[two.header] < 0.97:
                lift = _settled_share(codes[one.header], codes[two.header], common[two.header])
                if lift is not None:
                    found[one.header, two.header] = lift
    return found


def _codes(profile: Profile) -> list[int]:
    seen: dict[str, int] = {}
    return [-1 if cell is None else seen.setdefault(cell, len(seen)) for cell in profile.cells[:_ROWS]]


def _commonest(profile: Profile) -> float:
    counts = Counter(cell for cell in profile.cells[:_ROWS] if cell is not None)
    return max(counts.values(), default=0) / max(sum(counts.values()), 1)


def _settled_share(one: list[int], two: list[int], base: float) -> float | None:
    """Share of the rows, in groups of at least two, that agree with their group's commonest value, above chance."""
    groups: dict[int, dict[int, int]] = {}
    for a, b in zip(one, two, strict=True):
        if a >= 0 and b >= 0:
            inside = groups.setdefault(a, {})
            inside[b] = inside.get(b, 0) + 1
    rows = agreeing = repeated = 0
    for inside in groups.values():
        size = sum(inside.values())
        if size >= 2:
            repeated += 1
            rows += size
            # One row of each group agrees with itself whatever happens.
            agreeing += max(inside.values()) - 1
    if repeated < 4 or rows < 10:
        return None
    agreed = agreeing / (rows - repeated)
    return max(0.0, (agreed - base) / (1 - base))


def _growth(profiles: Sequence[Profile], figures: Sequence[Profile]) -> tuple[frozenset[str], frozenset[str]]:
    """Tell prices from totals by whether they grow with the pieces, for lines of one product."""
    keys = [p for p in profiles if 0.002 < p.variety < 0.7 and p.distinct >= 5 and p.share("fraction") < 0.02]
    pieces = [p for p in figures if p.share("fraction") < 0.02 and p.quantile(0.5) <= 50 and p.share("one") < 0.97]
    money = [profile for profile in figures if profile.share("fraction") > 0.05 or profile.currency]
    piece, line = set(), set()
    for each in money:
        for quantity in pieces[:4]:
            if quantity is each:
                continue
            lines = _logs(each, quantity)
            slopes = [_slope(lines, _codes(key)) for key in keys[:12] if key not in (each, quantity)]
            fits = [slope for slope in slopes if slope is not None]
            if not fits:
                continue
            _, slope, spread = min(fits)
            if slope - 2 * spread > 0.55 and slope > 0.7:
                line.add(each.header)
            elif slope + 2 * spread < 0.45 and abs(slope) < 0.4:
                piece.add(each.header)
    return frozenset(piece - line), frozenset(line - piece)


def _logs(money: Profile, quantity: Profile) -> list[tuple[int, float, float]]:
    pairs = zip(money.figures[:_ROWS], quantity.figures[:_ROWS], strict=True)
    return [(row, math.log(q), math.log(m)) for row, (m, q) in enumerate(pairs) if m and q and m > 0 and q > 0]


def _slope(lines: list[tuple[int, float, float]], keys: list[int]) -> tuple[float, float, float] | None:
    """Return what is left unexplained, the growth with the pieces within a key, and how unsure that is."""
    groups: dict[int, list[tuple[float, float]]] = {}
    for row, q, m in lines:
        if keys[row] >= 0:
            groups.setdefault(keys[row], []).append((q, m))
    xx = xy = yy = 0.0
    rows = 0
    for group in groups.values():
        if len(group) < 2:
            continue
        mean_q, mean_m = (sum(each) / len(group) for each in zip(*group, strict=True))
        rows += len(group) - 1
        for q, m in group:
            xx += (q - mean_q) ** 2
            xy += (q - mean_q) * (m - mean_m)
            yy += (m - mean_m) ** 2
    if rows < 20 or xx < 2.0:
        return None
    slope = xy / xx
    left = max(yy - slope * xy, 0.0) / rows
    return round(left, 9), slope, math.sqrt(left / xx)
