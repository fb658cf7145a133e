"""Customers simulated by the very stories that the models tell."""

from __future__ import annotations

import numpy as np


def pareto_world(n: int, seed: int, *, r=0.6, alpha=10.0, s=0.6, beta=12.0, age=(20.0, 60.0), after=0.0):
    """Return frequency, recency, age, purchases in `after` that follows, and whether alive."""
    draw = np.random.default_rng(seed)
    ages = draw.uniform(*age, n)
    rate, leaving = draw.gamma(r, 1 / alpha, n), draw.gamma(s, 1 / beta, n)
    lifetime = draw.exponential(1 / np.maximum(leaving, 1e-300))
    rows = []
    for one in range(n):
        end = min(lifetime[one], ages[one] + after)
        times = np.sort(draw.uniform(0, end, draw.poisson(rate[one] * end)))
        seen = times[times < ages[one]]
        rows.append((len(seen), seen[-1] if len(seen) else 0.0, len(times) - len(seen)))
    x, recency, later = np.transpose(rows)
    return x, recency, ages, later, lifetime > ages


def geometric_world(n: int, seed: int, *, r=0.8, alpha=6.0, a=0.9, b=2.5, first=0, age=(20.0, 60.0), after=0.0):
    """The same for BG/NBD (`first` 0) and MBG/NBD (`first` 1: customers may stop right after the first purchase)."""
    draw = np.random.default_rng(seed)
    ages = draw.uniform(*age, n)
    rate, chance = draw.gamma(r, 1 / alpha, n), draw.beta(a, b, n)
    rows = []
    for one in range(n):
        stops_after = draw.geometric(chance[one]) - first
        gaps = draw.exponential(1 / max(rate[one], 1e-300), min(stops_after, 3000))
        times = np.cumsum(gaps)
        seen = times[times < ages[one]]
        later = int(((times >= ages[one]) & (times < ages[one] + after)).sum())
        rows.append((len(seen), seen[-1] if len(seen) else 0.0, later, len(seen) < stops_after))
    x, recency, later, alive = np.transpose(rows)
    return x, recency, ages, later, alive.astype(bool)
