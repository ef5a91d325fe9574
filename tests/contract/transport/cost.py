"""`python -m tests.contract.transport.cost`: what one exchange costs the client, side by side with two libraries.

The same charge over kept-alive connections to a gateway in another process that answers at once with constant bytes.
Printed is CPU time of this process per exchange, the median of interleaved rounds: signature, head, pool, deadline and
reading are in it, JSON is not.
"""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from multiprocessing.connection import Connection
from typing import cast

import aiohttp
import httpx
import uvloop

from cardinity_client.attempt import Attempt
from cardinity_client.oauth import OAuth1
from cardinity_client.transport import Http1Transport, PreparedHead
from tests.contract.transport.gateway import said, settings
from tests.unit.client.builders import encoded, payment_row

#: Requests in flight.
LEVELS = (1, 16, 256, 1024)
BODY = b'{"order_id": "ORD-1", "amount": "10.00", "currency": "EUR", "description": "%b"}' % (b"x" * 300)
HEADERS = {"Accept": "application/json", "Content-Type": "application/json"}

Exchange = Callable[[], Awaitable[int]]
Way = Callable[[str], AbstractAsyncContextManager[Exchange]]


def main() -> None:
    """Measure, and print a line per level."""
    options = argparse.ArgumentParser(prog="tests.contract.transport.cost", description=__doc__)
    options.add_argument("--rounds", type=int, default=5)
    options.add_argument("--exchanges", type=int, default=6000, help="in each round")
    given = options.parse_args()
    ours, theirs = multiprocessing.Pipe()
    gateway = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs,), daemon=True)
    gateway.start()
    url = f"http://127.0.0.1:{ours.recv()}/v1/payments"
    print("in flight" + "".join(f"{name:>18}" for name in WAYS) + "   µs of CPU per exchange")
    for in_flight in LEVELS:
        rounds = [
            [uvloop.run(_spent_us(way, url, in_flight, given.exchanges)) for way in WAYS.values()]
            for _ in range(given.rounds)
        ]
        print(f"{in_flight:9}" + "".join(f"{statistics.median(each):18.1f}" for each in zip(*rounds, strict=True)))
    gateway.terminate()
    gateway.join()


async def _spent_us(way: Way, url: str, in_flight: int, count: int) -> float:
    async with way(url) as exchange:

        async def several(times: int) -> None:
            for _ in range(times):
                assert await exchange() == 201

        each = max(2, count // in_flight)
        await asyncio.gather(*(several(2) for _ in range(in_flight)))
        began = time.process_time()
        await asyncio.gather(*(several(each) for _ in range(in_flight)))
        return (time.process_time() - began) / (each * in_flight) * 1e6


@asynccontextmanager
async def _as_bytes(url: str) -> AsyncIterator[Exchange]:
    transport, auth, head = _ours(url), _auth(), PreparedHead(httpx.Request("POST", url, headers=HEADERS))

    async def exchange() -> int:
        whole = head.complete(auth.header("POST", url), len(BODY))
        return (await transport.exchange(whole, BODY, _attempt())).status

    yield exchange
    await transport.aclose()


@asynccontextmanager
async def _behind_httpx(url: str) -> AsyncIterator[Exchange]:
    transport, auth = _ours(url), _auth()

    async def exchange() -> int:
        request = httpx.Request("POST", url, headers=HEADERS, content=BODY, extensions={"attempt": _attempt()})
        response = await transport.handle_async_request(next(auth.sync_auth_flow(request)))
        await response.aread()
        return response.status_code

    yield exchange
    await transport.aclose()


@asynccontextmanager
async def _by_aiohttp(url: str) -> AsyncIterator[Exchange]:
    auth = _auth()
    connector = aiohttp.TCPConnector(limit=max(LEVELS))
    async with aiohttp.ClientSession(connector=connector, timeout=aiohttp.ClientTimeout(total=40)) as session:

        async def exchange() -> int:
            headers = HEADERS | {"Authorization": auth.header("POST", url)}
            async with session.post(url, data=BODY, headers=headers, allow_redirects=False) as response:
                await response.read()
                return response.status

        yield exchange


def _ours(url: str) -> Http1Transport:
    return Http1Transport(settings(url.removesuffix("/payments")))


def _auth() -> OAuth1:
    given = settings("http://127.0.0.1")
    return OAuth1(given.consumer_key, given.consumer_secret)


def _attempt() -> Attempt:
    return Attempt(asyncio.get_running_loop().time() + 40, 65_536)


class _Gateway(asyncio.Protocol):
    """Answers when the end of a body comes: nothing is parsed, so that this is not what is measured."""

    answer = said(201, encoded(payment_row()), "Server: x", "Date: Thu, 15 Jan 2026 10:00:00 GMT")

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def data_received(self, data: bytes) -> None:
        if data.endswith(BODY):
            self._transport.write(self.answer)


def _serve(port: Connection) -> None:
    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Gateway, "127.0.0.1", 0, backlog=max(LEVELS))
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    uvloop.run(serve())


WAYS: Mapping[str, Way] = {"ours": _as_bytes, "ours behind httpx": _behind_httpx, "aiohttp": _by_aiohttp}

if __name__ == "__main__":
    main()
