"""What a worker makes of what operators say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeVar

import msgspec

from producers.errors import LedgerUnavailable
from producers.runtime.ledger.call import Call
from workers.duties.heeding import Heeding

T = TypeVar("T")


@dataclass
class Words:
    """A ledger with nothing but words."""

    said: dict[bytes, bytes] = field(default_factory=dict)
    told: list[dict[str, str]] = field(default_factory=list)
    away: bool = False

    async def run(self, call: Call[T], *, patience_s: float = 0.0) -> T:
        _, text, _ = call.args
        assert isinstance(text, bytes)
        self.told.append(msgspec.json.decode(text) if text else {})
        return call.decode([b"ok"])

    async def read(self, *command: Any) -> Any:
        if self.away:
            raise LedgerUnavailable("away", ambiguous=False)
        return dict(self.said)


@dataclass
class Account:
    """One that remembers what was done to it."""

    name: str
    breaker_state: str = "closed"
    halted: bool = False
    resets: int = 0

    def halt(self, halted: bool) -> None:
        self.halted = halted

    def reset_breaker(self) -> None:
        self.resets += 1
        self.breaker_state = "closed"


def hearing(*accounts: Account) -> tuple[Words, Heeding, list[str]]:
    ledger, troubles = Words(), list[str]()
    return ledger, Heeding("w1", ledger, accounts, lambda where, code: troubles.append(f"{where} {code}")), troubles


async def test_pauses_hold_from_the_first_look_until_they_are_taken_back() -> None:
    """Of what is named and of nothing else; a word that cannot be read is a pause."""
    first, second = Account("first"), Account("second")
    ledger, heeding, _ = hearing(first, second)
    ledger.said = {b"queue:payments": b"{}", b"account:first": b"of a later release"}
    await heeding.look()
    assert [heeding.serves(queue) for queue in ("payments", "payments_batch")] == [False, True]
    assert (first.halted, second.halted) == (True, False)
    ledger.said = {}
    await heeding.look()
    assert (heeding.serves("payments"), first.halted) == (True, False)


async def test_what_was_read_last_holds_while_the_ledger_is_away() -> None:
    """A pause does not end because nobody can be asked about it."""
    account = Account("first")
    ledger, heeding, troubles = hearing(account)
    ledger.said = {b"account:first": b"{}", b"queue:payments": b"{}"}
    await heeding.look()
    ledger.away = True
    await heeding.look()
    assert (account.halted, heeding.serves("payments"), troubles) == (True, False, ["heeding ledger_unavailable"])


async def test_a_reset_is_done_once() -> None:
    """Not one of before this worker began, and none twice."""
    account = Account("first")
    ledger, heeding, _ = hearing(account)
    ledger.said = {b"breaker:first": b"1"}
    await heeding.look()
    assert account.resets == 0
    ledger.said = {b"breaker:first": b"2"}
    await heeding.look()
    await heeding.look()
    assert account.resets == 1


async def test_breakers_are_told_while_one_is_not_closed() -> None:
    """And once more when all are; an ordinary day writes nothing."""
    account = Account("first")
    ledger, heeding, _ = hearing(account, Account("second"))
    await heeding.look()
    assert ledger.told == []
    account.breaker_state = "open"
    await heeding.look()
    account.breaker_state = "closed"
    await heeding.look()
    await heeding.look()
    assert ledger.told == [{"first": "open"}, {}]
