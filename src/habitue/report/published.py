"""What one run published, as frames without the reasons, and the reasons of single customers in words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from habitue.errors import LedgerError
from habitue.report.naming import prediction_reason
from habitue.schema import Words
from habitue.tasks import reasons_of

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Published", "said_reasons"]

_NOTHING = Words("", "")
_LARGE = ("reasons", "state")


class Published:
    """Reads the tables that look from exactly one moment.

    Parameters
    ----------
    shop : Shop
    moment : datetime
    """

    def __init__(self, shop: Shop, moment: datetime) -> None:
        self._shop = shop
        self._moment = moment

    def table(self, name: str, columns: Sequence[str] | None = None) -> Any:
        """Return an Arrow table, or some columns of it; None where the run did not make it."""
        try:
            found = self._shop.ledger.latest(name, self._moment)
        except LedgerError:
            return None
        # A run with `only` left it out: an older picture would not fit the rest.
        if found.as_of != self._moment:
            return None
        return found.to_arrow() if columns is None else pq.ParquetFile(found.path).read(columns=list(columns))

    def skipped(self, area: str) -> str:
        """Return why the newest run as of the moment left an area out; empty where it did not."""
        runs = [each for each in self._shop.ledger.runs() if each.as_of == self._moment]
        return runs[-1].skipped.get(area, "") if runs else ""

    def frame(self, name: str) -> pd.DataFrame | None:
        """Return a table, without reasons and states of models; None where the run did not make it."""
        table = self.table(name)
        if table is None:
            return None
        # Lists of reasons are large as Python objects, and only a few of them are shown.
        kept = [column for column in table.column_names if column not in _LARGE]
        frame: pd.DataFrame = table.select(kept).to_pandas()
        return frame

    def reasons(self, name: str, customers: Sequence[str]) -> dict[str, Words]:
        """Return the reasons of some customers in words."""
        table = self.table(name)
        if table is None or "reasons" not in table.column_names:
            return dict.fromkeys(customers, _NOTHING)
        found = table.filter(pc.is_in(table["customer_id"], value_set=pa.array(customers, pa.string())))
        said = {
            row["customer_id"]: said_reasons(row["reasons"])
            for row in found.select(["customer_id", "reasons"]).to_pylist()
        }
        return {customer: said.get(customer, _NOTHING) for customer in customers}


def said_reasons(cell: Any, most: int = 3) -> Words:
    """Say the reasons of a row in one sentence, the strongest first."""
    said = [prediction_reason(each) for each in reasons_of(cell)[:most]]
    return Words("; ".join(each.en for each in said), "；".join(each.zh for each in said))
