"""What an operator acts with: the two databases, the audit trail, a name, and whether it is a rehearsal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import redis

from producers.runtime.ledger.executors import LOST, SyncLedger
from producers.runtime.ledger.failures import translate

T = TypeVar("T")


class Audit(Protocol):
    """The audit trail."""

    def __call__(self, action: str, subject: str, **details: str) -> None:
        """Write down what is about to be done.

        Raises:
            LedgerUnavailable: it could not be written; then it must not be done.
        """
        ...


@dataclass(frozen=True, slots=True)
class Desk:
    """`by` says who acts. With `dry_run` everything is checked, and nothing is written down or done."""

    ledger: SyncLedger
    ledger_client: redis.Redis
    queue_client: redis.Redis
    audit: Audit
    by: str
    dry_run: bool = False

    def now_ms(self) -> int:
        """The ledger's clock."""
        seconds, microseconds = self.ledger.read("TIME")
        return int(seconds) * 1000 + int(microseconds) // 1000

    def do(self, action: str, subject: str, deed: Callable[[], T], **details: str) -> T | None:
        """Write it down, then do it; None in a rehearsal.

        Raises:
            LedgerUnavailable: it was not written down, and so not done; or a database does not answer.
        """
        if self.dry_run:
            return None
        self.audit(action, subject, **{name: text for name, text in details.items() if text})
        try:
            return deed()
        except LOST as error:
            raise translate(error) from None

    def ask_queue(self, *command: Any) -> Any:
        """The reply of the queue's database to one command.

        Raises:
            LedgerUnavailable: it does not answer.
        """
        try:
            return self.queue_client.execute_command(*command)
        except LOST as error:
            raise translate(error) from None
