"""The pool: no more connections than allowed, none lost, none used on which something was said."""

import asyncio
import random
import select
from collections.abc import Iterator

import httpx
import pytest

from cardinity_client.attempt import Attempt, Phase
from cardinity_client.transport.connection import Connection
from cardinity_client.transport.pool import KEEPALIVE_S
from cardinity_client.transport.sockets import Dialler
from tests.contract.transport.exchanging import exchanges
from tests.contract.transport.gateway import Manner, Talk, gateway, said
from tests.contract.transport.watching import Watch, watching

ANSWER = said(200, b"[]")


@pytest.fixture
def watch() -> Iterator[Watch]:
    with watching() as watch:
        yield watch


class Together:
    """A gateway that answers nobody until so many are waiting for an answer, or until it `may_answer`."""

    def __init__(self, parties: int, *, hold: bool = False) -> None:
        self.parties = parties
        self.waiting = 0
        self.most = 0
        self.used: list[Talk] = []
        self.all_here = asyncio.Event()
        self.may_answer = asyncio.Event() if hold else self.all_here

    async def __call__(self, talk: Talk) -> None:
        while True:
            await talk.hear()
            self.used.append(talk)
            await self.arrive()
            await talk.say(ANSWER)

    async def arrive(self) -> None:
        self.waiting += 1
        self.most = max(self.most, self.waiting)
        if self.waiting >= self.parties:
            self.all_here.set()
        await self.may_answer.wait()
        self.waiting -= 1


async def test_the_latest_used_connection_is_used_next() -> None:
    """So that after a burst the others may grow old and go."""
    together = Together(3)
    async with gateway(together) as shop, exchanges(shop.url) as ours:
        await asyncio.gather(*(ours.get() for _ in range(3)))
        for _ in range(5):
            await ours.get()
        assert shop.connections == 3
    assert len({id(talk) for talk in together.used[3:]}) == 1


async def test_the_limit_holds_and_all_are_served_in_turn() -> None:
    """A hundred requests over one connection: one at a time, in the order they came."""
    together, order = Together(1), []
    async with gateway(together) as shop, exchanges(shop.url, connections_max=1) as ours:

        async def ask(number: int) -> None:
            await ours.get()
            order.append(number)

        await asyncio.gather(*(ask(number) for number in range(100)))
        assert (shop.connections, together.most) == (1, 1)
    assert order == [*range(100)]


@pytest.mark.parametrize("seed", range(20))
async def test_no_slot_is_lost_or_made(seed: int) -> None:
    """After a hundred requests that were cancelled or broken anywhere, three can ask at once and a fourth cannot."""
    dice, together, calm = random.Random(seed), Together(3, hold=True), asyncio.Event()

    async def manner(talk: Talk) -> None:
        while True:
            await talk.hear()
            if calm.is_set():
                await together.arrive()
                await talk.say(ANSWER)
            elif dice.random() < 0.2:
                await talk.rst()
            else:
                await talk.say(ANSWER if dice.random() < 0.8 else said(200, b"[]", "Connection: close"))

    async with gateway(manner) as shop, exchanges(shop.url, connections_max=3) as ours, asyncio.timeout(60):
        asking = [asyncio.ensure_future(ours.get()) for _ in range(100)]
        while not all(one.done() for one in asking):
            await asyncio.sleep(0)
            if dice.random() < 0.2:
                dice.choice(asking).cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        calm.set()
        three = [asyncio.ensure_future(ours.get()) for _ in range(3)]
        await together.all_here.wait()
        with pytest.raises(httpx.PoolTimeout):
            await ours.get(ours.attempt(within_s=0.02))
        assert together.most == 3
        together.may_answer.set()
        assert [(await one).status for one in three] == [200] * 3


@pytest.mark.parametrize("kind", ["an_answer", "a_line_break", "the_end"])
async def test_what_nobody_has_read_yet_is_noticed(kind: str, watch: Watch) -> None:
    """Bytes or the end of the connection that wait in the kernel, unseen by the loop: the connection is not used."""

    async def talkative(talk: Talk) -> None:
        await talk.hear()
        await talk.say(ANSWER)
        talks.append(talk)
        await talk.reader.read()

    talks: list[Talk] = []
    manners: Iterator[Manner] = iter([talkative, Together(1)])
    async with gateway(lambda talk: next(manners)(talk)) as shop, exchanges(shop.url) as ours:
        await ours.get()
        raw = talks[0].writer.get_extra_info("socket")
        with raw.dup() as theirs:  # from here to the next request nothing gives the loop a turn
            theirs.shutdown(1) if kind == "the_end" else theirs.send({"an_answer": ANSWER, "a_line_break": b"\n"}[kind])
        assert select.select([watch.twins[0]], [], [], 60)[0]
        attempt = ours.attempt()
        assert (await ours.get(attempt)).status == 200
        assert (shop.connections, len(shop.heard)) == (2, 2)


async def test_what_is_handed_on_is_looked_at_again(watch: Watch) -> None:
    """The next in the queue does not use a connection on which something was said since it was handed on."""
    talks: list[Talk] = []

    async def talkative(talk: Talk) -> None:
        talks.append(talk)
        await talk.hear()
        await talk.say(ANSWER)
        await talk.reader.read()

    manners: Iterator[Manner] = iter([talkative, Together(1)])
    async with (
        gateway(lambda talk: next(manners)(talk)) as shop,
        exchanges(shop.url, connections_max=1) as ours,
    ):
        second = asyncio.ensure_future(ours.get())  # begins once the first has come to a wait
        await ours.get()  # and in the same step, before the second has a turn:
        with talks[0].writer.get_extra_info("socket").dup() as theirs:
            theirs.send(ANSWER)
        assert select.select([watch.twins[0]], [], [], 60)[0]
        assert (await second).status == 200
        assert (shop.connections, len(shop.heard)) == (2, 2)


@pytest.mark.asyncio(loop_factories=["asyncio"])  # whose clock can be turned
async def test_an_idle_connection_is_dropped_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not used after fifteen idle seconds, and closed then without being asked for."""
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    clock, ahead_s = loop.time, 0.0
    monkeypatch.setattr(loop, "time", lambda: clock() + ahead_s)

    async def manner(talk: Talk) -> None:
        try:
            await Together(1)(talk)
        except (asyncio.IncompleteReadError, ConnectionError):
            ended.set()

    async with gateway(manner) as shop, exchanges(shop.url) as ours:
        await ours.get()
        ahead_s += KEEPALIVE_S - 1
        await ours.get()
        assert shop.connections == 1
        ahead_s += KEEPALIVE_S + 1
        await ours.get()
        assert shop.connections == 2
        ended.clear()
        ahead_s += KEEPALIVE_S + 1
        await ended.wait()


async def test_what_comes_in_the_same_turn_as_the_answer_is_too_much() -> None:
    """The loop may deliver twice before the request's task has its turn: the answer stands, the connection goes."""
    lost: list[Connection] = []
    async with gateway(Together(1, hold=True)) as shop:
        dialler = Dialler(httpx.URL(shop.url), None, 20.0)
        connection = await dialler.dial(lost.append)
        attempt = Attempt(asyncio.get_running_loop().time() + 60, 1000)
        asking = asyncio.ensure_future(connection.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"", attempt))
        await asyncio.sleep(0)
        connection.data_received(ANSWER)
        connection.data_received(ANSWER)
        assert (await asking).body == b"[]"
        assert (lost, connection.release()) == ([connection], False)


async def test_a_deadline_that_has_passed_is_unsent() -> None:
    """Whoever comes too late is given no connection, not even an idle one."""
    async with gateway(Together(1)) as shop, exchanges(shop.url) as ours:
        await ours.get()
        late = ours.attempt(within_s=-0.001)
        with pytest.raises(httpx.PoolTimeout):
            await ours.post(b"{}", late)
        assert (late.phase, len(shop.heard)) == (Phase.QUEUED, 1)


async def test_closing_ends_all_as_their_phase_says() -> None:
    """Who was sent hears of a broken connection, who waits or comes later of a closed transport."""
    together = Together(1, hold=True)
    async with gateway(together) as shop, exchanges(shop.url, connections_max=1) as ours:
        sent, waiting = ours.attempt(), ours.attempt()
        asking = [asyncio.ensure_future(ours.post(b"{}", one)) for one in (sent, waiting)]
        await together.all_here.wait()
        await ours.transport.aclose()
        ends = await asyncio.gather(*asking, ours.get(), return_exceptions=True)
        assert [type(end) for end in ends] == [httpx.ReadError, RuntimeError, RuntimeError]
        assert shop.connections == 1
        assert (sent.phase, waiting.phase) == (Phase.BODY_SENT, Phase.QUEUED)
