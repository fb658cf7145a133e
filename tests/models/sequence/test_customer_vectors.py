"""Vectors of customers: refreshed for who did something new, saved, and steady when the model is refit."""

import json

import numpy as np
import pytest

from habitue.errors import DataError
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items
from habitue.models.recommend.testing import chain_world
from habitue.models.sequence.events import Events
from habitue.models.sequence.model import SequenceModel
from habitue.models.sequence.settings import Settings
from habitue.models.sequence.vectors import CustomerVectors, rotation_between

_SMALL = Settings(width=8, length=5, trained=False)
_IDS = np.array(["b", "a", "c"])


def _floor(seed=0):
    return SequenceModel(_SMALL).fit(chain_world(customers=10, products=20), Items(20), seed=seed)


def _world(*rows):
    return Histories.from_lists(rows, n_items=20, days=[np.arange(len(row), dtype=float) for row in rows])


def test_only_who_did_something_new_is_encoded_anew():
    model = _floor()
    old = CustomerVectors.of(model, _IDS, _world([1, 2], [3], []))
    now = _world([5], [1, 2], [3, 4], [])
    new, many = old.refreshed(model, np.array(["d", "b", "a", "c"]), now)
    assert many == 2
    assert np.array_equal(new.vectors[1], old.vectors[0])
    assert np.allclose(new.vectors, model.encode(now), atol=1e-6)
    same, none = new.refreshed(model, new.customers, now)
    assert none == 0
    assert np.array_equal(same.vectors, new.vectors)


@pytest.mark.parametrize("changed", ["product", "day", "action", "amount", "order"])
def test_whatever_changes_in_the_newest_events_is_noticed(changed):
    model = _floor()
    items, days = [1, 2, 3, 4, 5, 6, 7, 8], [0.0, 1, 2, 3, 4, 5, 6, 7]
    actions, amounts = np.zeros(8, int), np.ones(8)

    def events():
        histories = Histories.from_lists([items], n_items=20, days=[days])
        return Events(histories, actions=actions, n_actions=2, amounts=amounts)

    old = CustomerVectors.of(model, [1], events())
    items[0] = 19  # too long ago to be looked at
    assert old.refreshed(model, [1], events())[1] == 0
    if changed == "product":
        items[-1] = 9
    elif changed == "day":
        days[-1] = 7.5
    elif changed == "action":
        actions[-2] = 1
    elif changed == "amount":
        amounts[-2] = 3
    else:
        items[-1], items[-2] = items[-2], items[-1]
    assert old.refreshed(model, [1], events())[1] == 1


def test_saved_and_loaded_they_are_the_same(tmp_path):
    old = CustomerVectors.of(_floor(), _IDS, _world([1, 2], [3], []))
    old.save(tmp_path)
    back = CustomerVectors.load(tmp_path)
    assert back.version == old.version
    for name in ("customers", "vectors", "marks", "rotation", "shift"):
        assert np.array_equal(getattr(back, name), getattr(old, name)), name
    (tmp_path / "vectors.json").write_text(json.dumps({"format": 99, "version": ""}))
    with pytest.raises(DataError, match="format 99"):
        CustomerVectors.load(tmp_path)


def test_a_turned_space_is_turned_back():
    draw = np.random.default_rng(0)
    old = draw.standard_normal((100, 8))
    turn, _ = np.linalg.qr(draw.standard_normal((8, 8)))
    found = rotation_between(old @ turn, old)
    assert np.allclose(old @ turn @ found, old, atol=1e-5)
    assert np.allclose(found @ found.T, np.eye(8), atol=1e-5)
    with pytest.raises(DataError, match="one shape"):
        rotation_between(old, old[:, :3])


def test_a_refit_is_aligned_and_a_model_downstream_survives():
    """A linear model on the old vectors answers nearly the same on the aligned ones, less so on those as they come."""
    pytest.importorskip("jax")
    world = chain_world(customers=400, products=40)
    small = Settings(width=16, length=12, dropout=0.1, epochs=10, rate=1e-2, ahead=3, ahead_share=0.3, ahead_places=1e6)
    first = SequenceModel(small).fit(world.without_last(), Items(40), seed=0)
    second = SequenceModel(small).fit(world, Items(40), seed=1)
    ids = np.arange(400)
    old = CustomerVectors.of(first, ids, world)
    raw = CustomerVectors.of(second, ids, world)
    new, many = old.refreshed(second, ids, world)
    assert many == 400
    meant = np.cos(2 * np.pi * world.newest() / 40)
    model = np.linalg.solve(old.vectors.T @ old.vectors + 5 * np.eye(16), old.vectors.T @ meant)
    known, bare, aligned = (np.corrcoef(each.vectors @ model, meant)[0, 1] for each in (old, raw, new))
    assert aligned > 0.5 * known
    assert aligned > bare + 0.05
    assert np.linalg.norm(new.vectors - old.vectors) < 0.7 * np.linalg.norm(raw.vectors - old.vectors)
    # The next refresh by the refit model stays in the same space.
    longer = world.take(np.arange(399))
    again, none = new.refreshed(second, ids[:399], longer)
    assert none == 0
    assert np.allclose(again.vectors, new.vectors[:399])
    # Who has nothing stays at zeros, in whatever space.
    nobody = Histories.from_lists([[]], n_items=40, days=[[]])
    assert not new.refreshed(second, [7_000], nobody)[0].vectors.any()
    fresh, one = new.refreshed(second, np.append(ids, 400), world.take(np.append(ids, 5)))
    assert one == 1
    assert np.allclose(fresh.vectors[400], new.vectors[5], atol=1e-5)


def test_ids_are_each_customer_once():
    with pytest.raises(DataError, match="none twice"):
        CustomerVectors.of(_floor(), ["a", "a", "b"], _world([1], [2], [3]))
    with pytest.raises(DataError, match="for 3 histories"):
        CustomerVectors.of(_floor(), ["a"], _world([1], [2], [3]))
