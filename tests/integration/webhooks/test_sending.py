"""One POST over real sockets: where it goes, how it is signed, and what is made of every answer."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from aiohappyeyeballs import AddrInfoType
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.contract.transport.gateway import Talk, gateway, said
from tests.unit.webhooks.builders import KEY, an_endpoint
from workers.events.webhooks.sending import Answer, Sender

BODY = b'{"id":"ORD-1:approved"}'
NAME = "shop.example"
NOW_S = 1_768_471_200


def here(host: str, port: int) -> Sequence[AddrInfoType]:
    """Every name is this machine."""
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]


def certified(directory: Path, name: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server of that name, and somebody who trusts it."""
    key, nobody, now = ec.generate_private_key(ec.SECP256R1()), x509.Name([]), datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(nobody, nobody, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = directory / "server.pem"
    form = serialization.PrivateFormat.PKCS8
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))


def sender(url: str, **given: Any) -> Sender:
    """One whose receiver is on this machine, by the port of that URL."""
    parts = urlsplit(url)
    endpoint = an_endpoint(
        url=f"http://127.0.0.1:{parts.port}/hooks?a=1", host="127.0.0.1", port=parts.port, local=True
    )
    return Sender(endpoint, **given)


async def posted(manner: Any, **given: Any) -> tuple[Answer, Any]:
    """What is answered by a receiver of those manners, and what it heard."""
    async with gateway(manner) as receiver:
        sending = sender(receiver.url, **given)
        answer = await sending.post("ORD-1:approved", BODY, NOW_S)
        await sending.aclose()
    return answer, receiver


def answering(status: int, *headers: tuple[str, str], body: bytes = b"") -> Any:
    """A receiver that says that."""

    async def manner(talk: Talk) -> None:
        while True:
            await talk.hear()
            lines = b"".join(f"{name}: {value}\r\n".encode() for name, value in headers)
            await talk.say(b"HTTP/1.1 %d X\r\n%bContent-Length: %d\r\n\r\n%b" % (status, lines, len(body), body))

    return manner


async def test_a_receiver_can_verify_what_it_is_told() -> None:
    """By the headers of Standard Webhooks, over the body as it came."""
    answer, receiver = await posted(answering(204))
    (heard,) = receiver.heard
    assert (answer, heard.method, heard.target, heard.body) == (Answer(True, "204"), "POST", "/hooks?a=1", BODY)
    name, at, signature = (heard.headers[f"webhook-{each}"] for each in ("id", "timestamp", "signature"))
    mac = hmac.new(KEY.reveal(), f"{name}.{at}.".encode() + heard.body, hashlib.sha256).digest()
    assert (at, signature) == (str(NOW_S), f"v1,{base64.b64encode(mac).decode()}")
    assert heard.headers["content-type"] == "application/json"


async def test_tls_and_host_have_the_name_and_the_connection_the_address(tmp_path: Path) -> None:
    """The address is the one that was looked up; the certificate must be the name's."""
    server, trusting = certified(tmp_path, NAME)
    seen: list[str | None] = []
    server.sni_callback = lambda made, name, context: seen.append(name)
    async with gateway(answering(200), tls=server) as receiver:
        port = urlsplit(receiver.url).port
        endpoint = an_endpoint(url=f"https://{NAME}:{port}/", host=NAME, port=port, local=True)
        sending = Sender(endpoint, tls=trusting, look_up=here)
        answer = await sending.post("ORD-1:approved", BODY, NOW_S)
        await sending.aclose()
    assert (answer.success, seen, receiver.heard[0].headers["host"]) == (True, [NAME], f"{NAME}:{port}")


async def test_another_ones_certificate_is_not_believed(tmp_path: Path) -> None:
    """Nothing is sent."""
    server, trusting = certified(tmp_path, "other.example")
    async with gateway(answering(200), tls=server) as receiver:
        port = urlsplit(receiver.url).port
        endpoint = an_endpoint(url=f"https://{NAME}:{port}/", host=NAME, port=port, local=True)
        sending = Sender(endpoint, tls=trusting, look_up=here)
        assert await sending.post("ORD-1:approved", BODY, NOW_S) == Answer(False, "tls")
        await sending.aclose()
    assert receiver.heard == []


async def test_a_name_that_is_this_machine_is_not_connected_to() -> None:
    """Nobody hears as much as a connection."""
    async with gateway(answering(200)) as receiver:
        port = urlsplit(receiver.url).port
        endpoint = an_endpoint(url=f"https://{NAME}:{port}/", host=NAME, port=port)
        sending = Sender(endpoint, look_up=here)
        assert await sending.post("ORD-1:approved", BODY, NOW_S) == Answer(False, "address_refused")
        await sending.aclose()
    assert receiver.connections == 0


async def test_a_name_without_an_address_is_told() -> None:
    """As any failure: it is tried again."""

    def nowhere(host: str, port: int) -> Sequence[AddrInfoType]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    sending = Sender(an_endpoint(), look_up=nowhere)
    assert await sending.post("ORD-1:approved", BODY, NOW_S) == Answer(False, "name_unknown")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed(status: int) -> None:
    """Wherever they point to."""
    answer, receiver = await posted(answering(status, ("Location", "http://169.254.169.254/latest/meta-data")))
    assert (answer, len(receiver.heard)) == (Answer(False, str(status)), 1)


async def test_a_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would look the name up by itself."""
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    answer, _ = await posted(answering(200))
    assert answer.success


@pytest.mark.parametrize(
    ("given", "asked_s"), [("120", 120), ("x", 0), ("Wed, 21 Oct 2026 07:28:00 GMT", 0), ("-1", 0)]
)
async def test_a_receiver_may_ask_for_time(given: str, asked_s: int) -> None:
    """In seconds; of a date nothing is made."""
    answer, _ = await posted(answering(503, ("Retry-After", given)))
    assert answer == Answer(False, "503", asked_s)


async def test_an_answer_without_end_is_cut_off() -> None:
    """At 64 KiB, whatever it promises, and whatever its status is."""
    answer, _ = await posted(answering(200, body=b"x" * 100_000))
    assert answer == Answer(False, "answer_invalid")


async def test_an_answer_that_drips_is_not_waited_for() -> None:
    """The deadline is one for connection, request and answer together."""

    async def manner(talk: Talk) -> None:
        await talk.hear()
        while True:
            await talk.say(b"H")
            await asyncio.Event().wait()

    answer, _ = await posted(manner, timeout_s=0.2)
    assert answer == Answer(False, "timeout")


async def test_a_connection_that_breaks_is_a_failure() -> None:
    """Whether it was read or not, it is told again."""

    async def manner(talk: Talk) -> None:
        await talk.hear()
        await talk.rst()

    answer, _ = await posted(manner)
    assert answer == Answer(False, "connection")


async def test_what_is_no_http_is_no_answer() -> None:
    """Neither is what could be read in two ways."""

    async def manner(talk: Talk) -> None:
        await talk.hear()
        await talk.say(said(200, b"{}").replace(b"Content-Length", b"Content-Length: 1\r\nContent-Length", 1))

    answer, _ = await posted(manner)
    assert answer == Answer(False, "answer_invalid")
