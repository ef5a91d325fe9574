"""The one HTTP endpoint of a host for all its processes: /metrics, /livez, /readyz.

It runs in a thread of the launcher (or of a fork of it) and holds nothing of a payment: when it fails,
payments go on.
"""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

import structlog

from producers.errors import ProducerError

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Metric

#: Seconds a client may take to say what it wants, or to take the answer.
CLIENT_TIMEOUT_S: Final = 5.0
#: Requests answered at once; more are turned away by closing the connection.
REQUESTS_MAX: Final = 8

log: Final = structlog.get_logger(__name__)

_TEXT: Final = "text/plain; charset=utf-8"


class Collects(Protocol):
    """Answers a scrape."""

    def collect(self) -> Iterator[Metric]: ...


def always_ready() -> Sequence[str]:
    """Nothing stands in the way."""
    return ()


def registry_of(*collectors: Collects) -> CollectorRegistry:
    """A registry that asks these at each scrape."""
    from prometheus_client import CollectorRegistry

    registry = CollectorRegistry()
    for collector in collectors:
        registry.register(collector)
    return registry


def serve_metrics(
    host: str,
    port: int,
    registry: CollectorRegistry,
    *,
    obstacles: Callable[[], Sequence[str]] = always_ready,
) -> MetricsServer:
    """Start serving; port 0 takes a free one. `obstacles` names what stands in the way of being ready.

    Raises:
        ProducerError: `metrics_bind`, when the address cannot be had.
    """
    try:
        server = _Server((host, port))
    except OSError as error:
        raise ProducerError("metrics_bind", f"cannot serve metrics on {host}:{port}: {error.strerror}") from None
    server.registry, server.obstacles = registry, obstacles
    return MetricsServer(server)


class MetricsServer:
    """A server that runs in its own thread until it is closed."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self._thread = threading.Thread(target=server.serve_forever, args=(0.1,), name="metrics", daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """The port it has."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Where it answers, without a path."""
        host = str(self._server.server_address[0])
        return f"http://{f'[{host}]' if ':' in host else host}:{self.port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop answering."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    """Bounded in threads, and silent about clients that hang up."""

    daemon_threads = True
    registry: CollectorRegistry
    obstacles: Callable[[], Sequence[str]]

    def __init__(self, address: tuple[str, int]) -> None:
        self._places = threading.BoundedSemaphore(REQUESTS_MAX)
        if ":" in address[0]:
            self.address_family = socket.AF_INET6
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Without HTTPServer's look-up of this host's name, which can take as long as DNS does."""
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        if self._places.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._places.release()

    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("metrics_client_gone", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    timeout = CLIENT_TIMEOUT_S
    server: _Server

    def do_GET(self) -> None:
        match self.path.partition("?")[0]:
            case "/metrics":
                self._answer(*self._metrics())
            case "/livez":
                self._answer(200, "alive\n")
            case "/readyz":
                obstacles = self.server.obstacles()
                self._answer(503 if obstacles else 200, "".join(f"{line}\n" for line in obstacles) or "ready\n")
            case _:
                self._answer(404, "there are /metrics, /livez and /readyz\n")

    def version_string(self) -> str:
        """Which software serves is nobody's business."""
        return "cardinity-batch"

    def log_message(self, format: str, *args: Any) -> None:
        """A scrape every few seconds is no event."""

    def _metrics(self) -> tuple[int, bytes, str]:
        from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

        try:
            return 200, generate_latest(self.server.registry), CONTENT_TYPE_LATEST
        except Exception:  # a collector's failure, whatever it is, is told to who asked and does not end the server
            log.exception("metrics_not_collected")
            return 500, b"the numbers cannot be read; the log says why\n", _TEXT

    def _answer(self, status: int, body: str | bytes, content_type: str = _TEXT) -> None:
        content = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)
