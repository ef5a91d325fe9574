"""The ends a write can have, as values. `Unknown` is one: it may have happened, and only asking can tell.

A write is a charge, or what goes before or after one: a payment link, a 3-D Secure step, a refund, a settlement, a
void. `resource` is what the gateway says it made or changed. Whoever matches the ends uses `assert_never`, so that a
new one cannot be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Generic, Literal, TypeAlias, TypeVar

from cardinity_client.models.links import PaymentLink
from cardinity_client.models.payments import Payment

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Approved(Generic[T_co]):
    """The bank said yes: charged, held when settlement was put off, settled, given back or let go."""

    kind: ClassVar[Literal["approved"]] = "approved"
    resource: T_co


@dataclass(frozen=True, slots=True)
class Declined(Generic[T_co]):
    """The bank said no; `resource.error` says why."""

    kind: ClassVar[Literal["declined"]] = "declined"
    resource: T_co


@dataclass(frozen=True, slots=True)
class Pending(Generic[T_co]):
    """The gateway has it and has not decided: a 3-D Secure step is due, or it is processing. Poll by id."""

    kind: ClassVar[Literal["pending"]] = "pending"
    resource: T_co


@dataclass(frozen=True, slots=True)
class Done(Generic[T_co]):
    """It is as was asked; no bank had a say in it."""

    kind: ClassVar[Literal["done"]] = "done"
    resource: T_co


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One thing the gateway found wrong. The rejected value is left out: it may be a card number."""

    field: str
    message: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """The gateway refused the request as wrong: nothing came of it, and it moved no money.

    That says nothing of requests before it: what was settled, let go or decided once is rejected the second time.
    """

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
    """It may have happened. `alarm` calls a human: the answer contradicts the request or itself."""

    kind: ClassVar[Literal["unknown"]] = "unknown"
    reason: str
    http_status: int | None
    alarm: bool


#: Nothing came of it, or nobody knows: the same for every write.
Failure: TypeAlias = Rejected | AccountProblem | RateLimited | Unsent | Unknown

#: The ends of what a bank decides.
Decision: TypeAlias = Approved[T_co] | Declined[T_co] | Pending[T_co] | Failure

#: The ends of a charge, and of its 3-D Secure step.
Answer: TypeAlias = Decision[Payment]

#: The ends of what the gateway decides alone.
LinkAnswer: TypeAlias = Done[PaymentLink] | Failure

#: The ends of any write that the gateway decided, and all ends of any write.
Verdict: TypeAlias = Approved[Any] | Declined[Any] | Pending[Any] | Done[Any]
AnyAnswer: TypeAlias = Verdict | Failure
