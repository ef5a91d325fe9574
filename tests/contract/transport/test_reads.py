"""Reads: signed, bounded, tried again within a budget, and their refusals told apart."""

import asyncio
from collections.abc import Callable

import pytest

from cardinity_client import (
    GatewayReadError,
    PaymentNotFound,
    ReadInvalid,
    ReadRefused,
    ReadUnavailable,
    RequestInvalid,
)
from tests.contract.transport.gateway import Count, Heard, Manner, Talk, client, gateway, said
from tests.unit.client.builders import PAYMENT_ID, encoded, error_row, payment_row


def answering(answer: Callable[[Heard], bytes]) -> Manner:
    async def manner(talk: Talk) -> None:
        while True:
            await talk.say(answer(await talk.hear()))

    return manner


async def test_one_payment_is_read_by_its_id() -> None:
    """The path names the id, the request is signed, and the payment comes back."""
    async with (
        gateway(answering(lambda heard: said(200, encoded(payment_row())))) as shop,
        client(shop.url) as ours,
    ):
        payment = await ours.get_payment(PAYMENT_ID)
    assert payment.id == PAYMENT_ID
    assert [(heard.method, heard.target) for heard in shop.heard] == [("GET", f"/v1/payments/{PAYMENT_ID}")]
    assert shop.heard[0].headers["authorization"].startswith('OAuth oauth_consumer_key="demo_key"')


async def test_the_latest_payments_are_read_newest_first() -> None:
    """The page has the gateway's order, and the limit goes into the query."""
    rows = [payment_row(id=f"p-{number}") for number in range(3)]
    async with gateway(answering(lambda heard: said(200, encoded(rows)))) as shop, client(shop.url) as ours:
        page = await ours.list_payments(3)
        assert (await ours.list_payments()).ids == page.ids
    assert page.ids == ("p-0", "p-1", "p-2")
    assert [heard.target for heard in shop.heard] == ["/v1/payments?limit=3", "/v1/payments?limit=100"]


async def test_a_read_is_tried_again() -> None:
    """One 503 is mended by the next try, and the hooks hear of both."""
    hooks, answers = Count(), iter([said(503, b""), said(200, b"[]")])
    async with gateway(answering(lambda heard: next(answers))) as shop, client(shop.url, hooks=hooks) as ours:
        assert (await ours.list_payments()).count == 0
    assert hooks.attempts == [("list_payments", "http_5xx"), ("list_payments", "ok")]
    assert hooks.retries == ["list_payments"]
    nonces = {heard.headers["authorization"].split("oauth_nonce=")[1][:34] for heard in shop.heard}
    assert len(nonces) == 2


async def test_a_gateway_that_fails_is_not_asked_twice_as_often() -> None:
    """A hundred failing reads cause at most eleven more: the budget is a tenth."""
    async with (
        gateway(answering(lambda heard: said(500, b""))) as shop,
        client(shop.url) as ours,
    ):
        ends = await asyncio.gather(*(ours.list_payments() for _ in range(100)), return_exceptions=True)
    assert {type(end) for end in ends} == {ReadUnavailable}
    assert 100 <= len(shop.heard) <= 111


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b"{}", ReadRefused),
        (403, b"{}", ReadRefused),
        (404, encoded(error_row(404)), PaymentNotFound),
        (404, b"<html>", ReadInvalid),
        (200, b"<html>", ReadInvalid),
        (200, encoded(payment_row(id="another")), ReadInvalid),
        (302, b"", ReadInvalid),
    ],
)
async def test_a_refused_read_is_not_tried_again(status: int, body: bytes, kind: type[GatewayReadError]) -> None:
    """What time does not mend is raised after one try."""
    async with gateway(answering(lambda heard: said(status, body))) as shop, client(shop.url) as ours:
        with pytest.raises(kind):
            await ours.get_payment(PAYMENT_ID)
    assert len(shop.heard) == 1


@pytest.mark.parametrize("payment_id", ["", "..", "a/b", "a?limit=1", f"{PAYMENT_ID}\r\nX: y"])
async def test_an_id_that_is_none_is_not_asked_for(payment_id: str) -> None:
    """Nothing but an id gets into the path."""
    async with gateway(answering(lambda heard: said(200, b""))) as shop, client(shop.url) as ours:
        with pytest.raises(PaymentNotFound):
            await ours.get_payment(payment_id)
    assert shop.connections == 0


@pytest.mark.parametrize("limit", [0, 101, -1])
async def test_a_list_has_one_to_a_hundred(limit: int) -> None:
    """Another limit is the caller's mistake."""
    async with client("http://127.0.0.1:1") as ours:
        with pytest.raises(RequestInvalid) as refusal:
            await ours.list_payments(limit)
        assert (refusal.value.code, refusal.value.field) == ("number_range", "limit")


async def test_a_read_that_hangs_ends_at_its_deadline() -> None:
    """A gateway that never answers makes the read unavailable."""

    async def manner(talk: Talk) -> None:
        await talk.hear()
        await talk.reader.read()

    async with gateway(manner) as shop, client(shop.url, read_deadline_s=0.5) as ours:
        with pytest.raises(ReadUnavailable) as caught:
            await ours.list_payments()
    assert caught.value.code == "timeout"


async def test_a_page_has_a_limit_of_its_own() -> None:
    """A list may be longer than one payment, and no longer than a page."""
    rows = [payment_row(id=f"p-{number}", description="d" * 250) for number in range(100)]
    async with (
        gateway(answering(lambda heard: said(200, encoded(rows)))) as shop,
        client(shop.url, response_bytes_max=1000) as ours,
        client(shop.url, page_bytes_max=1000) as strict,
    ):
        assert (await ours.list_payments()).count == 100
        with pytest.raises(ReadInvalid):
            await strict.list_payments()
