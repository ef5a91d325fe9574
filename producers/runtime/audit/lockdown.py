"""Writes down that a ledger answered which is not the pinned one, once for each host and ledger; and its rebuilding."""

from __future__ import annotations

import socket
from collections.abc import Mapping

from producers.contract.audit_losses import TRAIL_ENDED
from producers.errors import ProducerError
from producers.runtime.audit.heads import trail_ended
from producers.runtime.audit.trail import log, record
from producers.runtime.clients import sync_client
from producers.runtime.ledger import keys
from producers.runtime.ledger.audit_calls import Seen
from producers.runtime.ledger.epoch import remembered
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.settings import Settings


def record_lockdown(settings: Settings) -> None:
    """Write it into the ledger that answered, with the end of the trail that this host knew. Where that takes no
    writes, the log has it alone: a lockdown holds whether it is written down or not."""
    pin = remembered(settings.state_dir)
    try:
        with sync_client(settings.redis_ledger_url, settings) as client:
            ledger = SyncLedger(client, "")
            epoch = ledger.read("GET", keys.EPOCH)
            found = epoch.decode() if epoch else "none"
            record(
                ledger,
                settings.state_dir,
                "ledger.lockdown",
                found,
                {"pinned": pin.epoch if pin else "none", TRAIL_ENDED: trail_ended(settings.state_dir)},
                seen=Seen(f"lockdown:{socket.gethostname()}", f"{found} {pin.epoch if pin else ''}"),
            )
    except ProducerError as refusal:
        log.error("lockdown_not_audited", code=refusal.code)


def record_recovery(settings: Settings, lost: str, details: Mapping[str, str]) -> None:
    """Write down that the ledger with the epoch `lost` is about to be rebuilt, which ends its lockdown.

    Raises:
        LedgerUnavailable: it could not be written: then it must not be done.
    """
    with sync_client(settings.redis_ledger_url, settings) as client:
        told = {**details, TRAIL_ENDED: trail_ended(settings.state_dir)}
        record(SyncLedger(client, ""), settings.state_dir, "ledger.recover", lost, told)
