"""What we publish and what came of it: typed, versioned, atomic tables in the shop's own folder."""

from habitue.ledger.entries import Entries, Entry
from habitue.ledger.ledger import Ledger
from habitue.ledger.published import LedgerTable
from habitue.ledger.record import RunRecord, TableRecord
from habitue.ledger.run import LedgerRun
from habitue.ledger.shelf import ModelShelf

__all__ = ["Entries", "Entry", "Ledger", "LedgerRun", "LedgerTable", "ModelShelf", "RunRecord", "TableRecord"]
