"""The behaviour model as a maker of candidates keeps the contract of all makers."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from habitue.models.recommend.histories import Histories
from habitue.models.recommend.maker import Items
from habitue.models.recommend.testing import chain_world, check_maker
from habitue.models.sequence.maker import Transformer
from habitue.models.sequence.settings import Settings

pytest.importorskip("jax")

_SMALL = Settings(width=16, length=12, dropout=0.1, epochs=10, rate=1e-2, ahead=3, ahead_share=0.3, ahead_places=1e6)


def test_it_keeps_the_contract():
    check_maker(lambda: Transformer(_SMALL))


def test_reasons_are_the_events_without_which_the_score_falls():
    """In a chain the next product comes from the newest one."""
    world = chain_world(customers=300, products=40)
    maker = Transformer(replace(_SMALL, warm=False)).fit(world, Items(40))
    some = world.take(np.arange(40))
    told = maker.reasons(some, ((some.newest() + 1) % 40).astype(np.int32))
    newest = [shares[0].place == many - 1 for shares, many in zip(told, some.lengths, strict=True) if shares]
    assert len(newest) > 30
    assert np.mean(newest) > 0.7
    assert all(sum(share.share for share in shares) == pytest.approx(1) for shares in told if shares)
    nothing = Histories.from_lists([[], [4]], n_items=40, days=[[], [0.0]])
    assert maker.reasons(nothing, np.array([3, -1], np.int32)) == [[], []]


def test_a_maker_that_learnt_nothing_says_nothing():
    maker = Transformer(_SMALL)
    world = Histories.from_lists([[0, 1], []], n_items=4)
    assert not maker.scores(world).any()
    assert maker.candidates(world, 2).items.tolist() == [[-1, -1], [-1, -1]]
    assert not Transformer.from_state(maker.state()).scores(world).any()


def test_importing_it_does_not_import_jax():
    code = "import sys, habitue.models.sequence; sys.exit('jax' in sys.modules or 'optax' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
