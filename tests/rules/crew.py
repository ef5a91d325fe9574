"""Workers of a story, one by one, and the duties that all of them share."""

from __future__ import annotations

import asyncio
import itertools
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

import msgspec

from cardinity_client import CardinityClient
from producers.contract import states
from producers.contract.card_fields import Mode
from producers.contract.names import QUEUE_PAYMENTS
from producers.errors import LedgerLockdown
from producers.runtime.clients import sync_client
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.executors import Executor
from producers.runtime.queue.calls import SWEEP_MARK, message_keys
from producers.vault import load_opening_keys, load_producers
from tests.rules.witness import Witness
from tests.rules.world import ORDER, World
from workers.duties.sweeper import Pending, Sweeper, SweepRules
from workers.duties.wakeups import QueueWakeups
from workers.payments import observer as steps
from workers.payments.charge import Charger
from workers.payments.checks import Checks
from workers.payments.intent_log import IntentLog
from workers.payments.lane import Lane
from workers.payments.promise import ChargeRules
from workers.payments.spool import Spool
from workers.resolver.hints import Hints
from workers.resolver.journal import Journal
from workers.resolver.looks import Looks
from workers.resolver.mirror import Mirror, MirrorRules
from workers.resolver.pace import Pace
from workers.resolver.resolver import Resolver
from workers.resolver.verdict import Rules

ACCOUNT = "default"
#: Where an order needs nobody's care any more but a human's.
_ENDS = states.TERMINAL | {states.PARKED}
#: Credits of a list read, as in the settings.
CREDITS = 60
#: Rounds after which a recovery that has not come to an end never will.
ROUNDS = 6
#: One attempt: 1 s at the gateway, D = 1.5 s, a claim holds for 2 s.
RULES = ChargeRules(
    window_s=1.5,
    lease_s=2.0,
    presence_s=60.0,
    claims_max=5,
    hold_back_s=0.0,
    attempt_deadline_s=1.0,
    patience_s=0.3,
)

_NUMBERS = itertools.count(1)


@dataclass
class Hand:
    """One worker's spine."""

    name: str
    world: World
    charger: Charger
    lane: Lane
    witness: Witness
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def take(self, order_id: str = ORDER) -> None:
        """Handle a wake-up call for the order."""
        await self.charger(order_id)

    def begin(self, order_id: str = ORDER) -> None:
        """The same, in the background."""
        self.tasks.append(asyncio.create_task(self.charger(order_id)))

    @property
    def busy(self) -> bool:
        """Whether something begun has not ended."""
        return not all(task.done() for task in self.tasks)

    async def finished(self) -> None:
        """Wait for the end of everything begun; a worker that was killed on the way has ended too."""
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def stop_short(self) -> None:
        """What was begun ends where it is; the worker itself goes on giving signs of life."""
        for task in self.tasks:
            task.cancel()
        await self.finished()

    async def die(self) -> None:
        """Gone in the middle of everything, and no longer among the living."""
        await self.stop_short()
        self.world.ledger.read("ZADD", keys.WORKERS, 0, self.name)


def hire(
    world: World, name: str, *, ledger: Executor | None = None, mode: Mode = "test", rules: ChargeRules = RULES
) -> Hand:
    """A worker on that ledger, with credits to send."""
    settings, witness = world.settings, Witness()
    assert settings.seal_private_keys_file is not None and settings.producers_file is not None
    executor = ledger or world.executor()
    client = CardinityClient(settings.client_settings(), hooks=witness)
    world.exits.push_async_callback(client.aclose)
    lane = Lane(
        ACCOUNT, client, executor, verdict_rules(world), breaker_wait_s=0.1, on_low_credits=lambda _: None, sharers=1
    )
    opening_keys = load_opening_keys(settings.seal_private_keys_file)
    checks = Checks(opening_keys, load_producers(settings.producers_file), mode=mode)
    spool = Spool(settings.state_dir, name)
    # A scenario hires the same worker twice; two processes never have one name, and so never one log.
    own = f"{name}-{next(_NUMBERS)}"
    log = IntentLog(settings.state_dir, own, room_bytes=10**6, failed=lambda code: witness.trouble("log", code, ""))
    world.exits.callback(log.close)
    charger = Charger(name, executor, {ACCOUNT: lane}, checks, spool, rules, witness, promised=log.write)
    with suppress(LedgerLockdown):
        world.ledger.run(calls.present(name))
        world.ledger.run(calls.begin_scan(ACCOUNT, CREDITS))
    return Hand(name, world, charger, lane, witness)


def hints_of(world: World, witness: Witness) -> Hints:
    """What heeds hints in a worker."""
    client, ledger = CardinityClient(world.settings.client_settings(), hooks=witness), world.executor()
    world.exits.push_async_callback(client.aclose)
    resolver = Resolver(ACCOUNT, client, ledger, verdict_rules(world), witness)
    return Hints([(client, resolver)], ledger, witness)


def verdict_rules(world: World, clean_scans: int = 3) -> Rules:
    """When the list is believed to show everything."""
    settings = world.settings
    return Rules(int(settings.absence_horizon_s * 1000), int(settings.clock_skew_s * 1000), clean_scans, "prove")


class Killed(Exception):
    """Stands for `kill -9` where a witness strikes: nothing of the product catches it."""


def killed() -> None:
    """The end of a worker, at the point it has reached.

    Raises:
        Killed: always.
    """
    raise Killed


async def wear_out(world: World, count: int) -> None:
    """So many workers die of the order, each as soon as it has claimed it."""
    for number in range(count):
        doomed = hire(world, f"doomed-{number}")
        doomed.witness.at[steps.CLAIMED] = killed
        doomed.begin()
        await doomed.finished()
        await doomed.die()
        world.later()


class Duties:
    """Mirror, resolver and sweeper of one process, a step at a time."""

    def __init__(
        self,
        world: World,
        *,
        ledger: Executor | None = None,
        queue_url: str = "",
        clean_scans: int = 3,
        looks: Looks | None = None,
    ) -> None:
        self._world = world
        self._queue_url = queue_url or world.settings.redis_queue_url.reveal()
        self._ledger = ledger or world.executor()
        self.witness = Witness()
        self._client = CardinityClient(world.settings.client_settings(), hooks=self.witness)
        world.exits.push_async_callback(self._client.aclose)
        rules = verdict_rules(world, clean_scans)
        self.horizon_ms = rules.horizon_ms
        # Looks follow each other as fast as the story goes.
        looks = looks or Looks(gap_min_s=0.0, gap_share=0.0)
        self.resolver = Resolver(ACCOUNT, self._client, self._ledger, rules, self.witness, looks)
        #: Who follows up what is pending.
        self.pending: Pending = self.resolver

    async def scan(self, count: int = 1, *, blind_s: float = 10.0) -> None:
        """Read the gateway's list so often, one read after the other; `blind_s` after one that was not kept."""
        # A pause that nobody sits out: each read that ends hurries the next one on.
        rules = MirrorRules(100, CREDITS, 3, Pace(fastest_s=10.0, busy_s=blind_s))
        mirror = Mirror(ACCOUNT, self._client, self._ledger, rules, self.witness, busy=lambda: True)
        left = count

        def ended() -> None:
            nonlocal left
            left -= 1
            mirror.hurry()

        self.witness.on_scan = ended
        await mirror.run(lambda: left > 0)

    def clean_scan_ms(self) -> int:
        """When the latest read began that could be read as a whole, by the ledger's clock."""
        journal = self._world.ledger.read("HGET", keys.coverage(ACCOUNT), "journal")
        return msgspec.json.decode(journal, type=Journal).clean_starts_ms[-1]

    async def sweep(self) -> None:
        """Put on the queue what is due, and make unknown what is overdue."""
        wakeups = QueueWakeups(self._world.client(self._queue_url))
        rules = SweepRules(interval_s=1.0, batch=100, of_batches=1, grace_s=0.0, grace_max_s=0.0, presence_s=3.0)
        await Sweeper(self._ledger, wakeups, self.pending, rules, lambda *_: None).sweep()

    async def recover(self) -> None:
        """What a living crew does until every order has ended or waits for a human, or nothing more comes of it."""
        world = self._world
        hand = hire(world, "rescuer")
        with suppress(LedgerLockdown):
            for _ in range(ROUNDS):
                waiting = [order_id for order_id in world.order_ids if world.record(order_id).state not in _ENDS]
                if not waiting:
                    return
                for order_id in waiting:
                    world.later(order_id)
                await self.scan(3)
                await self.sweep()
                await self.work_off(hand)
                await self.resolver.round()
            return
        world.halted = True

    async def work_off(self, hand: Hand) -> None:
        """Let one worker take everything that is on the queue."""
        with sync_client(self._world.settings.redis_queue_url, self._world.settings) as queue:
            ids, messages = message_keys(QUEUE_PAYMENTS)
            while message_id := cast("bytes | None", queue.lpop(ids)):
                queue.hdel(messages, message_id)
                await hand.take(message_id.decode().partition(SWEEP_MARK)[0])
