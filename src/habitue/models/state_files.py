"""What a model knows, as two files: plain values in JSON, arrays beside them; nothing is pickled.

A state is a tree of dicts and lists that ends in text, numbers, flags, nothing, arrays and sparse tables, as the
``state()`` of every model gives it. What is read back is the same, to the last bit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from scipy import sparse

from habitue.errors import DataError

__all__ = ["read_state", "write_state"]

_KIND = "__kind__"
_PLAIN = (str, int, float, bool, type(None))


def write_state(folder: Path, name: str, state: Any) -> None:
    """Write a state into ``name.json`` and ``name.npz``; the folder is made where it is not there.

    Parameters
    ----------
    folder : Path
    name : str
    state : tree of dicts, lists, plain values, arrays and sparse tables
        Keys of dicts are text.

    Raises
    ------
    DataError
        The tree holds something else.

    Examples
    --------
    >>> import tempfile
    >>> place = Path(tempfile.mkdtemp())
    >>> write_state(place, "model", {"k": 3, "table": sparse.csr_array(np.eye(2)), "rest": [1.5, None]})
    >>> again = read_state(place, "model")
    >>> again["rest"], again["table"].toarray().tolist()
    ([1.5, None], [[1.0, 0.0], [0.0, 1.0]])
    """
    arrays: dict[str, Any] = {}
    plain = _taken_apart(state, arrays, name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
    np.savez(folder / f"{name}.npz", allow_pickle=False, **arrays)


def read_state(folder: Path, name: str) -> Any:
    """Read what `write_state` wrote; tuples come back as lists, sparse tables as rows (CSR).

    Raises
    ------
    DataError
        The files are not there or damaged.
    """
    try:
        plain = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        with np.load(folder / f"{name}.npz", allow_pickle=False) as opened:
            arrays = {key: opened[key] for key in opened.files}
        return _put_together(plain, arrays)
    except (OSError, ValueError, KeyError, BadZipFile) as error:
        raise DataError(f"{folder} does not hold the state {name}", hint="habitue run", path=folder) from error


def _taken_apart(node: Any, arrays: dict[str, Any], where: str) -> Any:
    """Return a tree that JSON can hold, and put its arrays aside."""
    if type(node) in _PLAIN:
        return node
    if isinstance(node, Mapping):
        if _KIND in node or not all(isinstance(key, str) for key in node):
            raise DataError(f"the keys of {where} cannot be written down", expected=f"text, not {_KIND!r}")
        return {key: _taken_apart(value, arrays, f"{where}.{key}") for key, value in node.items()}
    if isinstance(node, (list, tuple)):
        return [_taken_apart(value, arrays, f"{where}[{place}]") for place, value in enumerate(node)]
    if sparse.issparse(node):
        table = sparse.csr_array(node)
        parts = [_aside(part, arrays) for part in (table.data, table.indices, table.indptr)]
        return {_KIND: "sparse", "parts": parts, "shape": [int(size) for size in table.shape]}
    if isinstance(node, (np.ndarray, np.generic)) and node.dtype.kind in "biufUM":
        return {_KIND: "array", "name": _aside(np.asarray(node), arrays)}
    raise DataError(f"{where} is {type(node).__name__}", expected="plain values, arrays and sparse tables")


def _aside(array: Any, arrays: dict[str, Any]) -> str:
    name = f"a{len(arrays)}"
    arrays[name] = array
    return name


def _put_together(node: Any, arrays: Mapping[str, Any]) -> Any:
    if isinstance(node, list):
        return [_put_together(value, arrays) for value in node]
    if not isinstance(node, dict):
        return node
    if node.get(_KIND) == "sparse":
        return sparse.csr_array(tuple(arrays[part] for part in node["parts"]), shape=tuple(node["shape"]))
    if node.get(_KIND) == "array":
        found = arrays[node["name"]]
        return found[()] if found.ndim == 0 else found
    return {key: _put_together(value, arrays) for key, value in node.items()}
