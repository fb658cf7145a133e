"""The network itself, written once for numpy and JAX alike: learnt with JAX, asked with numpy."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from habitue.models.sequence.settings import Settings

__all__ = ["Weights", "drawn_weights", "event_vectors", "hidden_states", "item_vectors"]

Weights = dict[str, Any]
Drop = Callable[[Any], Any]

_WAVES = 16  # numbers that `periodic` makes of one
_FAR = -1e9
_GELU = math.sqrt(2 / math.pi)


def drawn_weights(
    settings: Settings, n_items: int, known: Mapping[str, Any], *, inputs: Mapping[str, int], seed: int = 0
) -> Weights:
    """Draw the weights that learning starts from.

    Parameters
    ----------
    settings : Settings
    n_items : int
    known : mapping of str to array
        What `item_inputs` gives.
    inputs : mapping of str to int
        Inputs that events have besides the product, each with how many values it takes.
    seed : int
    """
    draw, width = np.random.default_rng(seed), settings.width

    def table(*shape: int, scale: float = 0.02) -> Any:
        return (draw.standard_normal(shape) * scale).astype(np.float32)

    weights: Weights = {"items": table(n_items, width)}
    if "attributes" in known:
        weights["attributes"] = table(int(known["attributes"].max(initial=0)) + 1, width)
    if "categories" in known:
        weights["categories"] = table(int(known["categories"].max(initial=0)) + 1, width)
    for name in ("prices", "vectors"):
        if name in known:
            weights[name] = table(known[name].shape[1], width)
    if "actions" in inputs:
        weights["actions"] = table(inputs["actions"], width)
    for name in ("gaps", "amounts"):
        if name in inputs:
            weights[name] = table(_WAVES, width)
    near = 1 / math.sqrt(width)
    for block in range(settings.blocks):
        weights |= {
            f"{block}.first_norm": np.ones(width, np.float32),
            f"{block}.ask": table(width, 3 * width, scale=near),
            f"{block}.distance": np.zeros((settings.heads, settings.length), np.float32),
            f"{block}.tell": table(width, width, scale=near),
            f"{block}.second_norm": np.ones(width, np.float32),
            f"{block}.up": table(width, 4 * width, scale=near),
            f"{block}.up_shift": np.zeros(4 * width, np.float32),
            f"{block}.down": table(4 * width, width, scale=near / 2),
        }
    return weights | {"norm": np.ones(width, np.float32), "shift": np.zeros(width, np.float32)}


def item_vectors(weights: Weights, known: Mapping[str, Any], items: Any, ids_kept: Any = None) -> Any:
    """Return the vectors of products: its own, and those of what is known of it, added up.

    Parameters
    ----------
    weights, known
    items : int array of any shape
    ids_kept : array of the shape of ``items``, optional
        0 where the product's own vector is left out.
    """
    out = weights["items"][items]
    if ids_kept is not None:
        out = out * ids_kept[..., None]
    if "attributes" in known:
        share = known["attribute_weights"][items]
        out = out + (weights["attributes"][known["attributes"][items]] * share[..., None]).sum(-2)
    if "categories" in known:
        out = out + weights["categories"][known["categories"][items]]
    for name in ("prices", "vectors"):
        if name in known:
            out = out + known[name][items] @ weights[name]
    return out


def event_vectors(weights: Weights, batch: Mapping[str, Any], products: Any) -> Any:
    """Return the vectors of events: the product's, and those of the action, the gap and the amount, added up."""
    out = products
    if "actions" in weights and "actions" in batch:
        out = out + weights["actions"][batch["actions"]]
    for name in ("gaps", "amounts"):
        if name in weights and name in batch:
            out = out + batch[name] @ weights[name]
    return out


def hidden_states(
    weights: Weights, vectors: Any, pieces: Any, settings: Settings, *, xp: Any = np, drop: Drop | None = None
) -> Any:
    """Run packed rows of events through the network: each event sees its own piece up to itself.

    Parameters
    ----------
    weights : dict of str to array
    vectors : array of shape (rows, places, width)
    pieces : int array of shape (rows, places)
        Which piece an event belongs to, -1 for none.
    settings : Settings
    xp : module
        ``numpy`` or ``jax.numpy``.
    drop : callable, optional
        Blanks numbers at random while learning.

    Returns
    -------
    array of shape (rows, places, width)
    """
    places = vectors.shape[1]
    back = np.arange(places)[:, None] - np.arange(places)[None]
    seen = (pieces[:, :, None] == pieces[:, None, :]) & xp.asarray(back >= 0)
    distance = np.clip(back, 0, settings.length - 1)
    keep = drop or _kept
    out = keep(vectors)
    for block in range(settings.blocks):
        own = {name: weights[f"{block}.{name}"] for name in _BLOCK}
        told = _attended(own, _normed(out, own["first_norm"], xp), seen[:, None], distance, settings, xp)
        out = out + keep(told)
        inner = _gelu(_normed(out, own["second_norm"], xp) @ own["up"] + own["up_shift"], xp)
        out = out + keep(inner @ own["down"])
    return _normed(out, weights["norm"], xp) + weights["shift"]


_BLOCK = ("first_norm", "ask", "distance", "tell", "second_norm", "up", "up_shift", "down")


def _kept(values: Any) -> Any:
    return values


def _normed(values: Any, scale: Any, xp: Any) -> Any:
    centred = values - values.mean(-1, keepdims=True)
    return centred / xp.sqrt((centred * centred).mean(-1, keepdims=True) + np.float32(1e-6)) * scale


def _gelu(values: Any, xp: Any) -> Any:
    cube = values * values * values
    return np.float32(0.5) * values * (1 + xp.tanh(np.float32(_GELU) * (values + np.float32(0.044715) * cube)))


def _attended(own: Weights, normed: Any, seen: Any, distance: Any, settings: Settings, xp: Any) -> Any:
    rows, places, width = normed.shape
    split = (normed @ own["ask"]).reshape(rows, places, 3, settings.heads, width // settings.heads)
    asks, keys, values = (split[:, :, each].transpose(0, 2, 1, 3) for each in range(3))
    nearness = asks @ keys.transpose(0, 1, 3, 2) * np.float32(1 / math.sqrt(width // settings.heads))
    nearness = xp.where(seen, nearness + own["distance"][:, distance][None], np.float32(_FAR))
    share = xp.exp(nearness - nearness.max(-1, keepdims=True))
    share = share / share.sum(-1, keepdims=True)
    return (share @ values).transpose(0, 2, 1, 3).reshape(rows, places, width) @ own["tell"]
