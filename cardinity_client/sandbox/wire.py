"""What the gateway puts on the wire: payment and error objects, their statuses, ids and timestamps.

Absent members are left out, never null; timestamps carry exactly three fractional digits and a Z, because the
vendor's Java client misreads everything else.
"""

import functools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from http import HTTPStatus
from typing import Final, Literal

import msgspec

from cardinity_client.sandbox.form import FieldError

Status = Literal["approved", "declined", "pending", "processing"]
#: Of anything: `initiated` is said of disputes only.
Outcome = Literal["approved", "declined", "pending", "processing", "initiated"]

JSON: Final = (b"content-type", b"application/json")
HTML: Final = (b"content-type", b"text/html; charset=utf-8")

#: Where the gateway's error objects point; the fragment is the status.
_ERROR_TYPE: Final = "https://developers.cardinity.com/api/v1/#{}"
_TITLES: Final = {400: "Validation Failed"}

#: The status a payment object travels with when it is the answer to a POST; the rest is 201.
_CREATED: Final[dict[Status, int]] = {"approved": 201, "declined": 402, "pending": 202, "processing": 202}
#: And when it is the answer to a PATCH.
_FINALIZED: Final[dict[Status, int]] = {"approved": 200, "declined": 402, "pending": 202, "processing": 202}


class Instrument(msgspec.Struct, frozen=True, gc=False):
    """The card as the gateway tells it back: `pan` holds the last four digits."""

    card_brand: str
    pan: str
    exp_year: int
    exp_month: int
    holder: str


class ThreedsV1(msgspec.Struct, frozen=True, gc=False):
    """`authorization_information`: where the shopper goes, and what goes along as PaReq."""

    url: str
    data: str


class ThreedsV2(msgspec.Struct, frozen=True, gc=False):
    """`threeds2_data` of a pending payment."""

    acs_url: str
    creq: str


class Payment(msgspec.Struct, frozen=True, omit_defaults=True, gc=False, kw_only=True):
    """The payment object, member for member. `payment_method` is "card" for recurring payments too."""

    id: str
    amount: str
    currency: str
    created: str
    type: Literal["purchase", "authorization"]
    live: bool
    status: Status
    error: str | None = None
    merchant_advice_code: str | None = None
    threeds_status_reason: str | None = None
    order_id: str | None = None
    description: str | None = None
    country: str
    statement_descriptor_suffix: str | None = None
    payment_method: Literal["card"]
    payment_instrument: Instrument
    authorization_information: ThreedsV1 | None = None
    threeds2_data: ThreedsV2 | None = None


class ErrorObject(msgspec.Struct, frozen=True, omit_defaults=True):
    """The body of every answer that is neither a resource nor a decline."""

    type: str
    title: str
    status: int
    detail: str
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer, ready to send; content-length is added on the way."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[bytes, bytes], ...] = (JSON,)


_encoder = msgspec.json.Encoder()


def encode(value: object) -> bytes:
    return _encoder.encode(value)


def created(payment: Payment, body: bytes) -> Answer:
    """The answer to the POST that made this payment; `body` is its encoded form."""
    return Answer(_CREATED[payment.status], body)


def finalized(payment: Payment, body: bytes) -> Answer:
    """The answer to the PATCH that left the payment like this."""
    return Answer(_FINALIZED[payment.status], body)


def refusal(status: int, detail: str = "", headers: Sequence[tuple[bytes, bytes]] = ()) -> Answer:
    """An answer with the gateway's error object."""
    phrase = HTTPStatus(status).phrase
    error = ErrorObject(_ERROR_TYPE.format(status), _TITLES.get(status, phrase), status, detail or phrase)
    return Answer(status, encode(error), (JSON, *headers))


def invalid(errors: Sequence[FieldError]) -> Answer:
    """400 with one entry per bad field. Clients look for the words "validation errors" in the detail."""
    detail = f"The request has {len(errors)} validation errors."
    error = ErrorObject(_ERROR_TYPE.format(400), _TITLES[400], 400, detail, tuple(errors))
    return Answer(400, encode(error))


def identity(seed: int, order_id: str | None, nth_post: int) -> str:
    """A lower-case UUID (version 4 in shape) that only its arguments decide, so that runs repeat."""
    text = blake2b(f"{seed}\x1f{order_id}\x1f{nth_post}".encode(), digest_size=16).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def timestamp(at_ms: int) -> str:
    """Epoch milliseconds as RFC 3339 in UTC, three fractional digits."""
    second, millisecond = divmod(at_ms, 1000)
    return f"{_second(second)}.{millisecond:03d}Z"


@functools.lru_cache(maxsize=64)
def _second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
