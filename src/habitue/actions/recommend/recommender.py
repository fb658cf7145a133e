"""Lists for anybody: a customer, an anonymous visit, somebody never seen; changed at once by what they do."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pyarrow as pa

from habitue.actions.recommend.base import Base, Event, draws_of, read_base
from habitue.actions.recommend.catalogue import as_id
from habitue.actions.recommend.explaining import Reason, clash_words, reason_words, reasons_of
from habitue.actions.recommend.exploring import Chosen
from habitue.actions.recommend.kinds import ANCHORED, KINDS, Proposer, last_visit
from habitue.actions.recommend.learnt import Learnt
from habitue.actions.recommend.limits import Clash
from habitue.actions.recommend.policy import Policy
from habitue.actions.recommend.pools import MAKERS
from habitue.actions.recommend.rules import Rules
from habitue.actions.recommend.served import ServedLog, read_served
from habitue.actions.recommend.serving import Asked, lists_of
from habitue.data.shop import as_moment
from habitue.errors import ConfigError, DataError, did_you_mean
from habitue.schema import Words
from habitue.tasks.recommending import ACTIONS

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["Recommendation", "RecommendedList", "Recommender"]

_FEW = 3  # events, below which little is known of a customer
_MOST_K = 500
_POLICIES = 32  # rule sets whose tables are kept ready

#: What a customer can do, and how much it says; buying says 1.
FEEDBACK: Mapping[str, float] = {"click": ACTIONS["view"], "add": ACTIONS["cart"], "buy": 1.0, "hide": 0.0, "rate": 0.0}
_BAD_RATING, _GOOD_RATING = 2, 4


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One product of a list.

    Attributes
    ----------
    product_id, title : str
    score : float
        Fit, 1 for the best of what came into question.
    propensity : float
        The chance with which it was shown at this place.
    maker : str
        Who proposed it.
    reason : Reason, optional
    """

    product_id: str
    title: str
    score: float
    propensity: float
    maker: str
    reason: Reason | None = None

    @property
    def words(self) -> Words:
        """The reason in words, in two languages."""
        return Words("", "") if self.reason is None else reason_words(self.reason)


@dataclass(frozen=True, slots=True)
class RecommendedList:
    """A list with what it rests on.

    Attributes
    ----------
    list_id : str
        Under which it was logged; empty where it was not.
    customer_id : str or None
    kind : str
    state : str
        known, few, anonymous or new: what is known of whoever asked.
    as_of : datetime
    items : tuple of Recommendation
        Best first.
    clashes : tuple of Clash
        Rules that were given up, and for what.
    unknown : tuple of str
        Products of the visit that the shop does not have.
    """

    list_id: str
    customer_id: str | None
    kind: str
    state: str
    as_of: datetime
    items: tuple[Recommendation, ...]
    clashes: tuple[Clash, ...] = ()
    unknown: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.items)

    @property
    def products(self) -> tuple[str, ...]:
        """The products, best first."""
        return tuple(each.product_id for each in self.items)

    def as_dict(self) -> dict[str, Any]:
        """Return plain data, reasons and what was given up in words of both languages."""
        return {
            "list_id": self.list_id, "customer_id": self.customer_id, "kind": self.kind, "state": self.state,
            "as_of": self.as_of.isoformat(), "unknown": list(self.unknown),
            "items": [
                {
                    "rank": place + 1, "product_id": each.product_id, "title": each.title, "score": each.score,
                    "propensity": each.propensity, "maker": each.maker,
                    "reason": None if each.reason is None else each.reason.code,
                    "share": None if each.reason is None else each.reason.share,
                    "en": each.words.en, "zh": each.words.zh,
                }
                for place, each in enumerate(self.items)
            ],
            "given_up": [
                {**clash._asdict(), "en": clash_words(clash).en, "zh": clash_words(clash).zh} for clash in self.clashes
            ],
        }  # fmt: skip


class Recommender:
    """Recommends to anybody in any state, by the shop's rules, as of a moment.

    Parameters
    ----------
    shop : Shop
    learnt : Learnt
    as_of : date, optional
        What happened then or later is not used; the midnight after the last purchase when not given.
    rules : Rules, optional
        Those of shop.toml when not given.
    log : bool
        Whether lists that are served are written down, with their chances; `flush` writes what is still held.
    seed : int

    Raises
    ------
    DataError
        What was learnt knows more than the moment.
    """

    served: ServedLog | None

    def __init__(
        self,
        shop: Shop,
        learnt: Learnt,
        *,
        as_of: str | datetime | None = None,
        rules: Rules | None = None,
        log: bool = False,
        seed: int = 0,
    ) -> None:
        moment = shop.latest_as_of if as_of is None else as_moment(as_of)
        if learnt.at > moment:
            raise DataError(f"What was learnt knows what came until {learnt.at}, past {moment}", hint="habitue run")
        folder = shop.folder / ".habitue" / "served"
        wanted = Rules.of(shop.settings.recommend) if rules is None else rules
        self._begin(learnt, read_base(shop, moment, known=learnt.products), moment, wanted, seed)
        self.served = ServedLog(folder) if log else None
        self._remember(read_served(folder, before=moment))

    @classmethod
    def of_base(cls, learnt: Learnt, base: Base, as_of: datetime, *, rules: Rules | None = None, seed: int = 0) -> Self:
        """Return a recommender for customers and products that are at hand already; it writes nothing down."""
        made = cls.__new__(cls)
        made._begin(learnt, base, as_of, rules or Rules(), seed)  # noqa: SLF001 - its own class
        return made

    def _begin(self, learnt: Learnt, base: Base, as_of: datetime, rules: Rules, seed: int) -> None:
        self.learnt, self.base, self.as_of, self.rules, self.seed = learnt, base, as_of, rules, seed
        self.proposer = Proposer(learnt.makers, base.catalogue, seed)
        self.served = None
        self.segments: dict[str, str] = {}
        self.strategies: dict[str, str] = {}
        self._policies: dict[str, Policy] = {}
        self._asked_times = 0

    def recommend(
        self,
        customer: object = None,
        session: Sequence[Any] | None = None,
        kind: str = "home",
        *,
        k: int = 10,
        rules: Rules | None = None,
        seed: int | None = None,
        reasons: bool = True,
    ) -> RecommendedList:
        """Return a list for anybody.

        Parameters
        ----------
        customer : id, optional
            A number or text; who is not known gets bestsellers.
        session : sequence, optional
            What was done in this visit, oldest first: products, or mappings with ``product_id`` and ``event`` (view,
            wish, cart). Its products are not shown, where others are left. For the kinds ``similar`` and ``together``
            its last product is the one at hand, for ``cart`` all of them are.
        kind : str
            One of home, similar, together, cart, after_purchase, new, win_back, segment, email, push, popular, again.
        k : int
        rules : Rules, optional
            Instead of the shop's.
        seed : int, optional
            The same seed gives the same draw; a fresh one each time when not given.
        reasons : bool
            Whether reasons are worked out.

        Raises
        ------
        ConfigError
            There is no such kind, or k makes no list.
        """
        self._check(kind, k)
        name = None if customer is None else as_id(customer)
        visit, unknown = self._visit(session or ())
        chosen_kind = self._strategy(kind, name)
        anchors = [each.item for each in visit] if kind in ANCHORED or visit else None
        if kind in ANCHORED and kind != "cart":
            anchors = (anchors or [])[-1:]
        policy = self.policy(rules)
        self._asked_times += 1
        draw = int(draws_of([name or ""], self.seed + self._asked_times if seed is None else seed)[0])
        lists = (policy.rules.frequency_lists, float(policy.rules.frequency_days))
        asked = self.base.one(name, visit, anchors, draw, lists)
        chosen = lists_of(self.proposer, chosen_kind, asked, policy, k)
        told = self._told(kind, asked, chosen, [len(visit)]) if reasons else None
        events = int(asked.histories.lengths[0]) - len(visit)
        state = "known" if events >= _FEW else "few" if events else "anonymous" if visit else "new"
        return self._written(chosen, told, name, kind, state, unknown)

    def similar(
        self, product: object, k: int = 10, *, kind: str = "similar", rules: Rules | None = None
    ) -> RecommendedList:
        """Return products like one product, or with ``kind="together"`` those that are bought with it.

        Raises
        ------
        DataError
            There is no such product; the error names the nearest.
        """
        self.base.catalogue.place(product)
        return self.recommend(session=[product], kind=kind, k=k, rules=rules)

    def batch(
        self,
        kind: str = "home",
        k: int = 10,
        *,
        customers: Sequence[Any] | None = None,
        rules: Rules | None = None,
        seed: int | None = None,
    ) -> pa.Table:
        """Return lists for the whole base, or for some of it, at once.

        Returns
        -------
        Arrow table
            customer_id, kind, rank, product_id, product_title, score, propensity, maker; in order of customers.

        Raises
        ------
        DataError
            A customer is not known.
        """
        self._check(kind, k)
        names, chosen = self.batch_lists(kind, k, customers=customers, rules=rules, seed=seed)
        return self.table(names, kind, chosen)

    def batch_lists(
        self,
        kind: str,
        k: int,
        *,
        customers: Sequence[Any] | None = None,
        rules: Rules | None = None,
        seed: int | None = None,
    ) -> tuple[list[str], Chosen]:
        """Return the customers and their lists as arrays."""
        asked, rows, policy = self.asked(customers, rules, seed)
        names = [self.base.customers[row] for row in rows]
        if kind != "segment":
            return names, lists_of(self.proposer, kind, asked, policy, k)
        strategies = np.array([self._strategy(kind, name) for name in names])
        order: list[Any] = []
        parts: list[Chosen] = []
        for strategy in np.unique(strategies):
            some = np.flatnonzero(strategies == strategy)
            order.append(some)
            parts.append(lists_of(self.proposer, str(strategy), asked.take(some), policy, k))
        return names, _merged(parts, order, len(names), k)

    def asked(
        self, customers: Sequence[Any] | None, rules: Rules | None, seed: int | None
    ) -> tuple[Asked, Any, Policy]:
        """Return customers of the base as somebody to ask about, their rows, and the policy."""
        places = self.base.places
        wanted = None if customers is None else [as_id(each) for each in customers]
        for name in wanted or ():
            if name not in places:
                near = did_you_mean(name, self.base.customers) if len(places) < 100_000 else ""
                raise DataError(f"There is no customer {name!r}.{near}", table="order_lines", column="customer_id")
        rows = np.arange(len(places)) if wanted is None else np.array([places[name] for name in wanted], np.int64)
        policy = self.policy(rules)
        draws = draws_of([self.base.customers[row] for row in rows], self.seed if seed is None else seed)
        lists = (policy.rules.frequency_lists, float(policy.rules.frequency_days))
        return self.base.all_of(rows, draws, lists), rows, policy

    def feedback(self, customer: object, product: object, action: str, *, rating: float | None = None) -> None:
        """Take in what a customer did; the next list in this process knows of it.

        Parameters
        ----------
        customer : id
        product : id
        action : {"click", "add", "buy", "hide", "rate"}
            ``hide`` keeps the product out of the customer's lists, and so does a rating of 2 or less.
        rating : float, optional
            1 to 5, for ``rate``.

        Raises
        ------
        DataError
            There is no such product.
        ConfigError
            There is no such action, or a rating is missing.
        """
        if action not in FEEDBACK:
            raise ConfigError(f"There is no action {action!r}.{did_you_mean(action, FEEDBACK)}",
                              expected=", ".join(FEEDBACK))  # fmt: skip
        if action == "rate" and (rating is None or not np.isfinite(rating)):
            raise ConfigError("a rating says how good a product was", expected="rating=1 to 5")
        name, item = as_id(customer), self.base.catalogue.place(product)
        if action == "hide" or (action == "rate" and rating is not None and rating <= _BAD_RATING):
            self.base.hidden.setdefault(name, set()).add(item)
            return
        weight = FEEDBACK[action]
        if action == "rate":
            if rating is None or rating < _GOOD_RATING:
                return
            weight = ACTIONS["wish"]
        if action == "buy":
            self.base.hidden.get(name, set()).discard(item)
        self.base.since.setdefault(name, []).append(Event(item, self.base.catalogue.day, weight))

    def flush(self) -> None:
        """Write what was served and is still held."""
        if self.served is not None:
            self.served.flush()

    def log_batch(self, table: pa.Table, *, shown_at: datetime | None = None) -> None:
        """Write lists of `batch` down as served."""
        if self.served is None:
            raise ConfigError("this recommender writes nothing down", expected="Recommender(…, log=True)")
        run = secrets.token_hex(6)
        ids = pa.array([f"{run}-{name}" for name in table["customer_id"].to_pylist()], pa.string())
        moment = pa.array([shown_at or self.as_of] * table.num_rows, pa.timestamp("us"))
        rows = table.append_column("list_id", ids).append_column("shown_at", moment)
        self.served.write(rows.append_column("place", rows["rank"]))
        self._remember(rows.append_column("place", rows["rank"]))

    def use_segments(self, segments: pa.Table, decided: pa.Table) -> None:
        """Take in who is in which segment, and which list each segment gets, as published.

        Parameters
        ----------
        segments : Arrow table
            customer_id, segment.
        decided : Arrow table
            recommend_segments.
        """
        names = (as_id(name) for name in segments["customer_id"].to_pylist())
        self.segments = dict(zip(names, segments["segment"].to_pylist(), strict=True))
        self.strategies = dict(zip(decided["segment"].to_pylist(), decided["strategy"].to_pylist(), strict=True))

    def _strategy(self, kind: str, customer: str | None) -> str:
        if kind != "segment":
            return kind
        return self.strategies.get(self.segments.get(customer or "", ""), "home")

    def _check(self, kind: str, k: int) -> None:
        if kind not in KINDS:
            raise ConfigError(
                f"There is no kind of list {kind!r}.{did_you_mean(kind, KINDS)}", expected=", ".join(KINDS)
            )
        if not 1 <= k <= _MOST_K:
            raise ConfigError(f"a list of {k} products cannot be made", expected=f"1 to {_MOST_K}")

    def policy(self, rules: Rules | None = None) -> Policy:
        """Return rules, the shop's own when not given, laid over the products."""
        wanted = self.rules if rules is None else rules
        key = repr(wanted)
        if key not in self._policies:
            if len(self._policies) >= _POLICIES:
                self._policies.clear()
            self._policies[key] = Policy(self.base.catalogue, wanted)
        return self._policies[key]

    def _visit(self, session: Sequence[Any]) -> tuple[list[Event], tuple[str, ...]]:
        """Return the visit's events of products that there are, and the names of others."""
        events, unknown = [], []
        for each in session:
            given = each if isinstance(each, Mapping) else {"product_id": each}
            name = as_id(given.get("product_id", ""))
            at = self.base.catalogue.places.get(name)
            if at is None:
                unknown.append(name)
                continue
            weight = ACTIONS.get(str(given.get("event", "view")), ACTIONS["view"])
            events.append(Event(at, self.base.catalogue.day, weight))
        return events, tuple(unknown)

    def _told(self, kind: str, asked: Asked, chosen: Chosen, visits: Any) -> list[list[Reason]]:
        given = kind in ANCHORED
        anchors = asked.anchors if given and asked.anchors is not None else last_visit(asked.purchases)
        return reasons_of(self.proposer, chosen, asked.histories, asked.purchases, anchors, visits)

    def _written(
        self, chosen: Chosen, told: list[list[Reason]] | None, name: str | None, kind: str, state: str, unknown: Any
    ) -> RecommendedList:
        catalogue = self.base.catalogue
        held = np.flatnonzero(chosen.items[0] >= 0)
        numbers = tuple(int(chosen.items[0, place]) for place in held)
        items = tuple(
            Recommendation(
                catalogue.ids[item], catalogue.titles[item], float(chosen.scores[0, place]),
                float(chosen.chances[0, place]), MAKERS[int(chosen.makers[0, place])],
                None if told is None else told[0][number],
            )
            for number, (place, item) in enumerate(zip(held, numbers, strict=True))
        )  # fmt: skip
        list_id = ""
        if self.served is not None:
            list_id = secrets.token_hex(8)
            at = self.as_of + timedelta(microseconds=self._asked_times)
            self.served.add([
                {
                    "list_id": list_id, "customer_id": name, "kind": kind, "shown_at": at, "place": place + 1,
                    "product_id": each.product_id, "score": each.score, "propensity": each.propensity,
                    "maker": each.maker,
                }
                for place, each in enumerate(items)
            ])  # fmt: skip
            if name is not None:
                self.base.shown.setdefault(name, []).append((catalogue.day, numbers))
        clashes = tuple(chosen.clashes.get(0, ()))
        return RecommendedList(list_id, name, kind, state, self.as_of, items, clashes, unknown)

    def table(self, names: list[str], kind: str, chosen: Chosen) -> pa.Table:
        """Return lists as a table; see `batch`."""
        rows, places = np.nonzero(chosen.items >= 0)
        items, catalogue = chosen.items[rows, places], self.base.catalogue
        # Empty places are at the end, so that the place is the rank.
        return pa.table(
            {
                "customer_id": pa.array(names, pa.string()).take(pa.array(rows)),
                "kind": pa.array([kind], pa.string()).take(pa.array(np.zeros(rows.size, np.int64))),
                "rank": pa.array(places + 1, pa.int64()),
                "product_id": pa.array(catalogue.ids, pa.string()).take(pa.array(items)),
                "product_title": pa.array(catalogue.titles, pa.string()).take(pa.array(items)),
                "score": pa.array(chosen.scores[rows, places]),
                "propensity": pa.array(chosen.chances[rows, places]),
                "maker": pa.array(MAKERS, pa.string()).take(pa.array(chosen.makers[rows, places].astype(np.int64))),
            }
        )

    def _remember(self, served: pa.Table) -> None:
        """Take in what was shown to whom."""
        held: dict[tuple[str, str, datetime], list[int]] = {}
        for row in served.select(["list_id", "customer_id", "shown_at", "product_id"]).to_pylist():
            at = self.base.catalogue.places.get(row["product_id"])
            if row["customer_id"] is None or at is None:
                continue
            held.setdefault((row["list_id"], row["customer_id"], row["shown_at"]), []).append(at)
        for (_, name, shown_at), items in held.items():
            day = (shown_at - datetime(1970, 1, 1)) / timedelta(days=1)
            self.base.shown.setdefault(name, []).append((day, tuple(items)))


def _merged(parts: list[Chosen], order: list[Any], rows: int, k: int) -> Chosen:
    """Put lists of groups of customers back into the order of customers."""
    items = np.full((rows, k), -1, np.int32)
    scores, chances, makers = np.zeros((rows, k)), np.ones((rows, k)), np.zeros((rows, k), np.int8)
    clashes: dict[int, list[Clash]] = {}
    for part, some in zip(parts, order, strict=True):
        items[some], scores[some], chances[some], makers[some] = part.items, part.scores, part.chances, part.makers
        clashes |= {int(some[row]): held for row, held in part.clashes.items()}
    return Chosen(items, scores, makers, chances, clashes)
