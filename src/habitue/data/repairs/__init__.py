"""Repairs of order lines: rows are marked, never deleted, and every mark is recorded."""

from habitue.data.repairs.lines import Repaired, repair_order_lines

__all__ = ["Repaired", "repair_order_lines"]
