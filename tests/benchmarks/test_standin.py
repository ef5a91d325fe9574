"""The gateway's stand-in, held against the product's own client and against the sandbox: what it says is believed."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest

from cardinity_client import Approved, Card, CardinityClient, CreatePayment
from cardinity_client.errors import PaymentNotFound
from cardinity_client.money import Money
from cardinity_client.oauth import OAuth1
from cardinity_client.sandbox import SandboxSettings, running
from cardinity_client.secret import Secret
from cardinity_client.settings import ClientSettings
from cardinity_client.wire import encode_payment
from tests.benchmarks.conftest import CANNOT_RUN
from tests.benchmarks.standin.process import SANITIZED, StandIn, build

#: Plain, as it is measured; sanitized where the compiler can.
BUILDS = [(), *([] if "sanitized" in CANNOT_RUN else [SANITIZED])]
#: Payments that are asked for at once, and a latency in which a busy machine has asked for all of them.
ABREAST, LATENCY_MS = 20, 700
CARD = Card(Secret("4111111111111111"), 4, 2031, Secret("123"), "Ona Petraityte")


@pytest.fixture(scope="module", params=BUILDS, ids=lambda flags: "sanitized" if flags else "plain")
def program(request: pytest.FixtureRequest) -> Path:
    """The stand-in's program."""
    return build(*request.param)


@pytest.fixture
def standin(program: Path) -> Iterator[StandIn]:
    """One that answers at once; in the end it has not leaked and nothing was out of bounds."""
    with StandIn(0, program) as running:
        yield running
        assert running.stop() == 0


@pytest.fixture
async def client(standin: StandIn) -> AsyncIterator[CardinityClient]:
    """The product's client, told of it as of any gateway."""
    async with _client(standin.url) as client:
        yield client


async def test_a_charge_is_approved_and_found_by_its_id(client: CardinityClient) -> None:
    """What `create` was told, `get` tells again, amount, order and last digits included."""
    answer = await client.create_payment(_charge("ORDER-1", description='two "quoted" words, ąžuolas'))
    assert isinstance(answer, Approved)
    payment = await client.get_payment(answer.resource.id)
    assert payment == answer.resource
    told = (payment.order_id, payment.amount, payment.last4, payment.brand, payment.live)
    assert told == ("ORDER-1", Money.parse("10.00", "EUR"), "1111", "Visa", False)


async def test_a_list_has_the_newest_first(client: CardinityClient) -> None:
    """Of more payments than asked for, the latest are told, every row readable."""
    for number in range(5):
        await client.create_payment(_charge(f"ORDER-{number}"))
    page = await client.list_payments(3)
    assert ([row.order_id for row in page.payments], page.unparsed) == (["ORDER-4", "ORDER-3", "ORDER-2"], 0)


async def test_an_unknown_payment_is_not_found(client: CardinityClient) -> None:
    """An id that was never given out is answered with the gateway's 404."""
    with pytest.raises(PaymentNotFound):
        await client.get_payment("00000000-0000-4000-a000-000000000000")


async def test_an_order_charged_twice_is_in_the_books_as_such(client: CardinityClient, standin: StandIn) -> None:
    """It never de-duplicates: that is what the benchmark counts on."""
    for order_id in ("ONCE", "TWICE", "TWICE"):
        await client.create_payment(_charge(order_id))
    books = standin.admin("books")
    assert (books["payments"], books["orders"], books["once"], books["others"]) == (3, 2, 1, {"TWICE": 2})


async def test_its_payment_object_is_the_sandboxs(standin: StandIn) -> None:
    """Member for member and in the same order, but for the id and the moment."""
    body = encode_payment(_charge("ORDER-1", description="shoes"))
    async with running(SandboxSettings(seed=1)) as sandbox, aiohttp.ClientSession() as session:
        expected, actual = [await _posted(session, f"{url}/payments", body) for url in (sandbox.url, standin.url)]
    assert list(actual) == list(expected)
    assert actual | {"id": expected["id"], "created": expected["created"]} == expected


async def test_answers_come_a_latency_later(program: Path) -> None:
    """A charge is in the list while its client still waits; as many are in flight as clients wait."""
    with StandIn(LATENCY_MS, program) as slow:
        async with _client(slow.url) as client:
            began = asyncio.get_running_loop().time()
            waiting = [asyncio.create_task(client.create_payment(_charge(f"ORDER-{n}"))) for n in range(ABREAST)]
            answers = await asyncio.gather(*waiting)
            took_s = asyncio.get_running_loop().time() - began
        books = slow.admin("books")
        assert all(isinstance(answer, Approved) for answer in answers)
        assert took_s >= LATENCY_MS / 1000
        assert (books["once"], books["in_flight_max"]) == (ABREAST, ABREAST)


def test_what_is_pipelined_is_answered_in_order(standin: StandIn) -> None:
    """Requests in one segment, or cut anywhere, get their answers one after the other on the same connection."""
    requests = b"".join(_request(f"PIPE-{n}") for n in range(20)) + b"GET /v1/payments?limit=100 HTTP/1.1\r\n\r\n"
    with _connected(standin) as connection:
        for cut in range(0, len(requests), 1000):
            connection.sendall(requests[cut : cut + 1000])
        with connection.makefile("rb") as answers:
            charged = [_answer(answers) for _ in range(20)]
            listed = _answer(answers)
    assert [row["order_id"] for row in charged] == [f"PIPE-{n}" for n in range(20)]
    assert listed == charged[::-1]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"POST /v1/payments HTTP/1.1\r\ncontent-length: 2\r\n\r\n{}",
        b'POST /v1/payments HTTP/1.1\r\ncontent-length: 14\r\n\r\n{"order_id": "',
        b'POST /v1/payments HTTP/1.1\r\ncontent-length: 11\r\n\r\n{"amount":\\',
        b"GET /v1/payments?limit=101 HTTP/1.1\r\n\r\n",
        b"GET /v1/elsewhere HTTP/1.1\r\n\r\n",
        b"GET /v1/payments/short HTTP/1.1\r\n\r\n",
        b"PATCH /v1/payments HTTP/1.1\r\n\r\n",
        b"POST /v1/payments HTTP/1.1\r\ncontent-length: 99999999999\r\n\r\n",
        b"x" * 70_000,
    ],
)
def test_what_is_no_good_request_is_refused(standin: StandIn, request_bytes: bytes) -> None:
    """An error object comes back, and the next client is served as ever."""
    with _connected(standin) as connection:
        connection.sendall(request_bytes)
        with connection.makefile("rb") as answers:
            assert _answer(answers)["status"] in (400, 404)
    assert standin.admin("books")["payments"] == 0


def test_a_reset_forgets_everything_and_reuses_no_id(standin: StandIn) -> None:
    """After it the books are empty, and a new payment has an id that was never told before."""
    with _connected(standin) as connection, connection.makefile("rb") as answers:
        connection.sendall(_request("ORDER-1"))
        first = _answer(answers)
        standin.admin("reset", post=True)
        assert standin.admin("books")["payments"] == 0
        connection.sendall(_request("ORDER-1"))
        assert _answer(answers)["id"] != first["id"]
    assert list(standin.admin("arrivals")) == ["ORDER-1"]


async def _posted(session: aiohttp.ClientSession, url: str, body: bytes) -> dict[str, Any]:
    """The payment object that a charge is answered with."""
    header = OAuth1("test_sandbox_key", Secret("sandbox-secret")).header("POST", url)
    headers = {"Authorization": header, "Content-Type": "application/json"}
    async with session.post(url, data=body, headers=headers) as response:
        assert response.status == 201
        told: dict[str, Any] = await response.json()
        return told


def _client(url: str) -> CardinityClient:
    return CardinityClient(ClientSettings(url, "test_sandbox_key", Secret("sandbox-secret")))


def _connected(standin: StandIn) -> socket.socket:
    place = urlsplit(standin.url)
    return socket.create_connection((place.hostname, place.port), timeout=10)


def _charge(order_id: str, description: str | None = None) -> CreatePayment:
    return CreatePayment(order_id, Money.parse("10.00", "EUR"), "LT", description, CARD)


def _request(order_id: str) -> bytes:
    body = encode_payment(_charge(order_id))
    return b"POST /v1/payments HTTP/1.1\r\nhost: x\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def _answer(answers: Any) -> Any:
    length = 0
    while (line := answers.readline().strip()) != b"":
        name, _, value = line.partition(b":")
        length = int(value) if name == b"content-length" else length
    return json.loads(answers.read(length))
