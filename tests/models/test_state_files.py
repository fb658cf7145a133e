"""What a model knows comes back from its files to the last bit."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from habitue.errors import DataError
from habitue.models.state_files import read_state, write_state


def test_a_tree_comes_back_bit_for_bit(tmp_path):
    draw = np.random.default_rng(0)
    table = sparse.random_array((20, 30), density=0.2, rng=draw).astype(np.float32).tocsr()
    tree = {
        "plain": {"text": "茶", "none": None, "flag": True, "pi": 0.1 + 0.2, "odd": float("inf")},
        "list": [1, (2, np.float32(0.1))],
        "arrays": [draw.random((3, 4)), np.arange(5, dtype=np.int32), np.empty((0, 2)), np.array(["a", "bc"])],
        "table": table,
    }
    write_state(tmp_path / "deep", "model", tree)
    found = read_state(tmp_path / "deep", "model")
    assert found["plain"] == tree["plain"]
    assert found["list"] == [1, [2, np.float32(0.1)]]
    assert found["list"][1][1].dtype == np.float32
    for one, other in zip(found["arrays"], tree["arrays"], strict=True):
        assert one.dtype == other.dtype
        assert np.array_equal(one, other)
    for part in ("data", "indices", "indptr"):
        assert np.array_equal(getattr(found["table"], part), getattr(table, part))
    assert found["table"].dtype == np.float32


@pytest.mark.parametrize("wrong", [{"x": object()}, {1: 2}, {"x": np.array([None])}, {"__kind__": "array"}])
def test_what_cannot_be_written_is_refused(tmp_path, wrong):
    with pytest.raises(DataError):
        write_state(tmp_path, "model", wrong)


def test_damaged_files_are_told(tmp_path):
    with pytest.raises(DataError, match="does not hold the state model"):
        read_state(tmp_path, "model")
    write_state(tmp_path, "model", {"x": np.ones(3)})
    (tmp_path / "model.npz").write_bytes(b"PK broken")
    with pytest.raises(DataError):
        read_state(tmp_path, "model")
