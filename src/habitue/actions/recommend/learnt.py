"""What was learnt as of a moment: makers, the products they know, and the tables that speak of the past."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from habitue.actions.recommend.makers import Makers
from habitue.errors import DataError
from habitue.models.state_files import read_state, write_state

__all__ = ["Learnt"]

_FORM = 1
_TABLES = ("recommend_scores", "recommend_rules", "recommend_models", "outcomes")


@dataclass(frozen=True, eq=False)
class Learnt:
    """Everything that recommending needs.

    Attributes
    ----------
    at : datetime
        Nothing that happened then or later was read.
    products : tuple of str
        What the makers know, in their order.
    makers : Makers
    tables : mapping of str to Arrow table
        recommend_scores, recommend_rules, recommend_models, and ``outcomes``: what every strategy would have brought
        with each customer in the last days before the moment.
    """

    at: datetime
    products: tuple[str, ...]
    makers: Makers
    tables: Mapping[str, pa.Table]

    def save(self, folder: Path) -> None:
        """Write everything into a folder: JSON, arrays and Parquet."""
        write_state(folder, "makers", self.makers.state())
        for name, table in self.tables.items():
            pq.write_table(table, folder / f"{name}.parquet")
        plain = {"form": _FORM, "at": self.at.isoformat(), "products": list(self.products)}
        (folder / "learnt.json").write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote; it recommends exactly the same.

        Raises
        ------
        DataError
            The folder does not hold it, is damaged, or holds what another version wrote.
        """
        try:
            plain = json.loads((folder / "learnt.json").read_text(encoding="utf-8"))
            tables = {name: pq.read_table(folder / f"{name}.parquet") for name in _TABLES}
        except (OSError, ValueError) as error:
            raise DataError(f"{folder} does not hold what was learnt", hint="habitue run", path=folder) from error
        if plain["form"] != _FORM:
            raise DataError(f"{folder} was written by another version", hint="habitue run", path=folder)
        makers = Makers.from_state(read_state(folder, "makers"))
        return cls(datetime.fromisoformat(plain["at"]), tuple(plain["products"]), makers, tables)
