"""The HTTP application in a whole system: a charge ends, and a notification that is only a hint settles an order."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from cardinity_client.sandbox.settings import TEST_PROJECT_ID, TEST_PROJECT_SECRET, TEST_WEBHOOK_SECRET
from tests.http_process import Process, http_process
from tests.stack import CARD, Stack
from tests.unit.contract.builders import threeds_fields

#: Connections that say nothing whole.
SLOW = 300
CHARGE: dict[str, Any] = {"amount": "10.00", "currency": "EUR", "country": "LT", **CARD}
#: The answers of these are lost, and the list never shows them: only who asks by id finds their payments.
HIDDEN = ("ORD-JSON", "ORD-FORM")
FAULTS = [
    {"fault": fault, "order_id": order_id} for order_id in HIDDEN for fault in ("charge_then_reset", "list_missing_row")
]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """One worker, for which nothing is proven absent while the tests run."""
    directory = tmp_path_factory.mktemp("http")
    with Stack(directory, faults=FAULTS, settings={"ABSENCE_HORIZON_S": "3600"}) as stack:
        stack.worker()
        yield stack


@pytest.fixture(scope="module")
def process(stack: Stack) -> Iterator[Process]:
    """The application, with the sandbox' own secrets."""
    with http_process(
        stack,
        WEBHOOK_SECRET=TEST_WEBHOOK_SECRET,
        HOSTED_PROJECT_ID=TEST_PROJECT_ID,
        HOSTED_SECRET=TEST_PROJECT_SECRET,
        WEBHOOK_SOURCES="127.0.0.1",
    ) as process:
        yield process


def test_a_charge_over_http_ends_approved(stack: Stack, process: Process) -> None:
    """Accepted, charged once, and told."""
    accepted = process.post("charges", {**CHARGE, "order_id": "ORD-1"})
    assert (accepted.status_code, accepted.json()["state"]) == (202, "accepted")
    told = process.until("ORD-1", "approved")
    assert (told["final"], stack.charges()["ORD-1"]["approved"]) == (True, 1)
    again = process.post("charges", {**CHARGE, "order_id": "ORD-1"})
    assert (again.status_code, again.json()) == (200, told)


def test_what_follows_a_charge_over_http_is_made(stack: Stack, process: Process) -> None:
    """A part is given back, once; more than is left is refused, and its caller is told why."""
    payment_id = process.until("ORD-1", "approved")["payment_id"]
    for order_id, amount, state in (("RET-1", "6.00", "approved"), ("RET-2", "4.01", "rejected")):
        fields = {"order_id": order_id, "payment_id": payment_id, "amount": amount, "currency": "EUR"}
        assert process.post("refunds", fields).status_code == 202
        told = process.until(order_id, state)
    assert told["reason"] == "refund_over_amount"


def test_a_customer_authenticates_over_http(stack: Stack, process: Process) -> None:
    """The order waits for the bank's answer; handed on, it ends the order."""
    charge = {**CHARGE, "order_id": "ORD-3DS", "description": "3ds2-pass", "threeds2_data": threeds_fields()}
    assert process.post("charges", charge).status_code == 202
    assert process.until("ORD-3DS", "pending")["continuation"]
    assert process.post("charges/ORD-3DS/finalize", {"cres": "3ds2-pass"}).status_code == 202
    assert process.until("ORD-3DS", "approved")["final"]


@pytest.mark.parametrize(
    ("order_id", "path", "scheme"),
    [("ORD-JSON", "/webhooks/cardinity", "json"), ("ORD-FORM", "/webhooks/cardinity/hosted", "form")],
)
def test_a_notification_settles_what_was_unknown(
    stack: Stack, process: Process, order_id: str, path: str, scheme: str
) -> None:
    """The gateway tells of it, twice; the worker asks, and the order is approved. Nobody charged again."""
    assert process.post("charges", {**CHARGE, "order_id": order_id}).status_code == 202
    process.until(order_id, "unknown")
    (payment,) = stack.admin(f"payments?order_id={order_id}")
    order = {"url": process.url + path, "ids": [payment["id"]], "scheme": scheme, "copies": 2}
    delivered = stack.admin("notifications", order)["deliveries"]
    assert [delivery["status"] for delivery in delivered] == [200, 200]
    told = process.until(order_id, "approved")
    assert (told["payment_id"], stack.charges()[order_id]["posts"]) == (payment["id"], 1)


def test_sigterm_ends_it_with_nothing_said(stack: Stack) -> None:
    """It stops by itself and exits 0."""
    with http_process(stack) as process:
        assert process.client.get("/readyz").text == "ready\n"
        process.child.send_signal(signal.SIGTERM)
        assert process.child.wait(30) == 0


def test_it_counts_for_itself(stack: Stack) -> None:
    """Where the processes of the host share their numbers it leaves none, and tells its own."""
    shared = stack.directory / "numbers"
    shared.mkdir()
    with http_process(stack, PROMETHEUS_MULTIPROC_DIR=str(shared)) as process:
        process.client.get("/livez")
        told = process.client.get("/metrics").text
    assert 'cardinity_http_requests_total{answer="taken",route="health"} 1.0' in told
    assert not [*shared.iterdir()]


@pytest.mark.slow
def test_who_never_says_what_he_wants_holds_up_nobody(process: Process) -> None:
    """Hundreds of connections with half a head, one with a head without an end: others are answered, these are not."""
    place = (process.client.base_url.host, process.client.base_url.port)
    with ExitStack() as opened:
        slow = [opened.enter_context(socket.create_connection(place, 60)) for _ in range(SLOW)]
        for number, each in enumerate(slow):
            each.sendall(b"POST /v1/charges HTTP/1.1\r\nHost: door\r\n"[: number % 40])
        endless = opened.enter_context(socket.create_connection(place, 60))
        assert process.client.get("/livez").status_code == 200
        assert _answer(endless, b"GET /livez HTTP/1.1\r\nX: ", b"x" * 4096) == b""
        assert process.client.get("/livez").status_code == 200
        assert {_answer(each) for each in slow} == {b""}


def _answer(connection: socket.socket, *said: bytes) -> bytes:
    """What comes before the connection is closed; the last of `said` is said for as long as it is listened to."""
    try:
        for each in said:
            connection.sendall(each)
        while said:
            connection.sendall(said[-1])
    except ConnectionError:
        return b""
    try:
        return connection.recv(1024)
    except ConnectionResetError:
        return b""
