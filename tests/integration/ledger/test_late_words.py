"""The gateway's word comes out of a spool once nobody waits for it: what it says of money is told all the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import redis.asyncio

from producers.contract import states
from producers.contract.events import event_id
from producers.contract.succession import NEW_ATTEMPT, attempt_id
from producers.runtime.ledger import calls, keys
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import AsyncLedger, SyncLedger
from producers.runtime.ledger.results import Moved, NotYours
from tests import ledgers
from tests.rules.witness import Witness
from workers.payments.recording import Recording
from workers.payments.spool import Spool
from workers.resolver.verdict import Row

SECOND = attempt_id("ORD-1")


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    """With an order whose outcome is unknown."""
    ledger = ledgers.open_ledger(ledger_url)
    ledgers.sending(ledger)
    ledgers.settle(ledger, states.UNKNOWN)
    return ledger


async def replayed(ledger_url: str, directory: Path, call: Call[Moved | NotYours]) -> Witness:
    """What is told when a host comes back that has kept this."""
    witness, spool = Witness(), Spool(directory, "w1")
    spool.append(call)
    async with redis.asyncio.Redis.from_url(ledger_url, protocol=2) as client:
        executor = AsyncLedger(client, ledgers.EPOCH)
        await Recording(executor, spool, witness, patience_s=0.0).replay()
        await executor.aclose()
    with spool.taken() as left:
        assert left == []
    return witness


def word(to: str, **fields: str) -> Call[Moved | NotYours]:
    return calls.settle(
        "ORD-1",
        ledgers.MINE,
        allowed=(states.SENDING, states.UNKNOWN, states.PENDING, states.PARKED),
        to=to,
        event_id=event_id("ORD-1", to),
        event=b"{}",
        detail=to,
        fields=fields,
    )


async def test_it_is_the_outcome_while_there_is_none(ledger: SyncLedger, ledger_url: str, tmp_path: Path) -> None:
    """As if the host had never been away."""
    witness = await replayed(ledger_url, tmp_path, word(states.APPROVED, payment_id="p1"))
    assert ledgers.read(ledger).state == states.APPROVED
    assert (witness.late, witness.troubles) == ([], [])


async def test_a_charge_of_what_was_not_charged_is_an_alarm(
    ledger: SyncLedger, ledger_url: str, tmp_path: Path
) -> None:
    """A human had said so, because the list did not show it. The outcome stands, and the payment has a name."""
    ledgers.settle(ledger, states.NOT_CHARGED)
    witness = await replayed(ledger_url, tmp_path, word(states.APPROVED, payment_id="p1"))
    assert witness.late == ["ORD-1"]
    ((_, alarm),) = ledger.read("XRANGE", keys.ALARMS, "-", "+")
    assert (alarm[b"order_id"], alarm[b"payment_id"], alarm[b"state"]) == (b"ORD-1", b"p1", b"not_charged")
    assert ledgers.read(ledger).state == states.NOT_CHARGED


async def test_what_was_ordered_in_its_place_is_not_sent(ledger: SyncLedger, ledger_url: str, tmp_path: Path) -> None:
    """Two humans have ordered it, because the list did not show the first. That is an alarm, and keeps it unsent."""
    ledgers.settle(ledger, states.PENDING)
    ledger.read("HSET", keys.order("ORD-1"), "successor", SECOND, "reason", NEW_ATTEMPT)
    ledgers.accept(ledger, SECOND, root="ORD-1")
    witness = await replayed(ledger_url, tmp_path, word(states.APPROVED, payment_id="p1"))
    assert (witness.late, ledger.read("XLEN", keys.ALARMS)) == (["ORD-1"], 1)
    ledgers.claim(ledger, order_id=SECOND)
    ledgers.give_credits(ledger)
    asked = calls.intent(SECOND, ledgers.MINE, window_ms=45_000, account="default")
    assert ledger.run(asked) == NotYours("overtaken")
    (row,) = ledger.run(calls.evidence("ORD-1", "default")).rows
    assert (row[0], Row.parse(*row).status) == ("p1", "approved")


async def test_that_it_is_unknown_is_no_news(ledger: SyncLedger, ledger_url: str, tmp_path: Path) -> None:
    """Somebody has found out meanwhile."""
    ledgers.settle(ledger, states.APPROVED, payment_id="p1")
    witness = await replayed(ledger_url, tmp_path, word(states.UNKNOWN))
    assert (witness.late, ledger.read("XLEN", keys.ALARMS)) == ([], 0)


@pytest.mark.parametrize(("found", "alarms"), [("p1", 0), ("p2", 1)])
async def test_what_a_rebuilt_ledger_has_found_is_told_of_once(
    ledger: SyncLedger, ledger_url: str, tmp_path: Path, found: str, alarms: int
) -> None:
    """Its order has another token. The payment that it knows is no news, another one is."""
    ledger.read("HSET", keys.order("ORD-1"), "token", ledgers.THEIRS)
    ledgers.settle(ledger, states.APPROVED, ledgers.THEIRS, payment_id=found)
    witness = await replayed(ledger_url, tmp_path, word(states.APPROVED, payment_id="p1"))
    assert (len(witness.late), ledger.read("XLEN", keys.ALARMS)) == (alarms, alarms)
