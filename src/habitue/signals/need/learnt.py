"""What was learnt as of a moment, without the customers it was learnt from: scores any later day, saved or not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from zipfile import BadZipFile

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse

from habitue.errors import DataError
from habitue.features.categories import Categories
from habitue.models.choice import ChoiceModel
from habitue.models.survival import HazardModel
from habitue.models.tabular import from_state
from habitue.models.titles import TitleGroups
from habitue.signals.need.cards import head_state
from habitue.signals.need.explaining import Usual
from habitue.signals.need.history import Shelf
from habitue.signals.need.pairs import Climate
from habitue.signals.need.products import NextProducts
from habitue.signals.need.replenishment import Cycles, GapPrior
from habitue.signals.need.shopping import Shopping
from habitue.signals.need.spec import NeedSpec
from habitue.signals.need.timing import Timing
from habitue.signals.need.training import Head

__all__ = ["Learnt"]

_FORM = 1
_SHELF = "shelf.parquet"


@dataclass(frozen=True)
class Learnt:
    """Everything that scoring needs, and the tables that speak of the past.

    Attributes
    ----------
    at : datetime
        Nothing that happened then or later was read.
    spec : NeedSpec
    scheme : Categories
    shelf : Shelf
    titles : tuple of str or None
        Of each product of the shelf.
    climate : Climate
    head : Head
        The chances of categories.
    timing : Timing
    shopping : Shopping
    products : NextProducts
    usual, plain_usual : Usual
        Of the full answer, and of own history alone.
    whole_from : float
        Chance of an order from which a customer gets the full answer; 0 for everybody.
    tables : mapping of str to Arrow table
        need_categories and need_models.
    """

    at: datetime
    spec: NeedSpec
    scheme: Categories
    shelf: Shelf
    titles: tuple[str | None, ...]
    climate: Climate
    head: Head
    timing: Timing
    shopping: Shopping
    products: NextProducts
    usual: Usual
    plain_usual: Usual
    whole_from: float
    tables: Mapping[str, pa.Table]

    @property
    def plain(self) -> Head:
        """Smoothed own history alone, for customers below ``whole_from``."""
        return Head(self.head.several, self.head.weight)

    def knowing(self, products: pa.Table, titles: Mapping[str, str], day: float) -> Learnt:
        """Return the same with products that came later, asked on a day.

        Of new products nothing is known but their category and title: what holds for products in general holds for
        them. All that is known of all customers stays as it was learnt.

        Parameters
        ----------
        products : Arrow table
            product_id, category.
        titles : mapping of product_id to title
        day : float
        """
        shelf = self.shelf.more(products) if products.num_rows else self.shelf
        new = shelf.products[len(self.shelf.products) :]
        ever = np.tile(self.climate.popularity[3], (len(new), 1))
        climate = replace(self.climate, product_affinity=np.vstack([self.climate.product_affinity, ever]))
        return replace(
            self,
            shelf=shelf,
            titles=(*self.titles, *(titles.get(name) for name in new)),
            climate=climate,
            shopping=replace(_with_new(self.shopping, self.shelf, shelf), day=day),
        )

    def save(self, folder: Path) -> None:
        """Write everything into a folder: JSON, arrays and Parquet."""
        folder.mkdir(parents=True, exist_ok=True)
        groups = self.scheme.groups
        plain = {
            "form": _FORM,
            "at": self.at.isoformat(),
            "spec": asdict(self.spec),
            "names": self.shelf.names,
            "from_titles": self.scheme.from_titles,
            "groups": None if groups is None else {"vocabulary": groups.vocabulary, "telling": groups.telling},
            "head": {"several": self.head.several, **head_state(self.head)},
            "timing": _timing_state(self.timing),
            "products": None if self.products.model is None else self.products.model.state(),
            "product_examples": self.products.examples,
            "whole_from": self.whole_from,
        }
        (folder / "learnt.json").write_text(json.dumps(plain, ensure_ascii=False), encoding="utf-8")
        np.savez(folder / "learnt.npz", **_arrays(self))
        shelf = self.scheme.products.append_column("title", pa.array(self.titles, pa.string()))
        for name, table in {_SHELF: shelf, "described.parquet": self.scheme.described}.items():
            pq.write_table(table, folder / name)
        for name, table in self.tables.items():
            pq.write_table(table, folder / f"{name}.parquet")

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what :meth:`save` wrote; it scores exactly the same.

        Raises
        ------
        DataError
            When the folder does not hold it, is damaged, or holds what another version wrote.
        """
        try:
            plain = json.loads((folder / "learnt.json").read_text(encoding="utf-8"))
            with np.load(folder / "learnt.npz") as opened:
                arrays = {name: opened[name] for name in opened.files}
            shelf, described = pq.read_table(folder / _SHELF), pq.read_table(folder / "described.parquet")
            tables = {name: pq.read_table(folder / f"{name}.parquet") for name in ("need_categories", "need_models")}
        except (OSError, ValueError, BadZipFile) as error:
            raise DataError(f"{folder} does not hold what was learnt", hint="habitue run", path=folder) from error
        if plain["form"] != _FORM:
            raise DataError(f"{folder} was written by another version", hint="habitue run", path=folder)
        model = None if plain["products"] is None else from_state(plain["products"])
        return cls(
            datetime.fromisoformat(plain["at"]),
            NeedSpec(**plain["spec"]),
            _scheme(plain, arrays, shelf, described),
            Shelf.of(shelf, plain["names"]),
            tuple(shelf["title"].to_pylist()),
            _of(Climate, "climate", arrays),
            _head(plain["head"]),
            _timing(plain["timing"], arrays),
            _shopping(arrays, shelf.num_rows),
            NextProducts(model, plain["product_examples"]),
            _of(Usual, "usual", arrays),
            _of(Usual, "plain_usual", arrays),
            plain["whole_from"],
            tables,
        )


def _with_new(shopping: Shopping, known: Shelf, shelf: Shelf) -> Shopping:
    new = len(shelf.products) - len(known.products)
    if not new:
        return shopping
    prior = shopping.cycles.prior
    overall = float(prior.log_gap.mean())
    size = np.bincount(known.category_of, minlength=len(shelf.names))
    usual = (np.bincount(known.category_of, prior.log_gap, minlength=len(shelf.names)) + overall) / (size + 1)
    category = shelf.category_of[len(known.products) :]
    log_gap = np.concatenate([prior.log_gap, np.where(category >= 0, usual[category], overall)])
    company = shopping.company.copy()
    company.resize((len(shelf.products), len(shelf.products)))
    return replace(
        shopping,
        cycles=Cycles(replace(prior, log_gap=log_gap), np.append(shopping.cycles.refilled, np.zeros(new, dtype=bool))),
        popularity=np.append(shopping.popularity, np.full(new, shopping.popularity.min())),
        company=company,
        first_day=np.append(shopping.first_day, np.full(new, np.nan)),
    )


def _arrays(learnt: Learnt) -> dict[str, Any]:
    shopping, groups = learnt.shopping, learnt.scheme.groups
    held: dict[str, Any] = {"climate": learnt.climate, "usual": learnt.usual, "plain_usual": learnt.plain_usual}
    arrays = {f"{part}.{each.name}": getattr(one, each.name) for part, one in held.items() for each in fields(one)}
    arrays |= {name: getattr(shopping, name) for name in ("day", "popularity", "popular", "first_day")}
    arrays |= {f"company.{name}": getattr(shopping.company, name) for name in ("data", "indices", "indptr")}
    arrays |= {f"cycles.{name}": value for name, value in asdict(shopping.cycles.prior).items()}
    arrays |= {f"timing.{name}": value for name, value in asdict(learnt.timing.prior).items()}
    if groups is not None:
        arrays |= {"groups.weight": groups.weight, "groups.log_chance": groups.log_chance}
    return {**arrays, "cycles.refilled": shopping.cycles.refilled}


def _of(kind: Any, part: str, arrays: Mapping[str, Any]) -> Any:
    """Build a dataclass whose fields are arrays and numbers."""
    found = {each.name: arrays[f"{part}.{each.name}"] for each in fields(kind)}
    return kind(**{name: float(value) if value.ndim == 0 else value for name, value in found.items()})


def _scheme(plain: Mapping[str, Any], arrays: Mapping[str, Any], shelf: pa.Table, described: pa.Table) -> Categories:
    groups = plain["groups"]
    if groups is not None:
        telling = tuple(tuple(words) for words in groups["telling"])
        weight, log_chance = arrays["groups.weight"], arrays["groups.log_chance"]
        groups = TitleGroups(tuple(groups["vocabulary"]), weight, log_chance, telling)
    return Categories(shelf.drop_columns(["title"]), described, plain["from_titles"], groups)


def _head(saved: Mapping[str, Any]) -> Head:
    model = None if saved["model"] is None else ChoiceModel.from_state(saved["model"])
    return Head(saved["several"], saved["weight"], saved["rounds"], saved["strength"], model)


def _timing_state(timing: Timing) -> dict[str, Any]:
    model = None if timing.model is None else timing.model.state()
    return {"model": model, "edges_days": timing.edges_days, "waits": timing.waits, "moments": timing.moments}


def _timing(saved: Mapping[str, Any], arrays: Mapping[str, Any]) -> Timing:
    model = None if saved["model"] is None else HazardModel.from_state(saved["model"])
    prior = _of(GapPrior, "timing", arrays)
    return Timing(model, prior, tuple(saved["edges_days"]), saved["waits"], tuple(saved["moments"]))


def _shopping(arrays: Mapping[str, Any], products: int) -> Shopping:
    parts = (arrays["company.data"], arrays["company.indices"], arrays["company.indptr"])
    return Shopping(
        float(arrays["day"]),
        Cycles(_of(GapPrior, "cycles", arrays), arrays["cycles.refilled"]),
        arrays["popularity"],
        arrays["popular"],
        sparse.csr_matrix(parts, shape=(products, products)),
        arrays["first_day"],
    )
