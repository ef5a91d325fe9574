"""Faults of single words between the system and Redis: a command is carried out, and its reply is lost; or neither."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from producers.runtime.ledger.scripts import script
from producers.runtime.queue.calls import SHA as ENQUEUE_SHA
from tests.campaign import forms
from tests.campaign.fault import Fault
from tests.campaign.fire import Fire
from tests.campaign.plan import Link, Plan
from tests.proxy import CuttingProxy
from workers.event_loop.stock_queue import ACK_SHA

#: Steps of orders whose customer the bank asks.
ASKED = ("finalize", "try_answer")
#: How often a run loses the word.
TIMES = 12

#: By step: the link its word goes over, and bytes of it that no other word has.
WORDS: Mapping[str, tuple[Link, bytes]] = {
    **{
        step: ("redis-ledger", script(step).sha.encode())
        for step in ("accept", "claim", "intent", "settle", "release", "sweep", "lead", "sight", *ASKED)
    },
    "enqueue": ("redis-queue", ENQUEUE_SHA.encode()),
    "fetch": ("redis-queue", b"\r\nfetch\r\n"),
    "ack": ("redis-queue", ACK_SHA.encode()),
}


def _by(step: str) -> Callable[[Plan, random.Random], None]:
    def prepare(plan: Plan, rng: random.Random) -> None:
        plan.use_proxies.add(WORDS[step][0])
        if step == "release":  # something must be given back: what the gateway refused to take
            rule = {"fault": "rate_limited_429", "times": 1, "retry_after": "1"}
            plan.sandbox_faults += [{**rule, "order_id": order_id} for order_id in plan.pick(rng, 2 * TIMES)]
        if step in ASKED:
            plan.forms.update(dict.fromkeys(plan.pick(rng, 2 * TIMES), forms.ASKED))

    return prepare


def _lost(step: str, cut: Callable[[CuttingProxy, bytes], None]) -> Callable[[Fire, random.Random], None]:
    """One after the other, with a pause: a reply that is always lost is a server that is gone."""
    link, word = WORDS[step]

    def strike(fire: Fire, rng: random.Random) -> None:
        wire = fire.proxy(link)
        for _ in range(TIMES):
            before = wire.matches
            cut(wire, word)
            if not fire.until(lambda before=before: wire.matches > before or fire.done == 1):  # type: ignore[misc]
                return
            fire.hit(f"word-lost:{step}", wire.matches - before)
            fire.wait(rng.uniform(0.02, 0.4))

    return strike


FAULTS: tuple[Fault, ...] = tuple(
    Fault(
        f"redis-reply-lost-{step.replace('_', '-')}",
        "redis",
        f"Redis carries out `{step}` and its reply is lost, {TIMES} times",
        prepare=_by(step),
        strike=_lost(step, CuttingProxy.cut_reply),
    )
    for step in WORDS
) + tuple(
    Fault(
        f"redis-request-lost-{step}",
        "redis",
        f"`{step}` is lost on its way to Redis, {TIMES} times",
        prepare=_by(step),
        strike=_lost(step, CuttingProxy.cut_request),
    )
    for step in ("accept", "intent", "settle", "fetch", "ack")
)
