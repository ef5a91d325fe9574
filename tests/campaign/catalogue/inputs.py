"""Faults of input: what intruders, other releases and confused callers hand to the system."""

from __future__ import annotations

import pickle
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import redis
from dramatiq import Message

from producers.acceptance import Acceptance, prepare
from producers.contract import states
from producers.contract.commands import parse_charge
from producers.contract.names import ACTOR_CHARGE, MESSAGE_VERSION, QUEUE_PAYMENTS
from producers.enqueue import Enqueuer
from producers.errors import LedgerUnavailable, OrderConflict, OrderUnknown, QueueFull
from producers.runtime.ledger import keys
from producers.runtime.ledger.epoch import remembered
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.queue.calls import WakeUp
from producers.vault import Sealer
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.following import kind_of
from tests.campaign.queue import push
from tests.campaign.wishes import wish

T = TypeVar("T")

#: Messages of one kind, and callers of one order at the same moment.
MESSAGES, CALLERS = 15, 12
#: Milliseconds after which a forged order expires: one whose producer or key nobody knows is kept until then, because
#: the key may yet be brought; every other one is rejected at once.
FORGERY_MS = 12_000
#: Bytes of a message that is too large for any reason to be so.
HUGE_BYTES = 10_000_000
#: What Dramatiq or its middleware would act upon, each naming or steering something else.
STEERING: tuple[Mapping[str, Any], ...] = (
    {"max_retries": 10**9},
    {"time_limit": 1},
    {"notify_shutdown": True},
    {"on_success": ACTOR_CHARGE},
    {"on_failure": ACTOR_CHARGE},
    {"on_retry_exhausted": ACTOR_CHARGE},
    {"pipe_target": {"queue_name": QUEUE_PAYMENTS, "actor_name": ACTOR_CHARGE, "args": ["x", 1]}},
    {"eta": 1},
    {"group_completion_uuid": "0"},
)


def _sent(redis_id: str, **changed: Any) -> bytes:
    """A good message with changes, as Dramatiq writes it."""
    fields = {
        "queue_name": QUEUE_PAYMENTS,
        "actor_name": ACTOR_CHARGE,
        "args": ("ORD-1", MESSAGE_VERSION),
        "kwargs": {},
        "options": {"redis_message_id": redis_id},
        "message_id": redis_id,
        "message_timestamp": 1,
    }
    return Message(**{**fields, **changed}).encode()


def _poison(
    make: Callable[[random.Random, str], bytes | None], count: int = MESSAGES
) -> Callable[[Fire, random.Random], None]:
    """So many messages of that kind among the others, over the run; the worker must put each aside and live."""

    def strike(fire: Fire, rng: random.Random) -> None:
        for moment in sorted(rng.uniform(0.0, 0.7) for _ in range(count)):
            if not fire.await_done(moment):
                return
            redis_id = f"poison-{rng.getrandbits(64):x}"
            push(fire, redis_id, make(rng, redis_id))

    return strike


def _wrong_schema(rng: random.Random, redis_id: str) -> bytes:
    good = _sent(redis_id)
    return rng.choice(
        (
            b"",
            b"null",
            b"[]",
            good[:-1],
            good * 2,
            good.decode().encode("utf-16"),
            _sent(redis_id, args=()),
            _sent(redis_id, args=(1, 1)),
            _sent(redis_id, args=("ORD-1", 0)),
            _sent(redis_id, args=("ORD-1", "1")),
            _sent(redis_id, kwargs={"order_id": "ORD-2"}),
            _sent(redis_id, actor_name="__import__"),
            _sent(redis_id, queue_name="default"),
            _sent(redis_id, options={"redis_message_id": "another"}),
        )
    )


def _steering(rng: random.Random, redis_id: str) -> bytes:
    return _sent(redis_id, options={"redis_message_id": redis_id, **rng.choice(STEERING)})


def _nobody(rng: random.Random, redis_id: str) -> bytes:
    return _sent(redis_id, args=(f"NOBODY-{rng.getrandbits(32):x}", MESSAGE_VERSION))


def _replayed(fire: Fire, rng: random.Random) -> None:
    """The messages of orders that have ended, recorded and sent again: under their own ids and under others."""
    for moment in (0.3, 0.6, 0.9):
        if not fire.await_done(moment):
            return
        for order_id in rng.sample(fire.plan.orders, min(30, len(fire.plan.orders))):
            message = WakeUp(order_id, 1).encode()
            push(fire, order_id, message)
            other = f"{order_id}-{rng.getrandbits(32):x}"
            push(fire, other, _sent(other, args=(order_id, MESSAGE_VERSION)))


def _same_calls(fire: Fire, rng: random.Random) -> None:
    """Many callers accept the same orders with the same content at the same moment, whatever has become of them."""

    def call(enqueuer: Enqueuer, order_id: str) -> None:
        _insist(fire, lambda: enqueuer.charge(**wish(order_id)))

    _at_once(fire, rng, call)


def _conflicting_calls(fire: Fire, rng: random.Random) -> None:
    """Many callers come with other content for orders that are there: every one of them must hear of a conflict."""

    def call(enqueuer: Enqueuer, order_id: str) -> None:
        def conflicted() -> bool:
            try:
                enqueuer.charge(**{**wish(order_id), "amount": "149.99"})
            except OrderConflict as conflict:
                return "amount" in conflict.fields
            return False

        if _insist(fire, conflicted) is False:
            fire.wrong(f"{order_id} was accepted with other content than it has")

    _at_once(fire, rng, call, known=True)


def _at_once(fire: Fire, rng: random.Random, call: Callable[[Enqueuer, str], None], *, known: bool = False) -> None:
    """Plain charges as the feed brings them, each called for from many threads together."""
    others = {*fire.plan.lost_producers, *fire.plan.forms}
    fed = [order_id for order_id in fire.plan.orders if order_id not in others and not kind_of(order_id)]
    chosen = sorted(rng.sample(fed, min(4, len(fed))))
    enqueuer = _insist(fire, fire.stack.enqueuer)
    if enqueuer is None:
        return
    with enqueuer:
        for order_id in chosen:
            if known and not fire.until(partial(_exists, enqueuer, order_id)):
                return
            callers = [threading.Thread(target=call, args=(enqueuer, order_id)) for _ in range(CALLERS)]
            for caller in callers:
                caller.start()
            for caller in callers:
                caller.join()


def _forged(spoil: Callable[[bytes, bytes, random.Random], bytes]) -> Callable[[Fire, random.Random], None]:
    """Orders whose sealed card was exchanged or changed in the ledger, by somebody who can write there."""

    def strike(fire: Fire, rng: random.Random) -> None:
        fire.await_done(rng.uniform(0.0, 0.5))
        acceptances = [_prepared(fire, f"X{fire.plan.seed}-{number}-x{rng.getrandbits(32):x}") for number in range(4)]
        envelopes = [_envelope_of(acceptance) for acceptance in acceptances]
        for acceptance, own, other in zip(acceptances, envelopes, reversed(envelopes), strict=True):
            _insist(fire, partial(_accept, fire, acceptance, spoil(own, other, rng)))
        for acceptance in acceptances:
            order_id = acceptance.order.order_id
            if not fire.until(partial(_ended, fire, order_id)):
                return
            if (state := _state(fire, order_id)) not in (states.REJECTED, states.EXPIRED, None):
                fire.wrong(f"{order_id}: its card is a forgery and it ended as {state}")

    return strike


def _flipped(own: bytes, other: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(own))
    return own[:at] + bytes([own[at] ^ (1 << rng.randrange(8))]) + own[at + 1 :]


def _prepared(fire: Fire, order_id: str) -> Acceptance:
    settings, now_ms = fire.stack.settings(), int(time.time() * 1000)
    charge = parse_charge(wish(order_id), now_ms=now_ms, mode=settings.cardinity_mode)
    charge = replace(charge, expires_at_ms=now_ms + FORGERY_MS)
    return prepare(charge, Sealer.from_settings(settings), now_ms=now_ms, grace_ms=100)


def _envelope_of(acceptance: Acceptance) -> bytes:
    args = acceptance.call.args
    envelope = args[args.index("envelope") + 1]
    assert isinstance(envelope, bytes)
    return envelope


def _accept(fire: Fire, acceptance: Acceptance, envelope: bytes) -> bool:
    pin = remembered(fire.stack.settings().state_dir)
    args = list(acceptance.call.args)
    args[args.index("envelope") + 1] = envelope
    with redis.Redis.from_url(fire.valkey.url(1), protocol=2) as client:
        SyncLedger(client, pin.epoch if pin else "").run(replace(acceptance.call, args=tuple(args)))
    return True


def _state(fire: Fire, order_id: str) -> str | None:
    """None while the ledger does not answer."""
    try:
        with redis.Redis.from_url(fire.valkey.url(1), protocol=2) as client:
            return (client.hget(keys.order(order_id), "state") or b"").decode() or None
    except redis.RedisError:
        return None


def _ended(fire: Fire, order_id: str) -> bool:
    return _state(fire, order_id) in states.TERMINAL


def _exists(enqueuer: Enqueuer, order_id: str) -> bool:
    try:
        enqueuer.get(order_id)
    except (OrderUnknown, LedgerUnavailable):
        return False
    return True


def _insist(fire: Fire, act: Callable[[], T]) -> T | None:
    """Do it again until the ledger answers; None when the run ends before."""
    done: list[T] = []

    def answered() -> bool:
        try:
            done.append(act())
        except (LedgerUnavailable, QueueFull):
            return False
        return True

    return done[0] if fire.until(answered) else None


def _faults() -> Iterator[Fault]:
    kinds: Mapping[str, tuple[str, Callable[[random.Random, str], bytes | None]]] = {
        "random-bytes": ("random bytes", lambda rng, _: rng.randbytes(rng.randint(1, 2000))),
        "pickle": ("pickles, which nobody may load", lambda rng, _: pickle.dumps({"order_id": rng.random()})),
        "wrong-schema": ("messages that are almost right", _wrong_schema),
        "steering-options": ("options that name actors, retries and limits", _steering),
        "nested": ("JSON nested 50,000 times", lambda rng, _: b'{"a":' * 50_000),
        "unknown-orders": ("wake-ups for orders that nobody placed", _nobody),
        "missing-message": ("ids without a message behind them", lambda rng, _: None),
    }
    for name, (says, make) in kinds.items():
        yield Fault(f"input-{name}", "input", f"on the queue: {says}", strike=_poison(make))
    huge = _poison(lambda rng, _: rng.randbytes(HUGE_BYTES), 2)
    yield Fault("input-huge-message", "input", "on the queue: 10 MB of anything", strike=huge)
    yield Fault("input-replayed-messages", "input", "wake-ups of orders that have ended, again", strike=_replayed)
    yield Fault("input-same-calls", "input", "twelve callers accept the same order at once", strike=_same_calls)
    yield Fault(
        "input-conflicting-calls", "input", "twelve callers want other content for one order", strike=_conflicting_calls
    )
    swapped = _forged(lambda own, other, rng: other)
    yield Fault("input-swapped-envelopes", "input", "sealed cards exchanged between orders", strike=swapped)
    yield Fault("input-flipped-envelopes", "input", "one bit of sealed cards changed", strike=_forged(_flipped))
    cut = _forged(lambda own, other, rng: own[: rng.randrange(len(own))])
    yield Fault("input-cut-envelopes", "input", "sealed cards cut short", strike=cut)


FAULTS: tuple[Fault, ...] = tuple(_faults())
