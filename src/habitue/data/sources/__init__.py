"""Readers of files and databases: each gives the source's own columns and row numbers."""

from habitue.data.sources.raw import RawTable, Sample, Sniffed, no_rejects

__all__ = ["RawTable", "Sample", "Sniffed", "no_rejects"]
