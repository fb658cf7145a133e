"""EASE and its sequential closed form against matrices inverted outright, and the rules of all makers."""

import numpy as np
import pytest

from habitue.errors import ConfigError
from habitue.models.recommend.histories import Histories
from habitue.models.recommend.linear import Ease, SequentialEase
from habitue.models.recommend.maker import Items
from habitue.models.recommend.testing import chain_world, check_maker

BOTH = (Ease, SequentialEase)


@pytest.mark.parametrize("maker", BOTH)
def test_linear_makers_keep_the_rules_of_makers(maker):
    check_maker(maker)


def test_other_settings_keep_the_rules_too():
    check_maker(lambda: Ease(places=None, ridge=5.0, nearest=15))
    check_maker(lambda: SequentialEase(trend=-0.2, window_days=2.0, reach=5, places=None, nearest=15))


@pytest.mark.parametrize("block", [7, 1024])
def test_ease_is_the_published_closed_form(monkeypatch, block):
    monkeypatch.setattr("habitue.models.recommend.linear._BLOCK", block)
    world = chain_world()
    seen = world.seen().toarray().astype(np.float64)
    inverse = np.linalg.inv(seen.T @ seen + 3.0 * np.eye(world.n_items))
    expected = -inverse / np.diag(inverse)
    np.fill_diagonal(expected, 0)
    maker = Ease(ridge=3.0).fit(world, Items(world.n_items))
    assert np.allclose(maker.lists.toarray(), expected, atol=1e-4)
    presence = world.decayed(4.0).toarray()
    assert np.allclose(maker.scores(world), presence @ expected, atol=1e-3)


@pytest.mark.parametrize("block", [7, 1024])
def test_the_sequential_form_is_ridge_regression_of_every_step(monkeypatch, block):
    monkeypatch.setattr("habitue.models.recommend.linear._BLOCK", block)
    world = Histories.from_lists([[0, 1, 0, 2], [2, 3, 3], [1, 0, 3], [4]], n_items=6)
    sources, targets = [], []
    for number in range(len(world)):
        row = world.row(number)
        for step in range(1, row.size):
            source, target = np.zeros(6), np.zeros(6)
            for place in range(max(0, step - 2), step):  # the newest place of a product overwrites older ones
                source[row[place]] = max(np.exp(-(step - place - 1) / 2.0), 0.7)
            target[row[step]] = 1
            sources.append(source)
            targets.append(target)
    source, target = np.array(sources), np.array(targets)
    expected = np.linalg.solve(source.T @ source + 2.0 * np.eye(6), source.T @ target)
    maker = SequentialEase(ridge=2.0, gap_places=2.0, floor=0.7, reach=2).fit(world, Items(6))
    assert np.allclose(maker.lists.toarray(), expected, atol=1e-5)


def test_sales_are_counted_in_a_window_of_time():
    world = Histories.from_lists([[0, 1, 0], [0]], n_items=2, days=[[0.0, 5.0, 11.0], [2.0]])
    maker = SequentialEase(trend=-1.0, window_days=10.0)
    # product 0 has been bought once by day 0, twice within 10 days of day 11 (day 2 and itself), twice by day 2
    assert maker._weights(world).tolist() == pytest.approx([1.0, 1.0, 0.5, 0.5])
    without = Histories(world.starts, world.items, 2)
    assert maker._weights(without).tolist() == pytest.approx([1 / 3, 1.0, 1 / 3, 1 / 3])


def test_order_is_what_the_sequential_form_knows_more():
    world = chain_world()
    asked = Histories.from_lists([[product] for product in range(world.n_items)], n_items=world.n_items)
    right = [
        (maker().fit(world, Items(world.n_items)).candidates(asked, 1).items[:, 0] == (np.arange(40) + 1) % 40).mean()
        for maker in (SequentialEase, Ease)
    ]
    assert right[0] > 0.95
    assert right[1] < 0.8


def test_only_the_weights_furthest_from_nothing_are_kept():
    world = chain_world()
    whole = Ease(ridge=3.0).fit(world, Items(world.n_items)).lists.toarray()
    kept = Ease(ridge=3.0, nearest=5).fit(world, Items(world.n_items)).lists.toarray()
    assert ((kept != 0).sum(axis=1) == 5).all()
    assert (np.sort(np.abs(kept), axis=1)[:, -5:] == np.sort(np.abs(whole), axis=1)[:, -5:]).all()
    assert (kept < 0).any()


@pytest.mark.parametrize("maker", BOTH)
def test_large_shops_are_refused_before_memory_is_taken(monkeypatch, maker):
    world = Histories.from_lists([list(range(20_001))], n_items=30_000)
    assert not maker.can_fit(world)
    with pytest.raises(ConfigError, match=r"20,001"):
        maker().fit(world, Items(30_000))
    few = Histories.from_lists([[0, 29_999]] * 3, n_items=30_000)  # only what was bought takes room
    assert maker.can_fit(few)
    assert maker(ridge=1.0).fit(few, Items(30_000)).lists[0, 29_999] > 0


def test_a_ridge_of_nothing_is_refused():
    with pytest.raises(ConfigError, match="ridge"):
        Ease(ridge=0.0).fit(chain_world(), Items(40))
