"""How long the certificates are still good that this host's servers present: the gateway's, and Redis'.

Asked now and then in a thread of its own, for a server that does not answer must not delay a scrape. Nothing is said
over these connections, so nothing is verified: who may be trusted, those decide who send.
"""

from __future__ import annotations

import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from cryptography import x509

from producers.runtime.metrics_table import TLS_SERVERS, row
from producers.runtime.settings import Settings

if TYPE_CHECKING:
    from prometheus_client import Metric

#: Seconds between two looks, and until a server counts as silent. A certificate ends after weeks.
EVERY_S, ANSWER_S = 3600.0, 5.0

#: Host and port of a server that speaks TLS.
Address = tuple[str, int]


def tls_servers(settings: Settings) -> Mapping[str, Sequence[Address]]:
    """Where this host speaks TLS, by what it is; nothing of a Redis that Sentinels find, for it may be any of them."""
    urls = {
        "gateway": [merchant.base_url for merchant in settings.merchants],
        "queue": [settings.redis_queue_url.reveal()],
        "ledger": [settings.redis_ledger_url.reveal()],
    }
    parts = {server: [urlsplit(url) for url in each] for server, each in urls.items()}
    ports = {"https": 443, "rediss": 6379}
    return {
        server: [
            (part.hostname, part.port or ports[part.scheme]) for part in each if part.hostname and part.scheme in ports
        ]
        for server, each in parts.items()
    }


def ends_at(address: Address) -> float | None:
    """When the certificate ends that is presented there, as epoch seconds; None when none could be had."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection(address, ANSWER_S) as raw,
            context.wrap_socket(raw, server_hostname=address[0]) as wrapped,
        ):
            presented = wrapped.getpeercert(binary_form=True)
    except OSError:
        return None
    return x509.load_der_x509_certificate(presented).not_valid_after_utc.timestamp() if presented else None


class CertificatesCollector:
    """Looks while it is entered. Infinite is what nobody presents, or nobody has presented yet."""

    def __init__(self, servers: Mapping[str, Sequence[Address]], *, clock: Callable[[], float] = time.time) -> None:
        self._servers = servers
        self._clock = clock
        self._ends_at: dict[str, float] = {}
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._look_until_left, name="certificates", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._left.set()

    def look(self) -> None:
        """Ask every server now. What a silent one presented before still counts."""
        for server, addresses in self._servers.items():
            found = [moment for address in addresses if (moment := ends_at(address)) is not None]
            if found:
                self._ends_at[server] = min(found)

    def describe(self) -> list[Metric]:
        """Nothing, as the other collectors."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The time that is left, by server."""
        from prometheus_client.core import GaugeMetricFamily

        told = row("cardinity_certificate_left_seconds")
        family = GaugeMetricFamily(told.name, told.help, labels=told.label_names)
        for server in TLS_SERVERS:
            family.add_metric((server,), self._ends_at.get(server, math.inf) - self._clock())
        yield family

    def _look_until_left(self) -> None:
        while not self._left.is_set():
            self.look()
            self._left.wait(EVERY_S)
