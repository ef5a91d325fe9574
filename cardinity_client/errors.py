"""Every error this package raises, by who can act on it.

    CardinityError                 one root; `code` is stable, the text may change
    ├── MoneyError                 merchant: an amount or a currency that cannot be money
    ├── SettingsInvalid            operator: a setting, or two that contradict each other
    ├── RequestInvalid             caller: what was asked cannot be asked; nothing was sent
    ├── NotificationInvalid        nobody: a notification that is not the gateway's, or not as it writes them
    ├── ResponseInvalid            internal: why a gateway body is not believed; a write ends as `Unknown`
    └── GatewayReadError           a read (get, list) that gave no answer; a read never moves money
        ├── ReadUnavailable        time: unreachable, too slow, 5xx, 429; the only class that is retried
        ├── ReadRefused            operator: 401 or 403, the account's key is wrong
        ├── ObjectNotFound         caller: no such object under this account
        │   └── PaymentNotFound    caller: no such payment
        └── ReadInvalid            operator: an answer that is not the gateway's wire

The ends of a write are no errors: they are values, in `answers`.
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


class RequestInvalid(CardinityError):
    """A request that would be wrong, told before it leaves. `field` is the one that is meant, as the wire names it."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(code, message)
        self.field = field


class NotificationInvalid(CardinityError):
    """A notification that is refused; it changes nothing. `field` is empty when the whole is meant."""

    def __init__(self, code: str, message: str, field: str = "") -> None:
        super().__init__(code, message)
        self.field = field


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


class ObjectNotFound(GatewayReadError):
    """The gateway knows no object of that id under this account, or no payment that it would belong to."""


class PaymentNotFound(ObjectNotFound):
    """The gateway knows no payment of that id under this account."""


class ReadInvalid(GatewayReadError):
    """The answer is not what was asked for, or not of it; `code` says what is wrong with it."""
