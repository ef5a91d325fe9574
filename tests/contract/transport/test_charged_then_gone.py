"""A gateway that charges and then goes: the charge is unknown, never unsent, and was sent once."""

from collections.abc import Awaitable, Callable

import pytest

from cardinity_client import Approved, Unknown
from tests.contract.transport.gateway import Heard, Talk, client, gateway, said
from tests.unit.client.builders import charge

#: How the connection ends.
ENDINGS: dict[str, Callable[[Talk], Awaitable[None]]] = {"fin": Talk.fin, "rst": Talk.rst}
#: How much of the answer is said before it ends, and what is known then.
STAGES: dict[str, tuple[Callable[[Heard], bytes], set[str]]] = {
    "before_any_byte": (lambda heard: b"", {"connection_lost"}),
    "in_the_status_line": (lambda heard: b"HTTP/1.1 20", {"connection_lost", "response_malformed"}),
    "in_the_headers": (
        lambda heard: said(201, heard.approval())[:40],
        {"connection_lost", "response_malformed"},
    ),
    "after_the_headers": (lambda heard: said(201, heard.approval()).partition(b"{")[0], {"truncated"}),
    "in_the_body": (lambda heard: said(201, heard.approval())[:-5], {"truncated"}),
    "in_a_chunk": (
        lambda heard: b"HTTP/1.1 201 X\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{",
        {"truncated"},
    ),
}


@pytest.mark.parametrize("kept_alive", [False, True], ids=["fresh", "kept_alive"])
@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize("stage", STAGES)
async def test_a_charge_whose_answer_is_lost_is_unknown(stage: str, ending: str, kept_alive: bool) -> None:
    """On a fresh and on a kept-alive connection, by FIN and by RST, wherever the answer stops."""
    part, reasons = STAGES[stage]

    async def manner(talk: Talk) -> None:
        if kept_alive:
            await talk.say(said(201, (await talk.hear()).approval()))
        await talk.say(part(await talk.hear()))
        await ENDINGS[ending](talk)

    async with gateway(manner) as shop, client(shop.url) as ours:
        if kept_alive:
            assert isinstance(await ours.create_payment(charge("ORD-0")), Approved)
        answer = await ours.create_payment(charge("ORD-1"))
    assert isinstance(answer, Unknown)
    assert answer.reason in (reasons if ending == "fin" else reasons | {"connection_lost"})
    assert (shop.posts(), shop.connections) == (1 + kept_alive, 1)


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_connection_that_ends_unread_is_unknown(ending: str) -> None:
    """A gateway that took the connection and ends it may have read the request: the client cannot know."""

    async def manner(talk: Talk) -> None:
        await talk.reader.readexactly(1)
        await ENDINGS[ending](talk)

    async with gateway(manner) as shop, client(shop.url) as ours:
        answer = await ours.create_payment(charge())
    assert isinstance(answer, Unknown)
    assert shop.connections == 1
