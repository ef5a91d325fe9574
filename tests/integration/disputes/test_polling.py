"""Each new word of the gateway about a chargeback is told once, whoever dies, races or answers badly meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, TypeVar

import pytest

from cardinity_client.sandbox.plan import Rule as Fault
from producers.contract.chargebacks import ChargebackApproved, ChargebackData
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.executors import PATIENCE_S, Executor
from tests.integration.disputes.bank import Bank, paid, poller, told, told_ids
from tests.rules.crew import ACCOUNT, Killed, hire
from tests.rules.mutants import Ground
from tests.rules.world import World, a_world

T = TypeVar("T")
#: A payment of somebody else's system at the same account.
FOREIGN = "00000000-0000-4000-a000-0000000000ff"


async def test_a_chargeback_is_one_event_that_names_our_order(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Order, payment, amount and the gateway's words are in it, and asking again tells nothing new."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        payment_id = await paid(world, hire(world, "w"), "ORD-1")
        chargeback_id = Bank(world).chargeback(payment_id, reason="10.4: Other Fraud")
        one, witness = poller(world)
        assert [await one.poll(), await one.poll()] == [True, True]
        (event,) = told(world)
        assert isinstance(event, ChargebackApproved)
        assert (event.id, event.subject) == (f"chargeback/{chargeback_id}/approved", "ORD-1")
        assert isinstance(event.data, ChargebackData)
        data = event.data
        assert (data.order_id, data.payment_id, data.amount, data.currency) == ("ORD-1", payment_id, "10.00", "EUR")
        assert data.reason == "10.4: Other Fraud"
        assert (witness.chargebacks, witness.chargeback_reads) == (["approved"], [("kept", 0), ("kept", 0)])
        assert world.record("ORD-1").text("dispute") == f"chargeback/{chargeback_id}"


async def test_two_pollers_tell_it_once(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Both read the same page at the same time; each chargeback on it is one event."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        bank, hand = Bank(world), hire(world, "w")
        for number in range(5):
            bank.chargeback(await paid(world, hand, f"ORD-{number}"))
        pair = [poller(world)[0] for _ in range(2)]
        await asyncio.gather(*(one.poll() for one in pair for _ in range(3)))
        assert [event.subject for event in told(world)] == [f"ORD-{number}" for number in range(5)]


async def test_a_new_status_is_news(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Initiated, then decided: two events; the first status seen again, on an old page, is none."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        bank, payment_id = Bank(world), await paid(world, hire(world, "w"), "ORD-1")
        one, _ = poller(world)
        for status in ("initiated", "declined", "initiated"):
            chargeback_id = bank.chargeback(payment_id, status=status)
            await one.poll()
        name = f"chargeback/{chargeback_id}"
        assert told_ids(world) == [f"{name}/initiated", f"{name}/declined"]
        assert world.ledger.read("HGET", keys.disputes(ACCOUNT), name) == b"declined"


class _Doomed:
    """The ledger of a poller that is killed as it records its first chargeback: before that took effect, or after."""

    def __init__(self, ledger: Executor, *, recorded: bool) -> None:
        self._ledger = ledger
        self._recorded = recorded

    async def run(self, call: Call[T], *, patience_s: float = PATIENCE_S) -> T:
        if call.script == "dispute":
            if self._recorded:
                await self._ledger.run(call, patience_s=patience_s)
            raise Killed
        return await self._ledger.run(call, patience_s=patience_s)

    async def read(self, *command: Any) -> Any:
        return await self._ledger.read(*command)


@pytest.mark.parametrize("recorded", [False, True])
async def test_a_poller_that_dies_at_it_loses_and_doubles_nothing(
    valkey: EmbeddedValkey, tmp_path: Path, recorded: bool
) -> None:
    """The next one tells what the first had only read, and not again what it had told."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        bank, hand = Bank(world), hire(world, "w")
        for number in range(3):
            bank.chargeback(await paid(world, hand, f"ORD-{number}"))
        doomed, _ = poller(world, ledger=_Doomed(world.executor(), recorded=recorded))
        with pytest.raises(Killed):
            await doomed.poll()
        assert len(told(world)) == int(recorded)
        await poller(world)[0].poll()
        assert [event.subject for event in told(world)] == ["ORD-0", "ORD-1", "ORD-2"]


async def test_with_replicas_the_event_waits_for_them(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """It goes the way of every event: into the outbox first."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        payment_id = await paid(world, hire(world, "w"), "ORD-1")
        world.ledger.read("SET", keys.REPLICATED, 1)
        Bank(world).chargeback(payment_id)
        await poller(world)[0].poll()
        assert (told(world), [event.subject for event in told(world, keys.OUTBOX)]) == ([], ["ORD-1"])


async def test_a_payment_that_is_none_of_ours_is_told_without_an_order(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Neither a foreign reference nor ours on another payment makes it our order's."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        await paid(world, hire(world, "w"), "ORD-1")
        bank = Bank(world)
        bank.chargeback(FOREIGN, nth=1, order_id="SHOP-7")
        bank.chargeback(FOREIGN, nth=2, order_id="ORD-1")
        await poller(world)[0].poll()
        assert [(event.subject, event.data.reference) for event in _data(world)] == [
            (FOREIGN, "SHOP-7"),
            (FOREIGN, "ORD-1"),
        ]
        assert world.record("ORD-1").text("dispute") == ""


async def test_a_chargeback_without_a_reference_is_traced_by_its_payment(
    valkey: EmbeddedValkey, tmp_path: Path
) -> None:
    """The gateway is asked for the payment, which has our order_id; one that it does not know either is told bare."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        payment_id = await paid(world, hire(world, "w"), "ORD-1")
        bank = Bank(world)
        bank.chargeback(payment_id, order_id=None)
        bank.chargeback(FOREIGN, order_id=None)
        await poller(world)[0].poll()
        assert [event.subject for event in told(world)] == ["ORD-1", FOREIGN]


async def test_an_order_is_ours_through_whichever_account_it_was_sent(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """The account that was asked for is not where the money is, once another has taken it over."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        bank, hand = Bank(world), hire(world, "w")
        ours, elsewhere = [await paid(world, hand, order_id) for order_id in ("OURS", "ELSEWHERE")]
        world.ledger.read("HSET", keys.order("OURS"), "account", "another")
        world.ledger.read("HSET", keys.order("ELSEWHERE"), "lane", "another")
        bank.chargeback(ours)
        bank.chargeback(elsewhere)
        await poller(world)[0].poll()
        assert [event.subject for event in told(world)] == ["OURS", elsewhere]


async def test_a_further_attempt_is_traced_to_its_order(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """What the gateway knows as `ORD-1-a2` is our ORD-1."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        payment_id = await paid(world, hire(world, "w"), "ORD-1")
        Bank(world).chargeback(payment_id, order_id="ORD-1-a2")
        await poller(world)[0].poll()
        assert [event.subject for event in told(world)] == ["ORD-1"]


@pytest.mark.parametrize(
    "wrong", [{"status": "processing"}, {"amount": "ten"}, {"parent_id": "../x"}, {"created": "now"}]
)
async def test_a_row_that_cannot_be_read_costs_itself_only(
    valkey: EmbeddedValkey, tmp_path: Path, wrong: dict[str, str]
) -> None:
    """It is counted each time, the others are told, and it is told itself once it can be read."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        bank, hand = Bank(world), hire(world, "w")
        first, second, third = [await paid(world, hand, f"ORD-{number}") for number in range(3)]
        bank.chargeback(first)
        more: dict[str, Any] = {"id": "bad-row", **wrong}
        bank.chargeback(second, **more)
        bank.chargeback(third)
        one, witness = poller(world)
        await one.poll()
        assert [event.subject for event in told(world)] == ["ORD-0", "ORD-2"]
        bank.chargeback(second, id="bad-row")
        await one.poll()
        assert [event.subject for event in told(world)] == ["ORD-0", "ORD-2", "ORD-1"]
        assert witness.chargeback_reads == [("kept", 1), ("kept", 0)]


async def test_one_whose_payment_cannot_be_read_waits_alone(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """The others are told, the poll says that something is left, and a later one tells it."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        bank, hand = Bank(world), hire(world, "w")
        payments = [await paid(world, hand, f"ORD-{number}") for number in range(2)]
        bank.chargeback(payments[0], order_id=None)
        bank.chargeback(payments[1])
        body = world.gateway.account.book._by_id[payments[0]].body
        world.gateway.account.book._by_id[payments[0]].body = b"not JSON"
        one, witness = poller(world)
        assert not await one.poll()
        assert [event.subject for event in told(world)] == ["ORD-1"]
        assert witness.troubles == [("disputes", "json_invalid")]
        world.gateway.account.book._by_id[payments[0]].body = body
        assert await one.poll()
        assert [event.subject for event in told(world)] == ["ORD-1", "ORD-0"]


async def test_a_page_of_nothing_but_new_ones_is_an_alarm(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """A hundred more than before may be more than a hundred; of the first page that is ever read nobody knows."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        bank = Bank(world)
        one, witness = poller(world)
        for number in range(101):
            bank.chargeback(FOREIGN, nth=number)
        await one.poll()
        assert (len(told(world)), witness.missed) == (100, [])
        for number in range(200, 299):
            bank.chargeback(FOREIGN, nth=number)
        await one.poll()
        assert (len(told(world)), witness.missed) == (199, [])
        for number in range(300, 400):
            bank.chargeback(FOREIGN, nth=number)
        await one.poll()
        assert (len(told(world)), witness.missed) == (299, [ACCOUNT])


async def test_a_gateway_that_fails_is_asked_again(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """A poll that could not read says so, and harms nothing."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        one, witness = poller(world)
        world.gateway.account.install([Fault(fault="list_500", operation="chargeback", rate=1.0)])
        assert not await one.poll()
        assert (witness.chargeback_reads, [where for where, _ in witness.troubles]) == ([("failed", 0)], ["disputes"])


async def test_a_ledger_that_was_replaced_is_told_nothing(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Under another epoch nothing is remembered and nothing is told."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        Bank(world).chargeback(FOREIGN)
        one, witness = poller(world)
        world.ledger.read("SET", keys.EPOCH, "another")
        assert not await one.poll()
        assert (told(world), witness.troubles) == ([], [("disputes", "ledger_lockdown")])


def _data(world: World) -> list[Any]:
    return list(told(world))
