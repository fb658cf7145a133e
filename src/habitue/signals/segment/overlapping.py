"""How segments of different families overlap: learnt ones, named RFM, lifecycle stages and saved ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import combinations

import pandas as pd
import pyarrow as pa

from habitue.signals.segment.language import SegmentStore

__all__ = ["OVERLAP", "overlap", "saved_members"]

OVERLAP = pa.schema([
    ("family", pa.string()), ("segment", pa.string()), ("other_family", pa.string()), ("other_segment", pa.string()),
    ("customers", pa.int64()), ("share", pa.float64()), ("other_share", pa.float64()), ("jaccard", pa.float64()),
])  # fmt: skip


def overlap(families: Mapping[str, pa.Table]) -> pa.Table:
    """Count the customers that segments of different families share.

    Parameters
    ----------
    families : mapping of str to Arrow table
        For each family (``learnt``, ``rfm``, ``lifecycle``, ``saved``): customer_id and segment. A customer may be in
        several segments of a family.

    Returns
    -------
    Arrow table
        ``segment_overlap``: family, segment, other_family, other_segment, customers (in both), share (of the segment),
        other_share (of the other), jaccard (in both as a share of in either); pairs that share any customer.

    Examples
    --------
    >>> one = pa.table({"customer_id": ["ann", "bob"], "segment": ["a", "a"]})
    >>> two = pa.table({"customer_id": ["bob", "cat"], "segment": ["x", "x"]})
    >>> overlap({"one": one, "two": two}).select(["customers", "jaccard"]).to_pylist()
    [{'customers': 1, 'jaccard': 0.3333333333333333}]
    """
    frames = {name: table.select(["customer_id", "segment"]).to_pandas() for name, table in families.items()}
    frames = {name: frame.dropna().drop_duplicates() for name, frame in frames.items()}
    sizes = {name: frame["segment"].value_counts() for name, frame in frames.items()}
    parts = []
    for left, right in combinations(frames, 2):
        joined = frames[left].merge(frames[right], on="customer_id", suffixes=("", "_other"))
        counted = joined.groupby(["segment", "segment_other"], observed=True).size()
        pairs = counted.rename("customers").reset_index().rename(columns={"segment_other": "other_segment"})
        size = pairs["segment"].map(sizes[left]).astype(float)
        other = pairs["other_segment"].map(sizes[right]).astype(float)
        shared = pairs["customers"]
        parts.append(
            pairs.assign(
                family=left,
                other_family=right,
                share=shared / size,
                other_share=shared / other,
                jaccard=shared / (size + other - shared),
            )
        )
    parts = [part for part in parts if len(part)]
    if not parts:
        return OVERLAP.empty_table()
    return pa.Table.from_pandas(pd.concat(parts, ignore_index=True), OVERLAP, preserve_index=False)


def saved_members(store: SegmentStore, as_of: datetime, fingerprint: str | None = None) -> pa.Table:
    """Return the stored members of all saved segments that are fresh at a moment: customer_id, segment (its name)."""
    parts = []
    for each in store.list(fingerprint=fingerprint, as_of=as_of):
        if each.state == "fresh" and each.as_of == as_of:
            members = store.members(each.name, as_of=as_of).select(["customer_id"])
            parts.append(members.append_column("segment", pa.repeat(pa.scalar(each.name), members.num_rows)))
    empty = pa.schema([("customer_id", pa.string()), ("segment", pa.string())])
    return pa.concat_tables([each.cast(empty) for each in parts]) if parts else empty.empty_table()
