"""Faults of connections and of time: what the client sees, and whether the charge landed."""

import asyncio
import random
from typing import Any, get_args

import aiohttp
import pytest

from cardinity_client.sandbox import Rule, SandboxSettings, running
from cardinity_client.sandbox.plan import PostFault
from tests.contract.sandbox.caller import Caller, read_to_end
from tests.eventually import eventually_async
from tests.unit.sandbox.bodies import charge
from tests.unit.sandbox.clock import ManualClock

#: Faults that end the connection before an answer: name, RST or FIN, charges.
CUTS = [
    ("reset_before", True, 0),
    ("charge_then_reset", True, 1),
    ("close_before", False, 0),
    ("charge_then_close", False, 1),
]


@pytest.mark.parametrize(("fault", "reset", "charges"), CUTS)
async def test_a_connection_is_cut(caller: Caller, fault: str, reset: bool, charges: int) -> None:
    """The client reads not one byte of an answer; the charge is there or it is not."""
    await caller.plan({"fault": fault})
    ending = await caller.raw(charge())
    assert (ending.data, ending.reset) == (b"", reset)
    assert await caller.counts() == (charges, 1)


@pytest.mark.parametrize(("fault", "charges"), [("hang_before", 0), ("charge_then_hang", 1)])
async def test_an_answer_never_comes(caller: Caller, fault: str, charges: int) -> None:
    """The request is counted while the client still waits, and stays as it is when the client has left."""
    await caller.plan({"fault": fault})
    reader, writer = await caller.open(charge())
    await _until_counted(caller, (charges, 1))
    assert reader._buffer == b""  # type: ignore[attr-defined]
    writer.close()
    assert await caller.counts() == (charges, 1)


@pytest.mark.parametrize(("fault", "charges"), [("hang_before", 0), ("charge_then_hang", 1)])
async def test_a_hang_can_end_by_itself(caller: Caller, fault: str, charges: int) -> None:
    """With a delay the connection is closed after it, without an answer."""
    await caller.plan({"fault": fault, "delay_ms": 1})
    ending = await caller.raw(charge())
    assert (ending.data, ending.reset) == (b"", False)
    assert await caller.counts() == (charges, 1)


async def test_a_charge_lands_after_its_client_has_left(caller: Caller, clock: ManualClock) -> None:
    """Nothing is charged when the client gives up, and everything when the delay is over."""
    await caller.plan({"fault": "late_landing", "delay_ms": 5000})
    _, writer = await caller.open(charge())
    await _until_counted(caller, (0, 1))
    writer.close()
    clock.advance(4999)
    assert (await caller.counts(), await caller.listed()) == ((0, 1), [])
    clock.advance(1)
    assert (await caller.counts(), await caller.listed()) == ((1, 1), ["order-1"])


async def test_a_late_charge_is_dated_when_it_lands(caller: Caller, clock: ManualClock) -> None:
    """`created` of a late charge is later than that of one made while it was on its way."""
    await caller.plan({"fault": "late_landing", "order_id": "order-1", "delay_ms": 5000})
    _, writer = await caller.open(charge())
    await _until_counted(caller, (0, 1))
    writer.close()
    clock.advance(2000)
    await caller.post(charge(order_id="order-2"))
    clock.advance(3000)
    late, early = (await caller.call("GET", "/payments")).json
    assert (late["order_id"], early["order_id"]) == ("order-1", "order-2")
    assert late["created"] > early["created"]


async def test_a_slow_answer_is_right(caller: Caller) -> None:
    """After its delay the proper answer comes."""
    await caller.plan({"fault": "slow_answer", "delay_ms": 1})
    assert (await caller.post(charge())).json["status"] == "approved"
    assert await caller.counts() == (1, 1)


async def test_a_slow_answer_does_not_undo_the_charge(caller: Caller) -> None:
    """The charge stands while the client still waits, and after it has left."""
    await caller.plan({"fault": "slow_answer", "delay_ms": 3_600_000})
    _, writer = await caller.open(charge())
    await _until_counted(caller, (1, 1))
    writer.close()
    assert await caller.counts() == (1, 1)


async def test_a_slow_body_comes_byte_by_byte(caller: Caller) -> None:
    """The head promises a body that does not follow within any patience; the charge stands."""
    await caller.plan({"fault": "slow_body", "delay_ms": 3_600_000})
    reader, writer = await caller.open(charge())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 201 ")
    assert reader._buffer == b""  # type: ignore[attr-defined]
    writer.close()
    assert await caller.counts() == (1, 1)


async def test_a_slow_body_is_whole_in_the_end(caller: Caller) -> None:
    """With a tick of nothing all bytes arrive."""
    await caller.plan({"fault": "slow_body", "delay_ms": 0})
    assert (await caller.post(charge())).json["status"] == "approved"


async def test_a_payment_is_processed_for_a_while(caller: Caller, clock: ManualClock) -> None:
    """202 processing is no charge yet; after the delay every look at it says approved."""
    await caller.plan({"fault": "processing", "delay_ms": 100})
    reply = await caller.post(charge())
    assert (reply.status, reply.json["status"]) == (202, "processing")
    assert await caller.counts() == (0, 1)
    clock.advance(100)
    settled = (await caller.call("GET", f"/payments/{reply.json['id']}")).json
    assert settled == {**reply.json, "status": "approved"}
    assert await caller.counts() == (1, 1)


async def test_a_decline_is_not_processed(caller: Caller) -> None:
    """Only an approval can be slow."""
    await caller.plan({"fault": "processing"})
    assert (await caller.post(charge(amount="160.00"))).status == 402


@pytest.mark.parametrize("fault", get_args(PostFault))
async def test_a_refused_request_is_never_charged(caller: Caller, fault: str) -> None:
    """No fault charges a request that validation refuses, and the post is counted."""
    await caller.plan({"fault": fault, "delay_ms": 0})
    _, writer = await caller.open(charge(currency="EGR"))
    await _until_counted(caller, (0, 1))
    writer.close()
    assert await caller.counts() == (0, 1)


async def test_a_client_that_leaves_in_mid_request_is_counted(caller: Caller) -> None:
    """Headers without a whole body are an aborted post of no order."""
    _, writer = await caller.open(charge(), missing=10)
    writer.close()

    async def aborted() -> bool:
        return bool((await caller.admin("/charges")).json["aborted"] == 1)

    await eventually_async(aborted, "the aborted post is counted")
    assert (await caller.admin("/charges")).json["charges"] == []


async def test_a_cut_connection_is_only_that_connection(caller: Caller) -> None:
    """Others go on, and the same client may come again at once."""
    await caller.plan({"fault": "reset_before", "order_id": "order-1", "times": 1})
    reader, writer = await caller.open(charge(order_id="order-2"))
    assert (await caller.raw(charge())).reset
    assert (await caller.post(charge())).status == 201
    assert (await reader.readuntil(b"\r\n")).startswith(b"HTTP/1.1 201 ")
    writer.close()
    assert not (await read_to_end(reader)).reset


async def test_a_run_repeats_with_its_seed() -> None:
    """The same seed gives every order the same fate and the same payment id in another interleaving."""
    orders = [f"order-{number}" for number in range(40)]
    shuffled = random.Random(3).sample(orders, len(orders))
    first, second, other = await _fates(1, orders), await _fates(1, shuffled), await _fates(2, orders)
    assert first == second
    assert first != other
    assert {fate for fate, _ in first.values()} == {201, 500, 503, "cut"}


async def _until_counted(caller: Caller, counts: tuple[int, int]) -> None:
    async def counted() -> bool:
        return await caller.counts() == counts

    await eventually_async(counted, f"charges and posts are {counts}")


async def _fates(seed: int, orders: list[str]) -> dict[str, Any]:
    """What became of each order: the status, or "cut", and the ids of its payments."""
    faults = (
        Rule("charge_then_reset", rate=0.2),
        Rule("http_500_after", rate=0.2),
        Rule("http_503_before", rate=0.2),
    )
    settings = SandboxSettings(seed=seed, faults=faults)
    async with running(settings) as sandbox, aiohttp.ClientSession() as session:
        caller = Caller(sandbox, session)

        async def fate(order_id: str) -> Any:
            try:
                status: Any = (await caller.post(charge(order_id=order_id))).status
            except aiohttp.ClientOSError:
                status = "cut"
            payments = (await caller.admin(f"/payments?order_id={order_id}")).json
            return order_id, (status, [payment["id"] for payment in payments])

        return dict(await asyncio.gather(*map(fate, orders)))
