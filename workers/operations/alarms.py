"""Contradictions between ledger and gateway, as the stream of alarms has them: payments that no order names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from producers.contract import states
from producers.runtime.ledger import keys

#: The newest alarms that are looked through. There should be none; but each new reader of the gateway's list tells anew
#: of those that it still shows.
ALARMS_MAX: Final = 1000

Entry = tuple[bytes, Mapping[bytes, bytes]]


@dataclass(frozen=True, slots=True)
class Alarm:
    """`payment_id` was seen at `at_ms`, as its order was in `state` and did not name it; so much of it was given back
    since by orders of ours (minor units).
    """

    at_ms: int
    order_id: str
    state: str
    payment_id: str
    refunded_minor: int = 0

    @property
    def words(self) -> str:
        """What it is, for people."""
        what, how = ("paid twice", " besides") if self.state == states.APPROVED else ("paid after all", "")
        return f"ALARM, {what}: the gateway shows {self.payment_id} as approved{how}"


def question(count: int = ALARMS_MAX) -> tuple[str | int, ...]:
    """Asks the ledger for the newest of them."""
    return ("XREVRANGE", keys.ALARMS, "+", "-", "COUNT", count)


def alarms_from(entries: Iterable[Entry]) -> tuple[Alarm, ...]:
    """Each payment once, as it was first seen; the oldest first."""
    found: dict[tuple[str, str], Alarm] = {}
    for at, fields in entries:
        order_id, state, payment_id = (fields[name].decode() for name in (b"order_id", b"state", b"payment_id"))
        found[order_id, payment_id] = Alarm(int(at.partition(b"-")[0]), order_id, state, payment_id)
    return tuple(sorted(found.values(), key=lambda alarm: alarm.at_ms))


def with_refunds(alarms: Iterable[Alarm], sums: Iterable[bytes | None]) -> tuple[Alarm, ...]:
    """The same with what was given back of each."""
    return tuple(replace(alarm, refunded_minor=int(made or 0)) for alarm, made in zip(alarms, sums, strict=True))
