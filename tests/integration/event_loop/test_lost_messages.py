"""Between the loop and Redis any request and any reply may be lost; no message is lost or left behind."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from producers.runtime.broker import PaymentsBroker
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.queue import WakeUp, enqueue
from tests.eventually import eventually_async
from tests.loops import LIST, MESSAGES, Handling, OpenHandling, Tally, connect_blocking, consuming, wake
from tests.proxy import CuttingProxy
from workers.event_loop import LoopSettings, stock_queue
from workers.event_loop.stock_queue import ACK_SHA

ORDER_IDS = [f"ORD-{n}" for n in range(20)]
#: Seconds after which an answer counts as lost, where none comes: long enough for the answers that do.
IMPATIENT_S = 1.0
#: The name of the command inside Dramatiq's script, as it is on the wire.
FETCH, ACK = b"\r\nfetch\r\n", ACK_SHA.encode()
ACK_SCRIPT = Path(stock_queue.__file__).with_name("ack.lua")


@pytest.fixture
def proxy(valkey: EmbeddedValkey, queue_url: str) -> Iterator[CuttingProxy]:
    """The way to an empty queue, in our hands. Scripts are known there: what is lost was more than their names."""
    with connect_blocking(queue_url) as client:
        for script in (PaymentsBroker(client).scripts["dispatch"].script, ACK_SCRIPT.read_text("utf-8")):
            client.script_load(script)
    with CuttingProxy(valkey.port) as between:
        yield between


async def test_a_lost_fetch_reply_strands_nothing(proxy: CuttingProxy, queue_url: str) -> None:
    """Messages the server gave and nobody got are found by the same, live worker, and run once."""
    wake(queue_url, ORDER_IDS)
    proxy.cut_reply(FETCH)
    handling, tally = OpenHandling(), Tally()
    async with consuming(proxy.url(), handling, look_url=queue_url, hooks=tally) as loop:
        await eventually_async(loop.is_empty, "an empty queue")
    assert sorted(handling.ended) == sorted(ORDER_IDS)
    assert (proxy.matches, tally.requeued_count) == (1, len(ORDER_IDS))


async def test_a_lost_fetch_request_is_repeated(proxy: CuttingProxy, queue_url: str) -> None:
    """A fetch that never arrived took nothing."""
    wake(queue_url, ORDER_IDS)
    proxy.cut_request(FETCH)
    handling, tally = OpenHandling(), Tally()
    async with consuming(proxy.url(), handling, look_url=queue_url, hooks=tally) as loop:
        await eventually_async(loop.is_empty, "an empty queue")
    assert handling.ended == ORDER_IDS
    assert (proxy.matches, tally.requeued_count) == (1, 0)


@pytest.mark.parametrize("cut", [CuttingProxy.cut_reply, CuttingProxy.cut_request])
async def test_a_lost_ack_is_repeated(
    proxy: CuttingProxy, queue_url: str, cut: Callable[[CuttingProxy, bytes], None]
) -> None:
    """Whether the ack or its confirmation got lost: each message runs once and leaves the queue."""
    wake(queue_url, ORDER_IDS)
    cut(proxy, ACK)
    handling, tally = OpenHandling(), Tally()
    async with consuming(proxy.url(), handling, look_url=queue_url, hooks=tally) as loop:
        await eventually_async(loop.is_empty, "an empty queue")

        async def confirmed() -> bool:
            return tally.acked_count == len(ORDER_IDS)

        await eventually_async(confirmed, "every ack confirmed")
    assert handling.ended == ORDER_IDS
    assert (proxy.matches, tally.failed_commands.count("ack")) == (1, 1)


def test_a_lost_enqueue_reply_leaves_one_message(proxy: CuttingProxy, queue_url: str) -> None:
    """The caller cannot know whether it landed, so it repeats, and there is one message all the same."""
    call = enqueue([WakeUp("ORD-1", 1_700_000_000_000)])
    proxy.cut_reply(b"hsetnx")
    with connect_blocking(proxy.url()) as client, connect_blocking(queue_url) as look:
        with pytest.raises(redis.ConnectionError):
            client.execute_command(*call.by_source)
        assert (look.llen(LIST), look.hlen(MESSAGES)) == (1, 1)
        assert client.execute_command(*call.by_sha) == 0
        assert (look.llen(LIST), look.hlen(MESSAGES)) == (1, 1)


async def test_a_stalled_connection_is_survived(proxy: CuttingProxy, queue_url: str) -> None:
    """Timeouts, which Dramatiq takes for bugs, are losses like any other: what was held back still runs."""
    handling, tally = OpenHandling(), Tally()
    async with consuming(proxy.url(), handling, look_url=queue_url, hooks=tally, socket_timeout_s=IMPATIENT_S) as loop:
        proxy.stall()

        async def noticed() -> bool:
            return len(tally.failed_commands) >= 3

        await eventually_async(noticed, "commands that time out")
        wake(queue_url, ORDER_IDS)
        proxy.resume()
        await eventually_async(loop.is_empty, "an empty queue")
    assert sorted(handling.ended) == sorted(ORDER_IDS)


async def test_a_fetch_that_lands_after_it_was_given_up_is_found(proxy: CuttingProxy, queue_url: str) -> None:
    """A request that timed out reaches the server later and takes messages; a repeated audit finds them."""
    wake(queue_url, ["ORD-EARLY"])
    proxy.hold_request(FETCH)
    handling, tally = OpenHandling(), Tally()
    settings = LoopSettings(audit_s=3600, audit_after_loss_s=0.1, retry_min_s=0.01, retry_max_s=0.05)
    async with consuming(
        proxy.url(), handling, look_url=queue_url, settings=settings, hooks=tally, socket_timeout_s=IMPATIENT_S
    ) as loop:
        await eventually_async(loop.is_empty, "what a second fetch brought")
        await loop.service.pause()
        wake(queue_url, ORDER_IDS)
        proxy.release()

        async def landed() -> bool:
            return bool(loop.look.exists(loop.acks_key)) or tally.requeued_count > 0

        await eventually_async(landed, "the late fetch")
        loop.service.resume()
        await eventually_async(loop.is_empty, "an empty queue")
    # More where a busy server kept a later fetch waiting as well: each still runs once.
    assert tally.requeued_count >= len(ORDER_IDS)
    assert sorted(handling.ended) == sorted(["ORD-EARLY", *ORDER_IDS])


async def test_an_audit_does_not_take_a_fetch_under_way_for_lost(proxy: CuttingProxy, queue_url: str) -> None:
    """What the server gave and the reply still carries is not put back: it waits for the fetch to end."""
    handling, tally = OpenHandling(), Tally()
    async with consuming(proxy.url(), handling, look_url=queue_url, hooks=tally) as loop:
        proxy.hold_reply(FETCH)
        wake(queue_url, ORDER_IDS)

        async def fetched() -> bool:
            return bool(loop.look.exists(loop.acks_key))

        await eventually_async(fetched, "a fetch under way")
        audit = asyncio.create_task(loop.consumer.audit.sweep())
        for _ in range(50):
            await asyncio.to_thread(loop.look.ping)  # as many chances for the audit to ask the server
        proxy.release()
        assert await audit
        await eventually_async(loop.is_empty, "an empty queue")
    assert (sorted(handling.ended), tally.requeued_count) == (sorted(ORDER_IDS), 0)


async def test_forgotten_scripts_are_loaded_again(queue_url: str) -> None:
    """SCRIPT FLUSH, or a failover to a server that never saw them, costs one round trip."""
    handling = Handling()
    wake(queue_url, ["ORD-1"])
    async with consuming(queue_url, handling) as loop:

        async def started() -> bool:
            return bool(handling.started)

        await eventually_async(started, "a handler")
        loop.look.script_flush()
        handling.gate.set()
        await eventually_async(loop.is_empty, "an ack")
        loop.look.script_flush()
        wake(queue_url, ["ORD-2"])
        await eventually_async(loop.is_empty, "an empty queue")
    assert handling.ended == ["ORD-1", "ORD-2"]


def _read_only(server: EmbeddedValkey) -> None:
    with connect_blocking(server.url()) as client:
        client.execute_command("REPLICAOF", "127.0.0.1", "1")


def _writable(server: EmbeddedValkey) -> None:
    with connect_blocking(server.url()) as client:
        client.execute_command("REPLICAOF", "NO", "ONE")


def _full(server: EmbeddedValkey) -> None:
    with connect_blocking(server.url()) as client:
        client.config_set("maxmemory", "1mb")


def _roomy(server: EmbeddedValkey) -> None:
    with connect_blocking(server.url()) as client:
        client.config_set("maxmemory", "0")


@pytest.mark.parametrize(
    ("trouble", "relief"),
    [
        pytest.param(_read_only, _writable, id="READONLY"),
        pytest.param(_full, _roomy, id="OOM"),
        pytest.param(EmbeddedValkey.kill, EmbeddedValkey.start, id="killed"),
    ],
)
async def test_acks_outlast_a_server_that_takes_none(
    tmp_path: Path, trouble: Callable[[EmbeddedValkey], object], relief: Callable[[EmbeddedValkey], object]
) -> None:
    """An acknowledgement refused or unanswered is kept and repeated until it is taken; nothing runs twice."""
    handling, tally = Handling(), Tally()
    with EmbeddedValkey(tmp_path) as server:
        wake(server.url(), ORDER_IDS)
        async with consuming(server.url(), handling, hooks=tally) as loop:

            async def all_started() -> bool:
                return len(handling.started) == len(ORDER_IDS)

            async def ack_failed_twice() -> bool:
                return tally.failed_commands.count("ack") >= 2

            await eventually_async(all_started, "every handler")
            trouble(server)
            handling.gate.set()
            await eventually_async(ack_failed_twice, "refused acks")
            assert loop.service.held == len(ORDER_IDS)
            relief(server)
            await eventually_async(loop.is_empty, "an empty queue")
    assert handling.ended == ORDER_IDS
