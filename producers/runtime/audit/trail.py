"""Writes one line of the audit trail: one call per action, made before the action is done.

So nothing is done unwritten, and a line says what was asked for: what came of it, its subject tells. The end of the
chain goes three ways: beside the stream, to this host's disk, to the log. Who cuts lines off must reach all of them.
"""

from __future__ import annotations

import getpass
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import structlog

from producers.contract.audit import START, Entry, chained
from producers.errors import LedgerUnavailable
from producers.runtime.audit import heads
from producers.runtime.ledger.audit_calls import Behind, Seen, append
from producers.runtime.ledger.executors import SyncLedger

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

#: Others that may append in between before we give up.
TRIES_MAX: Final = 50


def actor_here() -> str:
    """Who we are: the user of this process, and its host."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = f"uid-{os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def record(
    ledger: SyncLedger,
    state_dir: Path,
    action: str,
    subject: str,
    details: Mapping[str, str],
    *,
    seen: Seen | None = None,
    actor: str | None = None,
) -> Entry | None:
    """Append what is about to be done to the trail; None when it was `seen` before.

    `actor` is who does it, where that is not this process' user.

    Raises:
        LedgerUnavailable: it could not be written, so the action must not be done.
    """
    entry, before = None, START
    for _ in range(TRIES_MAX):
        match ledger.run(append(entry, before, seen)):
            case Behind(before, at_ms):
                entry = chained(
                    before, at_ms=at_ms, actor=actor or actor_here(), action=action, subject=subject, details=details
                )
            case True if entry:
                _keep(entry, state_dir)
                return entry
            case _:
                return None
    raise LedgerUnavailable("others append to the audit trail all the time", ambiguous=False)


def _keep(entry: Entry, state_dir: Path) -> None:
    log.warning("audited", action=entry.action, actor=entry.actor, subject=entry.subject, sequence=entry.seq,
                hash=entry.head.hash)  # fmt: skip
    try:
        heads.keep(state_dir, entry.head)
    except OSError as error:  # the line is written, and the log has its end
        log.warning("audit_end_not_kept", sequence=entry.seq, problem=error.strerror or type(error).__name__)
