"""Opens the desk at which operators act: the databases, the audit trail, and who is asking."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from producers.runtime.audit.trail import actor_here, record
from producers.runtime.clients import sync_client
from producers.runtime.settings import Settings
from workers.operations.auditing import audited
from workers.operations.desk import Desk
from workers.operations.writing import writing


@contextmanager
def at_desk(settings: Settings, *, rehearsal: bool = False, by: str = "") -> Iterator[Desk]:
    """A desk for `by`, in a process that has its log; without a name for this process' user."""
    with (
        writing(settings) as ledger,
        sync_client(settings.redis_ledger_url, settings) as ledger_client,
        sync_client(settings.redis_queue_url, settings) as queue_client,
    ):

        def audit(action: str, subject: str, **details: str) -> None:
            if by:
                record(ledger, settings.state_dir, action, subject, details, actor=by)
            else:
                audited(ledger, settings, action, subject, **details)

        yield Desk(ledger, ledger_client, queue_client, audit, by or actor_here(), rehearsal)
