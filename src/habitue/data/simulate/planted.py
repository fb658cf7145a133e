"""A world of planted kinds of customers whose true process is so plain that Bayes' rule can be worked out exactly.

The simulated shop is too rich for that; this one has order lines only. What a perfect analyst, who knows the process
and its numbers, makes of the records is known, so that a segmentation can be held against what is attainable.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import numpy as np
import pyarrow as pa

from habitue.data.simulate.plan import Floats, Ints, ragged
from habitue.data.simulate.planted_posterior import Histories, kind_posterior
from habitue.data.simulate.typed import numbered, typed
from habitue.errors import ConfigError
from habitue.schema import Words

__all__ = ["DEPARTMENTS", "PLANTED_KINDS", "SETTLING_DAYS", "PlantedKind", "PlantedTruth", "planted_segments"]

DEPARTMENTS = 8
SETTLING_DAYS = 270  # a customer's rate changes so long after the first order, then stays
_PRODUCTS_EACH = 60
_CENT = 0.01
_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class PlantedKind:
    """One planted kind of customers.

    ``first_gap_days`` and ``settled_gap_days`` are mean days between orders at first and once settled: their ratio is
    the trend. ``leaving`` is the chance of never coming back, drawn after every order. ``order_value`` is the median;
    customers of a kind differ by ``value_between``, the orders of a customer by ``value_within`` (both in logarithms).
    ``further_lines`` is the mean number of lines beyond the first, ``loyalty`` the chance that a line comes from the
    customer's favourite department. ``likeness`` is the shape of the gamma distribution of rates, and of further lines:
    the higher, the more alike.
    """

    code: str
    name: Words
    share: float
    first_gap_days: float
    settled_gap_days: float
    leaving: float
    order_value: float
    further_lines: float
    loyalty: float
    value_between: float = 0.15
    value_within: float = 0.3
    likeness: float = 16.0

    @property
    def growth(self) -> float:
        """Change of the log rate per day until settled."""
        return float(np.log(self.first_gap_days / self.settled_gap_days)) / SETTLING_DAYS


PLANTED_KINDS = (
    PlantedKind("triers", Words("One-time triers", "尝鲜一次客"), 0.24, 60.0, 60.0, 0.92, 22.0, 0.3, 0.50),
    PlantedKind("occasionals", Words("Occasional buyers", "低频老客"), 0.20, 45.0, 45.0, 0.003, 34.0, 0.6, 0.85),
    PlantedKind("regulars", Words("Frequent buyers", "高频常客"), 0.18, 11.0, 11.0, 0.0005, 40.0, 1.2, 0.75),
    PlantedKind("big_baskets", Words("Big baskets", "大单客"), 0.12, 40.0, 40.0, 0.003, 400.0, 7.0, 0.20),
    PlantedKind("risers", Words("Rising customers", "成长客"), 0.12, 60.0, 9.0, 0.0005, 150.0, 2.4, 0.60),
    PlantedKind("faders", Words("Fading customers", "流失中的客人"), 0.14, 9.0, 400.0, 0.01, 80.0, 1.2, 0.60),
)


@dataclass(frozen=True)
class PlantedTruth:
    """What was planted, and what can be known of it at a moment.

    Attributes
    ----------
    customers : Arrow table
        customer_id and kind, the code of the planted kind.
    kinds : tuple of PlantedKind
    """

    customers: pa.Table
    kinds: tuple[PlantedKind, ...]
    start: datetime
    person: Ints
    at: Floats
    value: Floats
    department: Ints  # of every line
    order: Ints  # order of every line

    def posterior(self, as_of: datetime) -> pa.Table:
        """Say how probable each kind is for every customer, given all that was to be seen strictly before a moment.

        This is Bayes' rule with the true process and its true numbers: nobody can do better on average.

        Parameters
        ----------
        as_of : datetime

        Returns
        -------
        Arrow table
            customer_id and one probability for each kind, by its code; one row per customer with an order by then.
        """
        moment = (as_of - self.start).total_seconds() / _SECONDS
        seen = self.at < moment
        lines = seen[self.order]
        known, person = np.unique(self.person[seen], return_inverse=True)
        number = np.cumsum(seen) - 1
        histories = Histories(
            customers=known.size,
            person=person,
            at=self.at[seen],
            value=self.value[seen],
            lines=np.bincount(number[self.order[lines]], minlength=person.size),
            favourites=_by_department(person[number[self.order[lines]]], self.department[lines], known.size),
            until=moment,
        )
        found = kind_posterior(histories, self.kinds, SETTLING_DAYS)
        columns = {kind.code: pa.array(found[:, place]) for place, kind in enumerate(self.kinds)}
        return pa.table({"customer_id": self.customers["customer_id"].take(pa.array(known)), **columns})


def planted_segments(
    customers: int = 4_000,
    seed: int = 0,
    *,
    days: int = 820,
    joining_days: int = 180,
    start: date = date(2023, 1, 1),
    kinds: tuple[PlantedKind, ...] = PLANTED_KINDS,
) -> tuple[dict[str, pa.Table], PlantedTruth]:
    """Make a shop of order lines whose customers are of a few planted kinds, and the truth about them.

    Every customer has a kind, a rate, a usual order value, a taste for variety and a favourite department of their own,
    drawn around those of the kind. Orders are a Poisson process whose rate grows or falls exponentially over the first
    `SETTLING_DAYS` days after the first order and then stays; after every order the customer may leave for good.

    Parameters
    ----------
    customers : int
        Everybody places a first order within ``joining_days``.
    seed : int
    days : int
        Orders from then on are not in the tables.
    joining_days : int
    start : date
    kinds : tuple of PlantedKind

    Returns
    -------
    tables : dict
        ``order_lines``, with the schema's columns.
    truth : PlantedTruth

    Raises
    ------
    ConfigError
        For no customers, or a time in which not everybody can join.

    Examples
    --------
    >>> tables, truth = planted_segments(50, seed=1)
    >>> truth.customers.num_rows
    50
    """
    if customers < 1 or not 0 < joining_days <= days or seed < 0:
        raise ConfigError(
            f"{customers} planted customers who join within {joining_days} of {days} days are no world",
            expected="at least one customer, joining days from 1 to the number of days, a seed of 0 or more",
        )
    rng = np.random.default_rng([seed, 20_112])
    kind = rng.choice(len(kinds), size=customers, p=_each(kinds, "share") / _each(kinds, "share").sum())
    person, at = _orders(rng, kinds, kind, rng.uniform(0, joining_days, customers), float(days))
    value = _values(rng, kinds, kind, person)
    department, order = _lines(rng, kinds, kind, person)
    ids = numbered("C", np.arange(customers), 6)
    codes = pa.array([each.code for each in kinds]).take(pa.array(kind))
    moment = datetime.combine(start, datetime.min.time())
    at = np.round(at * _SECONDS) / _SECONDS  # tables hold whole seconds, and so does the truth
    truth = PlantedTruth(
        pa.table({"customer_id": ids, "kind": codes}), kinds, moment, person, at, value, department, order
    )
    return {"order_lines": _table(rng, truth)}, truth


def _each(kinds: tuple[PlantedKind, ...], name: str) -> Floats:
    return np.array([getattr(kind, name) for kind in kinds], dtype=np.float64)


def _orders(
    rng: np.random.Generator, kinds: tuple[PlantedKind, ...], kind: Ints, joined: Floats, end: float
) -> tuple[Ints, Floats]:
    """Draw order times; each is reached when as much expected orders have passed as an exponential draw says."""
    likeness = _each(kinds, "likeness")[kind]
    rate = rng.gamma(likeness, 1 / likeness) / _each(kinds, "first_gap_days")[kind]
    growth, leaving = _each(kinds, "growth")[kind], _each(kinds, "leaving")[kind]
    people, age = np.arange(kind.size), np.zeros(kind.size)
    persons, times = [people], [joined]
    while people.size:
        stays = rng.random(people.size) >= leaving[people]
        people, age = people[stays], age[stays]
        age = _age_after(age, rng.exponential(size=people.size) / rate[people], growth[people])
        inside = joined[people] + age < end
        people, age = people[inside], age[inside]
        persons.append(people)
        times.append(joined[people] + age)
    person, at = np.concatenate(persons), np.concatenate(times)
    order = np.lexsort((at, person))
    return person[order], at[order]


def _age_after(age: Floats, operational: Floats, growth: Floats) -> Floats:
    """Return the age at which so many more days at the first rate have passed, as growth counts them."""
    flat = np.abs(growth) < 1e-12
    slope = np.where(flat, 1.0, growth)

    def passed(days: Floats) -> Floats:
        young = np.minimum(days, SETTLING_DAYS)
        grown = np.where(flat, young, np.expm1(slope * young) / slope)
        later = np.exp(growth * SETTLING_DAYS) * np.maximum(days - SETTLING_DAYS, 0.0)
        return np.asarray(grown + later, dtype=np.float64)

    target = passed(age) + operational
    settled = passed(np.full(age.shape, float(SETTLING_DAYS)))
    young = np.where(flat, target, np.log1p(slope * np.minimum(target, settled)) / slope)
    later = SETTLING_DAYS + (target - settled) * np.exp(-growth * SETTLING_DAYS)
    return np.where(target <= settled, young, later)


def _values(rng: np.random.Generator, kinds: tuple[PlantedKind, ...], kind: Ints, person: Ints) -> Floats:
    usual = np.log(_each(kinds, "order_value"))[kind] + _each(kinds, "value_between")[kind] * rng.normal(size=kind.size)
    around = _each(kinds, "value_within")[kind][person] * rng.normal(size=person.size)
    return np.asarray(np.exp(usual[person] + around), dtype=np.float64)


def _lines(rng: np.random.Generator, kinds: tuple[PlantedKind, ...], kind: Ints, person: Ints) -> tuple[Ints, Ints]:
    """Draw the department of every line, and the order it belongs to."""
    likeness = _each(kinds, "likeness")[kind]
    further = rng.gamma(likeness, 1 / likeness) * _each(kinds, "further_lines")[kind]
    favourite = rng.integers(0, DEPARTMENTS, kind.size)
    order, _ = ragged(1 + rng.poisson(further[person]))
    who = person[order]
    loyal = rng.random(order.size) < _each(kinds, "loyalty")[kind][who]
    other = (favourite[who] + rng.integers(1, DEPARTMENTS, order.size)) % DEPARTMENTS
    return np.where(loyal, favourite[who], other), order


def _by_department(person: Ints, department: Ints, customers: int) -> Floats:
    counts = np.bincount(person * DEPARTMENTS + department, minlength=customers * DEPARTMENTS)
    return np.asarray(counts.reshape(customers, DEPARTMENTS), dtype=np.float64)


def _table(rng: np.random.Generator, truth: PlantedTruth) -> pa.Table:
    """Share each order's value out among its lines; how tells nothing of the kind."""
    part = rng.gamma(2.0, size=truth.order.size)
    part /= np.bincount(truth.order, weights=part)[truth.order]
    price = np.maximum(np.round(part * truth.value[truth.order], 2), _CENT)
    product = truth.department * _PRODUCTS_EACH + rng.integers(0, _PRODUCTS_EACH, truth.order.size)
    instant = np.datetime64(truth.start, "us") + np.round(truth.at * _SECONDS).astype("timedelta64[s]")
    return typed(
        "order_lines",
        {
            "order_id": numbered("O", truth.order, 8),
            "line_id": numbered("", np.arange(truth.order.size), 8),
            "customer_id": truth.customers["customer_id"].take(pa.array(truth.person[truth.order])),
            "product_id": numbered("P", product, 4),
            "category": numbered("department ", truth.department, 1),
            "ordered_at": instant[truth.order],
            "quantity": np.ones(truth.order.size),
            "unit_price": price,
        },
    )
