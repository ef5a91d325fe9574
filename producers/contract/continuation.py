"""The 3-D Secure step between an order and its outcome: where the customer is sent, and what comes back.

A `Continuation` is the gateway's, kept in the order's row and told in its `pending` event. What comes back is an
`Answer`, the bank's word in base64 as the customer's browser brought it: it decides nothing until the gateway has
seen it. Each continuation has a mark, made from its content: by it an answer is kept for the step it was given in, and
the event that tells of a second step has an id of its own.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Literal

import msgspec

from cardinity_client.models.payments import Payment
from cardinity_client.models.threeds import RESULT_MAX, AuthorizeData, ChallengeResult
from cardinity_client.secret import Secret
from producers.contract.fields import is_absent
from producers.errors import FieldError, InvalidCommand

#: Hex digits of a mark: enough that no two steps of one payment share one.
MARK_DIGITS: Final = 16
#: base64 in both alphabets; what the test mode's bank answers is in it too.
_RESULT = re.compile(r"[A-Za-z0-9+/=_-]+")


class ContinuationV2(msgspec.Struct, frozen=True, tag_field="version", tag=2):
    """The customer's browser posts `creq` to `acs_url`; a `cres` comes back."""

    acs_url: str
    creq: str


class ContinuationV1(msgspec.Struct, frozen=True, tag_field="version", tag=1):
    """The customer's browser posts `data` as PaReq to `url`; a `PaRes` comes back."""

    url: str
    data: str


Continuation = ContinuationV2 | ContinuationV1
#: Which of the two an answer is.
Kind = Literal["cres", "pares"]

_DECODER: msgspec.json.Decoder[Continuation] = msgspec.json.Decoder(Continuation)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bank's page posted: `kind` and its text."""

    kind: Kind
    text: str

    @property
    def result(self) -> ChallengeResult | AuthorizeData:
        """The same as the gateway client takes it."""
        return ChallengeResult(Secret(self.text)) if self.kind == "cres" else AuthorizeData(Secret(self.text))


def continuation_of(payment: Payment) -> Continuation | None:
    """The step that is due, if one is. With both, version 2 has failed and version 1 is due."""
    if payment.threeds_v1 is not None:
        return ContinuationV1(payment.threeds_v1.url, payment.threeds_v1.data)
    if payment.threeds_v2 is not None:
        return ContinuationV2(payment.threeds_v2.acs_url, payment.threeds_v2.creq)
    return None


def written(continuation: Continuation) -> bytes:
    """As the ledger keeps it."""
    return msgspec.json.encode(continuation)


def continuation_from(text: bytes) -> Continuation | None:
    """From the ledger; None where there is none."""
    return _DECODER.decode(text) if text else None


def mark_of(text: bytes) -> str:
    """The mark of a continuation as it is written. The ledger's script makes the same one."""
    return hashlib.sha1(text, usedforsecurity=False).hexdigest()[:MARK_DIGITS]


def read_answer(*, cres: object = None, pares: object = None) -> Answer:
    """The answer that was given, one of the two. Line breaks in it mean nothing and are gone.

    Raises:
        InvalidCommand: none or both are given, or it is nothing that a bank's page posts.
    """
    if is_absent(cres) == is_absent(pares):
        raise InvalidCommand([FieldError("cres", "result_ambiguous", "give cres or pares, one of the two")])
    kind: Kind = "pares" if is_absent(cres) else "cres"
    value = pares if kind == "pares" else cres
    if not isinstance(value, str):
        raise InvalidCommand([FieldError(kind, "result_type", "must be a string")])
    # Looked at before it is taken apart: a caller may be handed a book.
    text = "".join(value[: 2 * RESULT_MAX].split()) if len(value) <= 2 * RESULT_MAX else ""
    if not 1 <= len(text) <= RESULT_MAX:
        raise InvalidCommand([FieldError(kind, "result_length", f"must be 1 to {RESULT_MAX} characters")])
    if not _RESULT.fullmatch(text):
        raise InvalidCommand([FieldError(kind, "result_charset", "may hold the characters of base64 only")])
    return Answer(kind, text)
