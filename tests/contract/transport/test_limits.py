"""What an answer may not do: last, grow, unfold, lead elsewhere, or speak for another request."""

import asyncio
import gzip

import pytest

from cardinity_client import Approved, Rejected, Unknown
from tests.contract.transport.gateway import Talk, approve, client, gateway, said
from tests.unit.client.builders import charge, encoded, error_row


async def drip(talk: Talk, head: bytes, byte: bytes) -> None:
    """Says `byte` again and again, one per tick of the loop, for ever."""
    await talk.hear()
    await talk.say(head)
    while True:
        await talk.say(byte)
        await asyncio.sleep(0)


async def test_a_dripping_body_ends_at_the_deadline() -> None:
    """One byte per tick keeps every per-read timeout happy; the absolute deadline ends it."""

    async def manner(talk: Talk) -> None:
        await drip(talk, b"HTTP/1.1 201 X\r\nContent-Length: 999999999\r\n\r\n", b" ")

    async with (
        gateway(manner) as shop,
        client(shop.url, attempt_deadline_s=0.6, response_bytes_max=10**9) as ours,
    ):
        assert await ours.create_payment(charge()) == Unknown("timeout", None, alarm=False)


async def test_headers_that_do_not_end_are_unknown() -> None:
    """Endless headers end at the deadline or at the parser's own limit, whichever is first."""

    async def manner(talk: Talk) -> None:
        await drip(talk, b"HTTP/1.1 201 X\r\n", b"A: b\r\n")

    async with gateway(manner) as shop, client(shop.url, attempt_deadline_s=0.6) as ours:
        answer = await ours.create_payment(charge())
    assert isinstance(answer, Unknown)
    assert answer.reason in {"timeout", "response_malformed"}


@pytest.mark.parametrize(
    "head",
    [b"Content-Length: 999999999\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\nfffffff\r\n", b"\r\n"],
    ids=["declared", "chunked", "until_close"],
)
async def test_an_endless_body_is_cut_off(head: bytes) -> None:
    """Reading stops shortly after the limit, however the length is declared."""

    async def manner(talk: Talk) -> None:
        await talk.hear()
        await talk.say(b"HTTP/1.1 201 X\r\nContent-Type: application/json\r\n" + head)
        while True:
            await talk.say(b" " * 10_000)

    async with gateway(manner) as shop, client(shop.url, response_bytes_max=65_536) as ours:
        assert await ours.create_payment(charge()) == Unknown("oversized", None, alarm=False)


async def test_a_body_of_exactly_the_limit_is_read() -> None:
    """The limit itself is not too long."""

    async def manner(talk: Talk) -> None:
        await talk.say(said(201, (await talk.hear()).approval().ljust(4096)))

    async with gateway(manner) as shop, client(shop.url, response_bytes_max=4096) as ours:
        assert isinstance(await ours.create_payment(charge()), Approved)


@pytest.mark.parametrize("length", [0, 1_000_000], ids=["plain", "bomb"])
async def test_a_compressed_body_is_not_unfolded(length: int) -> None:
    """None is asked for; one that comes anyway is unknown, be it a bomb or the very approval."""

    async def manner(talk: Talk) -> None:
        heard = await talk.hear()
        assert heard.headers["accept-encoding"] == "identity"
        body = gzip.compress(heard.approval().ljust(length))
        await talk.say(said(201, body, "Content-Encoding: gzip"))

    async with gateway(manner) as shop, client(shop.url) as ours:
        assert await ours.create_payment(charge()) == Unknown("content_encoding", 201, alarm=False)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    """Wherever it points, nobody goes there, and the charge is unknown."""
    async with gateway(approve) as elsewhere:

        async def manner(talk: Talk) -> None:
            await talk.hear()
            await talk.say(said(status, b"{}", f"Location: {elsewhere.url}/payments"))

        async with gateway(manner) as shop, client(shop.url) as ours:
            assert await ours.create_payment(charge()) == Unknown("http_3xx", status, alarm=False)
    assert (shop.posts(), elsewhere.connections) == (1, 0)


async def test_cookies_are_not_kept() -> None:
    """What the gateway sets is not sent back."""

    async def manner(talk: Talk) -> None:
        while True:
            await talk.say(said(201, (await talk.hear()).approval(), "Set-Cookie: a=b; Path=/"))

    async with gateway(manner) as shop, client(shop.url) as ours:
        for number in range(2):
            assert isinstance(await ours.create_payment(charge(f"ORD-{number}")), Approved)
    assert [set(heard.headers) & {"cookie"} for heard in shop.heard] == [set(), set()]


async def test_the_environment_does_not_reroute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxy variables of the environment have no effect on charges."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with gateway(approve) as shop, client(shop.url) as ours:
        assert isinstance(await ours.create_payment(charge()), Approved)


async def test_what_nobody_asked_for_is_no_answer() -> None:
    """An error that arrives on an idle kept-alive connection is not taken for the next charge's rejection."""
    said_too_much, may_say = asyncio.Event(), asyncio.Event()

    async def manner(talk: Talk) -> None:
        await talk.say(said(201, (await talk.hear()).approval()))
        if not said_too_much.is_set():
            await may_say.wait()
            await talk.say(said(400, encoded(error_row(400))))
            said_too_much.set()
        await approve(talk)

    async with gateway(manner) as shop, client(shop.url) as ours:
        assert isinstance(await ours.create_payment(charge("ORD-1")), Approved)
        may_say.set()
        await said_too_much.wait()
        for _ in range(10):  # the bytes are in the kernel; a few ticks let the client's loop read them
            await asyncio.sleep(0)
        answer = await ours.create_payment(charge("ORD-2"))
    assert not isinstance(answer, Rejected)
    assert isinstance(answer, Approved)
    assert shop.connections == 2


async def test_two_answers_at_once_are_one_too_many() -> None:
    """A second answer in the same breath as the first does not reach the next charge."""

    async def manner(talk: Talk) -> None:
        approval = (await talk.hear()).approval()
        await talk.say(said(201, approval) + said(400, encoded(error_row(400))))
        await approve(talk)

    async with gateway(manner) as shop, client(shop.url) as ours:
        assert isinstance(await ours.create_payment(charge("ORD-1")), Approved)
        assert isinstance(await ours.create_payment(charge("ORD-2")), Approved)
    assert shop.connections == 2
