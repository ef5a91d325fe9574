"""The ends a charge can have, as values. `Unknown` is one: it may have happened, and only asking can tell.

Whoever matches them uses `assert_never`, so that a new end cannot be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from cardinity_client.models.payments import Payment


@dataclass(frozen=True, slots=True)
class Approved:
    """Charged, or held when settlement was put off."""

    kind: ClassVar[Literal["approved"]] = "approved"
    payment: Payment


@dataclass(frozen=True, slots=True)
class Declined:
    """The bank said no; `payment.error` says why."""

    kind: ClassVar[Literal["declined"]] = "declined"
    payment: Payment


@dataclass(frozen=True, slots=True)
class Pending:
    """The gateway has it and has not decided: a 3-D Secure step is due, or it is processing. Poll by id."""

    kind: ClassVar[Literal["pending"]] = "pending"
    payment: Payment


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One thing the gateway found wrong. The rejected value is left out: it may be a card number."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The gateway refused the request as wrong; it was never charged."""

    kind: ClassVar[Literal["rejected"]] = "rejected"
    status: int
    title: str
    errors: tuple[FieldFault, ...]


@dataclass(frozen=True, slots=True)
class AccountProblem:
    """401 or 403: nothing is wrong with the order, the account's key is."""

    kind: ClassVar[Literal["account_problem"]] = "account_problem"
    status: int


@dataclass(frozen=True, slots=True)
class RateLimited:
    """The gateway itself asks to come back in `retry_after_s` seconds, at most an hour."""

    kind: ClassVar[Literal["rate_limited"]] = "rate_limited"
    retry_after_s: float


@dataclass(frozen=True, slots=True)
class Unsent:
    """Proven: no byte of the request can have reached the gateway."""

    kind: ClassVar[Literal["unsent"]] = "unsent"
    reason: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been charged. `alarm` calls a human: the answer contradicts the request or itself."""

    kind: ClassVar[Literal["unknown"]] = "unknown"
    reason: str
    http_status: int | None
    alarm: bool


Answer = Approved | Declined | Pending | Rejected | AccountProblem | RateLimited | Unsent | Unknown
