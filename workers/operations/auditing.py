"""Writes what a command is about to do into the audit trail."""

from __future__ import annotations

from producers.runtime.audit.trail import record
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.logs import configure_logging
from producers.runtime.settings import Settings


def audited(ledger: SyncLedger, settings: Settings, action: str, subject: str, **details: str) -> None:
    """Write it down, before it is done.

    Raises:
        LedgerUnavailable: it could not be written: then it must not be done.
    """
    with configure_logging(settings):
        record(ledger, settings.state_dir, action, subject, details)
