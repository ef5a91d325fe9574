"""The breaker on the wire: an open one sends nothing, and a half-open one asks with a read."""

import asyncio

from cardinity_client import Approved, Unknown, Unsent
from tests.contract.transport.gateway import Count, Talk, client, gateway, said
from tests.unit.client.builders import charge


class Failing:
    """Answers everything with 500 until it is mended."""

    def __init__(self) -> None:
        self.mended = False

    async def __call__(self, talk: Talk) -> None:
        while True:
            heard = await talk.hear()
            if not self.mended:
                await talk.say(said(500, b"{}"))
            elif heard.method == "GET":
                await talk.say(said(200, b"[]"))
            else:
                await talk.say(said(201, heard.approval()))


async def test_five_failures_stop_the_charges() -> None:
    """Five 500s are five unknowns; the sixth charge is unsent and the gateway hears nothing of it."""
    hooks = Count()
    async with gateway(Failing()) as shop, client(shop.url, hooks=hooks, breaker_reset_s=60.0) as ours:
        answers = [await ours.create_payment(charge(f"ORD-{number}")) for number in range(6)]
        assert not await ours.ready()
    assert answers[:5] == [Unknown("http_5xx", 500, alarm=False)] * 5
    assert answers[5] == Unsent("breaker_open")
    assert (shop.posts(), hooks.breaker) == (5, ["open"])


async def test_a_hundred_charges_make_one_probe_which_is_a_read() -> None:
    """With a probe due, a hundred concurrent charges cause one GET of one payment and not a single POST."""
    async with gateway(Failing()) as shop, client(shop.url, breaker_reset_s=0.0) as ours:
        for number in range(5):
            await ours.create_payment(charge(f"ORD-{number}"))
        shop.heard.clear()
        answers = await asyncio.gather(*(ours.create_payment(charge(f"NEW-{number}")) for number in range(100)))
        assert ours.breaker.state == "open"
    assert answers == [Unsent("breaker_open")] * 100
    assert [(heard.method, heard.target) for heard in shop.heard] == [("GET", "/v1/payments?limit=1")]


async def test_a_probe_that_succeeds_closes_it() -> None:
    """Once the read succeeds its caller's charge follows; the others were turned away and come again."""
    manner, hooks = Failing(), Count()
    async with gateway(manner) as shop, client(shop.url, hooks=hooks, breaker_reset_s=0.0) as ours:
        for number in range(5):
            await ours.create_payment(charge(f"ORD-{number}"))
        shop.heard.clear()
        manner.mended = True
        answers = await asyncio.gather(*(ours.create_payment(charge(f"NEW-{number}")) for number in range(100)))
        assert isinstance(await ours.create_payment(charge("LAST")), Approved)
    assert [isinstance(answer, Approved) for answer in answers] == [True] + [False] * 99
    assert [heard.method for heard in shop.heard] == ["GET", "POST", "POST"]
    assert hooks.breaker == ["open", "half-open", "closed"]


async def test_ready_probes_before_the_intent() -> None:
    """Asking whether a charge may start makes the probe, so that no intent is spent on it."""
    manner = Failing()
    async with gateway(manner) as shop, client(shop.url, breaker_reset_s=0.0) as ours:
        for number in range(5):
            await ours.create_payment(charge(f"ORD-{number}"))
        assert not await ours.ready()
        manner.mended = True
        assert await ours.ready()
        assert ours.breaker.state == "closed"
    assert shop.posts() == 5
