"""Put the contents into words and the words into one HTML file."""

from __future__ import annotations

import os
from datetime import datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from habitue.errors import HabitueError
from habitue.report.contents import ReportContents
from habitue.report.gathering import gather
from habitue.report.numbers import Language, Numbers
from habitue.report.palette import dark_rules, variables
from habitue.report.sections import SECTIONS
from habitue.report.sections.overview import head
from habitue.report.views import Voice

if TYPE_CHECKING:
    from habitue.data.shop import Shop

__all__ = ["page", "write_report"]


def write_report(
    shop: Shop, path: Path, *, language: Literal["en", "zh"] | None = None, as_of: datetime | None = None
) -> Path:
    """Write what the last run found as one HTML file that opens anywhere, without network, and can be printed.

    Parameters
    ----------
    shop : Shop
    path : Path
        The file to write; its folder is made.
    language : {"en", "zh"}, optional
        Default: the shop's own, from shop.toml.
    as_of : datetime, optional
        Show the run that looks from this moment, or the nearest before it. Default: the last run.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    LedgerError
        When `habitue run` has not published anything yet.
    HabitueError
        When the file cannot be written.
    """
    text = page(gather(shop, as_of=as_of), language=language or shop.settings.shop.language)
    draft = path.with_name(path.name + ".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(text, encoding="utf-8")
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True) if os.access(path.parent, os.W_OK) else None
        raise HabitueError(
            f"The report cannot be written to {path}: {error.strerror}", hint="habitue report --out FILE", path=path
        ) from error
    return path


def page(contents: ReportContents, *, language: Language = "en") -> str:
    """Return the whole report as HTML.

    Parameters
    ----------
    contents : ReportContents
    language : {"en", "zh"}
    """
    say = Voice(language, Numbers(language, contents.currency))
    template = _environment().get_template("report.html.j2")
    return template.render(
        say=say,
        language={"en": "en", "zh": "zh-CN"}[language],
        head=head(contents, say),
        sections=[made for section in SECTIONS if (made := section(contents, say)) is not None],
        style=Markup(_style()),  # noqa: S704 - our own style sheet
    )


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("habitue.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _style() -> str:
    sheet = files("habitue.report").joinpath("style.css").read_text(encoding="utf-8")
    dark = f"@media screen and (prefers-color-scheme:dark){{:root{{{variables(dark=True)}}}{dark_rules()}}}"
    return f":root{{{variables(dark=False)}}}{sheet}{dark}"
