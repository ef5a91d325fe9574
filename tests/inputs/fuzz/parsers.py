"""The parsers that take bytes of strangers, each as one function of bytes with the errors it documents.

A function answers what a refusal shows, or nothing when the input is taken. Any other exception is a finding, and so
are digits of a card in what is shown.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final
from urllib.parse import parse_qsl

from redis.connection import parse_url

from cardinity_client.errors import MoneyError
from cardinity_client.money import Money
from producers import read_callback
from producers.batches.files import Format, read_rows
from producers.contract.api_keys import read_api_keys
from producers.contract.card_numbers import contains_card_number, mask_card_numbers
from producers.contract.commands import FIELDS, parse_charge
from producers.contract.data_keys import DataKey
from producers.contract.events import decode
from producers.contract.header import read_header
from producers.contract.key_formats import read_opening_keys, read_producers, read_sealing_key, read_signing_keys
from producers.contract.names import ACTOR_CHARGE, QUEUE_PAYMENTS
from producers.contract.strict_json import decode_json_object
from producers.contract.tokens import open_token, parse_token
from producers.contract.versions import VERSIONS
from producers.errors import EnvelopeError, EventError, InvalidCommand, KeyFileError, SettingsError
from producers.feed import Position, read_command
from producers.runtime.sentinel import read_service
from producers.runtime.settings import Settings
from producers.runtime.settings_databases import read_redis_url
from producers.runtime.settings_kinds import Refused
from producers.runtime.settings_rules import redis_place
from producers.runtime.settings_table import settings_table
from tests.inputs.fuzz import gateway, seeds
from tests.inputs.fuzz.parser import Parser, decoded, refused, shown, text_of
from tests.unit.batches.files import csv_file
from tests.unit.contract.builders import NOW_MS, SEALING, sealed
from tests.unit.contract.envelopes import CHARGE, assembled, opened, parts
from tests.unit.contract.tokens import VAULT, VAULT_SEALING, cut, the_token
from tests.unit.contract.tokens import text_of as token_text
from workers.event_loop.delivery import Foreign, read

_CURRENCIES: Final = ("EUR", "JPY", "KWD", "CLF", "eur", "")
_HEADER: Final = parts(sealed(CHARGE))[0]
_CLEAR: Final = b"".join(cut(the_token())[:2])
_DATA_KEY: Final = DataKey(SEALING, "shop")
_COLUMNS: Final = csv_file()
_NAMES: Final = [row.env for row in settings_table()]


def _json_text(data: bytes) -> str:
    return refused(lambda: decode_json_object(data), InvalidCommand)


def _callback(data: bytes) -> str:
    form = dict(parse_qsl(text_of(data), keep_blank_values=True))
    return refused(lambda: read_callback(form), InvalidCommand)


def _money(data: bytes) -> str:
    currency = _CURRENCIES[data[0] % len(_CURRENCIES)] if data else "EUR"
    text = text_of(data[1:])
    try:
        assert Money.parse(text, currency).text == text
    except MoneyError as error:
        return shown(error)
    return ""


def _charge(data: bytes) -> str:
    return refused(lambda: parse_charge(_fields(data), now_ms=NOW_MS, mode="test"), InvalidCommand)


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
    return refused(lambda: decode(data), EventError)


def _position(data: bytes) -> str:
    return refused(lambda: read_command(Position(text_of(data)), block_s=None), InvalidCommand)


def _envelope(data: bytes) -> str:
    return refused(lambda: opened(data), EnvelopeError)


def _header(data: bytes) -> str:
    return "".join(refused(partial(read_header, data, version), EnvelopeError) for version in VERSIONS.values())


def _signed(data: bytes) -> str:
    """A genuine signature around a header and a card that nobody wrote, in every version."""
    header, _, card = data.partition(b"\n")
    envelopes = (assembled(header[:65_535], card[:65_535], version=version) for version in VERSIONS)
    return "".join(refused(partial(opened, envelope), EnvelopeError) for envelope in envelopes)


def _sealed(data: bytes) -> str:
    """A genuine envelope around anything."""
    card = _DATA_KEY.seal(data[:4096], _HEADER)
    return refused(lambda: opened(assembled(_HEADER, card)), EnvelopeError)


def _token(data: bytes) -> str:
    return _token_opened(text_of(data))


def _token_bytes(data: bytes) -> str:
    """A token of any bytes, so that changes reach behind its spelling; and a genuine one around them."""
    sealed_part = VAULT_SEALING.seal(data[:512], b"cardinity-batch token: " + _CLEAR)
    return _token_opened(token_text(data[:600])) + _token_opened(token_text(_CLEAR + sealed_part))


def _token_opened(text: str) -> str:
    return refused(lambda: open_token(parse_token(text), VAULT), InvalidCommand, EnvelopeError)


def _keys(data: bytes) -> str:
    text = text_of(data)
    readers: tuple[Callable[[str], object], ...] = (
        read_sealing_key,
        read_opening_keys,
        read_signing_keys,
        read_producers,
        read_api_keys,
    )
    return "".join(refused(partial(reader, text), KeyFileError) for reader in readers)


def _settings(data: bytes) -> str:
    environ = {"HOME": "/"}
    for line in text_of(data).split("\n")[:20]:
        name, _, value = line.partition("=")
        environ[name if name in _NAMES else _NAMES[len(name) % len(_NAMES)]] = value
    return refused(lambda: Settings.from_environ(environ), SettingsError)


def _redis_url(data: bytes) -> str:
    """What is taken must lead the Redis client to the place that we think it does."""
    text = text_of(data)
    try:
        read_redis_url(text)
    except Refused as refusal:
        return shown(refusal)
    service = read_service(text)
    place, theirs = redis_place(text), parse_url(service.url if service else text)
    if service:
        assert (place[2], theirs["host"], theirs["port"]) == (theirs["db"], *service.places[0])
    elif "path" in theirs:
        assert place == (theirs["path"], 0, theirs.get("db", 0))
    else:
        assert place[1:] == (theirs.get("port", 6379), theirs.get("db", 0))
    return ""


def _card_text(data: bytes) -> str:
    text = text_of(data)
    masked = mask_card_numbers(text)
    assert not contains_card_number(masked)
    return ""


PARSERS: Final[Mapping[str, Parser]] = {
    parser.name: parser
    for parser in (
        *gateway.PARSERS,
        Parser("json", _json_text, seeds.json_texts),
        Parser("money", _money, seeds.amounts),
        Parser("charge", _charge, seeds.charges, cost=4),
        Parser("callback", _callback, seeds.callbacks),
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
        Parser("token", _token, seeds.tokens, cost=2),
        Parser("token-bytes", _token_bytes, seeds.token_bytes, cost=4),
        Parser("keys", _keys, seeds.keys, cost=2),
        Parser("settings", _settings, seeds.environments, cost=8),
        Parser("redis-url", _redis_url, seeds.urls, cost=2),
        Parser("card-text", _card_text, seeds.texts),
    )
}


def _fields(data: bytes) -> dict[Any, Any]:
    """An object as JSON has it, or texts under the names of fields: each line begins with the number of its own."""
    document = decoded(data)
    if isinstance(document, dict):
        return document
    return {FIELDS[line[0] % len(FIELDS)]: text_of(line[1:]) for line in data.split(b"\n") if line}
