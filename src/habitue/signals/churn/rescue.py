"""Whether a rescue is worth its cost: expected profit of an offer, customer by customer and for the whole shop.

A customer is worth rescuing when the offer is likely to bring orders that would not have come, of enough value to pay
for the contact and for the discount that those who would have come anyway take as well. Neither a high nor a low chance
of leaving settles that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from habitue.errors import NotEnoughData
from habitue.models.uplift import OfferResponse, Response
from habitue.signals.churn.spec import PROFIT, SUMMARY, Costs
from habitue.signals.churn.training import customers_of
from habitue.signals.churn.trials import RESPONSE_INPUTS, coupon_habits, read_trial

if TYPE_CHECKING:
    from habitue.data.shop import Shop
    from habitue.tasks import Task

__all__ = ["Outlay", "Rescue", "Shown", "learn_response", "plan_rescue", "profit_curve", "profit_summary"]

Floats = npt.NDArray[np.float64]

_DRAWS = 100
_LOW, _HIGH = 10.0, 90.0  # per cent: intervals hold 80 %
_POINTS = 101
_MOST_TRIED = 50_000  # customers whose contacts show what an offer changes
_BLOCK = 20_000  # customers of whom all draws are in memory at a time

# Without an experiment: half of the customers who would have ordered anyway use the offer, and the assumed response
# may as well be half or twice as strong.
_ANYWAY = 0.5
_DOUBT = np.log(2.0) / 1.2816


@dataclass(frozen=True)
class Shown:
    """What the shop's experiments show: the response to an offer, told from inputs.

    Attributes
    ----------
    response : OfferResponse
    names : tuple of str
        The inputs.
    with_offer : bool
        Whether the contact carries a discount.
    """

    response: OfferResponse
    names: tuple[str, ...]
    with_offer: bool

    def state(self) -> dict[str, Any]:
        """Return everything as plain data."""
        return {"response": self.response.state(), "names": list(self.names), "with_offer": self.with_offer}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Self:
        """Read it back."""
        return cls(OfferResponse.from_state(state["response"]), tuple(state["names"]), bool(state["with_offer"]))


@dataclass(frozen=True)
class Outlay:
    """What an offer to each customer brings and costs.

    Attributes
    ----------
    gain : array of shape (n,)
        Expected profit of making the offer over not making it.
    cost : array of shape (n,)
        Contact and discount, in expectation.
    """

    gain: Floats
    cost: Floats


@dataclass(frozen=True)
class Rescue:
    """The offer judged for every customer.

    Attributes
    ----------
    outlay : Outlay
    interval : pair of arrays of shape (n,)
        Ends of the 80 % interval of each gain, given what the response leaves open.
    profits : array of shape (draws, points)
        Profits that are possible as well when the offer goes to a growing share of customers.
    order : array of shape (n,)
        Rows by gain, the largest first.
    costs : Costs
    evidence : {"experiment", "assumption"}
    with_offer : bool
        Whether the contact carries a discount.
    response : OfferResponse, optional
    """

    outlay: Outlay
    interval: tuple[Floats, Floats]
    profits: Floats
    order: npt.NDArray[np.int64]
    costs: Costs
    evidence: str
    with_offer: bool = True
    response: OfferResponse | None = field(default=None, repr=False)

    @property
    def worth_it(self) -> npt.NDArray[np.bool_]:
        """Say whom to make the offer: those of whom a profit is expected."""
        flags: npt.NDArray[np.bool_] = self.outlay.gain > 0
        return flags


def plan_rescue(
    shop: Shop,
    as_of: datetime,
    frame: pd.DataFrame,
    curve: tuple[Floats, Floats],
    *,
    shown: Shown | None,
    worth: Floats,
) -> Rescue:
    """Judge an offer for every customer.

    Parameters
    ----------
    shop : Shop
    as_of : datetime
        When the offer would be made.
    frame : DataFrame
        customer_id and inputs as of that moment.
    curve : pair of arrays, shapes (days,) and (n, days)
        Days, and the chance of no order by then; used without an experiment.
    shown : Shown, optional
        What the shop's experiments show.
    worth : array of shape (n,)
        What an order of each is worth.
    """
    costs = Costs.of(shop)
    if shown is None:
        told = _assumed(frame, curve, costs)
        rng = np.random.default_rng(0)
        strengths = np.exp(_DOUBT * rng.normal(size=_DRAWS))

        def assumed(rows: slice) -> Iterator[Response]:
            base, anyway, lift = told.base[rows], told.anyway[rows], told.lift[rows]
            return (Response(base, anyway, lift * each) for each in strengths)

        return _judged(told, assumed, worth, costs, "assumption")
    x = _inputs(pd.concat([frame, coupon_habits(shop, as_of, frame)], axis=1), shown.names)
    response = shown.response
    told = response.predict(x)

    def drawn(rows: slice) -> Iterator[Response]:
        return iter(response.draws(x[rows], _DRAWS))

    return _judged(told, drawn, worth, costs, "experiment", with_offer=shown.with_offer, response=response)


def outlay_of(told: Response, worth: Floats, costs: Costs, *, with_offer: bool = True) -> Outlay:
    """Work out gain and cost from a response and order values."""
    discount = costs.offer_share * told.used if with_offer else np.zeros(worth.size)
    cost = worth * discount + costs.contact_cost
    return Outlay(worth * costs.gross_margin * told.extra - cost, cost)


def profit_curve(rescue: Rescue) -> pa.Table:
    """Add up expected profit when the offer goes to a growing share of customers, the most worthwhile first."""
    gains = rescue.outlay.gain[rescue.order]
    if not gains.size:
        return PROFIT.empty_table()
    shares = np.linspace(0.0, 1.0, _POINTS)
    count = _counts(gains.size)
    profit = np.append(0.0, np.cumsum(gains))[count]
    low, high = np.percentile(rescue.profits, [_LOW, _HIGH], axis=0)
    columns = [shares, profit, np.minimum(low, profit), np.maximum(high, profit)]
    return pa.table(dict(zip(PROFIT.names, columns, strict=True)), schema=PROFIT)


def profit_summary(rescue: Rescue) -> pa.Table:
    """Say which share to treat and what that gains over treating everybody and nobody."""
    gain, costs = rescue.outlay.gain, rescue.costs
    best = float(gain[rescue.worth_it].sum())
    everybody = float(gain.sum())
    row = {
        "best_share": float(rescue.worth_it.mean()) if gain.size else 0.0,
        "best_profit": best,
        "treat_all_profit": everybody,
        "treat_none_profit": 0.0,
        "gain_over_all": best - everybody,
        "gain_over_none": best,
        "contact_cost": costs.contact_cost,
        "offer_share": costs.offer_share if rescue.with_offer else 0.0,
        "gross_margin": costs.gross_margin,
        "offer": f"{costs.offer_share:.0%}" if rescue.with_offer else "message",
        "response_source": rescue.evidence,
        "evidence": rescue.evidence,
    }
    return pa.Table.from_pylist([row], schema=SUMMARY)


def _judged(
    told: Response, drawn: Callable[[slice], Iterator[Response]], worth: Floats, costs: Costs, evidence: str, *,
    with_offer: bool = True, response: OfferResponse | None = None,
) -> Rescue:  # fmt: skip
    outlay = outlay_of(told, worth, costs, with_offer=with_offer)
    order = np.argsort(-outlay.gain, kind="stable")
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    # Between which two points of the curve each customer comes in.
    step = np.searchsorted(_counts(order.size), place, side="right")
    low, high, steps = np.empty(worth.size), np.empty(worth.size), np.zeros((_DRAWS, _POINTS + 1))
    for start in range(0, worth.size, _BLOCK):
        rows = slice(start, start + _BLOCK)
        gains = np.stack([outlay_of(each, worth[rows], costs, with_offer=with_offer).gain for each in drawn(rows)])
        low[rows], high[rows] = np.percentile(gains, [_LOW, _HIGH], axis=0)
        steps += [np.bincount(step[rows], each, minlength=_POINTS + 1) for each in gains]
    ends = np.minimum(low, outlay.gain), np.maximum(high, outlay.gain)
    profits = np.cumsum(steps[:, :_POINTS], axis=1)
    return Rescue(outlay, ends, profits, order, costs, evidence, with_offer, response)


def _counts(customers: int) -> npt.NDArray[np.int64]:
    """Return how many customers each point of the profit curve takes."""
    return np.round(np.linspace(0.0, 1.0, _POINTS) * customers).astype(np.int64)


def learn_response(shop: Shop, as_of: datetime, task: Task) -> Shown | None:
    """Learn the response from the shop's own experiments; None where they cannot show one."""
    known = shop.at(as_of)
    if not any(known.has(name) and known.gives(name, "arm") for name in ("coupons", "messages")):
        return None
    some = shop.sampled(_MOST_TRIED / max(customers_of(shop, as_of), 1))
    trial = read_trial(some, as_of, task, Costs.of(shop))
    if trial is None:
        return None
    numbers = trial.frame.select_dtypes("number")
    names = tuple(name for name in numbers.columns if numbers[name].min() < numbers[name].max())
    columns = [names.index(name) for name in RESPONSE_INPUTS if name in names]
    try:
        found = OfferResponse.fit(
            _inputs(trial.frame, names), trial.orders, trial.used, trial.dose,
            columns=columns, weight=trial.weight, groups=trial.frame["customer_id"].to_numpy(dtype=str),
        )  # fmt: skip
    except NotEnoughData:
        return None
    return Shown(found, names, trial.with_offer)


def _inputs(frame: pd.DataFrame, names: Sequence[str]) -> Floats:
    return np.column_stack([frame[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in names])


def _read_at(day: float, days: Floats, no_order: Floats) -> Floats:
    """Read all curves at one day, straight between their points, as they end beyond them."""
    corner, curve = np.append(0.0, days), np.hstack([np.ones((len(no_order), 1)), no_order])
    if day >= corner[-1]:
        return curve[:, -1]
    at = int(np.searchsorted(corner, day, side="right")) - 1
    slope = (curve[:, at + 1] - curve[:, at]) / (corner[at + 1] - corner[at])
    return np.asarray(slope * (day - corner[at]) + curve[:, at], dtype=np.float64)


def _assumed(frame: pd.DataFrame, curve: tuple[Floats, Floats], costs: Costs) -> Response:
    """Suppose that the offer adds a share of the orders that a customer who is still there is used to place.

    Those who are gone do not respond, and those who are about to come anyway mostly take the discount.
    """
    days, no_order = curve
    coming = 1 - _read_at(costs.offer_days, days, no_order)
    base = -np.log1p(-np.clip(coming.reshape(len(frame)), 0.0, 0.999))
    still_there = 1 - no_order[:, -1]
    gap = frame["mean_gap_days"].to_numpy(dtype=np.float64, na_value=np.nan)
    usual = np.nanmedian(gap) if np.isfinite(gap).any() else float(days[-1])
    used_to = costs.offer_days / np.maximum(np.where(np.isfinite(gap), gap, usual), 1.0)
    extra = costs.response_share * np.minimum(used_to, 1.0) * still_there
    safe = np.maximum(base, 1e-9)
    return Response(safe, np.full(len(frame), _ANYWAY), extra / safe)
