"""What `habitue check` finds on a real export, and how well `habitue init` maps columns."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.headers import HEADER_STYLES
from bench.headers.styles_after import STYLES_AFTER
from bench.quality_headers import HeaderScore, measure_headers
from bench.row import Row
from habitue.data.initialise import initialise
from habitue.data.shop import Shop

#: Counted by hand-written queries on the file; what `habitue check` must say.
_EXPECTED = {
    "rows": 541_909,
    "no_customer": 135_080,
    "duplicates": 5_268,
    "cancellations": 9_288,
    "bad_price": 2_517,
    "no_description": 1_454,
}


def run(data: Path) -> Iterator[Row]:
    """Load Online Retail as a stranger would, read the findings, then guess the columns of every header style."""
    with tempfile.TemporaryDirectory() as folder:
        initialise([str(data / "online_retail" / "online_retail.parquet")], Path(folder))
        with Shop.open(folder) as shop:
            counts = {each.name: each.count for each in shop.findings}
    for name, expected in _EXPECTED.items():
        got = counts.get(name, 0)
        yield Row(
            f"quality/online_retail/{name}",
            got,
            "rows",
            "count of the finding after init with no help; baseline: counted by a hand-written query",
            baseline=expected,
            bar=f"= {expected}",
            met=got == expected,
        )
    yield from _headers()


def _headers() -> Iterator[Row]:
    score = measure_headers((*HEADER_STYLES, *STYLES_AFTER))
    parts = {
        "recognised": [each for each in score.per_style if each.language != "other"],
        "before_code": [each for each in score.per_style if each.language != "other" and each.before_code],
    }
    for name, styles in parts.items():
        part = HeaderScore(tuple(styles))
        yield Row(
            f"quality/headers/{name}",
            round(part.share, 4),
            "share",
            f"share of {part.columns} meaningful columns of {len(styles)} styles mapped right by init"
            f"{', only styles written before the code' if name == 'before_code' else ''}; {part.warned_share:.0%} of "
            "all columns carry a warning; baseline: wrong guesses without a warning",
            baseline=part.wrong_without_warning,
            bar="≥ .95 and 0 wrong without a warning",
            met=part.share >= 0.95 and part.wrong_without_warning == 0,
        )
