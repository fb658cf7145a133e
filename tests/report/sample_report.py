"""Report contents made up for tests: a shop of ordinary size, a tiny one, and one whose texts are hostile."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import replace

from sample_predictions import CATEGORIES, cards, churn, need, value
from sample_segments import outlook

from habitue.data.finding import Finding, Section, Severity
from habitue.features import CATALOGUE
from habitue.report.contents import (
    Action,
    ActionCustomer,
    CohortCell,
    Group,
    KeyFigures,
    Measure,
    ReportContents,
    RfmCell,
    RfmSegment,
    SalesMonth,
    SegmentMeasure,
    Spend,
    StageFlow,
    StageMonth,
)
from habitue.schema import TABLES, Words
from habitue.signals.segment.rfm import CELLS
from habitue.signals.segment.words import HISTORY_NOTE, LIFECYCLE_STAGES, RFM_SEGMENTS

AS_OF = dt.datetime(2024, 3, 10)
STAGES = list(LIFECYCLE_STAGES)
HOSTILE = "<script>alert('é')</script><img src=x onerror=alert(1)>\"&{{ 7*7 }}"


def _month(back: int) -> dt.date:
    number = AS_OF.year * 12 + AS_OF.month - 1 - back
    return dt.date(number // 12, number % 12 + 1, 1)


def _history() -> tuple[StageMonth, ...]:
    moments = [dt.datetime.combine(_month(back), dt.time()) for back in range(12, -1, -1)] + [AS_OF]
    return tuple(
        StageMonth(at, stage, 40 + 9 * number + 7 * place, 900.0 * (number + 3 * place + 1), number > 5)
        for number, at in enumerate(moments)
        for place, stage in enumerate(STAGES)
    )


def _flows() -> tuple[StageFlow, ...]:
    return tuple(
        StageFlow(AS_OF - dt.timedelta(days=days), AS_OF, start, end, 3 + 5 * (start == end) * days, 120.5)
        for days in (30, 90)
        for start in ["none", *STAGES]
        for end in STAGES
        if (len(start) + len(end)) % 3 or start == end
    )


def _cohorts() -> tuple[CohortCell, ...]:
    return tuple(
        CohortCell(
            _month(back), k, 200 - 9 * back, 200 - 9 * back if k == 0 else 60 - 3 * k, 4000.0, k < back, back == 12
        )
        for back in range(12, -1, -1)
        for k in range(back + 1)
    )


def _rfm() -> tuple[tuple[RfmCell, ...], tuple[RfmSegment, ...]]:
    cells = tuple(
        RfmCell(
            r, fm, next(c.segment for c in CELLS if c.r[0] <= r <= c.r[1] and c.fm[0] <= fm < c.fm[1]), r * fm, 80.0
        )
        for r in range(1, 6)
        for fm in range(1, 6)
        if (r, fm) != (1, 5)
    )
    segments = tuple(
        RfmSegment(code, size, 80.0 * size, 30.0, 3.0, 75.5)
        for code in RFM_SEGMENTS
        if (size := sum(cell.customers for cell in cells if cell.segment == code))
    )
    return cells, segments


def _profiles() -> tuple[SegmentMeasure, ...]:
    return tuple(
        SegmentMeasure(family, code, 12 + 9 * place, measure, 3.5 * place, 400 / (place + 1) if place < 6 else None)
        for family, groups in (("rfm", RFM_SEGMENTS), ("lifecycle", LIFECYCLE_STAGES))
        for place, code in enumerate(groups)
        for measure in ("spend", "orders", "recency_days", "return_share")
    )


def _finding(code: str, section: Section, value: str | None) -> Finding:
    return Finding(
        code,
        code.lower(),
        section,
        Severity.WARNING,
        "order_lines",
        Words(f"Something was seen ({code})", f"发现问题（{code}）"),
        column="product_title",
        count=12,
        out_of=3400,
        first_row=7,
        first_value=value,
        done=Words("Marked", "已标记"),
        do=Words("Look at it", "请核对"),
    )


def ordinary(*, text: str = "Tea & Thread", currency: str = "EUR") -> ReportContents:
    """A shop that has everything; ``text`` is put wherever the merchant's own words are shown."""
    cells, segments = _rfm()
    return ReportContents(
        shop=text,
        currency=currency,
        as_of=AS_OF,
        written_at=AS_OF + dt.timedelta(hours=9),
        figures=KeyFigures(
            customers=1234,
            orders=5678,
            repeat_share=0.437,
            average_order_value=48.2,
            spend=(Spend(30, 21_000.0, 20_000.0), Spend(90, 60_000.0, 72_000.0), Spend(365, 254_000.0, None)),
            first_order_at=dt.datetime(2023, 3, 1, 9),
            last_order_at=dt.datetime(2024, 3, 9, 18, 30),
        ),
        actions=tuple(
            Action(
                code,
                Words(f"Care for {code}", f"关怀{code}"),
                Words("Write.", "联系。"),
                Words("So.", "因此。"),
                code,
                9,
                77e3,
            )
            for code in STAGES
        ),
        stake_basis=Words("Stake: what they spent.", "涉及金额：消费额。"),
        hold_out=Words("Leave a tenth out.", "留出十分之一。"),
        action_customers=tuple(
            ActionCustomer(code, f"{text}-{n}", 12.5, math.pi * n, Words("late", "逾期"))
            for code in STAGES
            for n in range(3)
        ),
        findings=tuple(_finding(f"D9{n:02d}", section, text) for n, section in enumerate(Section)),
        missing_tables=tuple(TABLES[name] for name in ("events", "stock")),
        history=_history(),
        flows=_flows(),
        months=tuple(
            SalesMonth(_month(back), back > 0, 90 + back, 70, 20, 50, 41_000.0 + back, 900.0, 5_000.0)
            for back in range(13, -1, -1)
        ),
        cohorts=_cohorts(),
        rfm_cells=cells,
        rfm_segments=segments,
        profiles=_profiles(),
        stages={code: Group(w.name, w.description, w.treatment) for code, w in LIFECYCLE_STAGES.items()},
        segments={code: Group(w.name, w.description, w.treatment) for code, w in RFM_SEGMENTS.items()},
        measures={name: Measure(each.unit, each.meaning) for name, each in CATALOGUE.items()},
        history_note=HISTORY_NOTE,
        learnt=outlook(text),
        value=value(text),
        churn=churn(text),
        need=need(CATEGORIES if text == "Tea & Thread" else tuple(f"{text} {n}" for n in range(8))),
        models=cards(),
        versions={"habitue": "0.1.0", "run": "000001-20240310", "rfm": "1"},
    )


def bare() -> ReportContents:
    """A shop of which nothing is known yet."""
    return ReportContents("Empty", "", AS_OF, AS_OF)


def one_month() -> ReportContents:
    """A shop with one month, one cohort and no flows."""
    full = ordinary()
    return replace(
        full,
        months=full.months[-1:],
        history=tuple(each for each in full.history if each.at == AS_OF),
        flows=(),
        cohorts=full.cohorts[-1:],
        actions=(),
        findings=(),
    )
