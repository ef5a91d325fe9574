"""Sealed cards: envelopes that were changed, moved, forged, or never were any."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.contract.data_keys import DATA_KEY_ALG, WRAPPED_BYTES, DataKey
from producers.contract.envelope import AGE_MAX_MS, FUTURE_MAX_MS, open_envelope
from producers.contract.header import Facts
from producers.contract.keys import OpeningKeys, Producer, ProducerKey, ProducerRegistry
from producers.errors import EnvelopeError
from tests.inputs.envelopes_with_more import WITH_MORE
from tests.inputs.rows import Row, Told, told
from tests.inputs.world import World
from tests.unit.contract.builders import (
    NOW_MS,
    OPENING,
    PAN,
    PRIVATE,
    PRODUCER,
    REGISTRY,
    SEALING,
    a_charge,
    facts,
    sealed,
)
from tests.unit.contract.envelopes import CHARGE, PLAINTEXT, assembled, parts, sealed_alone


class Given(NamedTuple):
    """An envelope, and what the worker who opens it knows."""

    data: bytes
    expect: Facts = facts(CHARGE)
    keys: OpeningKeys = OPENING
    producers: ProducerRegistry = REGISTRY


#: One good envelope; rows that do not change the charge share it.
_GOOD = sealed(CHARGE)
_HEADER, _CARD, _MAC = parts(_GOOD)
_DATA_KEY = DataKey(SEALING, "shop")
_LATER = a_charge(expires_at_ms=NOW_MS + 1000)

_RUBBISH = {
    "nothing": (b"", "envelope_auth_failed"),
    "version alone": (b"\x02", "envelope_auth_failed"),
    "lengths that lie": (b"\x02\xff\xff", "envelope_auth_failed"),
    "empty parts": (b"\x02\0\0\0\0", "signature_missing"),
    "brackets": (b"\x02" + b"[" * 60_000, "envelope_auth_failed"),
    "half a length": (b"\x02\0\x02{}", "envelope_auth_failed"),
    "header cut": (_GOOD[:40], "envelope_auth_failed"),
    "card cut": (_GOOD[: len(_HEADER) + 40], "envelope_auth_failed"),
    "signature cut": (_GOOD[:-1], "envelope_auth_failed"),
    "signature missing": (_GOOD[:-32], "signature_missing"),
    "something behind": (_GOOD + b"\0", "envelope_auth_failed"),
    "twice": (_GOOD * 2, "envelope_auth_failed"),
    "ten megabytes": (b"\x02" * 10_000_000, "envelope_auth_failed"),
    "clear card": (b"\x02" + PAN.encode() * 4, "envelope_auth_failed"),
    "version 0": (b"\0" + _GOOD[1:], "version_unsupported"),
    "version 1 before a header of 2": (b"\x01" + _GOOD[1:], "envelope_auth_failed"),
    "version 6 before a header of 2": (b"\x06" + _GOOD[1:], "envelope_auth_failed"),
    "version 7": (b"\x07" + _GOOD[1:], "version_newer"),
    "version 3": (b"\x03" + _GOOD[1:], "envelope_auth_failed"),
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
    (b'"v":2', b'"v":1'),
    (b'"v":2', b'"v":3'),
    (b'"v":2', b'"v":0'),
    (b'"v":2', b'"v":99'),
    (b'"v":2', b'"v":"2"'),
    (b'"v":2', b'"v":2.0'),
    (b'"v":2', b'"v":true'),
    (b'"v":2', b'"v":2,"v":2'),
    (b'"v":2', b'"v":2,"x":1'),
    (b'"v":2,', b""),
    (b"AES-256", b"AES-128"),
    (b"+AES-256-GCM", b""),
    (b"+AES-256-GCM", b"+AES-128-GCM"),
    (DATA_KEY_ALG.encode(), b"none"),
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
    return Given(assembled(header, _DATA_KEY.seal(b'{"kind":"payment_id","payment_id":"x"}', header)))


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
        data = assembled(_HEADER, _DATA_KEY.seal(content, _HEADER))
        yield Row(f"sealed is no instrument {number}", Given(data), "envelope_auth_failed")
    for name, (producer, code) in _RIGHTS.items():
        yield Row(f"producer: {name}", Given(_GOOD, producers=ProducerRegistry([producer])), code)
    for name, (issued_at_ms, code) in _TIMES.items():
        yield Row(name, Given(sealed(CHARGE, issued_at_ms=issued_at_ms)), code)
    over = Given(sealed(_LATER, issued_at_ms=NOW_MS + 1000), facts(_LATER))
    yield Row("over before it began", over, "expires_order")
    yield from _forged()
    for name, data, expect, code, field in WITH_MORE:
        yield Row(name, Given(data, expect), code, field)
    yield from _not_this_data_key()
    yield from _of_version_1()


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
    retired = OpeningKeys([PRIVATE], {OPENING.kids[0]: 1})
    yield Row("sealed for a key after it was retired", Given(_GOOD, keys=retired), "key_retired", says=OPENING.kids[0])
    yield Row("no keys here", Given(_GOOD, keys=OpeningKeys([])), "key_unknown", says="none")
    marks = {"header": 3 + _HEADER.index(b'"amount_minor":') + 15, "card": -50, "signature": -1}
    for part, at in marks.items():
        code = "signature_invalid"
        yield Row(f"a bit of the {part}", _flipped(at % len(_GOOD)), code)


def _not_this_data_key() -> Iterator[Row]:
    """What stands where a wrapped data key, a nonce and a card should; all well signed."""
    wrapped, rest = _CARD[:WRAPPED_BYTES], _CARD[WRAPPED_BYTES:]
    another = parts(sealed(CHARGE))[1][:WRAPPED_BYTES]
    contents = {
        "of another envelope": another + rest,
        "of another producer": DataKey(SEALING, "other").seal(PLAINTEXT, _HEADER),
        "of an envelope of version 1": SEALING.seal(b"k" * 32, _HEADER) + rest,
        "sealed for nobody": SEALING.seal(b"k" * 32, b"") + rest,
        "of zeros": b"\0" * WRAPPED_BYTES + rest,
        "of ones": b"\xff" * WRAPPED_BYTES + rest,
        "missing": rest,
        "twice": wrapped + _CARD,
        "alone": wrapped,
        "cut": _CARD[: WRAPPED_BYTES - 1],
        "before a cut nonce": _CARD[: WRAPPED_BYTES + 11],
        "before a nonce alone": _CARD[: WRAPPED_BYTES + 12],
        "before a cut tag": _CARD[: WRAPPED_BYTES + 12 + 15],
        "before a card of nothing": _DATA_KEY.seal(b"", _HEADER),
        "before a nonce of zeros": wrapped + b"\0" * 12 + rest[12:],
    }
    for name, content in contents.items():
        yield Row(f"data key {name}", Given(assembled(_HEADER, content)), "envelope_auth_failed")


def _of_version_1() -> Iterator[Row]:
    """What is sealed without a data key is held to the same."""
    good = sealed_alone(CHARGE)
    header, card, _ = parts(good)
    other = header.replace(b'"amount_minor":2550', b'"amount_minor":2551')
    for name, data, code in (
        ("version 1: cut", good[:-1], "envelope_auth_failed"),
        ("version 1: a bit of the card", good[:-50] + bytes([good[-50] ^ 1]) + good[-49:], "signature_invalid"),
        ("version 1: card of version 2", assembled(header, _CARD, version=1), "envelope_auth_failed"),
        ("version 1: header of version 2", assembled(_HEADER, card, version=1), "envelope_auth_failed"),
        ("version 1 as version 2", assembled(header, card), "envelope_auth_failed"),
        ("version 1: no card", assembled(header, b"", version=1), "envelope_auth_failed"),
    ):
        yield Row(name, Given(data), code)
    expect = facts(CHARGE, amount=Money(2551, "EUR"))
    yield Row("version 1: another amount", Given(good, expect), "envelope_mismatch", "amount_minor")
    yield Row("version 1: amount changed", Given(assembled(other, card, version=1), expect), "envelope_auth_failed")


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
