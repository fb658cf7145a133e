"""`habitue segments …`: list, show, try out, save and hand over segments, and see how customers move between them."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from cyclopts import App, Parameter

from habitue.cli.options import AsJson, AsOf, Language, Quiet, ShopPath
from habitue.cli.speaking import progress, say_json

__all__ = ["segments"]

segments = App(name="segments", help_format="plaintext")

Name = Annotated[str, Parameter(help="Name or code of a segment, as in `habitue segments list`.")]
Sentence = Annotated[
    str, Parameter(help='Such as "recency_days < 60 and orders >= 2", in English or Chinese; or a JSON tree.')
]


@segments.command(name="list")
def list_segments(
    shop: ShopPath = Path(), *, as_of: AsOf = None, lang: Language = None, json: AsJson = False, quiet: Quiet = False
) -> int:
    """List the segments learnt by the last run, and the saved ones with their state."""
    from habitue.cli.segment_printing import print_list
    from habitue.cli.segment_sources import Sources

    with progress(quiet=quiet or json) as bars, Sources.open(shop, as_of, bars) as sources:
        document = {"as_of": sources.moment, "learnt": sources.learnt(), "saved": sources.saved()}
        if json:
            say_json(document)
        else:
            print_list(document, sources.language(lang), sources.currency)
    return 0


@segments.command
def show(
    name: Name,
    shop: ShopPath = Path(),
    *,
    as_of: AsOf = None,
    lang: Language = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Show one segment: its rule in words, who is in it, what to do for them; of a saved one all its versions."""
    from habitue.cli.segment_printing import print_learnt, print_saved
    from habitue.cli.segment_sources import Sources

    with progress(quiet=quiet or json) as bars, Sources.open(shop, as_of, bars) as sources:
        found = sources.find(name)
        language = sources.language(lang)
        if found is None:
            document = sources.saved_document(name)
            say_json(document) if json else print_saved(document, language)
        else:
            document = sources.learnt_document(found)
            say_json(document) if json else print_learnt(document, language, sources.currency)
    return 0


@segments.command
def preview(
    sentence: Sentence,
    shop: ShopPath = Path(),
    *,
    as_of: AsOf = None,
    lang: Language = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Show how many customers a sentence describes and what each condition keeps, without saving anything."""
    from habitue.cli.segment_printing import print_preview
    from habitue.cli.segment_sources import Sources, preview_document

    with progress(quiet=quiet or json) as bars, Sources.open(shop, as_of, bars) as sources:
        tree = sources.read(sentence, lang)
        document = preview_document(tree, sources.preview(tree))
        say_json(document) if json else print_preview(document, sources.language(lang))
    return 0


@segments.command
def save(
    name: Annotated[str, Parameter(help="Any text on one line; a name that is there gets its next version.")],
    sentence: Sentence,
    shop: ShopPath = Path(),
    *,
    as_of: AsOf = None,
    lang: Language = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Save a segment under a name and compute its members."""
    from habitue.cli.segment_printing import print_saved
    from habitue.cli.segment_sources import Sources

    with progress(quiet=quiet or json) as bars, Sources.open(shop, as_of, bars) as sources:
        tree = sources.read(sentence, lang)
        sources.check_name(name)
        sources.store.save(name, tree)
        sources.store.compute(name, sources.shop, sources.moment)
        document = sources.saved_document(name)
        say_json(document) if json else print_saved(document, sources.language(lang))
    return 0


@segments.command
def export(
    name: Name,
    shop: ShopPath = Path(),
    *,
    csv: Annotated[Path | None, Parameter(help="File to write; without it the list is printed.")] = None,
    version: Annotated[
        int | None, Parameter(help="An older definition of a saved segment, as it was; with --as-of at an old moment.")
    ] = None,
    as_of: AsOf = None,
    lang: Language = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Hand over the members of a segment as a CSV list of customer numbers; saved ones are brought up to date."""
    from habitue.cli.segment_printing import print_written, write_csv
    from habitue.cli.segment_sources import Sources

    with progress(quiet=quiet or json) as bars, Sources.open(shop, as_of, bars) as sources:
        called, at, members = sources.members(name, version)
        document = {"segment": called, "as_of": at, "customers": len(members), "csv": csv}
        if csv is not None:
            write_csv(members, csv)
        if json:
            say_json(document | ({"members": members} if csv is None else {}))
        elif csv is None:
            write_csv(members, None)
        else:
            print_written(document, sources.language(lang))
    return 0


@segments.command
def migrate(
    shop: ShopPath = Path(),
    *,
    from_date: Annotated[str, Parameter(name="--from", help="The earlier day: 2024-03-31.")],
    to_date: Annotated[str | None, Parameter(name="--to", help="The later day; default: after the last order.")] = None,
    lang: Language = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Show how customers moved between the learnt segments, today's rules applied on both days, and why."""
    from habitue.cli.segment_printing import print_migration
    from habitue.cli.segment_sources import Sources

    with progress(quiet=quiet or json) as bars, Sources.open(shop, None, bars) as sources:
        document = sources.migration(from_date, to_date)
        say_json(document) if json else print_migration(document, sources.language(lang))
    return 0


@segments.command
def compare(
    file: Annotated[Path, Parameter(help="CSV with the columns customer_id and segment.")],
    shop: ShopPath = Path(),
    *,
    as_of: AsOf = None,
    horizon_days: Annotated[int, Parameter(help="Days of outcomes that segments are judged by.")] = 90,
    at: Annotated[
        list[int] | None, Parameter(help="Also compare at equal numbers of segments: --at 4 --at 8.", negative="")
    ] = None,
    lang: Language = None,
    json: AsJson = False,
    quiet: Quiet = False,
) -> int:
    """Judge a segmentation of your own by what customers did afterwards, beside Habitue's and the usual ones.

    The file must say in which segment customers were on --as-of (default: so long before the last order that the
    outcomes are known).
    """
    from habitue.cli.segment_printing import print_comparison
    from habitue.cli.segment_sources import Sources, read_segmentation
    from habitue.evaluate import segbench

    with progress(quiet=quiet or json) as bars, Sources.open(shop, as_of, bars) as sources:
        given = read_segmentation(file)
        moment = sources.moment if as_of else sources.moment - timedelta(days=horizon_days)
        found = segbench(
            sources.shop, given, as_of=moment, horizon_days=horizon_days, name=file.stem, at=tuple(at or ())
        )
        rows: list[dict[str, Any]] = found.to_arrow().to_pylist()
        document = {"as_of": moment, "horizon_days": horizon_days, "rows": rows}
        say_json(document) if json else print_comparison(document, sources.language(lang))
    return 0
