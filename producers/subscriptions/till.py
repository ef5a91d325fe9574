"""What renewals ask of the ledger: what speaks against a card, whether an order is there, that charges are accepted.

A port (`Till`) and its one real form. Orders are handed in through the public API like anybody's: accepted once by
their order_id, however often that is repeated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Final, NamedTuple, Protocol, Self

import msgspec

from cardinity_client.money import Money
from cardinity_client.timeline import Timeline
from producers.acceptance import Order
from producers.contract.budgets import used_up
from producers.contract.commands import Charge, parse_charge
from producers.contract.events import Event
from producers.contract.fingerprint import reference_fingerprint
from producers.contract.renewals import CHARGEBACK_OPEN, NETWORK_BUDGET
from producers.enqueue import Enqueuer
from producers.errors import InvalidCommand, OrderUnknown, ProducerError
from producers.feed import READ_MAX, Position, entries_of
from producers.runtime.ledger import keys
from producers.runtime.ledger.clock import read_now_ms
from producers.runtime.ledger.references import Standing, standing
from producers.runtime.settings import Settings
from producers.subscriptions.book.periods import Attempt
from producers.subscriptions.clock import real_ms, timeline_of
from producers.subscriptions.values import milliseconds, moment

#: The batch that renewals are of: nobody waits for them, so workers take other orders first.
BATCH: Final = "renewals"
#: Milliseconds that the host's clock and the ledger's may be apart: renewals are due at hours of days.
APART_MAX_MS: Final = 300_000


class Card(NamedTuple):
    """A card by an earlier payment, and what it is to be charged."""

    account: str
    payment_id: str
    amount: Money


class Objection(NamedTuple):
    """Why a card is not to be charged (`chargeback_open`, `network_budget`, or nothing), and until when, if that is
    known.
    """

    reason: str
    until_ms: int | None = None


class Till(Protocol):
    """Where charges are handed in. Moments that it tells are those of the clock that renewals go by."""

    def against(self, cards: Sequence[Card]) -> list[Objection]:
        """What the ledger holds against charging each card."""
        ...

    def find(self, order_id: str) -> Order | None:
        """The order as it is now; None when there is none."""
        ...

    def hand_in(self, attempts: Sequence[Attempt]) -> Iterator[tuple[Attempt, Order | Exception]]:
        """Have these accepted, in order; what is wrong with one is a value. Raises LedgerUnavailable, QueueFull."""
        ...

    def events(self, after: Position) -> Iterator[tuple[Position, Event]]:
        """What happened since, and then an end."""
        ...

    def report(self, archive: str, numbers: Mapping[str, int]) -> None:
        """Leave the numbers of that archive where metrics are made of them."""
        ...


class LedgerTill:
    """The ledger's. Raises as `Enqueuer`."""

    def __init__(self, settings: Settings) -> None:
        self._enqueuer = Enqueuer(settings)
        self._mode = settings.cardinity_mode
        self._budgets = settings.network_budgets
        self._fingerprint_key = self._enqueuer.session_key
        self._timeline = timeline_of(settings)
        self._ledger = self._enqueuer.ledger
        self._by_host = settings.clock_url is None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._enqueuer.close()

    def check_clock(self) -> None:
        """Let nobody be charged before their time by a host whose clock is wrong.

        Raises:
            ProducerError: `clock_apart`, it is not the ledger's time. In play that is not asked.
            LedgerUnavailable: it does not answer.
        """
        if not self._by_host:
            return
        apart_ms = real_ms() - read_now_ms(self._ledger)
        if abs(apart_ms) > APART_MAX_MS:
            message = f"this host's clock is {apart_ms / 1000:+.0f} s from the ledger's: synchronise them (NTP)"
            raise ProducerError("clock_apart", message)

    def against(self, cards: Sequence[Card]) -> list[Objection]:
        if not cards:
            return []
        calls = [
            standing(
                card.account,
                card.payment_id,
                card.amount,
                instrument=reference_fingerprint(card.payment_id, self._fingerprint_key),
            )
            for card in cards
        ]
        found = list(self._ledger.run_many(calls))
        timeline = self._timeline()
        return [self._objection(each, timeline) for each in found]

    def find(self, order_id: str) -> Order | None:
        try:
            return _read(self._enqueuer.get(order_id), self._timeline())
        except OrderUnknown:
            return None

    def hand_in(self, attempts: Sequence[Attempt]) -> Iterator[tuple[Attempt, Order | Exception]]:
        charges: list[tuple[Attempt, Charge]] = []
        for attempt in attempts:
            try:
                charges.append((attempt, parse_charge(attempt.fields, now_ms=real_ms(), mode=self._mode)))
            except InvalidCommand as error:
                yield attempt, error
        answers = self._enqueuer.charge_many((charge for _, charge in charges), batch=BATCH)
        timeline = self._timeline()
        for (attempt, _), answer in zip(charges, answers, strict=True):
            yield attempt, _read(answer, timeline) if isinstance(answer, Order) else answer

    def events(self, after: Position) -> Iterator[tuple[Position, Event]]:
        while entries := entries_of(self._ledger.read("XREAD", "COUNT", READ_MAX, "STREAMS", keys.EVENTS, after)):
            timeline = self._timeline()
            for position, event in entries:
                at_ms = timeline.at(milliseconds(event.time))
                yield position, msgspec.structs.replace(event, time=moment(at_ms))
            after = entries[-1][0]

    def report(self, archive: str, numbers: Mapping[str, int]) -> None:
        fields = [part for name, value in numbers.items() for part in (f"{archive}:{name}", value)]
        self._ledger.read("HSET", keys.RENEWALS, *fields)

    def _objection(self, found: Standing, timeline: Timeline) -> Objection:
        """As a worker sees it when the order comes to it."""
        if found.disputes:
            return Objection(CHARGEBACK_OPEN)
        declined_at_ms = [timeline.at(at_ms) for at_ms in found.declined_at_ms]
        over = used_up(self._budgets, found.brand, declined_at_ms, timeline.at(found.now_ms))
        return Objection("") if over is None else Objection(NETWORK_BUDGET, over.until_ms)


def _read(order: Order, timeline: Timeline) -> Order:
    return replace(order, since_ms=timeline.at(order.since_ms))
