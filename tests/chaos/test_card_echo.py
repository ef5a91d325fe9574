"""A gateway that repeats the card in its answers: what it says about a card is kept nowhere."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from producers.contract import states
from tests.chaos import remains
from tests.chaos.canary import Canary, Planted
from tests.chaos.oracle import read_books
from tests.eventually import eventually
from tests.stack import Stack

pytestmark = pytest.mark.slow

CARD = Planted("5555555555554444", "973", "Xenophilia Quartermain")
#: What the gateway answers by order, and what the order ends as.
ENDS = {"ORD-400": states.REJECTED, "ORD-402": states.DECLINED, "ORD-201": states.APPROVED}


def test_what_the_gateway_says_of_a_card_is_not_kept(tmp_path: Path) -> None:
    """Card data in the messages of a rejection, a decline and an approval are in no key, file or log afterwards."""
    with (
        _echoing_gateway() as url,
        Stack(tmp_path, settings={"CARDINITY_BASE_URL": url, "LOG_LEVEL": "debug"}) as stack,
        stack.enqueuer() as enqueuer,
    ):
        stack.worker()
        for order_id in ENDS:
            enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **CARD.fields)
        eventually(lambda: {order_id: enqueuer.get(order_id).state for order_id in ENDS} == ENDS, "all have ended")
        books = read_books(stack)
        canary = Canary(CARD)
        databases = (remains.of_redis(stack.valkey.url(number)) for number in (0, 1))
        everything = [*remains.of_files(tmp_path), *chain.from_iterable(databases)]
    finds = [f"{where}: {name}" for where, data in everything for name in canary.sings(data)]
    assert finds == []
    assert books.orders.keys() == ENDS.keys()


@contextmanager
def _echoing_gateway() -> Iterator[str]:
    server = _Quiet(("127.0.0.1", 0), _Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that leaves at the end of the test is no news."""


class _Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(200, [])

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = int(asked["order_id"].removeprefix("ORD-"))
        self._answer(status, _rejection(asked) if status == 400 else _payment(asked, status))

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing."""

    def _answer(self, status: int, body: object) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


def _rejection(asked: dict[str, Any]) -> dict[str, Any]:
    words = _words(asked)
    error = {"field": f"pan {words}", "rejected": asked["payment_instrument"]["pan"], "message": f"refused: {words}"}
    return {"type": "about:blank", "title": f"Bad {words}", "status": 400, "detail": words, "errors": [error]}


def _payment(asked: dict[str, Any], status: int) -> dict[str, Any]:
    words = _words(asked)
    return {
        **{name: asked[name] for name in ("amount", "currency", "country", "order_id")},
        "id": f"00000000-0000-4000-8000-000000000{status}",
        "created": "2026-01-01T00:00:00.000Z",
        "type": "purchase",
        "live": False,
        "status": "declined" if status == 402 else "approved",
        "error": f"3000: {words}",
        "merchant_advice_code": f"03: {words}",
        "threeds_status_reason": words,
        "description": words,
        "payment_method": "card",
        "payment_instrument": {**asked["payment_instrument"], "card_brand": f"Visa {words}"},
    }


def _words(asked: dict[str, Any]) -> str:
    card = asked["payment_instrument"]
    return f"card {card['pan']} cvc {card['cvc']}"
