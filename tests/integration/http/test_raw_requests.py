"""Requests that no client library would send: two lengths, broken chunks, what headers must not hold."""

from __future__ import annotations

import asyncio
import re

import pytest

from tests.application import Caller, Served
from tests.integration.http.conftest import Site

CHARGES, CALLBACK, EVENTS = "/v1/charges", "/callbacks/3ds", "/webhooks/cardinity"
#: More than any of these doors takes, in chunks.
LONG = b"4000\r\n" + b"x" * 0x4000 + b"\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"


async def send(door: Served, path: str, head: str, body: bytes) -> tuple[int, str]:
    """Status and text of the answer to these bytes; 0 where the connection was closed without one."""
    url = door.client.base_url
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(f"POST {path} HTTP/1.1\r\nHost: door\r\nConnection: close\r\n{head}\r\n".encode("latin-1") + body)
    try:
        text = (await asyncio.wait_for(reader.read(), 10)).decode("latin-1")
    except ConnectionResetError:
        text = ""
    writer.close()
    status = re.match(r"HTTP/1\.1 (\d+)", text)
    return int(status[1]) if status else 0, text


@pytest.mark.parametrize("path", [CHARGES, CALLBACK, EVENTS])
@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("Content-Length: 2\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n{}"),
        ("Content-Length: 2\r\nContent-Length: 3\r\n", b"{}x"),
        ("Content-Length: -1\r\n", b"{}"),
        ("Content-Length: 0x2\r\n", b"{}"),
        (CHUNKED, b"zz\r\n{}\r\n0\r\n\r\n"),
        (CHUNKED, b"ffffffffffffffffff\r\n{}"),
        ("X: a\x00b\r\n", b""),
        ("X : a\r\n", b""),
        ("X: " + "a" * 200_000 + "\r\n", b""),
    ],
    ids=["both", "two lengths", "negative", "hexadecimal", "no chunk", "an endless chunk", "NUL", "a blank", "a book"],
)
async def test_what_is_no_request_is_no_request(
    head: str, body: bytes, path: str, door: Served, caller: Caller, site: Site
) -> None:
    """It ends with a refusal or with the connection, nothing is stored, and others are served on."""
    key = f"Authorization: {caller.headers['Authorization']}\r\nContent-Type: application/json\r\n"
    status, _ = await send(door, path, key + head, body)
    assert status == 0 or 400 <= status < 500
    assert (site.orders(), site.queued()) == (set(), [])
    assert (await door.client.get("/livez")).status_code == 200


@pytest.mark.parametrize(
    ("path", "media_type", "chunks"),
    [(CHARGES, "application/json", 2), (CALLBACK, "application/x-www-form-urlencoded", 7), (EVENTS, "text/plain", 5)],
)
async def test_a_body_of_no_said_length_is_bounded(
    path: str, media_type: str, chunks: int, door: Served, caller: Caller, site: Site
) -> None:
    """413 while it comes; nobody waits for its end, which never does."""
    head = f"Authorization: {caller.headers['Authorization']}\r\nContent-Type: {media_type}\r\n{CHUNKED}"
    status, _ = await send(door, path, head, LONG * chunks)
    assert status == 413
    assert (site.orders(), site.queued()) == (set(), [])


async def test_two_keys_are_none(door: Served, caller: Caller) -> None:
    """Which of them would count is nobody's to guess."""
    key = f"Authorization: {caller.headers['Authorization']}\r\n"
    status, text = await send(door, CHARGES, key * 2 + "Content-Length: 2\r\n", b"{}")
    assert (status, '"code":"api_key_missing"' in text) == (401, True)
