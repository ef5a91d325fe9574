"""`Enqueuer` for asyncio: the same calls, awaited, over the same intake."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

import redis
import redis.asyncio

from cardinity_client.secret import Secret
from producers.acceptance import Acceptance, Order, order_of, withdrawn
from producers.contract.events import Event
from producers.contract.fields import ACCOUNT_DEFAULT
from producers.contract.names import REFUND, SETTLEMENT, VOID
from producers.errors import SplitUnknown, WaitTimeout
from producers.feed import LAST_COMMAND, Position, entries_of, position_of, read_command
from producers.finalizing import prepare_finalize
from producers.intake import LOOK_FIRST_S, LOOK_MAX_S, Intake, asks, replicas_of, row_of, wake_ups, withdrawal
from producers.runtime.clients import async_client, sync_client
from producers.runtime.ledger import keys, tombstones
from producers.runtime.ledger.epoch import missing, pin_ledger
from producers.runtime.ledger.executors import LOST
from producers.runtime.ledger.failures import translate
from producers.runtime.ledger.record import Record, record_from
from producers.runtime.link import Link
from producers.runtime.queue import place_async
from producers.runtime.settings import Settings
from producers.runtime.tracing.opening import PRODUCER, async_ledger, end, tracer_of
from producers.runtime.tracing.tracer import Tracer
from producers.splits import looking
from producers.splits.accepting import SplitPart, SplitPayment
from producers.standing import Standing, questions, standings
from producers.verification import Shown, Verification


class AsyncEnqueuer:
    """`Enqueuer` for asyncio: the same calls, awaited. Open it with `await AsyncEnqueuer.open(settings)`."""

    def __init__(
        self,
        intake: Intake,
        queue: redis.asyncio.Redis,
        client: redis.asyncio.Redis,
        epoch: str,
        tracer: Tracer | None = None,
    ) -> None:
        self._intake = intake
        # One connection for all callers: of a pool, a thousand at once would want a thousand.
        self._queue = Link(queue)
        self._redis = client
        self._tracer = tracer
        self._ledger = async_ledger(tracer, client, epoch, **replicas_of(intake.settings))

    @classmethod
    async def open(
        cls, settings: Settings, *, service: str = PRODUCER, tell: Callable[[str, int], None] | None = None
    ) -> Self:
        """Connect; raises as `Enqueuer` does. `service` and `tell` are for traces: see `tracer_of`."""
        with sync_client(settings.redis_ledger_url, settings) as client:
            pin = await asyncio.to_thread(pin_ledger, client, settings.state_dir, **replicas_of(settings))
        return cls(
            Intake(settings),
            async_client(settings.redis_queue_url, settings),
            async_client(settings.redis_ledger_url, settings),
            pin.epoch,
            tracer_of(settings, service, pin.epoch, tell=tell),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._ledger.aclose()
        await self._queue.aclose()
        await self._redis.aclose()
        await asyncio.to_thread(end, self._tracer)

    @property
    def session_key(self) -> Secret[bytes]:
        """As `Enqueuer.session_key`."""
        return self._intake.sealer.fingerprint_key

    @property
    def epoch(self) -> str:
        """Which ledger this is."""
        return self._ledger.epoch

    async def charge(self, /, **fields: object) -> Order:
        """As `Enqueuer.charge`."""
        return await self._accepted(self._intake.charge(fields))

    async def refund(self, /, **fields: object) -> Order:
        """As `Enqueuer.refund`."""
        return await self._accepted(self._intake.follow_up(REFUND, fields))

    async def settle(self, /, **fields: object) -> Order:
        """As `Enqueuer.settle`."""
        return await self._accepted(self._intake.follow_up(SETTLEMENT, fields))

    async def void(self, /, **fields: object) -> Order:
        """As `Enqueuer.void`."""
        return await self._accepted(self._intake.follow_up(VOID, fields))

    async def link(self, /, **fields: object) -> Order:
        """As `Enqueuer.link`."""
        return await self._accepted(self._intake.link(fields))

    async def cancel_link(self, order_id: str) -> Order:
        """As `Enqueuer.cancel_link`."""
        return withdrawn(order_id, await self._ledger.run(withdrawal(order_id, link=True)))

    async def cancel(self, order_id: str) -> Order:
        """As `Enqueuer.cancel`."""
        order = withdrawn(order_id, await self._ledger.run(withdrawal(order_id)))
        await self._wake([order])
        return order

    async def split(self, /, **fields: object) -> SplitPayment:
        """As `Enqueuer.split`."""
        acceptance = self._intake.split(fields)
        told = acceptance.told(await self._ledger.run(acceptance.call))
        split = told or await self.get_split(acceptance.split.split_id)
        await self._wake(split.parts)
        return split

    async def get_split(self, split_id: str) -> SplitPayment:
        """As `Enqueuer.get_split`."""
        row = await self._ledger.read(*looking.row_of(split_id))
        if not row:
            raise missing(split_id, self._ledger.epoch, await self._ledger.read("GET", keys.EPOCH), SplitUnknown)
        look = looking.look(split_id, row)
        return look.told(await asyncio.gather(*(self._ledger.read(*question) for question in look.questions)))

    async def wait_split(self, split_id: str, timeout_s: float) -> SplitPayment:
        """As `Enqueuer.wait_split`."""
        loop = asyncio.get_running_loop()
        ends_at, pause_s = loop.time() + timeout_s, LOOK_FIRST_S
        while not (split := await self.get_split(split_id)).final:
            if not loop.time() + pause_s <= ends_at:
                raise WaitTimeout(split_id, split.state, timeout_s, "split")
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LOOK_MAX_S)
        return split

    async def finalize(self, order_id: str, *, cres: str | None = None, pares: str | None = None) -> Order:
        """As `Enqueuer.finalize`."""
        finalizing = prepare_finalize(order_id, cres=cres, pares=pares)
        end = await self._ledger.run(finalizing.call)
        order = finalizing.told(end)
        with suppress(*LOST):
            for call in finalizing.wake_ups(end, time.time()):
                await place_async(self._queue, call)
        return order

    async def get(self, order_id: str) -> Order:
        """As `Enqueuer.get`."""
        return order_of(await self._record(order_id))

    async def verify(self, order_id: str, shown: Shown | None = None, *, asked: bool = False) -> Verification:
        """As `Enqueuer.verify`."""
        return self._intake.verification(await self._record(order_id), shown, asked=asked)

    async def disputes(self, account: str = ACCOUNT_DEFAULT) -> list[Standing]:
        """As `Enqueuer.disputes`."""
        book, stopped = [await self._ledger.read(*question) for question in questions(account)]
        return standings(book, stopped)

    async def wait(self, order_id: str, timeout_s: float, *, or_asked: bool = False) -> Order:
        """As `Enqueuer.wait`."""
        loop = asyncio.get_running_loop()
        ends_at, pause_s = loop.time() + timeout_s, LOOK_FIRST_S
        while not (order := await self.get(order_id)).final and not (or_asked and asks(order)):
            if not loop.time() + pause_s <= ends_at:
                raise WaitTimeout(order_id, order.state, timeout_s)
            await asyncio.sleep(pause_s)
            pause_s = min(pause_s * 2, LOOK_MAX_S)
        return order

    async def events(self, after: str = "$", *, idle_s: float | None = None) -> AsyncIterator[tuple[Position, Event]]:
        """As `Enqueuer.events`."""
        position = position_of(await self._ledger.read(*LAST_COMMAND)) if after == "$" else Position(after)
        while True:
            # Not through the coalescing executor: a read that waits would hold up everybody else's commands.
            try:
                reply = await self._redis.execute_command(*read_command(position, block_s=idle_s))
            except LOST as error:
                raise translate(error) from None
            entries = entries_of(reply)
            if not entries and idle_s is not None:
                return
            for position, event in entries:
                yield position, event

    async def _record(self, order_id: str) -> Record:
        if row := await self._ledger.read("HGETALL", row_of(order_id)):
            return record_from(order_id, row)
        if stone := await self._ledger.read(*tombstones.question(order_id)):
            return tombstones.record_of(order_id, stone)
        raise missing(order_id, self._ledger.epoch, await self._ledger.read("GET", keys.EPOCH))

    async def _accepted(self, acceptance: Acceptance) -> Order:
        order = acceptance.told(await self._ledger.run(acceptance.call))
        await self._wake([order])
        return order

    async def _wake(self, orders: Sequence[Order | SplitPart]) -> None:
        for call in wake_ups(orders):
            try:
                await place_async(self._queue, call)
            except LOST:
                return  # accepted all the same: the sweeper enqueues it
