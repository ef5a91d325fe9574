"""What fuzzing starts from: the rows of the tables, and good inputs for every parser, as bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import msgspec

from producers.contract.commands import FIELDS
from producers.runtime.queue import WakeUp
from tests.inputs import (
    charge_customers,
    charge_fields,
    charge_instruments,
    charge_succession,
    charge_threeds,
    token_fields,
)
from tests.inputs.doors import (
    batches,
    gateway_answers,
    gateway_reads,
    key_files,
    sandbox,
    settings,
)
from tests.inputs.doors import callbacks as callback_door
from tests.inputs.doors import (
    envelopes as envelope_door,
)
from tests.inputs.doors import (
    events as event_door,
)
from tests.inputs.doors import (
    json_texts as json_door,
)
from tests.inputs.doors import (
    messages as message_door,
)
from tests.inputs.doors import notifications as notification_door
from tests.inputs.rows import Row
from tests.unit.batches.files import a_row, csv_file, json_file
from tests.unit.client.builders import encoded, payment_row
from tests.unit.client.notices import APPROVED, body_of
from tests.unit.client.notices import signed as notice_signed
from tests.unit.client.writes import WRITES
from tests.unit.contract.builders import (
    PAN,
    card_fields,
    grouped,
    nested_fields,
    reference_fields,
    sealed,
    threeds_fields,
)
from tests.unit.contract.envelopes import CHARGE, parts, sealed_alone
from tests.unit.contract.tokens import bytes_of, the_token
from tests.unit.sandbox.bodies import charge as sandbox_charge


def json_texts() -> Iterator[bytes]:
    """Texts of the JSON door."""
    yield json.dumps(nested_fields()).encode()
    for row in json_door.ROWS:
        yield row.given if isinstance(row.given, bytes) else row.given.encode("utf-8", "surrogatepass")


def amounts() -> Iterator[bytes]:
    """A byte for the currency, then the amount."""
    for bad in charge_fields.AMOUNT:
        if isinstance(amount := bad.changes["amount"], str):
            yield b"\x00" + amount.encode()
    yield from (b"\x0010.00", b"\x0110", b"\x021.234", b"\x030.0001")


def charges() -> Iterator[bytes]:
    """Charges as JSON, and as lines of a field's number and its text."""
    for good in (card_fields(), nested_fields(), reference_fields()):
        yield json.dumps(good).encode()
    flat = {name: str(value) for name, value in card_fields().items()}
    yield b"\n".join(bytes([FIELDS.index(name)]) + value.encode() for name, value in flat.items())
    yield json.dumps(card_fields(settle=False, threeds2_data=threeds_fields())).encode()
    for bad in (
        *charge_fields.TEXTS,
        *charge_instruments.CARDS,
        *charge_instruments.INSTRUMENT,
        *charge_threeds.MORE,
        *charge_succession.SUCCESSION,
        *charge_customers.CUSTOMERS,
        *token_fields.BY_TOKEN,
    ):
        try:
            yield json.dumps(bad.charge).encode()
        except TypeError:
            continue  # a value that only Python has


def callbacks() -> Iterator[bytes]:
    """Forms that a bank's page posts."""
    yield b"cres=eyJ9&threeDSSessionData=T1JELTE"
    yield b"PaRes=eJx%0D%0A&MD=ORD-1"
    for row in callback_door.ROWS:
        if sum(map(len, row.given.values())) < 1000:
            yield urlencode(row.given, errors="surrogatepass").encode()


def tokens() -> Iterator[bytes]:
    """Tokens, and what is none."""
    yield the_token().encode()
    for given in token_fields.NO_TOKENS.values():
        if isinstance(given, str):
            yield given[:1000].encode("utf-8", "surrogatepass")


def token_bytes() -> Iterator[bytes]:
    """What tokens are made of, and what is sealed in them."""
    yield bytes_of(the_token())
    yield from (b'["4111111111111111","Ona Petraityte"]'.ljust(64), b"[]", b"")


def csv_files() -> Iterator[bytes]:
    """Whole files."""
    yield csv_file(a_row(1), a_row(2))
    yield from _data(batches.ROWS, "csv")


def csv_rows() -> Iterator[bytes]:
    """Rows under a good header."""
    for data in csv_files():
        yield b"".join(data.splitlines(keepends=True)[1:])


def json_lines() -> Iterator[bytes]:
    """Whole files."""
    yield json_file(a_row(1), nested_fields())
    yield from _data(batches.ROWS, "jsonl")


def messages() -> Iterator[bytes]:
    """Messages of the queue."""
    yield WakeUp("ORD-1", 1_768_471_200_000, sweep=3).encode()
    yield from (row.given for row in message_door.ROWS)


def events() -> Iterator[bytes]:
    """Events of the stream."""
    for row in event_door.ROWS:
        if isinstance(row.given, list) and (fields := row.given[0][1][1][1]):
            yield from fields.values()


def positions() -> Iterator[bytes]:
    """Positions in the stream."""
    yield from (b"$", b"0", b"1768471200000-0")
    yield from (row.given.encode() for row in event_door.ROWS if isinstance(row.given, str))


def envelopes() -> Iterator[bytes]:
    """Envelopes of all kinds."""
    yield from (sealed(CHARGE), sealed_alone(CHARGE))
    yield from (row.given.data for row in envelope_door.ROWS)


def headers() -> Iterator[bytes]:
    """Clear parts of envelopes."""
    for data in envelopes():
        if len(data) > 300 and data[:1] in {b"\x01", b"\x02"}:
            yield parts(data)[0]


def signed() -> Iterator[bytes]:
    """A header and a card, with a line end between."""
    for envelope in (sealed_alone(CHARGE), sealed(CHARGE)):
        header, card, _ = parts(envelope)
        yield header + b"\n" + card
    yield from (data + b"\n" + card for data in headers())


def contents() -> Iterator[bytes]:
    """What is sealed."""
    yield b'{"kind":"payment_id","payment_id":"3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"}'
    yield json.dumps({"kind": "card", **card_fields()}).encode()


def keys() -> Iterator[bytes]:
    """Key files."""
    for row in key_files.ROWS:
        if isinstance(row.given, key_files.Text):
            yield row.given.text.encode("utf-8", "surrogatepass")
    key = {"producer": "shop", "sha256": "A" * 43 + "=", "requests_per_s": 0.5, "burst": 1, "disabled": False}
    yield json.dumps({"format": 1, "keys": [key]}).encode()


def payments() -> Iterator[bytes]:
    """Bodies of single payments."""
    yield encoded(payment_row())
    yield from (row.given.body for row in gateway_answers.ROWS)


def pages() -> Iterator[bytes]:
    """Bodies of lists."""
    yield encoded([payment_row(id="a"), payment_row(id="b")])
    yield from (row.given.body for row in gateway_reads.ROWS if row.name.startswith("page"))


def answers() -> Iterator[bytes]:
    """Two bytes for status and type, then the body."""
    yield from (bytes([number % 14, 0]) + body for number, body in enumerate(payments()))


def writes() -> Iterator[bytes]:
    """Two bytes for the write and the status, then the body."""
    for number, write in enumerate(WRITES):
        yield from (bytes([number, status]) + write.body() for status in (0, 1, 2, 13))


def notifications() -> Iterator[bytes]:
    """Forms of the hosted page, signed."""
    yield body_of(notice_signed(APPROVED))
    yield from (row.given.body for row in notification_door.ROWS if not row.given.is_webhook)


def fields_of_notifications() -> Iterator[bytes]:
    """Lines of a name and a value."""
    yield "\n".join(f"{name}={value}" for name, value in APPROVED.items()).encode()
    declined = {**APPROVED, "status": "declined", "error": "3001: Insufficient funds", "live": "true"}
    yield "\n".join(f"{name}={value}" for name, value in declined.items()).encode()


def webhooks() -> Iterator[bytes]:
    """Bodies of webhooks."""
    yield b'{"type":"refund.approved","data":{"id":"3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"}}'
    yield from (row.given.body for row in notification_door.ROWS if row.given.is_webhook)


def environments() -> Iterator[bytes]:
    """Lines of a name and a value."""
    for row in settings.ROWS:
        if isinstance(row.given.environ, dict):
            yield "\n".join(f"{name}={value}" for name, value in row.given.environ.items()).encode()


def urls() -> Iterator[bytes]:
    """Addresses of Redis."""
    yield from (b"redis://127.0.0.1:6379/0", b"rediss://u:p%40@h/1?ssl_cert_reqs=required", b"unix:///run/r.sock?db=2")
    yield b"rediss+sentinel://u:p%40@h:26379,[::1],h2:7/pay/1?sentinel_user=a&sentinel_password=b"
    for data in environments():
        yield from (line.partition(b"=")[2] for line in data.split(b"\n") if b"URL=" in line)


def texts() -> Iterator[bytes]:
    """Texts in which cards stand."""
    for mark in ("", " ", "-", " - ", "\u00a0", "\u200b", "/", "."):
        yield f"card {grouped(mark)} and {grouped(mark, '5555555555554444')}".encode()
    yield from (bad.changes["description"].encode() for bad in charge_fields.TEXTS if _is_text(bad.changes))


def sandbox_bodies() -> Iterator[bytes]:
    """Charges as the gateway gets them."""
    yield msgspec.json.encode(sandbox_charge())
    yield from (row.given.body for row in sandbox.ROWS if row.given.path == "/v1/payments")


def plans() -> Iterator[bytes]:
    """Plans of faults."""
    yield b'[{"fault": "late_landing", "order_id": "o-1", "times": 2, "delay_ms": 1500}]'
    yield from (row.given.body for row in sandbox.ROWS if row.name.startswith("plan"))


def credentials() -> Iterator[bytes]:
    """Authorization headers."""
    for row in sandbox.ROWS:
        if row.given.authorization:
            yield row.given.authorization.encode("latin-1")


def _data(rows: list[Row], format: str) -> Iterator[bytes]:
    yield from (row.given.data for row in rows if row.given.format == format)


def _is_text(changes: Any) -> bool:
    text = changes.get("description")
    return isinstance(text, str) and PAN[:4] in text
