"""The public API for services: one call, one durable accept. Its asyncio face is in `enqueue_async`.

`charge` returns once the order is on the ledger's disk. Called again with the same content it returns the order's
present state, so a caller that timed out simply repeats it. The queue message is only a wake-up: if it cannot be
placed now, the workers' sweeper does it later, and the accept stands.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from cardinity_client.secret import Secret
from producers.acceptance import Acceptance, Order, order_of, withdrawn
from producers.contract.commands import Charge
from producers.contract.events import Event
from producers.contract.fields import ACCOUNT_DEFAULT
from producers.contract.names import REFUND, SETTLEMENT, VOID
from producers.enqueue_async import AsyncEnqueuer
from producers.errors import OrderConflict, SplitUnknown, WaitTimeout
from producers.feed import LAST_COMMAND, Position, entries_of, position_of, read_command
from producers.finalizing import prepare_finalize
from producers.intake import LOOK_FIRST_S, LOOK_MAX_S, Intake, asks, replicas_of, row_of, wake_ups, withdrawal
from producers.lanes import UNDER_WAY_MAX, Answers, Lanes, chunks
from producers.runtime.clients import sync_client
from producers.runtime.ledger import keys, tombstones
from producers.runtime.ledger.batch_calls import Kept, keep_manifest
from producers.runtime.ledger.epoch import missing, pin_ledger
from producers.runtime.ledger.executors import LOST, SyncLedger
from producers.runtime.ledger.record import Record, record_from
from producers.runtime.queue import place
from producers.runtime.settings import Settings
from producers.runtime.tracing.opening import PRODUCER, end, sync_ledger, tracer_of
from producers.splits import looking
from producers.splits.accepting import SplitPart, SplitPayment
from producers.standing import Standing, questions, standings
from producers.verification import Shown, Verification

__all__ = ["AsyncEnqueuer", "Enqueuer"]


class Enqueuer:
    """Accepts payments for services that block. Safe to share between threads; create it after a fork.

    Raises:
        SettingsError: a setting is missing or contradicts another.
        LedgerLockdown: the ledger is not the one this host knows.
        LedgerUnavailable: Redis does not answer, or the disk of STATE_DIR is full or gone.
    """

    def __init__(self, settings: Settings) -> None:
        self._intake = Intake(settings)
        self._queue = sync_client(settings.redis_queue_url, settings)
        self._redis = sync_client(settings.redis_ledger_url, settings)
        epoch = pin_ledger(self._redis, settings.state_dir, **replicas_of(settings)).epoch
        self._tracer = tracer_of(settings, PRODUCER, epoch)
        self._ledger = sync_ledger(self._tracer, self._redis, epoch, **replicas_of(settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def session_key(self) -> Secret[bytes]:
        """What `challenge_form` seals sessions with for the door of `cardinity http`; all producers of a ledger have
        the same.
        """
        return self._intake.sealer.fingerprint_key

    @property
    def ledger(self) -> SyncLedger:
        """The connection that all of this goes over, for rooms that ask the ledger what services have no call for."""
        return self._ledger

    def close(self) -> None:
        """Close the connections."""
        self._queue.close()
        self._redis.close()
        end(self._tracer)

    def charge(self, /, **fields: object) -> Order:
        """Accept one charge; the fields are those of a batch row or of the gateway's own request.

        Raises:
            InvalidCommand: a field is wrong; nothing was stored.
            OrderConflict: the order_id is taken by other content.
            QueueFull: Redis is full; nothing was stored.
            LedgerUnavailable: no answer; call again with the same arguments.
        """
        return self._accepted(self._intake.charge(fields))

    def refund(self, /, **fields: object) -> Order:
        """Accept one refund of an approved payment, all of it or a part: `order_id` names the refund, `payment_id` the
        payment; `amount`, `currency`, and `description`, `account`, `expires_at_ms` if wanted. Raises as `charge`.
        """
        return self._accepted(self._intake.follow_up(REFUND, fields))

    def settle(self, /, **fields: object) -> Order:
        """Accept one settlement of a hold, all of it or less. Fields as of `refund`; raises as `charge`."""
        return self._accepted(self._intake.follow_up(SETTLEMENT, fields))

    def void(self, /, **fields: object) -> Order:
        """Accept that a hold is let go. Fields as of `refund`, without an amount; raises as `charge`."""
        return self._accepted(self._intake.follow_up(VOID, fields))

    def link(self, /, **fields: object) -> Order:
        """Accept that a payment link is made: `order_id`, `amount`, `currency`, `description`; `country`, `expires_at`
        (UTC with Z), `account`, `expires_at_ms` if wanted. Pending, it has its `link_url`. Raises as `charge`.
        """
        return self._accepted(self._intake.link(fields))

    def cancel_link(self, order_id: str) -> Order:
        """Let nobody begin to pay on that link any more. The order ends once it is certain that nobody has.

        Raises:
            OrderUnknown: no such order.
            InvalidCommand: `order_without_link`, its order is for something else.
        """
        return withdrawn(order_id, self._ledger.run(withdrawal(order_id, link=True)))

    def cancel(self, order_id: str) -> Order:
        """Call an order back that is not sent yet: one told as accepted or claimed never will be, and ends as cancelled
        shortly. Any other is told as it stands, and left alone; of a link see `cancel_link`.

        Raises:
            OrderUnknown: no such order.
        """
        order = withdrawn(order_id, self._ledger.run(withdrawal(order_id)))
        self._wake([order])
        return order

    def split(self, /, **fields: object) -> SplitPayment:
        """Accept one payment in parts, all of it or nothing: `split_id`, `total`, `parts`, `all_or_nothing`, and of
        `charge` what all parts have in common. Called again it tells how the payment stands.

        Raises:
            InvalidCommand: a field is wrong, or `part_taken`, an order has the name of a part; nothing was stored.
            OrderConflict: the split_id is taken by other content.
            QueueFull: Redis is full; nothing was stored.
            LedgerUnavailable: no answer; call again with the same arguments.
        """
        acceptance = self._intake.split(fields)
        split = acceptance.told(self._ledger.run(acceptance.call)) or self.get_split(acceptance.split.split_id)
        self._wake(split.parts)
        return split

    def get_split(self, split_id: str) -> SplitPayment:
        """The payment in parts as it is now.

        Raises:
            SplitUnknown: no such payment.
            LedgerLockdown: none that this ledger knows of, and it is not the one that it was.
        """
        row = self._ledger.read(*looking.row_of(split_id))
        if not row:
            raise missing(split_id, self._ledger.epoch, self._ledger.read("GET", keys.EPOCH), SplitUnknown)
        look = looking.look(split_id, row)
        return look.told(self._ledger.read_many(look.questions))

    def wait_split(self, split_id: str, timeout_s: float) -> SplitPayment:
        """The payment in parts once no part changes any more, and what was to be given back is.

        Raises:
            WaitTimeout: it was still open after `timeout_s`; its present state is in the error.
        """
        ends_at, pause_s = time.monotonic() + timeout_s, LOOK_FIRST_S
        while not (split := self.get_split(split_id)).final:
            if not time.monotonic() + pause_s <= ends_at:
                raise WaitTimeout(split_id, split.state, timeout_s, "split")
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, LOOK_MAX_S)
        return split

    def charge_many(self, charges: Iterable[Charge], *, batch: str = "") -> Iterator[Order | Exception]:
        """Accept many parsed charges in shared round trips; answers in order, conflicts as values.

        Nobody waits for the orders of a `batch`, so that is its name for reports, and workers take others first.

        While Redis writes one chunk the next is sealed, so up to two chunks more than were answered may be accepted
        when the caller stops early.
        """
        under_way: deque[Answers] = deque()
        with Lanes(self._ledger, self._intake.settings.redis_connections_max) as lanes:
            for chunk in chunks(charges):
                under_way.append(lanes.accept([self._intake.acceptance_of(charge, batch) for charge in chunk]))
                if len(under_way) == UNDER_WAY_MAX:
                    yield from self._woken(under_way.popleft()(), batch)
            while under_way:
                yield from self._woken(under_way.popleft()(), batch)

    def conflicts(self, charges: Iterable[Charge]) -> Iterator[OrderConflict | None]:
        """What `charge_many` would refuse each charge for, as the ledger is now; accepts nothing. In order."""
        for chunk in chunks(charges):
            names = [charge.order_id for charge in chunk]
            records = tombstones.found(names, self._ledger.read_many(tombstones.questions(names)))
            for charge, record in zip(chunk, records, strict=True):
                yield self._intake.conflict_with(charge, record) if record else None

    def begin_batch(self, batch: str, manifest: Mapping[str, str | int]) -> Kept:
        """Keep what a batch is to hold before its first order; answers what is kept of it, be it of an earlier call."""
        return self._ledger.run(keep_manifest(batch, manifest))

    def finalize(self, order_id: str, *, cres: str | None = None, pares: str | None = None) -> Order:
        """Hand on what the customer's bank answered to 3-D Secure, one of the two; then `wait` for the outcome.

        The same answer again is no second one, and an order that was decided meanwhile is answered as it stands.

        Raises:
            InvalidCommand: it is nothing that a bank's page posts.
            OrderUnknown: no such order.
            NotFinalizable: the order waits for no customer, or for the answer of the other version.
        """
        finalizing = prepare_finalize(order_id, cres=cres, pares=pares)
        end = self._ledger.run(finalizing.call)
        order = finalizing.told(end)
        with suppress(*LOST):  # it is due all the same: the sweeper finds it
            for call in finalizing.wake_ups(end, time.time()):
                place(self._queue, call)
        return order

    def get(self, order_id: str) -> Order:
        """The order as it is now.

        Raises:
            OrderUnknown: no such order.
            LedgerLockdown: none that this ledger knows of, and it is not the one that it was.
        """
        return order_of(self._record(order_id))

    def verify(self, order_id: str, shown: Shown | None = None, *, asked: bool = False) -> Verification:
        """Whether the order's row, what its producer signed, and what the gateway shows agree; raises as `get`.
        `shown` is what `CardinityClient.get_payment`, or `get_refund` and the like, has answered; None beside `asked`:
        the gateway knows nothing of it.
        """
        return self._intake.verification(self._record(order_id), shown, asked=asked)

    def disputes(self, account: str = ACCOUNT_DEFAULT) -> list[Standing]:
        """The chargebacks of that account that were told by events, newest first, and what each of them stops.

        Raises:
            InvalidCommand: no account can be called that.
        """
        book, stopped = (self._ledger.read(*question) for question in questions(account))
        return standings(book, stopped)

    def wait(self, order_id: str, timeout_s: float, *, or_asked: bool = False) -> Order:
        """The order once its outcome is final; with `or_asked` also once its customer must be sent somewhere: to the
        bank, or to a link that is there.

        Raises:
            WaitTimeout: it was still open after `timeout_s`; its present state is in the error.
        """
        ends_at, pause_s = time.monotonic() + timeout_s, LOOK_FIRST_S
        while not (order := self.get(order_id)).final and not (or_asked and asks(order)):
            if not time.monotonic() + pause_s <= ends_at:  # said so that a limit that is no number is over at once
                raise WaitTimeout(order_id, order.state, timeout_s)
            time.sleep(pause_s)
            pause_s = min(pause_s * 2, LOOK_MAX_S)
        return order

    def events(self, after: str = "$", *, idle_s: float | None = None) -> Iterator[tuple[Position, Event]]:
        """Result events as they come, each with the position to go on from; ends after `idle_s` without any."""
        position = position_of(self._ledger.read(*LAST_COMMAND)) if after == "$" else Position(after)
        while True:
            entries = entries_of(self._ledger.read(*read_command(position, block_s=idle_s)))
            if not entries and idle_s is not None:
                return
            for position, event in entries:
                yield position, event

    def _record(self, order_id: str) -> Record:
        if row := self._ledger.read("HGETALL", row_of(order_id)):
            return record_from(order_id, row)
        if stone := self._ledger.read(*tombstones.question(order_id)):
            return tombstones.record_of(order_id, stone)
        raise missing(order_id, self._ledger.epoch, self._ledger.read("GET", keys.EPOCH))

    def _accepted(self, acceptance: Acceptance) -> Order:
        order = acceptance.told(self._ledger.run(acceptance.call))
        self._wake([order])
        return order

    def _woken(self, told: list[Order | Exception], batch: str) -> list[Order | Exception]:
        self._wake([order for order in told if isinstance(order, Order)], batch)
        return told

    def _wake(self, orders: Sequence[Order | SplitPart], batch: str = "") -> None:
        for call in wake_ups(orders, batch):
            try:
                place(self._queue, call)
            except LOST:
                return  # accepted all the same: the sweeper enqueues it
