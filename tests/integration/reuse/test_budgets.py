"""A card that was declined as often as its network allows is not asked again, until it may be."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cardinity_client.money import Money
from producers.contract.budgets import parse_budgets
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger.references import standing
from tests.integration.disputes.bank import paid
from tests.rules.crew import ACCOUNT, RULES, Hand, hire
from tests.rules.mutants import Ground
from tests.rules.world import World, a_world
from workers.payments.chains import closed

#: Visa's card of the tests, declined twice a day for one amount; another brand's budget is no concern of it.
_RULES = replace(RULES, budgets=parse_budgets("visa=2/1d,mastercard=1/1d"))
#: The sandbox declines such an amount.
_DECLINED = "150.01"


async def _charged(world: World, hand: Hand, order_id: str, payment_id: str, amount: str = _DECLINED) -> str:
    """How a recurring charge ended."""
    world.accept(order_id, amount, payment_id=payment_id)
    await hand.take(order_id)
    record = world.record(order_id)
    assert world.gateway.account.book.posts(order_id) == (0 if record.state == "rejected" else 1)
    return record.text("reason") or record.state


async def test_the_try_beyond_the_budget_is_never_sent(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """It is rejected before its intent, and its story says until when. Another amount, another payment and another
    day have budgets of their own."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand = hire(world, "w", rules=_RULES)
        first, other = await paid(world, hand, "FIRST"), await paid(world, hand, "OTHER")
        ends = [await _charged(world, hand, f"TRY-{number}", first) for number in range(3)]
        assert ends == ["declined", "declined", "network_budget"]
        refused = world.record("TRY-2")
        until = refused.text("detail").removeprefix("visa=2/1d, not before ")
        assert until != refused.text("detail") and until.endswith("Z")
        assert "sending" not in [line.state for line in refused.history]
        assert await _charged(world, hand, "LESS", first, "10.00") == "approved"
        assert await _charged(world, hand, "ELSEWHERE", other) == "declined"
        _a_day_passes(world, first)
        assert await _charged(world, hand, "NEXT-DAY", first) == "declined"


async def test_a_card_in_hand_has_no_budget(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Whoever types it can type another: nothing is counted, nothing refused."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand = hire(world, "w", rules=_RULES)
        for number in range(4):
            world.accept(f"TYPED-{number}", _DECLINED)
            await hand.take(f"TYPED-{number}")
            assert world.record(f"TYPED-{number}").state == "declined"
        assert world.ledger.read("KEYS", "pay:declines:*") == []


@pytest.mark.parametrize("twice", [False, True])
async def test_a_decline_is_counted_once(valkey: EmbeddedValkey, tmp_path: Path, twice: bool) -> None:
    """However often it is told; the wish itself counts nothing."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand = hire(world, "w", rules=_RULES)
        first = await paid(world, hand, "FIRST")
        await _charged(world, hand, "TRY", first)
        if twice:
            await hand.take("TRY")
        found = world.ledger.run(standing(ACCOUNT, first, Money.parse(_DECLINED, "EUR")))
        assert (len(found.declined_at_ms), found.brand, found.disputes) == (1, "visa", ())


def _a_day_passes(world: World, payment_id: str) -> None:
    """The declines of that payment are a day older."""
    key = f"pay:declines:{ACCOUNT}:{payment_id}:{Money.parse(_DECLINED, 'EUR').minor}EUR"
    for member in world.ledger.read("ZRANGE", key, 0, -1):
        world.ledger.read("ZINCRBY", key, -24 * 3600 * 1000, member)


async def test_declines_that_were_continued_count_once_each(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Of the first payment and of the one behind it, each in its own budget, and not again when the order ends."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        hand = hire(world, "w", rules=_RULES)
        first, second = await paid(world, hand, "FIRST"), await paid(world, hand, "OTHER")
        world.accept("BOTH", _DECLINED, payment_id=first, backup={"payment_id": second})
        await hand.take("BOTH")
        assert (world.record("BOTH").state, world.record("BOTH-a2").state) == ("pending", "declined")
        ending = closed(world.record("BOTH"), world.record("BOTH-a2"))
        assert ending is not None
        world.ledger.run(ending)
        for payment_id in (first, second):
            told = world.ledger.run(standing(ACCOUNT, payment_id, Money.parse(_DECLINED, "EUR")))
            assert (len(told.declined_at_ms), told.brand) == (1, "visa")
