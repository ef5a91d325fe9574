"""Payments in parts: parsed, called for in Python, sent over HTTP, and handed to the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from producers.contract.splits import parse_split
from producers.errors import InvalidCommand
from tests.inputs.doors import command_line, enqueuers, http_api
from tests.inputs.doors.charges import refused
from tests.inputs.rows import Row, Told
from tests.inputs.split_fields import EVERY, GOOD
from tests.inputs.world import World
from tests.unit.contract.builders import NOW_MS, PAN

#: Names that no payment has, as text.
_NOBODIES: Final = ("NOPE", PAN, "a b", "\u00e4", "x" * 60_000)
#: One row in so many is called for on the running ledger, by either face, and handed to the command line.
_ONE_IN: Final = 4
_CREATE: Final = ("splits", "create", "--json", "-")

PARSED = [
    *(Row(f"{bad.code} {number}", bad.fields, bad.code, bad.field, also=bad.also) for number, bad in enumerate(EVERY)),
    *(
        Row(f"payload_type {name}", given, "payload_type")
        for name, given in {"none": None, "list": [("split_id", "A-1")], "text": "{}", "number": 1}.items()
    ),
]


def _called() -> Iterator[Row]:
    for face in ("blocking", "asyncio"):
        for number, bad in enumerate(EVERY[::_ONE_IN]):
            given = enqueuers.Given("split", bad.fields, face)
            yield Row(f"{face}: {bad.code} {number}", given, bad.code, bad.field, also=bad.also)
        for number, name in enumerate((*_NOBODIES, None, 7.5, "")):
            given = enqueuers.Given("get_split", {"split_id": name}, face)
            yield Row(f"{face}: get {number}", given, "split_unknown")
            given = enqueuers.Given("wait_split", {"split_id": name, "timeout_s": 0.0}, face)
            yield Row(f"{face}: wait {number}", given, "split_unknown")
            given = enqueuers.Given("cancel", {"order_id": name}, face)
            yield Row(f"{face}: cancel {number}", given, "order_unknown")


def _sent() -> Iterator[Row]:
    path = "/v1/splits"
    for number, bad in enumerate(EVERY):
        given = http_api.Given(json.dumps(bad.fields).encode(), path=path)
        yield Row(f"{bad.code} {number}", given, bad.code, bad.field, '"status":422', bad.also)
    for number, (body, code) in enumerate(http_api.BODIES):
        yield Row(f"body {number}", http_api.Given(body, path=path), code, says='"status":4')
    for number, (authorization, code) in enumerate(http_api.CREDENTIALS):
        given = http_api.Given(b"{}", path=path, authorization=authorization)
        yield Row(f"credentials {number}", given, code, says='"status":401')
    for media_type in http_api.TYPES:
        given = http_api.Given(b"{}", path=path, headers={"content-type": media_type})
        yield Row(f"type {media_type!r}", given, "media_type", says='"status":415')
    yield Row("PUT", http_api.Given(b"{}", "PUT", path), "method_unknown", says='"status":405')
    for number, name in enumerate(_NOBODIES):
        yield Row(
            f"nobody {number}", http_api.Given(b"", "GET", f"{path}/{name}"), "split_unknown", says='"status":404'
        )
        given = http_api.Given(b"", "DELETE", f"/v1/charges/{name}")
        yield Row(f"cancel nobody {number}", given, "order_unknown", says='"status":404')


def _commanded() -> Iterator[Row]:
    for number, bad in enumerate(EVERY[::_ONE_IN]):
        given = command_line.Given(_CREATE, stdin=json.dumps(bad.fields).encode())
        yield Row(f"{bad.code} {number}", given, bad.code, bad.field, also=bad.also)
    for number, (body, code) in enumerate(
        ((b"", "json_invalid"), (b"[]", "payload_type"), (b"\xff{}", "json_invalid"))
    ):
        yield Row(f"stdin {number}", command_line.Given(_CREATE, stdin=body), code)
    yield Row("no file", command_line.Given(("splits", "create", "--json", "/nowhere/split.json")), "file_missing")
    yield Row("nothing", command_line.Given(("splits", "create", "--json")), "usage", "file")
    for number, name in enumerate(_NOBODIES[:3]):
        yield Row(f"show {number}", command_line.Given(("splits", "show", "--json", name)), "split_unknown")
        yield Row(f"cancel {number}", command_line.Given(("cancel", "--json", name)), "order_unknown")
    closed = {"REDIS_LEDGER_URL": "redis://127.0.0.1:1/1"}
    given = command_line.Given(_CREATE, stdin=json.dumps(GOOD).encode(), env=closed)
    yield Row("nobody there", given, "ledger_unavailable")


CALLED = [*_called()]
SENT = [*_sent()]
COMMANDED = [*_commanded()]


def knock(world: World, given: Any) -> Told:
    """Parse it."""
    try:
        parse_split(given, now_ms=NOW_MS, mode="test")
    except InvalidCommand as refusal:
        return refused(refusal)
    return Told(frozenset(), "a payment in parts")
