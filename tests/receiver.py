"""A receiver of outbound webhooks: an HTTP server that takes everything and keeps it, until it is told to be ill."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, NamedTuple

#: What a receiver answers that has taken it.
WELL: Final = 204


class Heard(NamedTuple):
    """One request, as a receiver had it."""

    endpoint: str
    name: str
    body: bytes


class Receiver(ThreadingHTTPServer):
    """Takes everything, and keeps it in the order in which it came. `status` is what it answers, once it `answers`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: list[Heard] = []
        self.status = WELL
        self.answers = threading.Event()
        self.answers.set()
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever asked has gone, and nobody reads it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append(Heard(self.path[1:], self.headers["webhook-id"], body))
        self.server.answers.wait()
        with suppress(OSError):  # whoever asked has not waited so long
            self.send_response(self.server.status)
            if self.server.status != WELL:  # which has no body, and says nothing of one
                self.send_header("content-length", "0")
            self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver, until the block ends."""
    with Receiver() as receiver:
        thread = threading.Thread(target=receiver.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield receiver
        finally:
            receiver.answers.set()
            receiver.shutdown()
            thread.join()
