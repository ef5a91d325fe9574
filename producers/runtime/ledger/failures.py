"""What a failed Redis command means for us: the one place where redis-py's exceptions are translated."""

from __future__ import annotations

import redis.exceptions as theirs

from producers.errors import LedgerLockdown, LedgerUnavailable, ProducerError, QueueFull
from producers.runtime.ledger.call import Reply
from producers.runtime.tls_trouble import tls_trouble

#: Starts of replies after which the command certainly did not run.
REFUSED = ("READONLY", "LOADING", "MISCONF", "NOREPLICAS", "BUSY", "MASTERDOWN", "NOAUTH", "NOPERM", "TRYAGAIN")


def translate(error: BaseException) -> ProducerError:
    """Our error for one of redis-py's; `ambiguous` says that the command may have run."""
    text = str(error)
    if isinstance(error, theirs.OutOfMemoryError) or text.startswith("OOM"):
        return QueueFull("Redis is at its memory limit and refused the write; nothing was stored")
    if isinstance(error, theirs.ResponseError | theirs.AuthenticationError) or text.startswith(REFUSED):
        return LedgerUnavailable(f"Redis refused the command: {text.split(' ', 1)[0]}", ambiguous=False)
    if trouble := tls_trouble(error):
        return LedgerUnavailable(f"no TLS with Redis: {trouble}", ambiguous=True)
    return LedgerUnavailable(f"no answer from Redis: {type(error).__name__}", ambiguous=True)


def refuse_foreign_epoch(reply: Reply) -> None:
    """Raise when the ledger that answered is not the one this process was started against."""
    if reply[0] == b"lockdown":
        found = reply[1]
        assert isinstance(found, bytes)
        raise LedgerLockdown(found.decode() or None)
