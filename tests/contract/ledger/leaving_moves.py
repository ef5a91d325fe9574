"""Calls by which orders leave the ledger, drawn among all others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from cardinity_client.money import Money
from producers.contract.states import TERMINAL
from producers.runtime.ledger import calls, retire_calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.tombstones import Tombstone
from tests.contract.ledger.chain_moves import ChainMoves
from tests.contract.ledger.duty_moves import ORDERS

_Makers = tuple[Callable[[], Call[Any]], ...]


class Leaving(ChainMoves):
    """Draws one call after the other. `record` reads an order as it is."""

    def __init__(self, random: Random, record: Callable[[str], Record]) -> None:
        super().__init__(random)
        self.record = record
        self._latest: Call[Any] = calls.fence()
        self._further = self.next
        self.tokens["ORD-3"] = f"{random.getrandbits(128):032x}"

    def leaving(self) -> Iterator[Call[Any]]:
        """What brings orders to where they are held, asked, or gone on for."""
        begin, self._further = self.random.choice(
            ((self.held, self.next_of_held), (self.chained, self.next_of_chained), (self.asked, self.next_of_asked))
        )
        yield from begin()

    def next_of_leaving(self) -> Call[Any]:
        """Any call; one in four that lets an order leave, or that says it again."""
        makers: _Makers = (
            *(self._retire,) * 6,
            *(lambda: self._latest,) * 2,
            *(self._further,) * 16,
            self._bury,
            self._ended,
        )
        # What ends an order at once would end a chain before it has begun.
        at_once: _Makers = () if self._further == self.next_of_chained else (*(self.next,) * 4, self._ending)
        return self.random.choice((*makers, *at_once))()

    def _any_order(self) -> str:
        return self.random.choice((self._order(), self._member()))

    def _retire(self) -> Call[Any]:
        record = self.record(self._any_order())
        if record.state not in TERMINAL:
            return self.next()
        if self.random.random() < 0.1:
            record = Record(record.order_id, {**record.fields, "since": b"1"})
        self._latest = retire_calls.retire(record, kept_ms=self.random.choice((0, 0, 300)))
        return self._latest

    def _ended(self) -> Call[Any]:
        return retire_calls.ended("0", 1000, kept_ms=self.random.choice((0, 300)))

    def _bury(self) -> Call[Any]:
        amount = Money(self.random.choice((1000, 2500)), "EUR")
        return retire_calls.bury(
            self.random.choice((*ORDERS, "ORD-9")), Tombstone("approved", 1_768_471_200_000, amount, "default")
        )
