"""What spans may say, and how it is called. Pure.

The rules of the log hold here too: no card, nobody's name, no foreign text. What is written are our own codes, ids and
numbers; a text that is none of these is left out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Final

import msgspec

from producers.contract import states
from producers.contract.events import event_id, event_type
from producers.contract.names import QUEUE_BATCHES, QUEUE_PAYMENTS
from producers.runtime.card_scanner import scrub
from producers.runtime.ledger.call import Argument
from producers.runtime.ledger.record import Record
from producers.runtime.tracing.spans import Happening

#: Attributes of our own. Those of HTTP and of messaging are called as OpenTelemetry's semantic conventions have them.
ORDER_ID: Final = "cardinity.order_id"
ACCOUNT: Final = "cardinity.account"
KIND: Final = "cardinity.kind"
STATE: Final = "cardinity.state"
BEFORE: Final = "cardinity.state.before"
REASON: Final = "cardinity.reason"
CLAIMS: Final = "cardinity.claims"
AMOUNT_MINOR: Final = "cardinity.amount_minor"
CURRENCY: Final = "cardinity.currency"
PAYMENT_ID: Final = "cardinity.payment_id"
WAIT_MS: Final = "cardinity.wait_ms"
ANSWER: Final = "cardinity.answer"
BREAKER: Final = "cardinity.breaker"
BY: Final = "cardinity.by"
ENDPOINT: Final = "cardinity.endpoint"
PROOF_SCANS: Final = "cardinity.proof.scans"
PROOF_HORIZON_MS: Final = "cardinity.proof.horizon_ms"
HTTP_STATUS: Final = "http.response.status_code"
HTTP_METHOD: Final = "http.request.method"
SERVER_ADDRESS: Final = "server.address"
SERVER_PORT: Final = "server.port"
ERROR_TYPE: Final = "error.type"

Fields = Mapping[Argument, Argument]

#: Words whose verdict is remembered: codes come again and again, an order_id with each of its spans.
_WORDS_MAX: Final = 8192
#: Our codes, the gateway's ids, the names of accounts: nothing else is such a word.
_WORD: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")


class _Data(msgspec.Struct):
    account: str = ""
    payment_id: str = ""


class _Event(msgspec.Struct):
    type: str
    id: str
    subject: str
    data: _Data


class _Proof(msgspec.Struct):
    scans_started_ms: tuple[int, ...]
    horizon_ms: int


_read_event: Final = msgspec.json.Decoder(_Event).decode
_read_proof: Final = msgspec.json.Decoder(_Proof).decode


@lru_cache(_WORDS_MAX)
def word(text: Argument) -> str:
    """The text if it can be a code or an id and hides no card number, else nothing."""
    given = text.decode(errors="replace") if isinstance(text, bytes) else str(text)
    return given if _WORD.fullmatch(given) and scrub(given) == given else ""


def pairs(flat: Sequence[Argument]) -> Fields:
    """Fields from alternating names and values."""
    return dict(zip(flat[::2], flat[1::2], strict=True))


def said(words: Fields) -> dict[str, str | int | bool]:
    """Attributes that are words, without those that say nothing."""
    clean = ((str(name), word(text)) for name, text in words.items())
    return {name: text for name, text in clean if text}


def wish(fields: Fields) -> dict[str, str | int | bool]:
    """What an order asks for, from the fields it is accepted with. A void has no amount."""
    amount = int(fields.get("amount_minor") or 0)
    asked = said({KIND: fields.get("kind") or "charge", ACCOUNT: fields["account"]})
    if amount:
        asked |= {AMOUNT_MINOR: amount, CURRENCY: word(fields["currency"])}
    return asked


def wish_of(record: Record) -> dict[str, str | int | bool]:
    """The same of its row."""
    names = ("kind", "amount_minor", "currency")
    return wish({**{name: record.text(name) for name in names}, "account": record.lane})


def messaging(operation: str, *, batch: bool) -> dict[str, str | int | bool]:
    """The queue, as OpenTelemetry's conventions for messaging have it."""
    return {
        "messaging.system": "dramatiq",
        "messaging.operation.type": operation,
        "messaging.destination.name": QUEUE_BATCHES if batch else QUEUE_PAYMENTS,
    }


def told(event: Argument) -> tuple[Happening | None, dict[str, str | int | bool]]:
    """The event that a transition appended, and what of it describes the order; nothing of what tells nothing."""
    if not event:
        return None, {}
    read = _read_event(event if isinstance(event, bytes) else str(event).encode())
    named = {"cloudevents.event_type": word(read.type), "cloudevents.event_id": word(read.id)}
    return Happening(read.type, named), said({ACCOUNT: read.data.account, PAYMENT_ID: read.data.payment_id})


def accepted(order_id: str, fields: Fields) -> Happening:
    """The event that a row with these fields is told by."""
    kind, ref = str(fields.get("kind") or ""), str(fields.get("ref") or order_id)
    name = event_type(states.ACCEPTED, kind)
    named = {"cloudevents.event_type": name, "cloudevents.event_id": word(event_id(ref, states.ACCEPTED))}
    return Happening(name, named)


def proven(fields: Fields) -> dict[str, str | int | bool]:
    """What a verdict rests on: how many reads of the gateway's list, and H; the status of the answer."""
    proof: dict[str, str | int | bool] = {}
    if text := fields.get("proof"):
        read = _read_proof(str(text))
        proof = {PROOF_SCANS: len(read.scans_started_ms), PROOF_HORIZON_MS: read.horizon_ms}
    return proof | ({HTTP_STATUS: int(fields["http_status"])} if fields.get("http_status") else {})
