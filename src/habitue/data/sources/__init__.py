"""Readers of files and databases: each gives the source's own columns and row numbers."""

from habitue.data.sources.raw import Part, RawTable, Sample, Sniffed, no_rejects
from habitue.data.sources.sniff import sample, sniff

__all__ = ["Part", "RawTable", "Sample", "Sniffed", "no_rejects", "sample", "sniff"]
