"""Every write over real sockets: sent once, believed when it is what was asked for, and never sent again."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from cardinity_client import CardinityClient, Rejected, Unknown, Unsent
from cardinity_client.answers import AnyAnswer
from tests.contract.transport.gateway import Count, Heard, Manner, Talk, client, gateway, said
from tests.unit.client.builders import PAYMENT_ID, encoded, error_row
from tests.unit.client.writes import LINK_ID, WRITES, Write

#: What arrives of each write: method, path and body.
REQUESTS: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "version 2": ("PATCH", f"/payments/{PAYMENT_ID}", {"cres": "3ds2-pass"}),
    "version 1": ("PATCH", f"/payments/{PAYMENT_ID}", {"authorize_data": "3d-pass"}),
    "refund": ("POST", f"/payments/{PAYMENT_ID}/refunds", {"amount": "5.00", "description": "Returned lid R-77"}),
    "refund without words": ("POST", f"/payments/{PAYMENT_ID}/refunds", {"amount": "5.00"}),
    "settlement": (
        "POST",
        f"/payments/{PAYMENT_ID}/settlements",
        {"amount": "5.00", "description": "Returned lid R-77"},
    ),
    "void": ("POST", f"/payments/{PAYMENT_ID}/voids", {"description": "Returned lid R-77"}),
    "void without words": ("POST", f"/payments/{PAYMENT_ID}/voids", {}),
    "link": (
        "POST",
        "/paymentLinks",
        {
            "amount": "5.00",
            "currency": "EUR",
            "description": "Invoice 77",
            "multiple_use": False,
            "country": "LT",
            "expiration_date": "2026-02-01T12:00:00.678Z",
        },
    ),
    "update": (
        "PATCH",
        f"/paymentLinks/{LINK_ID}",
        {"expiration_date": "2026-02-01T12:00:00.678Z", "enabled": False},
    ),
    "delete": ("DELETE", f"/paymentLinks/{LINK_ID}", None),
}
each_write = pytest.mark.parametrize("write", WRITES, ids=lambda write: write.label)


async def send(ours: CardinityClient, write: Write) -> AnyAnswer:
    """By the client's method of the same name."""
    answer: AnyAnswer = await getattr(ours, write.name)(write.asked)
    return answer


def answering(answer: Callable[[Heard], bytes]) -> Manner:
    async def manner(talk: Talk) -> None:
        while True:
            await talk.say(answer(await talk.hear()))

    return manner


def good_status(write: Write) -> int:
    return min(status for status in write.operation.ends if status != 402)


@each_write
async def test_what_was_asked_for_comes_back(write: Write) -> None:
    """One request, signed and whole; its object is the answer's resource, and the hooks hear of it."""
    hooks = Count()
    manner = answering(lambda heard: said(good_status(write), write.body()))
    async with gateway(manner) as shop, client(shop.url, hooks=hooks) as ours:
        answer = await send(ours, write)
    assert answer.kind in ("approved", "done")
    assert answer.resource == write.operation.read(json.loads(write.body()))
    assert hooks.attempts == [(write.name, answer.kind)]
    (heard,) = shop.heard
    assert heard.headers["authorization"].startswith('OAuth oauth_consumer_key="demo_key"')


@pytest.mark.parametrize("write", [write for write in WRITES if write.label in REQUESTS], ids=lambda write: write.label)
async def test_the_request_is_as_the_gateway_wants_it(write: Write) -> None:
    """Method, path and body are those of the reference, with no member that was not asked for."""
    manner = answering(lambda heard: said(good_status(write), write.body()))
    async with gateway(manner) as shop, client(shop.url) as ours:
        await send(ours, write)
    method, path, body = REQUESTS[write.label]
    (heard,) = shop.heard
    assert (heard.method, heard.target) == (method, f"/v1{path}")
    assert (json.loads(heard.body) if heard.body else None) == body


@pytest.mark.parametrize("kept_alive", [False, True], ids=["fresh", "kept_alive"])
@each_write
async def test_a_write_whose_answer_is_lost_is_unknown(write: Write, kept_alive: bool) -> None:
    """It arrived once, on a fresh and on a kept-alive connection, and is not sent again."""

    async def manner(talk: Talk) -> None:
        if kept_alive:
            await talk.hear()
            await talk.say(said(200, b"[]"))
        await talk.hear()
        await talk.rst()

    async with gateway(manner) as shop, client(shop.url) as ours:
        if kept_alive:
            await ours.list_payments()
        assert await send(ours, write) == Unknown("connection_lost", None, alarm=False)
    assert (len(shop.heard), shop.connections) == (1 + kept_alive, 1)


@each_write
async def test_half_an_answer_is_unknown(write: Write) -> None:
    """An answer that is cut in its body is not believed, whatever its status said."""

    async def manner(talk: Talk) -> None:
        await talk.hear()
        await talk.say(said(good_status(write), write.body())[:-5])
        await talk.fin()

    async with gateway(manner) as shop, client(shop.url) as ours:
        assert await send(ours, write) == Unknown("truncated", None, alarm=False)
    assert len(shop.heard) == 1


@each_write
async def test_a_rejection_is_the_gateways(write: Write) -> None:
    """The gateway's error object rejects, a proxy's page of the same status does not."""
    answers = iter([said(400, encoded(error_row(400))), said(404, encoded(error_row(404))), said(404, b"<html>")])
    async with gateway(answering(lambda heard: next(answers))) as shop, client(shop.url) as ours:
        told = [await send(ours, write) for _ in range(3)]
    assert [type(answer) for answer in told] == [Rejected, Rejected, Unknown]
    assert len(shop.heard) == 3


@pytest.mark.parametrize("status", [302, 307, 409, 500, 503, 504])
@each_write
async def test_any_other_status_is_unknown_and_not_sent_again(write: Write, status: int) -> None:
    """A breakdown and a redirect say nothing; nobody follows, nobody repeats."""
    hooks = Count()
    manner = answering(lambda heard: said(status, write.body(), f"Location: {shop.url}/elsewhere"))
    async with gateway(manner) as shop, client(shop.url, hooks=hooks) as ours:
        assert await send(ours, write) == Unknown(f"http_{status // 100}xx", status, alarm=False)
    assert (len(shop.heard), hooks.retries) == (1, [])


@pytest.mark.parametrize(
    ("write", "reason"),
    [(write, reason) for write in WRITES for reason in write.mismatches],
    ids=lambda value: value if isinstance(value, str) else value.label,
)
async def test_the_answer_to_something_else_calls_a_human(write: Write, reason: str) -> None:
    """A proxy that mixes answers up is never believed."""
    status = good_status(write)
    manner = answering(lambda heard: said(status, write.body(**write.mismatches[reason])))
    async with gateway(manner) as shop, client(shop.url) as ours:
        assert await send(ours, write) == Unknown(reason, status, alarm=True)


@each_write
async def test_without_a_connection_a_write_is_unsent(write: Write) -> None:
    """Refused three times and tried again in between, as a charge is; the hooks hear its name."""
    async with gateway(answering(lambda heard: b"")) as shop:
        closed = shop.url
    hooks = Count()
    async with client(closed, hooks=hooks) as ours:
        assert await send(ours, write) == Unsent("connect_failed")
    assert hooks.attempts == [(write.name, "unsent")] * 3
    assert hooks.retries == [write.name] * 2


@each_write
async def test_a_gateway_that_hangs_is_unknown_at_the_deadline(write: Write) -> None:
    """The caller's own deadline ends it."""

    async def manner(talk: Talk) -> None:
        await talk.hear()
        await talk.reader.read()

    async with gateway(manner) as shop, client(shop.url) as ours:
        answer = await getattr(ours, write.name)(write.asked, deadline_s=0.2)
    assert answer == Unknown("timeout", None, alarm=False)
    assert len(shop.heard) == 1


@each_write
async def test_failures_of_any_write_open_the_breaker(write: Write) -> None:
    """Writes share the account's breaker: when it is open nothing is sent."""
    manner = answering(lambda heard: said(503, b""))
    async with gateway(manner) as shop, client(shop.url, breaker_failures=2) as ours:
        for _ in range(2):
            await send(ours, write)
        assert await send(ours, write) == Unsent("breaker_open")
    assert len(shop.heard) == 2


async def test_writes_at_once_get_their_own_answers() -> None:
    """All kinds over one connection limit of three: no answer reaches another write."""
    by_request = {
        (method, f"/v1{path}"): write
        for write in WRITES
        if write.label in ("refund", "settlement", "void", "link", "update", "delete")
        for method, path, _ in [REQUESTS[write.label]]
    }

    def answer(heard: Heard) -> bytes:
        write = by_request[heard.method, heard.target]
        return said(good_status(write), write.body())

    async with gateway(answering(answer)) as shop, client(shop.url, connections_max=3) as ours:
        answers = await asyncio.gather(*(send(ours, write) for write in [*by_request.values()] * 5))
    assert {answer.kind for answer in answers} == {"approved", "done"}
    assert (len(shop.heard), shop.connections) == (30, 3)
