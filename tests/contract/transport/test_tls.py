"""TLS: what cannot be trusted is never sent to, and what breaks after the handshake is unknown."""

import asyncio
import ssl
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from cardinity_client import Approved, CardinityClient, Unknown, Unsent
from cardinity_client.transport import Http1Transport
from tests.contract.transport.gateway import Count, Talk, approve, client, gateway, said, settings
from tests.unit.client.builders import charge

Certify = Callable[..., tuple[ssl.SSLContext, Path]]


@pytest.fixture
def certify(tmp_path: Path) -> Certify:
    """Makes a self-signed certificate: the server's context, and the file a client may trust."""

    def make(host: str = "127.0.0.1", *, days: int = 1) -> tuple[ssl.SSLContext, Path]:
        key, name, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
            .not_valid_before(now - timedelta(days=9))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(host))]), critical=True)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .sign(key, hashes.SHA256())
        )
        pem = tmp_path / "gateway.pem"
        pem.write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        return context, pem

    return make


def trusting(url: str, pem: Path | None, hooks: Count | None = None, **changes: float) -> CardinityClient:
    """A client that trusts that certificate, or public authorities only."""
    given = settings(url, **changes)
    context = ssl.create_default_context(cafile=str(pem) if pem else None)
    return CardinityClient(given, hooks=hooks or Count(), transport=Http1Transport(given, tls=context))


@pytest.mark.parametrize("fault", ["unknown_issuer", "other_host", "expired"])
async def test_what_cannot_be_trusted_gets_no_charge(fault: str, certify: Certify) -> None:
    """An unknown issuer, another host's name or an expired certificate is unsent, on each of three tries."""
    host = "127.0.0.2" if fault == "other_host" else "127.0.0.1"
    tls, pem = certify(host, days=-1 if fault == "expired" else 1)
    hooks = Count()
    trusted = None if fault == "unknown_issuer" else pem
    async with gateway(approve, tls=tls) as shop, trusting(shop.url, trusted, hooks) as ours:
        assert await ours.create_payment(charge()) == Unsent("tls_failed")
    assert (len(hooks.attempts), shop.heard) == (3, [])


async def test_an_old_version_gets_no_charge(certify: Certify) -> None:
    """Nothing below TLS 1.2 is spoken; the server may say so or just hang up."""
    tls, pem = certify()
    tls.set_ciphers("ALL:@SECLEVEL=0")
    tls.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        tls.maximum_version = ssl.TLSVersion.TLSv1_1
    async with gateway(approve, tls=tls) as shop, trusting(shop.url, pem) as ours:
        answer = await ours.create_payment(charge())
    assert answer in (Unsent("tls_failed"), Unsent("connect_failed"))
    assert shop.heard == []


async def test_the_clients_own_trust_is_the_webs(certify: Certify) -> None:
    """Without a context of its own the client trusts public authorities, and no self-signed certificate."""
    tls, _ = certify()
    async with gateway(approve, tls=tls) as shop, client(shop.url, connect_attempts_max=1) as ours:
        assert await ours.create_payment(charge()) == Unsent("tls_failed")


async def test_plain_text_is_no_tls() -> None:
    """A server that answers the handshake in plain text gets no charge."""

    async def manner(talk: Talk) -> None:
        await talk.reader.readexactly(1)
        await talk.say(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    async with gateway(manner) as shop:
        url = shop.url.replace("http:", "https:")
        async with client(url, connect_attempts_max=1) as ours:
            assert await ours.create_payment(charge()) == Unsent("tls_failed")


class Greeter(asyncio.Protocol):
    """Speaks in the very step in which the handshake ends."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        transport.write(said(400, b"{}"))


async def test_a_server_that_speaks_first_gets_no_charge(certify: Certify) -> None:
    """What it says before it was asked is no answer, and a server of HTTP does not do that."""
    tls, pem = certify()
    tls.maximum_version = ssl.TLSVersion.TLSv1_2  # in which the server's end of the handshake comes last
    server = await asyncio.get_running_loop().create_server(Greeter, "127.0.0.1", 0, ssl=tls)
    async with server, trusting(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", pem) as ours:
        assert await ours.create_payment(charge()) == Unsent("connect_failed")


async def test_a_trusted_gateway_gets_the_charge(certify: Certify) -> None:
    """With the right certificate the charge goes through, twice over one connection."""
    tls, pem = certify()
    async with gateway(approve, tls=tls) as shop, trusting(shop.url, pem) as ours:
        assert isinstance(await ours.create_payment(charge("ORD-1")), Approved)
        assert isinstance(await ours.create_payment(charge("ORD-2")), Approved)
    assert shop.connections == 1


@pytest.mark.parametrize("kept_alive", [False, True], ids=["fresh", "kept_alive"])
async def test_a_charge_that_breaks_under_tls_is_unknown(kept_alive: bool, certify: Certify) -> None:
    """After the handshake every break is unknown, as without TLS."""
    tls, pem = certify()

    async def manner(talk: Talk) -> None:
        if kept_alive:
            await talk.say(said(201, (await talk.hear()).approval()))
        await talk.hear()
        await talk.rst()

    async with gateway(manner, tls=tls) as shop, trusting(shop.url, pem) as ours:
        if kept_alive:
            await ours.create_payment(charge("ORD-0"))
        answer = await ours.create_payment(charge("ORD-1"))
    assert answer == Unknown("connection_lost", None, alarm=False)
    assert (shop.posts(), shop.connections) == (1 + kept_alive, 1)


async def test_a_charge_that_is_given_up_on_is_reset_under_tls(certify: Certify) -> None:
    """TLS would keep the socket for half a minute to say goodbye; at its deadline a charge is reset."""
    tls, pem = certify()
    heard, ends = asyncio.Event(), asyncio.get_running_loop().create_future()

    async def listen(talk: Talk) -> None:
        await talk.hear()
        heard.set()
        await talk.reader.read()

    async with gateway(listen, tls=tls) as shop:

        async def partition(talk: Talk) -> None:
            """Passes bytes on until the charge has arrived, then nothing in either direction."""
            reader, writer = await asyncio.open_connection("127.0.0.1", urlsplit(shop.url).port)
            back = asyncio.ensure_future(pass_on(reader, talk.writer, heard))
            try:
                await pass_on(talk.reader, writer, heard)
                ends.set_result("closed")
            except ConnectionResetError:
                ends.set_result("reset")
            finally:
                back.cancel()
                writer.transport.abort()

        async with gateway(partition) as wire:
            url = wire.url.replace("http:", "https:")
            async with trusting(url, pem, attempt_deadline_s=1.0) as ours:
                assert await ours.create_payment(charge()) == Unknown("timeout", None, alarm=False)
                async with asyncio.timeout(10):  # far below the half minute
                    assert await ends == "reset"
    assert heard.is_set()


async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, cut: asyncio.Event) -> None:
    while data := await reader.read(65_536):
        if not cut.is_set():
            writer.write(data)
