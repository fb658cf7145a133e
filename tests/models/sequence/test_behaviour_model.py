"""The behaviour model on worlds whose answers are known, and what must hold of any such model."""

import builtins
import sys
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from habitue.errors import ConfigError, DataError, MissingExtra, NotFitted
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items
from habitue.models.recommend.testing import chain_world
from habitue.models.sequence.events import Events, item_inputs, periodic
from habitue.models.sequence.model import SequenceModel
from habitue.models.sequence.settings import Settings
from habitue.models.sequence.starting import nearby_vectors

pytest.importorskip("jax")

_PRODUCTS = 40
# One shape for most tests: what JAX compiles once serves all of them.
_SMALL = Settings(
    width=16,
    length=12,
    dropout=0.1,
    epochs=20,
    patience=20,
    rate=1e-2,
    ahead=3,
    ahead_share=0.3,
    ahead_places=1e6,
    warm=False,
)


def _chain(*, customers=600, seed=0):
    return chain_world(customers=customers, products=_PRODUCTS, seed=seed)


def _straight():
    """Return a customer who goes along the chain from each product on, and what comes next."""
    first = np.arange(_PRODUCTS)
    rows = (first[:, None] + np.arange(4)) % _PRODUCTS
    asked = Histories.from_lists(rows.tolist(), n_items=_PRODUCTS, days=[[0.0, 1, 2, 3]] * _PRODUCTS)
    return asked, (first + 4) % _PRODUCTS


@pytest.fixture(scope="module")
def learnt():
    return SequenceModel(_SMALL).fit(_chain(), Items(_PRODUCTS))


def test_a_planted_chain_is_found(learnt):
    asked, right = _straight()
    assert (learnt.logits(asked).argmax(axis=1) == right).mean() > 0.9
    figures = [each["validation"] for each in learnt.learning]
    # One event in ten is drawn anywhere: nobody can foretell that one, nor what follows it alone.
    assert max(figures) > 0.7
    assert figures[0] < max(figures)


def test_the_dense_loss_foretells_what_comes_after_the_next(learnt):
    asked, right = _straight()
    meant = (right[:, None] + np.arange(3)) % _PRODUCTS
    best = np.argsort(np.where(asked.seen().toarray() > 0, np.inf, -learnt.logits(asked)), axis=1)[:, :3]
    assert (best[:, :, None] == meant[:, None]).any(axis=2).mean() > 0.8


def test_a_large_catalogue_is_compared_with_products_drawn():
    model = SequenceModel(replace(_SMALL, negatives=25, ahead=1)).fit(_chain(), Items(_PRODUCTS))
    asked, right = _straight()
    assert (model.logits(asked).argmax(axis=1) == right).mean() > 0.8


def test_later_events_never_change_what_was_made_of_earlier_ones(learnt):
    whole = [3, 4, 5, 9, 10, 2]
    for many in range(1, len(whole)):
        before = Histories.from_lists([whole[:many]], n_items=_PRODUCTS, days=[list(range(many))])
        after = Histories.from_lists([whole], n_items=_PRODUCTS, days=[list(range(len(whole)))])
        told = learnt.encode(before)
        assert np.allclose(_states(learnt, after)[many - 1], told[0], atol=1e-5)


def _states(model, one):
    """Run a single history and return what is made of each of its events."""
    from habitue.models.sequence.events import event_inputs
    from habitue.models.sequence.model import _waved
    from habitue.models.sequence.network import event_vectors, hidden_states

    batch = _waved({name: each[None] for name, each in event_inputs(Events(one)).items()})
    vectors = event_vectors(model.weights, batch, model.table[batch["items"]])
    return hidden_states(model.weights, vectors, np.zeros((1, one.items.size), int), model.settings)[0]


def test_packed_with_others_a_vector_is_the_same_as_alone(learnt):
    histories = _chain(customers=60, seed=3)
    together = learnt.encode(histories)
    alone = np.concatenate([learnt.encode(histories.take([row])) for row in range(60)])
    assert np.allclose(together, alone, atol=1e-5)
    backwards = learnt.encode(histories.take(np.arange(60)[::-1]))
    assert np.allclose(backwards[::-1], together, atol=1e-5)


def test_the_same_seed_gives_the_same_weights_and_another_one_others(learnt):
    again = SequenceModel(_SMALL).fit(_chain(), Items(_PRODUCTS))
    assert again.version == learnt.version
    short = replace(_SMALL, epochs=1)
    other = SequenceModel(short).fit(_chain(), Items(_PRODUCTS), seed=1)
    assert other.version != SequenceModel(short).fit(_chain(), Items(_PRODUCTS)).version


def test_saved_and_loaded_it_says_the_same(learnt, tmp_path):
    learnt.save(tmp_path)
    back = SequenceModel.load(tmp_path)
    histories = _chain(customers=20, seed=4)
    assert np.array_equal(back.encode(histories), learnt.encode(histories))
    assert back.version == learnt.version
    assert back.learning == learnt.learning


def test_who_did_nothing_has_zeros_and_who_did_much_counts_by_the_newest(learnt):
    many = np.random.default_rng(0).integers(_PRODUCTS, size=100_000)
    rows = [[], [7], many.tolist(), many[-50:].tolist()]
    vectors = learnt.encode(
        Histories.from_lists(rows, n_items=_PRODUCTS, days=[np.arange(len(row), dtype=float) for row in rows])
    )
    assert not vectors[0].any()
    assert vectors[1].any()
    assert np.allclose(vectors[2], vectors[3], atol=1e-5)


_KINDS = np.random.default_rng(0).integers(2, size=400)
_COLOUR = (np.arange(_PRODUCTS) % 2).astype(np.int32)


def _known(*, attributes=0, categories=0, vectors=0, prices=0):
    """Describe products by their colour in some of the ways, and by what says nothing in the others."""
    idle = (np.arange(_PRODUCTS) // 2 % 2).astype(np.int32)
    place = (np.arange(_PRODUCTS), _COLOUR if attributes else idle)
    table = sparse.csr_array((np.ones(_PRODUCTS, np.float32), place), shape=(_PRODUCTS, 2))
    told = np.eye(2, dtype=np.float32)[_COLOUR if vectors else idle]
    worth = 5 + 200.0 * (_COLOUR if prices else idle)
    return Items(_PRODUCTS, table, vectors=told, categories=_COLOUR if categories else idle, prices=worth)


def _happened(rows, *, actions=0, gaps=0, amounts=0):
    """Let the middle one of three events show a customer's kind in some of the ways, and be alike in the others."""
    told, place = np.repeat(_KINDS, 3), np.tile(np.arange(3), 400)
    told[place != 1] = 0
    days = [[0.0, 1.0 + gaps * 40 * kind, 100.0] for kind in _KINDS.tolist()]
    histories = Histories.from_lists(rows, n_items=_PRODUCTS, days=days)
    paid = np.where(place == 1, 5 + 95.0 * amounts * told, np.nan)
    return Events(histories, actions=actions * told, n_actions=2, amounts=paid)


@pytest.mark.parametrize("telling", ["actions", "gaps", "amounts", "nothing"])
def test_actions_gaps_and_amounts_say_something(telling):
    """What comes next is decided by one of them alone."""
    start = np.random.default_rng(1).integers(3, 20, size=400)
    rows = [[int(first), 20, 2 * int(kind)] for first, kind in zip(start, _KINDS, strict=True)]
    world = _happened(rows, **({} if telling == "nothing" else {telling: 1}))
    model = SequenceModel(replace(_SMALL, id_dropout=0.3, validation_share=0.0)).fit(world, _known())
    logits = model.logits(world.without_each(np.tile(np.arange(3), 400) == 2))
    right = ((logits[:, 2] > logits[:, 0]) == (_KINDS == 1)).mean()
    assert right < 0.7 if telling == "nothing" else right > 0.9


@pytest.mark.parametrize("telling", ["attributes", "categories", "vectors", "prices"])
def test_a_product_nobody_had_stands_by_what_is_known_of_it(telling):
    """Two colours never mix; products 38 and 39, one of each, were never seen."""
    draw = np.random.default_rng(1)
    rows = [draw.choice(np.arange(each % 2, _PRODUCTS - 2, 2), 3, replace=False).tolist() for each in range(400)]
    model = SequenceModel(replace(_SMALL, id_dropout=0.3, validation_share=0.0)).fit(
        _happened(rows), _known(**{telling: 1})
    )
    asked = Histories.from_lists([[1, 3, 5], [0, 2, 4]], n_items=_PRODUCTS)
    logits = model.logits(asked)
    assert logits[0, 39] > logits[1, 39]
    assert logits[0, 38] < logits[1, 38]


def test_untrained_weights_are_the_floor(learnt):
    floor = SequenceModel(replace(_SMALL, trained=False)).fit(_chain(), Items(_PRODUCTS))
    asked, right = _straight()
    assert (floor.logits(asked).argmax(axis=1) == right).mean() < 0.2
    assert floor.encode(asked).std() > 0
    assert floor.learning == []


def test_what_is_unknown_of_numbers_is_zero_and_the_rest_differs():
    waves = periodic([0.0, 1.0, 30.0, 365.0, np.nan])
    assert waves.shape == (5, 16)
    assert not waves[4].any()
    assert all(np.abs(waves[one] - waves[other]).max() > 0.1 for one in range(4) for other in range(one))


def test_attributes_are_the_rarest_and_their_squares_add_up_to_one():
    table = np.zeros((50, 20))
    table[:, 0] = 1
    table[3, :] = 1
    inputs = item_inputs(Items(50, attributes=sparse.csr_array(table)))
    weights = inputs["attribute_weights"]
    assert inputs["attributes"].shape == (50, 12)
    assert 1 not in inputs["attributes"][3]
    assert np.allclose((weights**2).sum(axis=1), 1)


def test_vectors_start_near_for_what_is_bought_near():
    draw = np.random.default_rng(2)
    rows = [draw.choice(np.arange(each % 2, _PRODUCTS, 2), 5, replace=False).tolist() for each in range(300)]
    vectors = nearby_vectors(Histories.from_lists(rows, n_items=_PRODUCTS), 2)
    near = vectors @ vectors.T
    same = (np.arange(_PRODUCTS)[:, None] - np.arange(_PRODUCTS)) % 2 == 0
    assert near[same].min() > near[~same].max()


def test_progress_is_told_after_each_round():
    heard = []
    SequenceModel(replace(_SMALL, epochs=2)).fit(_chain(customers=50), Items(_PRODUCTS), progress=heard.append)
    assert [each.number for each in heard] == [1, 2]
    assert all(each.loss > 0 and each.seconds > 0 for each in heard)


def test_it_stops_when_customers_kept_out_are_foretold_no_better():
    draw = np.random.default_rng(3)
    rows, days = draw.integers(_PRODUCTS, size=(100, 5)).tolist(), [[0.0, 1, 2, 3, 4]] * 100
    world = Histories.from_lists(rows, n_items=_PRODUCTS, days=days)
    model = SequenceModel(replace(_SMALL, epochs=40, patience=2)).fit(world, Items(_PRODUCTS))
    assert len(model.learning) < 40


def test_mistakes_are_told():
    with pytest.raises(ConfigError, match="heads"):
        Settings(width=10, heads=4)
    with pytest.raises(ConfigError, match="outside 0 to 1"):
        Settings(dropout=1.5)
    with pytest.raises(ConfigError, match="nothing to work with"):
        Settings(width=0)
    with pytest.raises(NotFitted):
        SequenceModel(_SMALL).encode(_chain())
    with pytest.raises(DataError, match="are described"):
        SequenceModel(_SMALL).fit(_chain(), Items(7))
    with pytest.raises(DataError, match="actions have the shape"):
        Events(_chain(), actions=np.zeros(3, int), n_actions=1)
    with pytest.raises(DataError, match="not among the 1"):
        Events(Histories.from_lists([[0]], n_items=1), actions=np.array([4]), n_actions=1)


def test_asking_for_other_products_is_told(learnt):
    with pytest.raises(DataError, match="events are of 5 products"):
        learnt.encode(Histories.from_lists([[0]], n_items=5))


def test_without_the_extra_it_says_what_to_install(monkeypatch, learnt):
    real = builtins.__import__

    def absent(name, *args, **kwargs):
        if name.split(".")[0] in {"jax", "optax"}:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    for name in [each for each in sys.modules if each == "habitue.models.sequence.training"]:
        monkeypatch.delitem(sys.modules, name)
        monkeypatch.delattr("habitue.models.sequence.training")
    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(MissingExtra, match=r"habitue\[large\]"):
        SequenceModel(_SMALL).fit(_chain(), Items(_PRODUCTS))
    assert learnt.encode(_chain(customers=3)).shape == (3, 16)
