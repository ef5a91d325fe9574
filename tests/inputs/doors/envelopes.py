"""Sealed cards: envelopes that were changed, moved, forged, or never were any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.contract.envelope import AGE_MAX_MS, FUTURE_MAX_MS, open_envelope
from producers.contract.header import Facts
from producers.contract.keys import OpeningKeys, Producer, ProducerKey, ProducerRegistry
from producers.errors import EnvelopeError
from tests.inputs.rows import Row, Told, told
from tests.inputs.world import World
from tests.unit.contract.builders import (
    NOW_MS,
    OPENING,
    PAN,
    PRODUCER,
    REGISTRY,
    SEALING,
    a_charge,
    facts,
    sealed,
)
from tests.unit.contract.envelopes import CHARGE, assembled, parts


class Given(NamedTuple):
    """An envelope, and what the worker who opens it knows."""

    data: bytes
    expect: Facts = facts(CHARGE)
    keys: OpeningKeys = OPENING
    producers: ProducerRegistry = REGISTRY


#: One good envelope; rows that do not change the charge share it.
_GOOD = sealed(CHARGE)
_HEADER, _CARD, _MAC = parts(_GOOD)
_LATER = a_charge(expires_at_ms=NOW_MS + 1000)

_RUBBISH = {
    "nothing": (b"", "envelope_auth_failed"),
    "version alone": (b"\x01", "envelope_auth_failed"),
    "lengths that lie": (b"\x01\xff\xff", "envelope_auth_failed"),
    "empty parts": (b"\x01\0\0\0\0", "signature_missing"),
    "brackets": (b"\x01" + b"[" * 60_000, "envelope_auth_failed"),
    "half a length": (b"\x01\0\x02{}", "envelope_auth_failed"),
    "header cut": (_GOOD[:40], "envelope_auth_failed"),
    "card cut": (_GOOD[: len(_HEADER) + 40], "envelope_auth_failed"),
    "signature cut": (_GOOD[:-1], "envelope_auth_failed"),
    "signature missing": (_GOOD[:-32], "signature_missing"),
    "something behind": (_GOOD + b"\0", "envelope_auth_failed"),
    "twice": (_GOOD * 2, "envelope_auth_failed"),
    "ten megabytes": (b"\x01" * 10_000_000, "envelope_auth_failed"),
    "clear card": (b"\x01" + PAN.encode() * 4, "envelope_auth_failed"),
    "version 0": (b"\0" + _GOOD[1:], "version_unsupported"),
    "version 2": (b"\x02" + _GOOD[1:], "version_newer"),
    "version 99": (b"\x63" + _GOOD[1:], "version_newer"),
    "version as text": (b"1" + _GOOD[1:], "version_newer"),
    "json": (b"[1]", "version_newer"),
    "pickle": (b"\x80\x05" + _GOOD, "version_newer"),
    "gzip": (b"\x1f\x8b\x08" + _GOOD, "version_newer"),
}
#: What the ledger says otherwise than the envelope.
_OTHERWISE: dict[str, Any] = {
    "order_id": "ORD-1002",
    "amount_minor": Money(2551, "EUR"),
    "currency": Money(2550, "USD"),
    "account": "other",
    "country": "LV",
    "description_hash": "Red kettle",
    "expires_at_ms": NOW_MS + 1,
    "producer": "shop2",
    "mode": "live",
}
_FACT_OF = {"amount_minor": "amount", "currency": "amount", "description_hash": "description"}
#: Charges whose headers are put before the card of another, well signed.
_SWAPPED: list[dict[str, Any]] = [
    {"order_id": "ORD-1002"},
    {"amount": "25.51"},
    {"currency": "USD"},
    {"account": "other"},
    {"country": "LV"},
    {"description": "Red kettle"},
    {"expires_at_ms": NOW_MS + 1},
]
#: Other spellings of a header, genuinely sealed and signed.
_SPELLINGS = [
    (b",", b", "),
    (b'"v":1', b'"v":2'),
    (b'"v":1', b'"v":0'),
    (b'"v":1', b'"v":99'),
    (b'"v":1', b'"v":"1"'),
    (b'"v":1', b'"v":1.0'),
    (b'"v":1', b'"v":true'),
    (b'"v":1', b'"v":1,"v":1'),
    (b'"v":1', b'"v":1,"x":1'),
    (b'"v":1,', b""),
    (b"AES-256", b"AES-128"),
    (b"HPKE-X25519-HKDF-SHA256-AES-256-GCM", b"none"),
    (b'"mode":"test"', b'"mode":"prod"'),
    (b'"mode":"test"', b'"mode":null'),
    (b'"amount_minor":2550', b'"amount_minor":2550.0'),
    (b'"amount_minor":2550', b'"amount_minor":"2550"'),
    (b'"amount_minor":2550', b'"amount_minor":-1'),
    (b'"amount_minor":2550', b'"amount_minor":1e400'),
    (b'"currency":"EUR"', b'"currency":"eur"'),
    (b'"currency":"EUR"', b'"currency":null'),
    (b'"order_id":"ORD-1001"', b'"order_id":"' + PAN.encode() + b'"'),
    (b"{", b"[" * 5000),
    (b"{", b"\xff{"),
]
_CONTENTS = [
    b"",
    b" " * 64,
    b"{}",
    b"null",
    b'{"kind":"cash"}',
    b"[" * 5000,
    b'{"kind":"payment_id","x":1}',
    b'{"kind":"payment_id","payment_id":1}',
    b'{"kind":"card","pan":"' + PAN.encode() + b'"}',
    b'{"kind":"card","pan":"' + PAN.encode() + b'","exp_month":"4","exp_year":2031,"cvc":"123","holder":"O"}',
    b'{"kind":"card","pan":' + PAN.encode() + b',"exp_month":4,"exp_year":2031,"cvc":"123","holder":"O"}',
    b'{"kind":"card","pan":"\xff","exp_month":4,"exp_year":2031,"cvc":"123","holder":"O"}',
]
#: What the list of a worker says of the producer.
_RIGHTS: dict[str, tuple[Producer, str]] = {
    "not on the list": (replace(PRODUCER, name="other"), "producer_unknown"),
    "another key": (replace(PRODUCER, keys=(Secret(b"x" * 32),)), "signature_invalid"),
    "no key": (replace(PRODUCER, keys=()), "signature_invalid"),
    "disabled": (replace(PRODUCER, disabled=True), "producer_disabled"),
    "another account": (replace(PRODUCER, accounts=frozenset({"other"})), "account_not_allowed"),
    "no account": (replace(PRODUCER, accounts=frozenset()), "account_not_allowed"),
    "a cent above the limit": (replace(PRODUCER, limits={"EUR": 2549}), "amount_above_limit"),
    "limits of another currency": (replace(PRODUCER, limits={"USD": 9999}), "amount_above_limit"),
    "no limits of any currency": (replace(PRODUCER, limits={}), "amount_above_limit"),
}
_TIMES = {
    "issued 5 min and 1 ms ahead": (NOW_MS + FUTURE_MAX_MS + 1, "issued_future"),
    "issued in the year 33658": (10**15, "issued_future"),
    "issued beyond all clocks": (10**18, "issued_future"),
    "too old by 1 ms": (NOW_MS - AGE_MAX_MS - 1, "message_too_old"),
    "issued in 1970": (0, "message_too_old"),
    "issued before 1970": (-1, "message_too_old"),
}


def _swapped(changes: dict[str, Any]) -> Given:
    other = a_charge(**changes)
    return Given(assembled(parts(sealed(other))[0], _CARD), facts(other))


def _respelt(old: bytes, new: bytes) -> Given:
    header = _HEADER.replace(old, new, 1)
    return Given(assembled(header, SEALING.seal(b'{"kind":"payment_id","payment_id":"x"}', header)))


def _flipped(at: int) -> Given:
    return Given(_GOOD[:at] + bytes([_GOOD[at] ^ 1]) + _GOOD[at + 1 :])


def _rows() -> Iterator[Row]:
    for name, (data, code) in _RUBBISH.items():
        yield Row(name, Given(data), code)
    for field, value in _OTHERWISE.items():
        expect = facts(CHARGE, **{_FACT_OF.get(field, field): value})
        yield Row(f"moved to another {field}", Given(_GOOD, expect), "envelope_mismatch", field)
    yield Row("no description", Given(_GOOD, facts(CHARGE, description=None)), "envelope_mismatch", "description_hash")
    for changes in _SWAPPED:
        yield Row(f"header of another {next(iter(changes))}", _swapped(changes), "envelope_auth_failed")
    for number, (old, new) in enumerate(_SPELLINGS):
        code = "envelope_mismatch" if new in _READABLE else "envelope_auth_failed"
        yield Row(f"header spelt otherwise {number}", _respelt(old, new), code, _READABLE.get(new, ""))
    for number, content in enumerate(_CONTENTS):
        data = assembled(_HEADER, SEALING.seal(content, _HEADER))
        yield Row(f"sealed is no instrument {number}", Given(data), "envelope_auth_failed")
    for name, (producer, code) in _RIGHTS.items():
        yield Row(f"producer: {name}", Given(_GOOD, producers=ProducerRegistry([producer])), code)
    for name, (issued_at_ms, code) in _TIMES.items():
        yield Row(name, Given(sealed(CHARGE, issued_at_ms=issued_at_ms)), code)
    over = Given(sealed(_LATER, issued_at_ms=NOW_MS + 1000), facts(_LATER))
    yield Row("over before it began", over, "expires_order")
    yield from _forged()


#: Spellings that are headers, only of something else: what the ledger is held against.
_READABLE = {
    b'"amount_minor":-1': "amount_minor",
    b'"currency":"eur"': "currency",
    b'"order_id":"' + PAN.encode() + b'"': "order_id",
}


def _forged() -> Iterator[Row]:
    theirs = Producer("other", (Secret(b"o" * 32),), frozenset({"default"}))
    both = ProducerRegistry([PRODUCER, theirs])
    forged = sealed(CHARGE, producer_key=ProducerKey("shop", theirs.keys[0]))
    yield Row("signed by another producer", Given(forged, producers=both), "signature_invalid")
    newer = OpeningKeys([X25519PrivateKey.from_private_bytes(b"\x07" * 32)])
    yield Row("sealed for a key that is gone", Given(_GOOD, keys=newer), "key_unknown", says=newer.kids[0])
    yield Row("no keys here", Given(_GOOD, keys=OpeningKeys([])), "key_unknown", says="none")
    marks = {"header": 3 + _HEADER.index(b'"amount_minor":') + 15, "card": -50, "signature": -1}
    for part, at in marks.items():
        code = "signature_invalid"
        yield Row(f"a bit of the {part}", _flipped(at % len(_GOOD)), code)


ROWS = [*_rows()]


def knock(world: World, given: Given) -> Told:
    """Open it as a worker does."""
    try:
        opened = open_envelope(
            given.data, keys=given.keys, producers=given.producers, expect=given.expect, now_ms=NOW_MS
        )
    except EnvelopeError as error:
        field = error.message.rsplit(" ", 1)[-1] if error.code == "envelope_mismatch" else ""
        return told(error.code, field, f"{error} {error!r}")
    return told("", text=repr(opened))
