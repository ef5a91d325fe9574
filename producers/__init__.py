"""Everything up to "it is on the queue": the public API of services, the contract of the queue, and what every
process needs to boot.

    from producers import Enqueuer
"""

from producers.acceptance import Order
from producers.contract.tokens import Token
from producers.enqueue import AsyncEnqueuer, Enqueuer
from producers.errors import (
    ArchiveOutdated,
    ArchiveUnavailable,
    FieldError,
    InvalidCommand,
    LedgerLockdown,
    LedgerUnavailable,
    NotFinalizable,
    OrderConflict,
    OrderUnknown,
    ProducerError,
    QueueFull,
    SettingsError,
    SplitUnknown,
    WaitTimeout,
)
from producers.finalizing import Callback, ChallengeForm, challenge_form, read_callback
from producers.runtime.settings import Settings
from producers.splits.accepting import SplitPayment
from producers.vault import Tokeniser

__all__ = [
    "ArchiveOutdated",
    "ArchiveUnavailable",
    "AsyncEnqueuer",
    "Callback",
    "ChallengeForm",
    "Enqueuer",
    "FieldError",
    "InvalidCommand",
    "LedgerLockdown",
    "LedgerUnavailable",
    "NotFinalizable",
    "Order",
    "OrderConflict",
    "OrderUnknown",
    "ProducerError",
    "QueueFull",
    "Settings",
    "SettingsError",
    "SplitPayment",
    "SplitUnknown",
    "Token",
    "Tokeniser",
    "WaitTimeout",
    "challenge_form",
    "read_callback",
]
