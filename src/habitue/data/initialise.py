"""What `habitue init` does: look at files or a database, guess what they hold, write shop.toml."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from habitue.data.incoming import Incoming, Skipped, look_at
from habitue.data.mapping import TableGuess
from habitue.data.settings import ShopFacts, ShopSettings, read_settings
from habitue.data.toml_text import settings_text
from habitue.errors import ConfigError
from habitue.schema import Words

__all__ = ["InitResult", "initialise"]

_ZONES = {
    "CNY": "Asia/Shanghai", "GBP": "Europe/London", "JPY": "Asia/Tokyo", "TWD": "Asia/Taipei", "HKD": "Asia/Hong_Kong",
    "KRW": "Asia/Seoul", "SGD": "Asia/Singapore", "INR": "Asia/Kolkata", "CHF": "Europe/Zurich",
    "SEK": "Europe/Stockholm",
    "DKK": "Europe/Copenhagen", "NOK": "Europe/Oslo", "PLN": "Europe/Warsaw", "NZD": "Pacific/Auckland",
}  # fmt: skip


_NO_LINES = Words(
    "None of the sources holds order lines (one row per product in an order), without which there is little to say. If "
    "one does: habitue init FILE --table order_lines --force",
    "没有任何数据源是订单明细（每行一件商品），缺少它几乎无法分析。如果其中之一是：habitue init 文件 --table "
    "order_lines --force",
)


@dataclass(frozen=True, slots=True)
class InitResult:
    """What was found and what was written.

    Parameters
    ----------
    path : Path
        The shop.toml that was written.
    settings : ShopSettings
        What is in it.
    sources : list of Incoming
        One per ``[[sources]]`` entry, with its guess.
    skipped : list of Skipped
        Tables of a database, or files, that were left out, and why.
    notes : list of Words
        What the person has to know besides.
    """

    path: Path
    settings: ShopSettings
    sources: list[Incoming]
    skipped: list[Skipped] = field(default_factory=list)
    notes: list[Words] = field(default_factory=list)

    def rows(self, language: str = "en") -> list[dict[str, Any]]:
        """Return one plain row per header: source, table, header, column, confidence, evidence, warning."""
        return [
            {"source": source.label, "table": source.guess.table, **guess.row(language)}
            for source in self.sources
            if source.guess is not None
            for guess in source.guess.columns
        ]

    def warnings(self, language: str = "en") -> list[str]:
        """Return what is doubtful about whole sources, and what the person has to know besides."""
        said = [
            f"{source.label}: {words[language]}"
            for source in self.sources
            for words in (*(source.guess.warnings if source.guess else ()), *source.notes)
        ]
        return said + [words[language] for words in self.notes]

    def as_dict(self, language: str = "en") -> dict[str, Any]:
        """Return everything as plain data, for ``--json``."""
        return {
            "path": str(self.path),
            "shop": self.settings.shop.model_dump(),
            "sources": [
                {"source": source.label, "format": source.settings.format, **_of(source.guess)}
                for source in self.sources
            ],
            "columns": self.rows(language),
            "warnings": self.warnings(language),
            "skipped": [{"source": each.label, "why": each.why[language]} for each in self.skipped],
        }


def _of(guess: TableGuess | None) -> dict[str, Any]:
    if guess is None:
        return {"table": None, "confidence": 1.0}
    return {"table": guess.table, "confidence": round(guess.confidence, 3)}


def initialise(
    paths: Sequence[str], folder: Path, *, name: str | None = None, force: bool = False, table: str | None = None
) -> InitResult:
    """Look at files or a database, guess what their columns mean, and write shop.toml.

    Parameters
    ----------
    paths : sequence of str
        Files, patterns such as ``exports/*.csv``, folders, or an address such as ``postgresql://user@host/shop``.
    folder : Path
        Where shop.toml is written.
    name : str, optional
        The shop's name; by default that of the folder.
    force : bool
        Write over a shop.toml that is there.
    table : str, optional
        The table that all the sources feed, where the guess would be wrong.

    Raises
    ------
    ConfigError
        When there is a shop.toml already and ``force`` is not set, or no source is given.
    DataError
        When a file is missing or cannot be read.
    """
    target = folder / "shop.toml"
    if target.exists() and not force:
        raise ConfigError(
            f"There is a shop.toml in {folder} already", hint="habitue init FILE --force writes over it", path=target
        )
    if not paths:
        raise ConfigError("No file or database was named", hint="habitue init YOUR_EXPORT.csv")
    found, skipped, notes = look_at(paths, folder, table=table)
    if not any(source.settings.table in ("", "order_lines") for source in found):
        notes.append(_NO_LINES)
    settings = ShopSettings(shop=_facts(found, folder, name), sources=[source.settings for source in found])
    text = settings_text(settings, [source.guess for source in found], [source.notes for source in found])
    _write(target, text)
    # What was written is read back: a shop.toml that Habitue itself refuses must never be left behind unnoticed.
    return InitResult(target, read_settings(target), found, skipped, notes)


def _write(target: Path, text: str) -> None:
    """Write shop.toml wholly or not at all."""
    draft = target.with_suffix(".toml.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.replace(target)
    except OSError as error:
        raise ConfigError(
            f"{target} cannot be written: {error.strerror}", hint="choose a folder that you may write to", path=target
        ) from error


def _facts(found: Sequence[Incoming], folder: Path, name: str | None) -> ShopFacts:
    guesses = [source.guess for source in found if source.guess is not None]
    # Order lines speak for the shop; campaigns may well be paid in another currency.
    money = Counter[str]()
    for guess in guesses:
        if guess.currency:
            money[guess.currency] += 10 if guess.table in ("order_lines", "orders") else 1
    currency = min(money, key=lambda code: (-money[code], code), default="")
    spoken = [guess.language for guess in guesses if guess.language]
    return ShopFacts(
        name=name or folder.resolve().name or "My shop",
        currency=currency,
        timezone=_ZONES.get(currency, ""),
        language="zh" if spoken.count("zh") * 2 > len(spoken) else "en",
    )
