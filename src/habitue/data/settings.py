"""shop.toml: where the tables are, how their columns are called, which repairs are made."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from habitue.errors import ConfigError, did_you_mean
from habitue.schema import TABLES, table

__all__ = [
    "FORMATS",
    "RecommendSettings",
    "RepairSettings",
    "RescueSettings",
    "ShopFacts",
    "ShopSettings",
    "SignalSettings",
    "SourceSettings",
    "read_settings",
]

FORMATS = ("csv", "parquet", "postgres", "shopify", "woocommerce", "ga4", "segment")
Format = Literal["csv", "parquet", "postgres", "shopify", "woocommerce", "ga4", "segment"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceSettings(_Strict):
    """One ``[[sources]]`` entry: a file (or glob, or database table) that feeds one table of the schema.

    ``columns`` maps our names to the source's headers. The formats ``shopify``, ``woocommerce``, ``ga4`` and
    ``segment`` know their own columns and may feed several tables; for these ``table`` stays empty.
    """

    format: Format
    path: str  # relative to shop.toml; for postgres the URL, without password where PGPASSWORD gives it
    table: str = ""
    columns: dict[str, str] = Field(default_factory=dict)
    relation: str = ""  # postgres only: schema.table
    delimiter: str = ","
    quote: str = '"'
    encoding: str = "utf-8"
    header: bool = True
    decimal: Literal[".", ","] = "."
    thousands: str = ""
    dates: dict[str, list[str]] = Field(default_factory=dict)  # our column → strptime patterns, tried in order
    timezone: str = ""  # zone of the source's times, where it differs from the shop's

    @field_validator("table")
    @classmethod
    def _known_table(cls, name: str) -> str:
        if name:
            table(name)
        return name


class RepairSettings(_Strict):
    """Which repairs are made. Every one of them only marks rows, so that turning it off brings all rows back."""

    duplicates: Literal["set_aside", "keep"] = "set_aside"
    test_orders: Literal["set_aside", "keep"] = "set_aside"
    cancelled_orders: Literal["set_aside", "keep"] = "set_aside"
    other_currencies: Literal["set_aside", "keep"] = "set_aside"
    future_dates: Literal["set_aside", "keep"] = "set_aside"
    wholesale_quantity: float | None = None  # lines of more pieces are set aside; None: only reported
    fee_codes: list[str] = Field(default_factory=list)  # further codes that are no products
    product_codes: list[str] = Field(default_factory=list)  # codes that are products although they look like fees
    test_customers: list[str] = Field(default_factory=list)


class ShopFacts(_Strict):
    """The ``[shop]`` part."""

    name: str = "My shop"
    currency: str = ""
    timezone: str = ""
    language: Literal["en", "zh"] = "en"
    gross_margin: float = Field(default=0.4, gt=0, le=1)  # used where products have no cost


class SignalSettings(_Strict):
    """The ``[signals]`` part: how far predictions look ahead and how much work they are worth."""

    horizon_days: int = Field(default=90, ge=1, le=730)
    thorough: bool = False  # also try tree, forest, support vectors and a stacked ensemble
    tuning_seconds: float = Field(default=0, ge=0)  # per question; wants the extra tune
    max_rows: int = Field(default=200_000, ge=1_000)  # examples learnt from; above, a share of the customers is drawn
    categories: int = Field(default=30, ge=2, le=200)  # learnt from titles where the shop has none
    learn_every_days: int = Field(default=7, ge=1, le=90)  # 7: models are learnt on Mondays; 1: at every run


class RescueSettings(_Strict):
    """The ``[rescue]`` part: what keeping a customer from leaving costs, in the shop's own money."""

    offer_share: float = Field(default=0.2, gt=0, lt=1)  # taken off one order
    contact_cost: float = Field(default=0.25, ge=0)  # of one message or call
    offer_days: float = Field(default=12, gt=0)  # how long the offer is valid
    response_share: float = Field(default=0.2, ge=0, le=5)  # more orders while it is valid; used without experiments


class RecommendSettings(_Strict):
    """The ``[recommend]`` part: the merchant's rules for every list; see `habitue.actions.recommend.rules.Rules`."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()  # only these
    exclude_categories: tuple[str, ...] = ()
    category_cap: int | None = Field(default=None, ge=0)  # most products of one category in a list
    category_caps: dict[str, int] = Field(default_factory=dict)
    price_low: float | None = None
    price_high: float | None = None
    in_stock: bool = True
    margin_weight: float = Field(default=0, ge=0, le=1)
    promotion: tuple[str, ...] = ()
    promotion_share: float = Field(default=0, ge=0, le=1)  # of the places of a list
    new_slots: int = Field(default=0, ge=0)
    new_days: float = Field(default=30, gt=0)
    hide_bought: bool | None = None  # None: as the kind of list and the shop's customers need it
    hide_seen: bool = False
    frequency_cap: int | None = Field(default=None, ge=0)
    frequency_lists: int = Field(default=10, ge=1)
    frequency_days: int = Field(default=30, ge=1)
    diversity: float = Field(default=0, ge=0, le=1)
    explore: float = Field(default=0.1, ge=0, le=1)  # of the places, drawn to learn what other lists would earn


class ShopSettings(_Strict):
    """The whole of shop.toml."""

    shop: ShopFacts = ShopFacts()
    signals: SignalSettings = SignalSettings()
    rescue: RescueSettings = RescueSettings()
    recommend: RecommendSettings = RecommendSettings()
    sources: list[SourceSettings] = Field(min_length=1)
    repairs: RepairSettings = RepairSettings()


def read_settings(path: Path) -> ShopSettings:
    """Read shop.toml and say plainly what is wrong with it.

    Raises
    ------
    ConfigError
        When the file is missing, is no TOML, or has a key or value that is not known.
    """
    if not path.is_file():
        raise ConfigError(f"There is no {path.name} in {path.parent}", hint="habitue init YOUR_EXPORT.csv", path=path)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path.name} is no valid TOML: {error}", path=path) from error
    try:
        settings = ShopSettings.model_validate(raw)
    except ValidationError as error:
        raise _explained(error, path) from error
    _check_columns(settings, path)
    return settings


def _explained(error: ValidationError, path: Path) -> ConfigError:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    near = ""
    if first["type"] == "extra_forbidden":
        models: dict[str, type[BaseModel]] = {
            "shop": ShopFacts,
            "signals": SignalSettings,
            "rescue": RescueSettings,
            "recommend": RecommendSettings,
            "repairs": RepairSettings,
            "sources": SourceSettings,
        }
        model = models.get(str(first["loc"][0]), ShopSettings)
        near = did_you_mean(str(first["loc"][-1]), model.model_fields)
    return ConfigError(f"{path.name}: {place}: {first['msg']}.{near}", path=path)


def _check_columns(settings: ShopSettings, path: Path) -> None:
    for source in settings.sources:
        if source.format in ("csv", "parquet", "postgres") and not source.table:
            raise ConfigError(
                f"{path.name}: the source {source.path} does not say which table it feeds",
                expected=", ".join(TABLES),
                path=path,
            )
        known: Any = table(source.table).names if source.table else ()
        for name in source.columns:
            if known and name not in known:
                raise ConfigError(
                    f"{path.name}: {source.table} has no column {name!r}.{did_you_mean(name, known)}",
                    hint=f"habitue init {source.path} --force",
                    table=source.table,
                    column=name,
                )
