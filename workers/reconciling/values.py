"""What is held against each other, and what comes of it."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

#: What may be wrong:
#: `absent`: the gateway knows nothing of a payment, or a refund, that we say was made.
#: `status`: it has another outcome there.
#: `amount`: it is of another amount or currency.
#: `reference`: it was made for another order.
#: `unrecorded`: the gateway lists an approved payment of an order that we say was not charged.
#: `second`: it lists an approved payment of an order beside the one that we know.
#: `foreign`: it lists a payment that is no order's of ours, and the account is ours alone.
What = Literal["absent", "status", "amount", "reference", "unrecorded", "second", "foreign"]
WHATS: Final[tuple[What, ...]] = ("absent", "status", "amount", "reference", "unrecorded", "second", "foreign")


class Side(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How one side tells of a payment, or of what followed one. Absent is what it does not tell."""

    id: str | None = None
    state: str
    amount_minor: int | None = None
    currency: str | None = None
    reference: str | None = None


class Difference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing that is told in two ways, with both."""

    what: What
    account: str
    order_id: str | None = None
    ours: Side | None = None
    theirs: Side | None = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """A run. Times are epoch milliseconds.

    `both` were found on both sides and are the same; `ours` on ours alone; `theirs` are listed by the gateway and no
    order's of ours, like those of other systems on the account. `unread` could not be asked for.
    """

    run_id: str
    began_at_ms: int
    ended_at_ms: int
    from_ms: int
    until_ms: int
    both: int
    ours: int
    theirs: int
    unread: int
    differences: tuple[Difference, ...]
