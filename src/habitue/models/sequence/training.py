"""How the behaviour model learns, with JAX: the only module of the package that imports it."""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import numpy.typing as npt
import optax

from habitue.models.sequence.network import Weights, event_vectors, hidden_states, item_vectors
from habitue.models.sequence.packing import Pieces, pack
from habitue.models.sequence.settings import Settings

__all__ = ["Epoch", "Measure", "train"]

Measure = Callable[[Weights], float]

_FEWEST_PLACES = 64  # of a packed row
_FEWEST_STEPS = 32  # of a round, where there is enough to learn from
# What the compiled step does not depend on is made the same for all, so that it is compiled once.
_PLAIN: Any = {
    "tokens": 1, "negatives": 1, "popular_share": 0.0, "rate": 0.0, "average": 0.0, "epochs": 1, "patience": 1,
    "validation_share": 0.0, "validation_most": 0, "warm": True, "trained": True,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Epoch:
    """How learning went in one round over the data: told to the progress callback."""

    number: int
    loss: float
    validation: float
    seconds: float


@dataclass(frozen=True, slots=True)
class _Odds:
    """How products are drawn to be compared with: cumulative odds, and the correction of each product's score."""

    cumulative: npt.NDArray[np.float64] | None
    correction: npt.NDArray[np.float32]
    draws: int


def train(
    weights: Weights,
    known: Mapping[str, Any],
    data: tuple[Mapping[str, Any], Pieces],
    settings: Settings,
    *,
    measure: Measure | None = None,
    progress: Callable[[Epoch], None] | None = None,
    seed: int = 0,
) -> tuple[Weights, list[Epoch]]:
    """Learn weights from stretches of events; returns the averaged weights of the best round, and how it went.

    Parameters
    ----------
    weights : dict of str to array
        As drawn.
    known : mapping of str to array
        What `item_inputs` gives.
    data : (mapping of str to array, Pieces)
        What is known of each event, flat, and the stretches to learn from.
    settings : Settings
    measure : callable, optional
        The validation figure of weights, higher is better; without it the last round's weights are kept.
    progress : callable, optional
        Is given an `Epoch` after each round.
    seed : int
    """
    inputs, pieces = data
    draw = np.random.default_rng(seed)
    odds = _odds(inputs["items"], weights["items"].shape[0], settings)
    now, average = (jax.tree.map(jnp.array, weights) for _ in range(2))
    constant = jax.tree.map(jnp.asarray, dict(known))
    # Moments begin as zeros; made by JAX they would be compiled one by one.
    moments = jax.tree.map(lambda each: np.zeros(each.shape, each.dtype), jax.eval_shape(_adam().init, now))
    state = (now, moments, average)
    steps, told, step = 0, [], 0
    core = replace(settings, **_PLAIN)
    best, best_figure, since = weights, -np.inf, 0
    for number in range(1, settings.epochs + 1):
        started, losses = time.perf_counter(), []
        for batch in _batches(inputs, pieces.take(draw.permutation(pieces.first.size)), settings):
            steps = steps or math.ceil(pieces.lengths.sum() / batch["items"].size)
            drawn = _drawn(odds, draw)
            key = jax.random.key(int(draw.integers(2**31)), impl="rbg")
            step += 1
            pace = np.float32(_pace(step, steps, settings)), np.float32(min(settings.average, step / (step + 9)))
            state, loss = _step(state, constant, batch, drawn, key, pace, core)
            losses.append(loss)
        mean = float(np.mean([float(each) for each in losses]))
        average = {name: np.array(value) for name, value in state[2].items()}
        figure = measure(average) if measure else -mean
        told.append(Epoch(number, mean, figure, time.perf_counter() - started))
        if progress:
            progress(told[-1])
        if measure is None or figure > best_figure:
            best, best_figure, since = average, figure, 0
        else:
            since += 1
            if since >= settings.patience:
                break
    return best, told


def _adam() -> Any:
    return optax.scale_by_adam(b1=0.9, b2=0.98)


def _pace(step: int, steps: int, settings: Settings) -> float:
    """Return the learning rate: rising for one round, then falling as a cosine to a tenth."""
    rising = min(step / max(steps, 1), 1.0)
    done = min(step / max(steps * settings.epochs, 1), 1.0)
    return settings.rate * rising * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * done)))


def _odds(items: Any, n_items: int, settings: Settings) -> _Odds:
    if n_items <= settings.negatives:
        return _Odds(None, np.zeros(n_items, np.float32), n_items)
    popular = np.sqrt(np.bincount(items, minlength=n_items).astype(np.float64))
    share = settings.popular_share * popular / max(popular.sum(), 1e-9)
    share += (1 - settings.popular_share) / n_items
    share = (share + 1e-12) / (share + 1e-12).sum()
    return _Odds(np.cumsum(share), -np.log(settings.negatives * share).astype(np.float32), settings.negatives)


def _drawn(odds: _Odds, draw: np.random.Generator) -> tuple[Any, Any]:
    """Return products to be compared with, and the correction of their scores for how likely they were drawn."""
    if odds.cumulative is None:
        return np.arange(odds.draws, dtype=np.int32), odds.correction
    found = np.searchsorted(odds.cumulative, draw.random(odds.draws) * odds.cumulative[-1], side="right")
    found = np.minimum(found, odds.cumulative.size - 1).astype(np.int32)
    return found, odds.correction[found]


def _batches(inputs: Mapping[str, Any], pieces: Pieces, settings: Settings) -> Iterator[dict[str, Any]]:
    """Yield packed batches, all of one shape."""
    width = max(_FEWEST_PLACES, settings.length)
    rows = pack(pieces, width)
    # A small shop is learnt in small steps: no fewer than so many a round.
    many = min(max(settings.tokens // width, 1), max(2, 2 ** int(math.log2(rows.places.shape[0] / _FEWEST_STEPS + 1))))
    for start in range(0, rows.places.shape[0], many):
        part = slice(start, start + many)
        places, owner, learnt = rows.places[part], rows.pieces[part], rows.learnt[part]
        short = ((0, many - places.shape[0]), (0, 0))
        places, owner = (np.pad(each, short, constant_values=-1) for each in (places, owner))
        batch = {name: each[np.maximum(places, 0)] for name, each in inputs.items()}
        # Numbers of pieces are counted within the batch: whole numbers of 32 bits are what JAX keeps.
        owner = np.where(owner >= 0, np.unique(owner, return_inverse=True)[1].reshape(owner.shape), -1)
        yield batch | {"pieces": owner.astype(np.int32), "learnt": np.pad(learnt, short)}


@functools.partial(jax.jit, static_argnames=("settings",), donate_argnums=(0,))
def _step(state: Any, known: Any, batch: Any, drawn: Any, key: Any, pace: Any, settings: Settings) -> tuple[Any, Any]:
    weights, moments, average = state
    loss, slopes = jax.value_and_grad(_loss)(weights, known, batch, drawn, key, settings)
    change, moments = _adam().update(slopes, moments)
    rate, kept = pace
    weights = jax.tree.map(
        lambda old, move: old - rate * (move + (settings.decay * old if old.ndim > 1 else 0)), weights, change
    )
    average = jax.tree.map(lambda mean, new: kept * mean + (1 - kept) * new, average, weights)
    return (weights, moments, average), loss


def _loss(weights: Any, known: Any, batch: Any, drawn: Any, key: Any, settings: Settings) -> Any:
    """Return the mean loss of the next event, and of all events of the next window, against the products drawn."""
    keys = iter(jax.random.split(key, 3 + 2 * settings.blocks))
    products = _products(weights, known, batch["items"], next(keys), settings)
    rivals = _products(weights, known, drawn[0], next(keys), settings)
    drop = functools.partial(_dropped, keys=keys, share=settings.dropout)
    told = hidden_states(weights, event_vectors(weights, batch, products), batch["pieces"], settings, xp=jnp, drop=drop)
    scores = told @ rivals.T + drawn[1]
    hit = jnp.roll(batch["items"], -1, axis=1)[..., None] == drawn[0]
    against = _total(jnp.where(hit, -1e9, scores))[..., None]
    # Every pair of events of a row: how the later one is told by the earlier one.
    own = told @ products.transpose(0, 2, 1)
    there = (batch["pieces"][:, :, None] == batch["pieces"][:, None]) & batch["learnt"][:, None]
    worth = there * _worth(own.shape[1], settings)
    if drawn[0].shape[0] == weights["items"].shape[0]:
        # Compared with all products, everything ahead shares one sum, which the next event alone was left out of.
        following = jnp.pad(jnp.diagonal(own, 1, 1, 2), ((0, 0), (0, 1)), constant_values=-1e9)
        loss = jnp.logaddexp(following[..., None], against) - own
    else:
        # What is ahead may not have been drawn: it is added, so that its chance stays below 1.
        loss = jnp.logaddexp(own, against) - own
    if settings.smoothing:
        loss = loss + settings.smoothing * (own - (scores - drawn[1]).mean(-1, keepdims=True))
    return (worth * loss).sum() / jnp.maximum(worth.sum(), 1e-9)


def _total(scores: Any) -> Any:
    """Return the logarithm of the sum of exponentials, with no more passes than it takes."""
    highest = jax.lax.stop_gradient(scores.max(-1, keepdims=True))
    return jnp.log(jnp.exp(scores - highest).sum(-1)) + highest[..., 0]


def _worth(places: int, settings: Settings) -> npt.NDArray[np.float32]:
    """Return what foretelling each place of a row from each other one counts, of shape (from, to)."""
    gap = np.arange(places)[None] - np.arange(places)[:, None]
    if settings.ahead == 1:
        return np.asarray(gap == 1, np.float32)
    further = np.where((gap > 1) & (gap <= settings.ahead), np.exp(-(gap - 2) / settings.ahead_places), 0)
    usual = np.exp(-(np.arange(2, settings.ahead + 1) - 2) / settings.ahead_places).sum()
    worth = (1 - settings.ahead_share) * (gap == 1) + settings.ahead_share * further / usual
    return np.asarray(worth, np.float32)


def _products(weights: Any, known: Any, items: Any, key: Any, settings: Settings) -> Any:
    kept = None
    if settings.id_dropout and known:
        kept = jax.random.bernoulli(key, 1 - settings.id_dropout, items.shape).astype(jnp.float32)
    return item_vectors(weights, known, items, kept)


def _dropped(values: Any, *, keys: Iterator[Any], share: float) -> Any:
    if not share:
        return values
    kept = jax.random.bernoulli(next(keys), 1 - share, values.shape)
    return jnp.where(kept, values / (1 - share), 0)
