"""The parsers that take bytes of strangers, each as one function of bytes with the errors it documents.

A function answers what a refusal shows, or nothing when the input is taken. Any other exception is a finding, and so
are digits of a card in what is shown.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from redis.connection import parse_url

from cardinity_client.answers import Rejected, Unknown
from cardinity_client.classify import classify_response
from cardinity_client.errors import MoneyError, NotificationInvalid, ResponseInvalid
from cardinity_client.money import Money
from cardinity_client.notifications import read_notification, read_webhook
from cardinity_client.notifications.signing import signature_of
from cardinity_client.operations import CREATE_PAYMENT
from cardinity_client.sandbox.charges import read_charge
from cardinity_client.sandbox.links.link import Span, read_link, read_update
from cardinity_client.sandbox.plan import PlanError, parse_plan
from cardinity_client.sandbox.records.requests import read_record
from cardinity_client.sandbox.records.seeded import seeded
from cardinity_client.sandbox.signature import Verifier
from cardinity_client.wire import PageReader, parse_payment
from producers.batch_files import Format, read_rows
from producers.contract.card_numbers import contains_card_number, mask_card_numbers
from producers.contract.commands import FIELDS, parse_charge
from producers.contract.data_keys import DataKey
from producers.contract.events import decode
from producers.contract.header import read_header
from producers.contract.key_formats import read_opening_keys, read_producers, read_sealing_key, read_signing_keys
from producers.contract.names import ACTOR_CHARGE, QUEUE_PAYMENTS
from producers.contract.strict_json import decode_json_object
from producers.contract.versions import VERSIONS
from producers.errors import EnvelopeError, EventError, InvalidCommand, KeyFileError, SettingsError
from producers.feed import Position, read_command
from producers.runtime.settings import Settings
from producers.runtime.settings_kinds import Refused, read_redis_url
from producers.runtime.settings_rules import redis_place
from producers.runtime.settings_table import settings_table
from tests.inputs.fuzz import seeds
from tests.unit.batch_files.files import csv_file
from tests.unit.client.builders import charge
from tests.unit.client.notices import PROJECT, SECRET, body_of
from tests.unit.client.notices import signed as notice_signed
from tests.unit.client.writes import WRITES
from tests.unit.contract.builders import NOW_MS, SEALING, sealed
from tests.unit.contract.envelopes import CHARGE, assembled, opened, parts
from workers.event_loop.delivery import Foreign, read

_CURRENCIES: Final = ("EUR", "JPY", "KWD", "CLF", "eur", "")
_STATUSES: Final = (201, 202, 402, 400, 401, 403, 404, 405, 406, 415, 429, 500, 302, 200)
_CONTENT_TYPES: Final = ("application/json", "text/html", "", "application/json; charset=utf-8")
_HEADER: Final = parts(sealed(CHARGE))[0]
_DATA_KEY: Final = DataKey(SEALING, "shop")
_COLUMNS: Final = csv_file()
_NAMES: Final = [row.env for row in settings_table()]
_PAID: Final = seeded(0, NOW_MS)[0]
_SPAN: Final = Span(NOW_MS, 7, 90)
_VERIFIER: Final = Verifier("key", "secret", lambda: NOW_MS / 1000, strict_nonces=True)


@dataclass(frozen=True, slots=True)
class Parser:
    """`run` answers what a refusal shows. `cost` is how many executions of the cheapest parser one of it takes."""

    name: str
    run: Callable[[bytes], str]
    seeds: Callable[[], Iterator[bytes]]
    cost: int = 1


def _json_text(data: bytes) -> str:
    return _refused(lambda: decode_json_object(data), InvalidCommand)


def _money(data: bytes) -> str:
    currency = _CURRENCIES[data[0] % len(_CURRENCIES)] if data else "EUR"
    text = _text(data[1:])
    try:
        assert Money.parse(text, currency).text == text
    except MoneyError as error:
        return _shown(error)
    return ""


def _charge(data: bytes) -> str:
    return _refused(lambda: parse_charge(_fields(data), now_ms=NOW_MS, mode="test"), InvalidCommand)


def _batch(format: Format, head: bytes = b"") -> Callable[[bytes], str]:
    def run(data: bytes) -> str:
        rows = list(read_rows(io.BytesIO(head + data), format, now_ms=NOW_MS, mode="test"))
        assert [result.row for result in rows] in ([0], list(range(1, len(rows) + 1)))
        return repr([result.errors for result in rows if result.errors])

    return run


def _message(data: bytes) -> str:
    reading = read(data, queue=QUEUE_PAYMENTS, actors={ACTOR_CHARGE})
    return repr(reading) if isinstance(reading, Foreign) else ""


def _event(data: bytes) -> str:
    return _refused(lambda: decode(data), EventError)


def _position(data: bytes) -> str:
    return _refused(lambda: read_command(Position(_text(data)), block_s=None), InvalidCommand)


def _envelope(data: bytes) -> str:
    return _refused(lambda: opened(data), EnvelopeError)


def _header(data: bytes) -> str:
    return "".join(_refused(partial(read_header, data, version), EnvelopeError) for version in VERSIONS.values())


def _signed(data: bytes) -> str:
    """A genuine signature around a header and a card that nobody wrote, in every version."""
    header, _, card = data.partition(b"\n")
    envelopes = (assembled(header[:65_535], card[:65_535], version=version) for version in VERSIONS)
    return "".join(_refused(partial(opened, envelope), EnvelopeError) for envelope in envelopes)


def _sealed(data: bytes) -> str:
    """A genuine envelope around anything."""
    card = _DATA_KEY.seal(data[:4096], _HEADER)
    return _refused(lambda: opened(assembled(_HEADER, card)), EnvelopeError)


def _keys(data: bytes) -> str:
    text = _text(data)
    readers: tuple[Callable[[str], object], ...] = (
        read_sealing_key,
        read_opening_keys,
        read_signing_keys,
        read_producers,
    )
    return "".join(_refused(partial(reader, text), KeyFileError) for reader in readers)


def _payment(data: bytes) -> str:
    return _refused(lambda: parse_payment(data), ResponseInvalid)


def _page(data: bytes) -> str:
    return _refused(lambda: PageReader()(data), ResponseInvalid)


def _answer(data: bytes) -> str:
    status = _STATUSES[data[0] % len(_STATUSES)] if data else 201
    content_type = (
        _CONTENT_TYPES[data[1] % len(_CONTENT_TYPES)] if len(data) > 1 and data[1] < 8 else "application/json"
    )
    headers = {"content-type": content_type, "retry-after": _text(data[2:22]), "date": _text(data[22:51])}
    answer = classify_response(CREATE_PAYMENT, charge(), status, headers, data[2:])
    return "" if answer.kind in ("approved", "pending", "declined") else repr(answer)


def _write(data: bytes) -> str:
    """An answer to one of the writes; the first two bytes say to which, and under what status."""
    write = WRITES[data[0] % len(WRITES)] if data else WRITES[0]
    status = _STATUSES[data[1] % len(_STATUSES)] if len(data) > 1 else 201
    headers = {"content-type": "application/json"}
    answer = classify_response(write.operation, write.asked, status, headers, data[2:])
    return repr(answer) if isinstance(answer, Unknown | Rejected) else ""


def _notification(data: bytes) -> str:
    return _refused(lambda: _hint(data), NotificationInvalid)


def _signed_notification(data: bytes) -> str:
    """A genuine signature over fields that nobody wrote: each line is a name and a value."""
    lines = (line.partition("=") for line in data.decode("utf-8", "replace").split("\n"))
    fields = {name: value for name, _, value in lines}
    return _refused(lambda: _hint(body_of(notice_signed(fields))), NotificationInvalid)


def _hint(body: bytes) -> object:
    return read_notification(body, project_id=PROJECT, secrets=[SECRET])


def _webhook(data: bytes) -> str:
    return _refused(lambda: read_webhook(data, signature_of(data, SECRET), secrets=[SECRET]), NotificationInvalid)


def _settings(data: bytes) -> str:
    environ = {"HOME": "/"}
    for line in _text(data).split("\n")[:20]:
        name, _, value = line.partition("=")
        environ[name if name in _NAMES else _NAMES[len(name) % len(_NAMES)]] = value
    return _refused(lambda: Settings.from_environ(environ), SettingsError)


def _redis_url(data: bytes) -> str:
    """What is taken must lead the Redis client to the place that we think it does."""
    text = _text(data)
    try:
        read_redis_url(text)
    except Refused as refusal:
        return _shown(refusal)
    place, theirs = redis_place(text), parse_url(text)
    if "path" in theirs:
        assert place == (theirs["path"], 0, theirs.get("db", 0))
    else:
        assert place[1:] == (theirs.get("port", 6379), theirs.get("db", 0))
    return ""


def _card_text(data: bytes) -> str:
    text = _text(data)
    masked = mask_card_numbers(text)
    assert not contains_card_number(masked)
    return ""


def _sandbox(data: bytes) -> str:
    """A body is read as everything that the gateway's double takes: whatever it is, it is taken or complained about."""
    document = _decoded(data)
    assert read_charge(document)
    assert all(read_record(kind, _PAID, document) for kind in ("refund", "void", "chargeback"))
    assert read_link(document, _SPAN) and read_update(document, _SPAN)
    return ""


def _plan(data: bytes) -> str:
    return _refused(lambda: parse_plan(data), PlanError)


def _credentials(data: bytes) -> str:
    return _VERIFIER.problem("POST", "http://h/v1/payments", b"a=1", data.decode("latin-1")) or ""


PARSERS: Final[Mapping[str, Parser]] = {
    parser.name: parser
    for parser in (
        Parser("json", _json_text, seeds.json_texts),
        Parser("money", _money, seeds.amounts),
        Parser("charge", _charge, seeds.charges, cost=4),
        Parser("csv", _batch("csv"), seeds.csv_files, cost=6),
        Parser("csv-rows", _batch("csv", _COLUMNS), seeds.csv_rows, cost=4),
        Parser("jsonl", _batch("jsonl"), seeds.json_lines, cost=4),
        Parser("message", _message, seeds.messages),
        Parser("event", _event, seeds.events),
        Parser("position", _position, seeds.positions),
        Parser("envelope", _envelope, seeds.envelopes),
        Parser("header", _header, seeds.headers),
        Parser("signed", _signed, seeds.signed),
        Parser("sealed", _sealed, seeds.contents),
        Parser("keys", _keys, seeds.keys, cost=2),
        Parser("payment", _payment, seeds.payments, cost=2),
        Parser("page", _page, seeds.pages, cost=4),
        Parser("answer", _answer, seeds.answers, cost=2),
        Parser("write", _write, seeds.writes, cost=2),
        Parser("notification", _notification, seeds.notifications, cost=2),
        Parser("signed-notification", _signed_notification, seeds.fields_of_notifications, cost=3),
        Parser("webhook", _webhook, seeds.webhooks, cost=2),
        Parser("settings", _settings, seeds.environments, cost=8),
        Parser("redis-url", _redis_url, seeds.urls, cost=2),
        Parser("card-text", _card_text, seeds.texts),
        Parser("sandbox-charge", _sandbox, seeds.sandbox_bodies, cost=2),
        Parser("sandbox-plan", _plan, seeds.plans),
        Parser("sandbox-credentials", _credentials, seeds.credentials),
    )
}


def _refused(parse: Callable[[], object], *documented: type[Exception]) -> str:
    try:
        parse()
    except documented as error:
        return _shown(error)
    return ""


def _shown(error: Exception) -> str:
    details: Sequence[object] = getattr(error, "errors", getattr(error, "problems", ()))
    return f"{error} {error!r} {details!r}"


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _decoded(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return _text(data)


def _fields(data: bytes) -> dict[Any, Any]:
    """An object as JSON has it, or texts under the names of fields: each line begins with the number of its own."""
    document = _decoded(data)
    if isinstance(document, dict):
        return document
    return {FIELDS[line[0] % len(FIELDS)]: _text(line[1:]) for line in data.split(b"\n") if line}
