"""What is true about a simulated shop, as tables, and what a perfect model would predict."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from habitue.data.simulate.acquisition import ACQUISITION_CHANNELS, PAID_CHANNELS
from habitue.data.simulate.adverts import ARMS, click_chances
from habitue.data.simulate.baskets import bound_share
from habitue.data.simulate.calendar import MARKETS
from habitue.data.simulate.categories import CATEGORIES
from habitue.data.simulate.contact import COUPON_DAYS, MESSAGE_DAYS
from habitue.data.simulate.core import Core
from habitue.data.simulate.customers import FRAUD_KINDS
from habitue.data.simulate.known import known_people
from habitue.data.simulate.opinions import ASPECTS, draw_reviews
from habitue.data.simulate.plan import Ints
from habitue.data.simulate.purchasing import CAUSES
from habitue.data.simulate.rescue import RescueCosts, true_rescue
from habitue.data.simulate.scores import true_scores
from habitue.data.simulate.segments import SEGMENTS
from habitue.data.simulate.selling import Sales, customer_ids, order_ids
from habitue.data.simulate.typed import numbered, picked, plain
from habitue.data.simulate.wares import Wares

__all__ = ["ROWS_SCHEMA", "Truth"]

#: ``truth.rows``: which rows are spoilt, how, and the text a CSV shows in a column instead of the value.
ROWS_SCHEMA = pa.schema([
    ("table", pa.string()), ("row", pa.int64()), ("kind", pa.string()), ("column", pa.string()), ("text", pa.string()),
])  # fmt: skip


class Truth:
    """The numbers behind a simulated shop; every property is an Arrow table.

    Parameters
    ----------
    sales, wares : Sales, Wares
        What happened, and how the products are called.
    rows : pyarrow.Table
        The spoilt rows; ``row`` counts from 1.
    """

    def __init__(self, sales: Sales, wares: Wares, rows: Any) -> None:
        self._sales, self._wares = sales, wares
        self.rows = rows

    @property
    def _core(self) -> Core:
        return self._sales.core

    def true_scores(self, as_of: datetime, horizon_days: int) -> Any:
        """Say what a perfect model would: alive, expected_orders and order_probability of every customer.

        Parameters
        ----------
        as_of : datetime
            Customers signed up before this moment.
        horizon_days : int
            Days looked ahead; at most two weeks past the last day of the tables.
        """
        return true_scores(self._core, as_of, horizon_days)

    def expected_orders(self, customer_id: str, begin: datetime, end: datetime) -> float:
        """Say how many orders a customer was truly to be expected to place between two moments."""
        scores = self.true_scores(begin, max(round((end - begin).total_seconds() / 86_400), 1))
        ids = scores["customer_id"].to_pylist()
        return float(scores["expected_orders"][ids.index(customer_id)].as_py()) if customer_id in ids else 0.0

    def rescue(
        self,
        as_of: datetime,
        *,
        horizon_days: int = 90,
        offer_share: float = 0.20,
        gross_margin: float = 0.40,
        contact_cost: float = 0.25,
    ) -> Any:
        """Say what a coupon sent to each customer at a moment would truly bring and cost.

        Parameters
        ----------
        as_of : datetime
            When the coupon is sent; it is valid for twelve days, as the shop's coupons are.
        horizon_days : int
            Days over which orders are counted.
        offer_share : float
            Share taken off one order; the shop itself has tried .10 and .20.
        gross_margin : float
            Share of an order's value, before the coupon, that is left after the cost of the goods; the default of
            shop.toml.
        contact_cost : float
            What reaching one customer costs, in the shop's money. A rescue is no newsletter, of which a thousand cost
            a few coins: .25 stands for a text message or an advert shown to one customer, plus the patience that a
            further contact uses up.

        Returns
        -------
        pyarrow.Table
            One row per customer with an order before ``as_of``: customer_id, expected_orders and order_probability
            without the coupon, extra_orders by it, redeemed_orders (orders, extra ones among them, from which it is
            taken off; at most one), order_value (of this customer's orders over the whole span, drawn towards the mean
            of the latent segment) and true_gain (expected profit of treating over not treating).

        Raises
        ------
        ConfigError
            When the horizon reaches past the span, or a cost makes no sense.
        """
        return true_rescue(self._core, as_of, horizon_days, RescueCosts(offer_share, gross_margin, contact_cost))

    @cached_property
    def segments(self) -> Any:
        """The latent segments and their mean rates per day."""
        return pa.table({
            "segment": [each.code for each in SEGMENTS],
            "en": [each.name.en for each in SEGMENTS],
            "zh": [each.name.zh for each in SEGMENTS],
            "share": [each.share for each in SEGMENTS],
            "purchase_rate": [each.order_rate for each in SEGMENTS],
            "regularity": [each.regularity for each in SEGMENTS],
            "dropout_rate": [each.dropout_rate for each in SEGMENTS],
        })  # fmt: skip

    @cached_property
    def customers(self) -> Any:
        """Segment, rates per day, drop-out, sensitivities, tastes and honesty of each customer."""
        core, person = self._core, known_people(self._core)
        people = core.people
        gone = np.where(core.gone < core.world.plan.days, core.gone, np.inf)[person]
        names = np.array([each.code for each in CATEGORIES], dtype=object)
        return plain({
            "customer_id": customer_ids(core, person),
            "segment": picked([each.code for each in SEGMENTS], people.segment[person]),
            "purchase_rate": people.order_rate[person],
            "regularity": people.regularity[person],
            "dropout_rate": people.dropout_rate[person],
            "dropped_out_at": core.world.instants(gone, people.market[person]),
            "driven_away": core.gone[person] < people.leaves[person],
            "late_delivery_dropout": people.late_dropout[person],
            "price_sensitivity": people.price_sensitivity[person],
            "discount_sensitivity": people.discount_sensitivity[person],
            "favourite_categories": pa.array(names[people.favourite[person]].tolist(), type=pa.list_(pa.string())),
            "orders_on_sign_up": people.orders_first[person],
            "market": picked(MARKETS, people.market[person]),
            "is_fraudster": people.fraud[person] > 0,
            "fraud_kind": self._fraud(people.fraud[person]),
        })  # fmt: skip

    @cached_property
    def products(self) -> Any:
        """Elasticity, demand weight within the category, quality, substitute and complement of each product.

        ``choice_elasticity`` is the power to which a price works on the product's weight where customers choose;
        ``elasticity`` is what is left of it in all sales, habit and the product's own share taken off.
        """
        catalogue, wares = self._core.world.catalogue, self._wares
        sums = np.bincount(catalogue.category, catalogue.popularity)
        share = catalogue.popularity / sums[catalogue.category]
        free = (1 - bound_share()[catalogue.category]) * (1 - share)
        return plain({
            "product_id": wares.ids,
            "category": picked([each.code for each in CATEGORIES], catalogue.category),
            "elasticity": catalogue.elasticity * free,
            "choice_elasticity": catalogue.elasticity,
            "base_demand": share,
            "quality": catalogue.quality[:, 0],
            "substitute_id": picked(wares.ids, catalogue.substitute),
            "complement_id": picked(wares.ids, catalogue.complement),
            "complement_strength": catalogue.complement_strength,
        })  # fmt: skip

    @cached_property
    def prices(self) -> Any:
        """List price and share off of every product on every day on which it is sold."""
        world = self._core.world
        day, product = np.nonzero(world.catalogue.available[: world.plan.days])
        return plain({
            "day": self._days(day),
            "product_id": picked(self._wares.ids, product),
            "list_price": world.catalogue.list_price[day, product],
            "promotion": world.catalogue.promotion[day, product],
        })  # fmt: skip

    @cached_property
    def categories(self) -> Any:
        """Names, complement and habits of each category."""
        return pa.table({
            "category": [each.code for each in CATEGORIES],
            "en": [each.name.en for each in CATEGORIES],
            "zh": [each.name.zh for each in CATEGORIES],
            "complement": [each.complement for each in CATEGORIES],
            "is_consumable": [each.consumable for each in CATEGORIES],
            "is_gift": [each.gift for each in CATEGORIES],
            "peak_months": pa.array([list(each.peak) for each in CATEGORIES], type=pa.list_(pa.int64())),
        })  # fmt: skip

    @cached_property
    def days(self) -> Any:
        """Season multiplier (mean over segments), price cut and name of the sale day, by day and market."""
        world = self._core.world
        shown = np.flatnonzero(world.markets > 0)
        season = world.calendar.base.reshape(2, -1, world.plan.span).mean(axis=1)
        market, day = np.repeat(shown, world.plan.days), np.tile(np.arange(world.plan.days), shown.size)
        event = world.calendar.event[market, day]
        return plain({
            "day": self._days(day),
            "market": picked(MARKETS, market),
            "season": season[market, day],
            "promotion_depth": world.calendar.depth[market, day],
            "sale_day": picked([each.name.en for each in world.calendar.events], event),
            "sale_day_zh": picked([each.name.zh for each in world.calendar.events], event),
        })  # fmt: skip

    @cached_property
    def channels(self) -> Any:
        """How spend works: sign-ups = coefficient · season · carried / (carried + half_saturation)."""
        won = self._core.world.acquisition
        return plain({
            "channel": list(PAID_CHANNELS), "carry_over": won.carry_over, "half_saturation": won.half_saturation,
            "coefficient": won.coefficient,
        })  # fmt: skip

    @cached_property
    def sign_ups(self) -> Any:
        """Expected sign-ups by day and channel, with spend and what is carried over of it."""
        world = self._core.world
        channels, days = len(ACQUISITION_CHANNELS), world.plan.days
        none = np.full((channels - len(PAID_CHANNELS), days), np.nan)
        return plain({
            "day": self._days(np.tile(np.arange(days), channels)),
            "channel": picked(ACQUISITION_CHANNELS, np.repeat(np.arange(channels), days)),
            "expected": world.acquisition.expected[:, :days].ravel(),
            "spend": np.concatenate([world.acquisition.spend[:, :days], none]).ravel(),
            "carried": np.concatenate([world.acquisition.effective[:, :days], none]).ravel(),
        })  # fmt: skip

    @cached_property
    def message_effects(self) -> Any:
        """How much a message raises a customer's order rate (share) for how many days."""
        return self._effects("uplift", self._core.people.message_uplift, MESSAGE_DAYS)

    @cached_property
    def coupon_effects(self) -> Any:
        """How much a coupon of 15 % raises a customer's order rate (share) for how many days; others in proportion."""
        return self._effects("uplift", self._core.people.coupon_uplift, COUPON_DAYS)

    @cached_property
    def creative_effects(self) -> Any:
        """The chance of a click by arm of the exposure and segment of the customer."""
        chances = click_chances(self._core)
        tone, segment = np.divmod(np.arange(chances.size), len(SEGMENTS))
        return plain({
            "arm": picked(ARMS, tone),
            "segment": picked([each.code for each in SEGMENTS], segment),
            "click_chance": chances.ravel(),
        })  # fmt: skip

    @cached_property
    def orders(self) -> Any:
        """Why each order was placed, whether it came late and drove the customer away, and whether it was fraud."""
        core, orders = self._core, self._core.orders
        row = np.flatnonzero(orders.at < core.world.plan.days)
        return plain({
            "order_id": order_ids(self._sales, row),
            "customer_id": customer_ids(core, orders.person[row]),
            "cause": picked(CAUSES, orders.cause[row]),
            "is_late": np.isfinite(orders.delivered[row]) & (orders.delivered[row] > orders.promised[row]),
            "drives_away": orders.drives_away[row],
            "fraud_kind": self._fraud(orders.fraud[row]),
        })  # fmt: skip

    @cached_property
    def reviews(self) -> Any:
        """What each review says of each aspect: -1 bad, 0 nothing, 1 good."""
        reviews = draw_reviews(self._core)
        columns = {name: reviews.aspects[:, place] for place, name in enumerate(ASPECTS)}
        return plain({
            "review_id": numbered("Q", np.arange(reviews.line.size) + 1, 6),
            "sentiment": np.sign(reviews.rating - 3.0), "rating": reviews.rating, **columns,
        })  # fmt: skip

    @cached_property
    def lost_sales(self) -> Any:
        """Pieces that would have been sold, had they been there."""
        world, stock = self._core.world, self._core.stock
        if stock is None:
            return plain(
                {"product_id": pa.array([], pa.string()), "day": pa.array([], pa.date32()), "pieces": np.empty(0)}
            )
        shown = np.flatnonzero(stock.lost_day < world.plan.days)
        return plain({
            "product_id": picked(self._wares.ids, stock.lost_shelf[shown] % world.catalogue.category.size),
            "day": self._days(stock.lost_day[shown]),
            "pieces": stock.lost_pieces[shown],
        })  # fmt: skip

    def _effects(self, name: str, values: Any, days: float) -> Any:
        person = known_people(self._core)
        return plain({
            "customer_id": customer_ids(self._core, person), name: values[person], "days": np.full(person.size, days),
        })  # fmt: skip

    def _fraud(self, kind: Ints) -> Any:
        return picked(FRAUD_KINDS, np.where(kind > 0, kind, -1))

    def _days(self, day: Ints) -> Any:
        return self._core.world.plan.first.astype("datetime64[D]") + day.astype("timedelta64[D]")
