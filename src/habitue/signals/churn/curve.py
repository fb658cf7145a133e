"""How long customers wait for their next order: a curve told from inputs and moved by the course of the year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from habitue.models.survival import HazardModel, curve_at_days
from habitue.models.tabular import Encoder
from habitue.signals.churn.season import Season, ages_of

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["EDGES", "Curve", "learn_curve"]

Floats = npt.NDArray[np.float64]

EDGES = (10.0, 20.0, 30.0, 45.0, 60.0, 90.0, 120.0, 180.0)

_PART_ROWS = 50_000
_MOST_WAITS = 8_000  # rows from which the curve is learnt; it shares everything with the model of the question
_JOINED_DAYS = 60.0  # customers who first bought later than this after the records begin are surely new
_JOINED = "joined_after_days"
_FEWEST_EVENTS = 10


@dataclass(frozen=True)
class Curve:
    """How long customers wait, told from inputs.

    Attributes
    ----------
    encoder : Encoder
    hazard : HazardModel
    learnt_at : datetime
    season : Season
        Seen from then.
    ages, counts : arrays
        How many days before then the customers learnt from were asked about, and how many at each of these moments.
    """

    encoder: Encoder
    hazard: HazardModel
    learnt_at: datetime
    season: Season
    ages: Floats
    counts: Floats

    @property
    def days(self) -> Floats:
        """The ends of the periods."""
        return self.hazard.edges_days

    def ratios(self, as_of: datetime) -> Floats:
        """Return how busy each period ahead is, against those learnt from."""
        later = (as_of - self.learnt_at) / timedelta(days=1)
        begins = np.append(0.0, self.days[:-1])
        each = zip(begins, self.days, strict=True)
        ages = self.ages.tolist()
        return np.array([self.season.ratio(*both, ages, self.counts, later_days=later) for both in each])

    def survival(self, frame: pd.DataFrame, as_of: datetime) -> tuple[Floats, Floats]:
        """Return the chance of no order by each edge, shape (n, periods): without season and joining, and with both."""
        inputs, ratios = _with_joining(frame), self.ratios(as_of)
        joined = [place for place, name in enumerate(self.encoder.names) if name == _JOINED]
        plain, told = np.empty((2, len(inputs), self.days.size))
        for start in range(0, len(inputs), _PART_ROWS):
            rows = slice(start, start + _PART_ROWS)
            x = self.encoder.transform(inputs[rows])
            steps = np.diff(np.log(self._survival(x)), axis=1, prepend=0.0)
            told[rows] = np.exp(np.cumsum(steps * ratios, axis=1))
            x[:, joined] = np.nan
            plain[rows] = self._survival(x)
        return plain, told

    def at(self, survival: Floats, day: float) -> Floats:
        """Read curves at one day."""
        return curve_at_days(survival, self.days, [day])[:, 0]

    def _survival(self, x: Floats) -> Floats:
        return np.clip(self.hazard.survival(x, summed=True), 1e-12, 1.0)

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {
            "encoder": self.encoder.state(),
            "hazard": self.hazard.state(),
            "learnt_at": self.learnt_at.isoformat(),
            "waves": self.season.waves.tolist(),
            "ages": self.ages.tolist(),
            "counts": self.counts.tolist(),
        }

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Read a curve back."""
        waves, ages, counts = (np.array(state[name], dtype=np.float64) for name in ("waves", "ages", "counts"))
        encoder, hazard = Encoder.from_state(state["encoder"]), HazardModel.from_state(state["hazard"])
        return cls(encoder, hazard, datetime.fromisoformat(state["learnt_at"]), Season(waves), ages, counts)


def learn_curve(shop: Shop, as_of: datetime, horizon_days: int, frames: Sequence[pd.DataFrame]) -> Curve | None:
    """Learn how long customers wait from those asked about before a moment, watched until then.

    Parameters
    ----------
    shop : Shop
        Or the share of it that the customers are of.
    as_of : datetime
    horizon_days : int
    frames : sequence of DataFrame
        customer_id, as_of and inputs.

    Returns
    -------
    Curve or None
        None where nobody was asked about.
    """
    some = [each for each in frames if len(each)]
    if not some:
        return None
    rows = pd.concat(some, ignore_index=True)
    if len(rows) > _MOST_WAITS:
        kept = np.sort(np.random.default_rng(0).choice(len(rows), _MOST_WAITS, replace=False))
        rows = rows.iloc[kept].reset_index(drop=True)
    days, came = _waits(shop, as_of, rows)
    inputs = _with_joining(rows).drop(columns=["customer_id", "as_of"])
    encoder = Encoder.fit(inputs)
    hazard = HazardModel.fit(
        encoder.transform(inputs), days, came, edges_days=np.unique([*EDGES, float(horizon_days)]),
        groups=pd.factorize(rows["customer_id"])[0], learner="ridge" if came.sum() >= _FEWEST_EVENTS else "even",
    )  # fmt: skip
    counts = rows.groupby("as_of").size()
    ages = ages_of([moment.to_pydatetime() for moment in counts.index], as_of)
    asked: Floats = np.asarray(counts.to_numpy(), dtype=np.float64)
    return Curve(encoder, hazard, as_of, Season.of(shop, as_of), np.array(ages), asked)


def _with_joining(frame: pd.DataFrame) -> pd.DataFrame:
    """Tell customers who were there when the records begin, whose past is cut off, from those who joined since.

    Only the curve asks: it also learns from the newest weeks, in which both kinds are about.
    """
    tenure = frame["tenure_days"].to_numpy(dtype=np.float64)
    begun = pd.Series(tenure).groupby(frame["as_of"].to_numpy()).transform("max").to_numpy()
    return frame.assign(**{_JOINED: np.minimum(begun - tenure, _JOINED_DAYS)})


def _waits(shop: Shop, as_of: datetime, rows: pd.DataFrame) -> tuple[Floats, Floats]:
    """Return the days from each row's moment to the next purchase, or to ``as_of``, and whether one came."""
    people = shop.engine.from_arrow(pa.table({"customer_id": pa.array(rows["customer_id"].unique(), pa.string())}))
    lines = shop.at(as_of).purchases.select("customer_id", "ordered_at").semi_join(people, "customer_id").distinct()
    bought = shop.engine.to_arrow(lines).to_pandas().sort_values(["ordered_at", "customer_id"], kind="stable")
    asked_rows = rows[["customer_id", "as_of"]].assign(row=np.arange(len(rows))).sort_values("as_of", kind="stable")
    asked_rows["as_of"] = asked_rows["as_of"].astype(bought["ordered_at"].dtype)
    found = pd.merge_asof(
        asked_rows, bought, left_on="as_of", right_on="ordered_at", by="customer_id", direction="forward"
    ).sort_values("row")
    came = found["ordered_at"].notna().to_numpy()
    until = found["ordered_at"].fillna(pd.Timestamp(as_of))
    days = (until - found["as_of"]).dt.total_seconds().to_numpy() / 86_400
    return np.maximum(days, 0.0), came.astype(np.float64)
