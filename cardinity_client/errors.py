"""Every error this package raises, by who can act on it.

    CardinityError                 one root; `code` is stable, the text may change
    ├── MoneyError                 merchant: an amount or a currency that cannot be money
    ├── SettingsInvalid            operator: a setting, or two that contradict each other
    ├── ResponseInvalid            internal: why a gateway body is not believed; a charge ends as `Unknown`
    └── GatewayReadError           a read (get, list) that gave no answer; a read never moves money
        ├── ReadUnavailable        time: unreachable, too slow, 5xx, 429; the only class that is retried
        ├── ReadRefused            operator: 401 or 403, the account's key is wrong
        ├── PaymentNotFound        caller: no such payment under this account
        └── ReadInvalid            operator: an answer that is not the gateway's wire

The ends of a charge are no errors: they are the values of `classify.Answer`.
"""

from __future__ import annotations


class CardinityError(Exception):
    """Root of the package. `code` is a stable snake_case token; neither field ever holds card data."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class MoneyError(CardinityError):
    """Not an amount of money: `amount_*` or `currency_unknown`."""


class SettingsInvalid(CardinityError):
    """A setting that cannot work; the message names it and the rule."""


class ResponseInvalid(CardinityError):
    """A body that cannot be believed. `alarm` asks for a human: it looks like someone else's payment."""

    def __init__(self, code: str, message: str, *, alarm: bool = False) -> None:
        super().__init__(code, message)
        self.alarm = alarm


class GatewayReadError(CardinityError):
    """A read failed. `http_status` is None when no status line was seen."""

    def __init__(self, code: str, message: str, http_status: int | None = None) -> None:
        super().__init__(code, message)
        self.http_status = http_status


class ReadUnavailable(GatewayReadError):
    """Try again later."""


class ReadRefused(GatewayReadError):
    """The account may not read: its key is unknown, rotated or locked."""


class PaymentNotFound(GatewayReadError):
    """The gateway knows no payment of that id under this account."""


class ReadInvalid(GatewayReadError):
    """The answer is not a payment or a list of payments; `code` says what is wrong with it."""
