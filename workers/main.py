"""The composition root of a worker process: settings, checks, broker, actors. `dramatiq workers.main:boot` starts here.

A boot that cannot be safe does not happen: settings that contradict each other, a Redis that forgets, a ledger that
is not the remembered one, a missing key. Each stops the process with one message that names what is wrong.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable

import dramatiq

from producers.contract.envelope import OpeningKeys, ProducerRegistry
from producers.errors import LedgerLockdown, LedgerUnavailable, ProducerError, QueueFull, SettingsError
from producers.runtime.audit.configuration import record_configuration
from producers.runtime.audit.lockdown import record_lockdown
from producers.runtime.broker import PaymentsBroker
from producers.runtime.clients import async_client, sync_client
from producers.runtime.durability import PASSING_PROBLEMS, check_redis
from producers.runtime.ledger import keys
from producers.runtime.ledger.epoch import Pin, pin_ledger
from producers.runtime.ledger.executors import LOST, SyncLedger
from producers.runtime.ledger.failures import translate
from producers.runtime.logs import configure_logging
from producers.runtime.metrics import Metrics
from producers.runtime.settings import READS_IN_FLIGHT_MAX, Settings
from producers.vault import check_apart, load_producers, opening_keys, vault_keys
from workers import actors
from workers.event_loop import EventLoop, LoopSettings
from workers.host.core_dumps import forbid_core_dumps
from workers.host.open_files import allow_open_files
from workers.middleware import ExitStatus, ProcessGroup, Watchdog
from workers.release import release
from workers.risk.files import read_risk_files
from workers.runtime import PaymentRuntime
from workers.telemetry import Telemetry
from workers.watching import Watcher

#: sysexits' EX_CONFIG: restarting changes nothing until somebody has mended the configuration.
EXIT_CONFIG = 78
#: EX_UNAVAILABLE: Redis does not answer, or is full; worth another start in a moment.
EXIT_UNAVAILABLE = 69
#: Objects made, less those freed, after which cycles are looked for: a few megabytes.
GARBAGE_MAX = 50_000


def boot(watch: Callable[[Settings], Watcher] | None = None) -> None:
    """Build this process' broker and make it Dramatiq's; ends the process when it may not, or cannot, work.

    `watch` makes another listener than `watcher_for`.
    """
    try:
        settings = Settings.for_worker(os.environ)
        configure_logging(settings)
        build(settings, (watch or watcher_for)(settings))
    except ProducerError as error:
        sys.stderr.write(f"cardinity-batch: {error.code}: {error.message}\n")
        sys.stderr.flush()
        raise SystemExit(EXIT_UNAVAILABLE if _passing(error) else EXIT_CONFIG) from None


def _passing(error: ProducerError) -> bool:
    """Whether time may mend it. In a failover every server is for a moment no primary or without its replicas: a worker
    that starts just then must come again, not take its whole host out of work.
    """
    if isinstance(error, SettingsError):
        return {problem.code for problem in error.problems} <= PASSING_PROBLEMS
    return isinstance(error, LedgerUnavailable | QueueFull)


def watcher_for(settings: Settings) -> Watcher:
    """Metrics and logs, as every worker has them."""
    shared = settings.prometheus_multiproc_dir is not None
    return Telemetry(Metrics(accounts=settings.accounts, version=release() or "unknown", shared=shared))


def build(settings: Settings, watcher: Watcher) -> PaymentsBroker:
    """The broker with its actors, middleware and event loop, set as Dramatiq's own.

    Raises:
        LedgerUnavailable: Redis does not answer.
        SettingsError: Redis would forget, and nobody said that this is play.
        LedgerLockdown: another ledger than the remembered one.
    """
    forbid_core_dumps()
    allow_open_files((settings.in_flight_max + READS_IN_FLIGHT_MAX) * len(settings.merchants))
    pin = _trusted_ledger(settings)
    assert settings.producers_file is not None  # for_worker checks
    opening, vault = opening_keys(settings), vault_keys(settings)
    check_apart(opening, vault)
    producers = load_producers(settings.producers_file)
    _audit(settings, pin, opening, vault, producers)
    runtime = PaymentRuntime(settings, pin, opening, vault, producers, watcher, read_risk_files(settings))
    watchdog = Watchdog(settings.watchdog_s)
    loop = EventLoop(
        lambda: async_client(settings.redis_queue_url, settings),
        runtime,
        runtime,
        settings=_loop_settings(settings),
        hooks=watcher,
        admits=runtime.admits,
        watch=watchdog,
    )
    broker = PaymentsBroker(
        sync_client(settings.redis_queue_url, settings),
        middleware=[ExitStatus(lambda: loop.exit_code), ProcessGroup(), watchdog, loop],
        heartbeat_timeout_ms=int(settings.heartbeat_timeout_s * 1000),
    )
    dramatiq.set_broker(broker)
    actors.declare(broker, runtime.charge, runtime.heed)
    _collect_rarely()
    return broker


def _collect_rarely() -> None:
    """A payment in flight is a few hundred objects that reference counting frees. Looking for cycles after every 700
    new ones walks through all that is in flight, which was a fifth of a worker's CPU; what the boot made is for ever.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(GARBAGE_MAX, 20, 50)


def _trusted_ledger(settings: Settings) -> Pin:
    with sync_client(settings.redis_ledger_url, settings) as client:
        try:
            client.ping()
        except LOST as error:
            raise translate(error) from None
        problems = check_redis(client, replicas_required=settings.ledger_replicas)
        if problems and not settings.allow_volatile_ledger:
            raise SettingsError(problems)
        try:
            pin = pin_ledger(
                client,
                settings.state_dir,
                replicas=settings.ledger_replicas,
                replicas_wait_ms=int(settings.ledger_replicas_wait_s * 1000),
            )
        except LedgerLockdown:
            record_lockdown(settings)
            raise
        if settings.ledger_replicas:
            client.set(keys.REPLICATED, 1)
        return pin


def _audit(settings: Settings, pin: Pin, opening: OpeningKeys, vault: OpeningKeys, producers: ProducerRegistry) -> None:
    with sync_client(settings.redis_ledger_url, settings) as client:
        record_configuration(SyncLedger(client, pin.epoch), settings, opening, vault, producers)


def _loop_settings(settings: Settings) -> LoopSettings:
    heartbeat_s = min(1.0, settings.heartbeat_timeout_s / 4)
    return LoopSettings(
        in_flight_max=settings.in_flight_max,
        fetch_max=min(128, settings.in_flight_max),
        behind_share=settings.batch_share,
        heartbeat_s=heartbeat_s,
        maintenance_s=max(heartbeat_s, settings.heartbeat_timeout_s / 2),
        shutdown_timeout_s=settings.shutdown_timeout_s,
    )
