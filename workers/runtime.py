"""Everything one worker process needs while its loop runs, built in order and let go of in reverse.

The composition of the payment side: which ledger, which accounts, which background duties. Nothing here decides
anything about an order.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
from collections.abc import Coroutine
from functools import partial
from typing import Any

from producers.contract.envelope import OpeningKeys, ProducerRegistry
from producers.contract.names import MESSAGE_VERSION
from producers.errors import LedgerUnavailable, ProducerError
from producers.intake import replicas_of
from producers.runtime.audit.lockdown import record_lockdown
from producers.runtime.clients import async_client
from producers.runtime.durability import check_redis_async
from producers.runtime.ledger.epoch import Pin
from producers.runtime.ledger.executors import AsyncLedger
from producers.runtime.settings import Settings
from producers.runtime.tracing.opening import WORKER, async_ledger, end, tracer_of
from workers.accounts.merchant import Merchant
from workers.accounts.pending import PendingByAccount
from workers.duties.heeding import Heeding
from workers.duties.keyring import KeyWatch
from workers.duties.leader import Duty, Leader
from workers.duties.presence import Presence
from workers.duties.publisher import Publisher
from workers.duties.sweeper import Sweeper
from workers.duties.vigil import Vigil
from workers.duties.wakeups import QueueWakeups
from workers.event_loop.cancelling import cancel_and_wait
from workers.payments.admission import Admission
from workers.payments.chains import Chains
from workers.payments.charge import Charger
from workers.payments.checks import Checks
from workers.payments.finalize import Finalizer
from workers.payments.intent_log import IntentLog
from workers.payments.recording import Recording
from workers.payments.routing import Routing
from workers.payments.spool import Spool
from workers.payments.two_phase import TwoPhase
from workers.quarantine import LedgerQuarantine
from workers.resolver.hints import Hints
from workers.risk.files import RiskFiles
from workers.risk.gate import RiskGate
from workers.risk.learning import Learning
from workers.rules import charge_rules, finalize_rules, sweep_rules, two_phase_rules
from workers.watching import Watcher
from workers.workflows.sealing import Sealers
from workers.workflows.splits import Splits

#: Seconds between two tries to record what the spool holds.
SPOOL_EVERY_S = 2.0
#: Seconds between two moments at which counts become visible to scrapers, which come every 5-60 s.
FLUSH_EVERY_S = 0.5
#: What duties are told by a ledger that is not the pinned one: it goes into the audit trail, once.
_LOCKDOWN = "ledger_lockdown"


class PaymentRuntime:
    """One worker's clients, ledger, lanes and duties. `open` and `close` run on the event loop."""

    def __init__(
        self,
        settings: Settings,
        pin: Pin,
        opening_keys: OpeningKeys,
        vault_keys: OpeningKeys,
        producers: ProducerRegistry,
        watcher: Watcher,
        risk: RiskFiles | None = None,
    ) -> None:
        self.worker = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"
        self._settings = settings
        self._pin = pin
        self._checks = Checks(opening_keys, producers, mode=settings.cardinity_mode, vault=vault_keys)
        self._sealers = Sealers(opening_keys, producers, settings.cardinity_mode)
        self._watcher = watcher
        failed, room_bytes = partial(self._trouble, "intent_log"), settings.intent_log_mb * 1_000_000
        self._intent_log = IntentLog(settings.state_dir, self.worker, room_bytes=room_bytes, failed=failed)
        self._risk = risk
        self._tasks: set[asyncio.Task[None]] = set()
        self._locked_down: asyncio.Future[None] | None = None

    async def open(self) -> None:
        """Connect, take up the background duties, and record what an earlier worker could not."""
        settings = self._settings
        self._redis = async_client(settings.redis_ledger_url, settings)
        self._queue = async_client(settings.redis_queue_url, settings)
        self._quarantine = LedgerQuarantine(self._redis)
        self._tracer = tracer_of(settings, WORKER, self._pin.epoch, tell=self._watcher.spans)
        self.ledger = async_ledger(self._tracer, self._redis, self._pin.epoch, **replicas_of(settings))
        self._mirror_ledger = AsyncLedger(self._redis, self._pin.epoch)
        self._merchants = tuple(
            Merchant(account, settings, self.ledger, self._mirror_ledger, self._watcher, self._tracer)
            for account in settings.merchants
        )
        spool, rules = Spool(settings.state_dir, self.worker), charge_rules(settings)
        self._book = Recording(self.ledger, spool, self._watcher, patience_s=rules.patience_s)
        self._charger = Charger(
            self.worker,
            self.ledger,
            {merchant.name: merchant.lane for merchant in self._merchants},
            self._checks,
            spool,
            rules,
            self._watcher,
            lambda: self._presence.intents_seen,
            lambda order_id: self._finalizer(order_id),
            Routing(merchant.route for merchant in self._merchants),
            self._intent_log.write,
            self._risk_gate(),
        )
        accounts = ((merchant.client, merchant.judge) for merchant in self._merchants)
        self._hints = Hints(accounts, self.ledger, self._watcher)
        self._presence = Presence(
            self.worker,
            self.ledger,
            self._pin,
            settings.state_dir,
            presence_s=settings.presence_s,
            on_trouble=self._trouble,
        )
        lanes = {merchant.name: merchant.lane for merchant in self._merchants}
        others = PendingByAccount((merchant.name, merchant.judge) for merchant in self._merchants)
        second = TwoPhase(self.worker, self.ledger, lanes, others, two_phase_rules(settings), self._watcher)
        chains = Chains(self.ledger, second, self._watcher)
        self._finalizer = Finalizer(
            self.worker,
            self.ledger,
            lanes,
            chains,
            finalize_rules(settings),
            self._watcher,
        )
        self._heeding = Heeding(self.worker, self.ledger, self._merchants, self._trouble)
        self._admission = Admission(tuple(lanes.values()), self._charger.under_way, self._heeding.serves)
        await self._greet()
        self._start(self._heeding.run())
        self._start(self._presence.run())
        self._start(self._replay())
        self._start(self._flush())
        if not settings.allow_volatile_ledger:
            self._start(self._vigil().run())
        self._watch_keys()
        for merchant in self._merchants:
            self._start(merchant.keep_key())
        for leader in self._leaders():
            self._start(leader.run())

    async def charge(self, order_id: str, version: int) -> None:
        """The handler behind the actor. A message of a later version is left to the worker that wrote it: the
        sweeper wakes the order again."""
        if version > MESSAGE_VERSION:
            self._watcher.trouble("charge", "version_newer", order_id)
            return
        await self._charger(order_id)

    async def heed(self, payment_id: str, version: int) -> None:
        """The handler behind the actor of hints. One of a later version is dropped: the mirror sees the payment."""
        if version <= MESSAGE_VERSION:
            await self._hints.heed(payment_id)

    def admits(self, queue: str) -> int:
        """How many messages of that queue are to be taken now."""
        return self._admission(queue)

    async def put(self, raw: bytes, reason: str) -> None:
        """Quarantine a message that is none of ours (see `LedgerQuarantine`)."""
        await self._quarantine.put(raw, reason)

    async def tend(self) -> None:
        """Watch the duties: they run until they are cancelled."""
        ended, _ = await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            if not task.cancelled():
                task.result()

    def drain(self) -> None:
        """Promise nothing new: orders before their intent go back at once."""
        for merchant in self._merchants:
            merchant.lane.drain()

    async def close(self) -> bool:
        """Stop the duties and disconnect; True if this worker holds no order any more."""
        await cancel_and_wait(self._tasks)
        try:
            held = (await self._presence.beat()).held
        except ProducerError as error:
            self._trouble("close", error.code)
            held = -1
        for merchant in self._merchants:
            await merchant.aclose()
        await self._mirror_ledger.aclose()
        await self.ledger.aclose()
        await self._redis.aclose()
        await self._queue.aclose()
        self._intent_log.close()
        await asyncio.to_thread(end, self._tracer)
        self._watcher.flush()
        return held == 0

    async def _greet(self) -> None:
        """Say that this worker lives, and hear what is paused, before anything is taken."""
        try:
            await self._presence.beat()
        except LedgerUnavailable as error:
            # It was there at the boot's check. `run` says it when it is back; until then there is nothing to take.
            self._trouble("presence", error.code)
        await self._heeding.look()

    def _leaders(self) -> tuple[Leader, ...]:
        settings = self._settings
        wakeups = QueueWakeups(self._queue)
        sweeper = Sweeper(self.ledger, wakeups, self._finalizer, sweep_rules(settings), self._watcher.swept)
        splits = Splits(self.ledger, self._sealers, self._watcher)
        duties: list[tuple[str, Duty]] = [("sweeper", sweeper.run), ("splits", splits.run)]
        duties += ((f"resolver-{merchant.name}", merchant.resolve) for merchant in self._merchants)
        if self._risk:
            duties.append(("risk", Learning(self.ledger, self._risk.rules).run))
        if settings.ledger_replicas:
            duties.append(("publisher", Publisher(self.ledger).run))
        if settings.disputes_interval_s:
            duties += ((f"disputes-{merchant.name}", merchant.disputes) for merchant in self._merchants)
        return tuple(
            Leader(name, duty, self.ledger, lease_s=settings.leader_lease_s, on_trouble=self._trouble)
            for name, duty in duties
        )

    def _risk_gate(self) -> RiskGate | None:
        if (risk := self._risk) is None:
            return None
        return RiskGate(self.ledger, risk.rules, risk.names, risk.countries, self._watcher)

    def _vigil(self) -> Vigil:
        replicas = self._settings.ledger_replicas
        return Vigil(
            lambda: check_redis_async(self._redis, replicas_required=replicas),
            self._pause,
            self._trouble,
            every_s=self._settings.presence_s,
        )

    def _watch_keys(self) -> None:
        settings = self._settings
        for file, take in (
            (settings.seal_private_keys_file, self._rekey),
            (settings.vault_private_keys_file, self._checks.renew_vault),
        ):
            if file:
                self._start(KeyWatch(file, take, self._trouble).run())

    def _rekey(self, keys: OpeningKeys) -> None:
        self._checks.renew(keys)
        self._sealers.renew(keys)

    def _pause(self, why: str, for_s: float) -> None:
        """The ledger is not fit: another account would not help."""
        for merchant in self._merchants:
            merchant.lane.pause(why, for_s=for_s, lasting=False)

    async def _replay(self) -> None:
        while True:
            try:
                await self._book.replay()
            except ProducerError as error:
                self._trouble("spool", error.code)
            except OSError:
                self._trouble("spool", "state_dir_failing")  # tried again; the resolver has those orders meanwhile
            await asyncio.sleep(SPOOL_EVERY_S)

    async def _flush(self) -> None:
        while True:
            await asyncio.sleep(FLUSH_EVERY_S)
            self._watcher.flush()

    def _trouble(self, where: str, code: str) -> None:
        self._watcher.trouble(where, code, "")
        if code == _LOCKDOWN and not self._locked_down:
            self._locked_down = asyncio.get_running_loop().run_in_executor(None, record_lockdown, self._settings)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(self._ended)
        self._tasks.add(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        """One that ends by itself is a bug to hear of."""
        if not task.cancelled() and (error := task.exception()):
            self._trouble("event_loop", type(error).__name__)
