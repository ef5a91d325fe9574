"""What the client of one account tells, passed on with the account's name."""

from __future__ import annotations

from typing import Protocol

from cardinity_client.hooks import Hooks
from cardinity_client.operations import OPERATIONS
from workers.payments.limiter import Limiter

#: What the client calls a charge.
_CHARGE = "create_payment"
_WRITES = frozenset(operation.name for operation in OPERATIONS)


class AccountWatcher(Hooks, Protocol):
    """Listens to the clients of all accounts, and to what becomes of the accounts."""

    def account_charged(self, account: str, kind: str) -> None:
        """An attempt to charge through this account has ended so."""

    def account_unread(self, account: str, why: str) -> None:
        """A read through this account has failed so: a code of the client's."""

    def account_paused(self, account: str, why: str, key: str) -> None:
        """Nothing is sent through the account any more: the gateway refuses that consumer key (`http_401`)."""

    def account_resumed(self, account: str) -> None:
        """The gateway takes the account's key again."""

    def trouble(self, where: str, code: str, order_id: str) -> None:
        """Something needs an operator's eye."""


class AccountHooks:
    """The `Hooks` of one account's client."""

    def __init__(self, account: str, watcher: AccountWatcher, limiter: Limiter | None) -> None:
        self._account = account
        self._watcher = watcher
        self._limiter = limiter
        self.retry_scheduled = watcher.retry_scheduled
        self.breaker_changed = watcher.breaker_changed

    def attempt_finished(self, operation: str, kind: str, duration_s: float) -> None:
        """As `Hooks.attempt_finished`."""
        self._watcher.attempt_finished(operation, kind, duration_s)
        if operation == _CHARGE:
            self._watcher.account_charged(self._account, kind)
            if self._limiter is not None and kind != "unsent":
                self._limiter.answered(duration_s)
        elif operation not in _WRITES and kind != "ok":
            self._watcher.account_unread(self._account, kind)
