"""How long certificates are still good, as a host tells it that looked at what servers present."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from prometheus_client import CollectorRegistry

from producers.runtime.settings import Settings
from workers.cli.processes.certificates import Address, CertificatesCollector, ends_at, tls_servers

#: In whole seconds, as certificates have it.
ENDS = datetime(2031, 4, 1, 12, tzinfo=UTC)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Address]:
    """A server whose certificate ends then; nobody has reason to trust it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(ENDS - timedelta(days=90))
        .not_valid_after(ENDS)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem = tmp_path / "server.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(context, listening), daemon=True).start()
        yield listening.getsockname()


def _serve(context: ssl.SSLContext, listening: socket.socket) -> None:
    while True:
        try:
            connection, _ = listening.accept()
        except OSError:
            return  # the test is over
        # Who has seen the certificate may hang up before the handshake is over on this side.
        with suppress(OSError), connection, context.wrap_socket(connection, server_side=True):
            pass


def _told(collector: CertificatesCollector) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(collector)
    return {sample.labels["server"]: sample.value for family in registry.collect() for sample in family.samples}


def test_the_end_of_what_is_presented_is_read(server: Address) -> None:
    """Whoever signed it, and whatever name it is for."""
    assert ends_at(server) == ENDS.timestamp()


def test_what_is_left_is_told_by_server(server: Address) -> None:
    """The earliest end counts where there are several; a server without TLS has no end."""
    collector = CertificatesCollector({"gateway": [server, server], "ledger": []}, clock=lambda: ENDS.timestamp() - 90)
    assert _told(collector) == dict.fromkeys(("gateway", "queue", "ledger"), float("inf"))
    collector.look()
    assert _told(collector) == {"gateway": 90, "queue": float("inf"), "ledger": float("inf")}


def test_a_silent_server_is_as_it_was(server: Address) -> None:
    """What was presented before still ends then."""
    servers = {"gateway": [server]}
    collector = CertificatesCollector(servers, clock=lambda: ENDS.timestamp())
    collector.look()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else gets it
        servers["gateway"] = [closed.getsockname()]
        collector.look()
        assert ends_at(servers["gateway"][0]) is None
    assert _told(collector)["gateway"] == 0


def test_only_who_speaks_tls_is_asked() -> None:
    """By the addresses of the settings; Redis on this machine has no certificate, and the gateway the usual port."""
    found = tls_servers(Settings.from_environ({"REDIS_LEDGER_URL": "rediss://ledger.internal:6390/0"}))
    assert found == {"gateway": [("api.cardinity.com", 443)], "queue": [], "ledger": [("ledger.internal", 6390)]}
