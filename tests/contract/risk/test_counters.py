"""The counters in memory are those in the ledger: the same story gives the same answers."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator

import pytest

from producers.runtime.clients import async_client
from producers.runtime.ledger import risk_calls
from producers.runtime.ledger.executors import AsyncLedger
from producers.runtime.settings import Settings
from tests.ledgers import EPOCH, open_ledger
from tests.unit.risk.builders import asked, rules
from workers.risk.asked import MEMBERS_MAX, Asked, Entry, entries_of
from workers.risk.counters import LedgerCounters, MemoryCounters
from workers.risk.outcomes import CardOf, Lesson

HOUR_MS = 3_600_000
RULES = rules(many_cards={"window_s": 7200}, failed_attempts={"window_s": 1800})


@pytest.fixture
async def ledger(ledger_url: str) -> AsyncIterator[AsyncLedger]:
    """An executor on an empty ledger."""
    open_ledger(ledger_url)
    settings = Settings.from_environ({"REDIS_LEDGER_URL": ledger_url})
    client = async_client(settings.redis_ledger_url, settings)
    executor = AsyncLedger(client, EPOCH)
    yield executor
    await executor.aclose()
    await client.aclose()


@pytest.mark.parametrize("seed", range(6))
async def test_both_give_the_same_answers(ledger: AsyncLedger, seed: int) -> None:
    """Over three days of orders and outcomes, hours of silence among them."""
    both = (LedgerCounters(ledger), MemoryCounters())
    draw = random.Random(seed)
    now_ms = int((await ledger.read("TIME"))[0]) * 1000
    # Into the future, where no window is over by the server's clock.
    at_ms, number = now_ms, 0
    while at_ms < now_ms + 72 * HOUR_MS:
        at_ms += draw.choice((1, 500, 60_000, 600_000, 600_000, 2 * HOUR_MS))
        if draw.random() < 0.3:
            taught = [_lesson(draw, at_ms)]
            for counters in both:
                await counters.learn(taught)
            continue
        number += 1
        order = _order(draw, number, at_ms)
        entries = entries_of(order, RULES)
        first, second = [await counters.look(order, entries) for counters in both]
        assert first == second, (seed, number)
    assert number > 100
    for payment in ("p1", "p2", "p3"):
        assert await both[0].card_of(payment) == await both[1].card_of(payment)


async def test_an_order_is_counted_once(ledger: AsyncLedger) -> None:
    """Whoever claims it again is answered what was kept."""
    counters = LedgerCounters(ledger)
    await counters.look(asked(), {})
    ledger_text = b'{"told":{"at_ms":1,"verdict":"allow"}}'
    await ledger.read("HSET", risk_calls.order("ORD-1"), "kept", ledger_text)
    assert await counters.look(asked(), {}) == risk_calls.Kept(ledger_text, "", 0)


async def test_a_window_is_bounded(ledger: AsyncLedger) -> None:
    """By members, of which the newest are kept, and by time."""
    counters = LedgerCounters(ledger)
    now_ms = int((await ledger.read("TIME"))[0]) * 1000
    lessons = [
        Lesson(now_ms + number, Entry("failed:ip:x", str(number), HOUR_MS, add=True))
        for number in range(MEMBERS_MAX + 50)
    ]
    await counters.learn(lessons)
    assert await ledger.read("ZCARD", "pay:risk:failed:ip:x") == MEMBERS_MAX
    assert await ledger.read("ZSCORE", "pay:risk:failed:ip:x", "49") is None
    assert 0 < await ledger.read("PTTL", "pay:risk:failed:ip:x") <= HOUR_MS + MEMBERS_MAX + 50


async def test_what_is_over_is_not_learnt(ledger: AsyncLedger) -> None:
    """A window that has passed leaves no key behind."""
    now_ms = int((await ledger.read("TIME"))[0]) * 1000
    await LedgerCounters(ledger).learn([Lesson(now_ms - 2 * HOUR_MS, Entry("failed:ip:x", "a", HOUR_MS, add=True))])
    assert await ledger.read("EXISTS", "pay:risk:failed:ip:x") == 0


def _order(draw: random.Random, number: int, at_ms: int) -> Asked:
    return asked(
        order_id=f"ORD-{number}",
        at_ms=at_ms,
        account=draw.choice(("default", "other")),
        country=draw.choice(("LT", "LV")),
        amount_minor=draw.choice((100, 2550, 90_000)),
        customer=draw.choice((None, "a", "b")),
        card_id=draw.choice((None, "k1.1", "k1.2", "k1.3", "k1.4")),
        ip_id=draw.choice((None, "k1.x", "k1.y")),
        ip_country=draw.choice((None, "LT", "NG")),
    )


def _lesson(draw: random.Random, at_ms: int) -> Lesson | CardOf:
    what = draw.choice(("failed", "place", "hour", "card"))
    customer = draw.choice(("a", "b"))
    match what:
        case "failed":
            entry = Entry(f"failed:ip:{draw.choice(('k1.x', 'k1.y'))}", f"r{draw.random()}", 1_800_000, add=True)
        case "place":
            entry = Entry(f"places:{customer}", draw.choice(("LT", "LV", "NG")), 180 * 24 * HOUR_MS, add=True)
        case "hour":
            entry = Entry(f"hours:{customer}", str(draw.randrange(24)), 180 * 24 * HOUR_MS, add=True)
        case _:
            return CardOf(at_ms, draw.choice(("p1", "p2")), draw.choice(("k1.1", "k1.2")))
    return Lesson(at_ms, entry)
