"""The gateway's JSON: writing a charge, reading payments, lists and error objects.

Reading is strict where money hangs on it. Python's `json` keeps the last of two equal keys, accepts NaN and
turns `1e400` into infinity; here each of these makes the body not believable. Members this package does not
know are ignored, because the gateway adds some now and then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final, NoReturn, cast, get_args

import msgspec

from cardinity_client.errors import MoneyError, ResponseInvalid
from cardinity_client.models.payments import (
    Card,
    CreatePayment,
    Page,
    Payment,
    PaymentReference,
    PaymentStatus,
)
from cardinity_client.money import Money

STATUSES: Final = frozenset(get_args(PaymentStatus))

#: Characters of a gateway text that are kept. Its own limits are below this.
TEXT_MAX = 512

#: Ids are UUIDs so far. Any that is safe in a path is taken: a charge must not become unknown over its id's
#: shape.
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}", re.ASCII)

#: RFC 3339 in UTC with 0 to 3 fractional digits: `.3Z` is 300 ms.
_CREATED = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,3}))?(?:Z|\+00:00)", re.ASCII
)

#: What stands before the words of a refusal and is kept: "3000: Do Not Honor".
_CODE = re.compile(r"[0-9]{1,5}: ", re.ASCII)

#: What in the gateway's words may be a card number, however grouped, or a security code.
_CARD_DIGITS = re.compile(r"\d(?:[ -]?\d){2,}")

_LAST4 = re.compile(r"[0-9]{4}", re.ASCII)


def encode_payment(payment: CreatePayment) -> bytes:
    """The body of POST /payments. It holds the card in plain: keep it for one request."""
    method, instrument = _instrument(payment.instrument)
    body: dict[str, object] = {
        "amount": payment.amount.text,
        "currency": payment.amount.currency,
        "settle": payment.settle,
        "order_id": payment.order_id,
        "country": payment.country,
        "payment_method": method,
        "payment_instrument": instrument,
    }
    if payment.description is not None:
        body["description"] = payment.description
    return msgspec.json.encode(body)


def parse_object(body: bytes) -> dict[str, object]:
    """One JSON object. Raises ResponseInvalid `json_invalid`, `duplicate_keys` or `not_an_object`."""
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ResponseInvalid("json_invalid", "the body is not JSON") from None
    if not isinstance(value, dict):
        raise ResponseInvalid("not_an_object", "the body is not a JSON object")
    return cast("dict[str, object]", value)


def parse_payment(body: bytes) -> Payment:
    """One payment object. Raises ResponseInvalid; an amount that is not money asks for an alarm."""
    return payment_of(parse_object(body))


def payment_of(row: Mapping[str, object]) -> Payment:
    """The payment in a decoded object. Raises ResponseInvalid."""
    instrument = _mapping(row, "payment_instrument") or {}
    return Payment(
        id=_id(row),
        order_id=_text(row, "order_id"),
        amount=_amount(row),
        created_at=_created(row),
        status=_status(row),
        type=_required(row, "type"),
        live=_live(row),
        last4=_last4(instrument),
        brand=_words(instrument, "card_brand"),
        error=_words(row, "error"),
        merchant_advice_code=_words(row, "merchant_advice_code"),
        threeds_status_reason=_words(row, "threeds_status_reason"),
        acs=_acs(row),
    )


class PageReader:
    """Reads lists of payments. A row that the list before showed in the same bytes is not read again: two pages have
    about half of their rows in common, and reading them was a tenth of a busy worker's CPU.
    """

    def __init__(self) -> None:
        self._before: dict[bytes, Payment] = {}

    def __call__(self, body: bytes) -> Page:
        """A row that cannot be read is counted; no list at all raises ResponseInvalid."""
        try:
            rows = _PAGE_DECODER.decode(body)
        except (ValueError, RecursionError):
            raise ResponseInvalid("json_invalid", "the body is not a JSON list") from None
        before, read = self._before, {}
        payments: list[Payment] = []
        ids: list[str] = []
        for raw in map(bytes, rows):
            try:
                payment = before.get(raw) or parse_payment(raw)
            except ResponseInvalid:
                ids.extend(_bare_id(raw))
            else:
                read[raw] = payment
                payments.append(payment)
                ids.append(payment.id)
        self._before = read
        return Page(tuple(payments), tuple(ids), len(rows), len(rows) - len(payments))


def without_card_digits(text: str) -> str:
    """Words of the gateway as they may be kept: it could repeat the card that it was sent."""
    code = _CODE.match(text)
    start = code.end() if code else 0
    return text[:start] + _CARD_DIGITS.sub("#", text[start:])


def valid_id(text: str) -> bool:
    """Whether a payment id may be put into a path."""
    return _ID.fullmatch(text) is not None


class _Row(msgspec.Struct):
    id: str


def _bare_id(raw: bytes) -> list[str]:
    try:
        row = _ROW_DECODER.decode(raw)
    except (ValueError, RecursionError):
        return []
    return [row.id] if valid_id(row.id) else []


def _instrument(instrument: Card | PaymentReference) -> tuple[str, dict[str, object]]:
    if isinstance(instrument, PaymentReference):
        return "recurring", {"payment_id": instrument.payment_id}
    card: dict[str, object] = {
        "pan": instrument.pan.reveal(),
        "exp_year": instrument.exp_year,
        "exp_month": instrument.exp_month,
        "holder": instrument.holder,
    }
    if instrument.cvc is not None:
        card["cvc"] = instrument.cvc.reveal()
    return "card", card


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ResponseInvalid("duplicate_keys", "a JSON object names a member twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# A number with a point stays the bytes it was: neither text nor a number, so no member that is read takes it.
_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=str.encode)
_PAGE_DECODER = msgspec.json.Decoder(list[msgspec.Raw])
_ROW_DECODER = msgspec.json.Decoder(_Row)


def _invalid(member: str) -> ResponseInvalid:
    return ResponseInvalid("payment_invalid", f"the payment's {member} is missing or not what it should be")


def _text(row: Mapping[str, object], member: str) -> str | None:
    value = row.get(member)
    if value is None:
        return None
    if not isinstance(value, str) or not _encodable(value):
        raise _invalid(member)
    return value[:TEXT_MAX]


def _words(row: Mapping[str, object], member: str) -> str | None:
    text = _text(row, member)
    return None if text is None else without_card_digits(text)


def _encodable(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def _member(step: Mapping[str, object], name: str) -> str:
    value = step.get(name)
    if not isinstance(value, str) or not _encodable(value):
        raise _invalid(name)
    return value


def _required(row: Mapping[str, object], member: str) -> str:
    value = _text(row, member)
    if not value:
        raise _invalid(member)
    return value


def _mapping(row: Mapping[str, object], member: str) -> Mapping[str, object] | None:
    value = row.get(member)
    if value is not None and not isinstance(value, dict):
        raise _invalid(member)
    return value


def _id(row: Mapping[str, object]) -> str:
    value = _required(row, "id")
    if not valid_id(value):
        raise _invalid("id")
    return value


def _amount(row: Mapping[str, object]) -> Money:
    try:
        return Money.parse(row.get("amount"), row.get("currency"))
    except MoneyError as problem:
        raise ResponseInvalid("amount_invalid", "the payment's amount is not money", alarm=True) from problem


def _created(row: Mapping[str, object]) -> datetime:
    match = _CREATED.fullmatch(_required(row, "created"))
    if match is None:
        raise _invalid("created")
    seconds, fraction = match.groups(default="")
    try:
        moment = datetime.fromisoformat(seconds)
    except ValueError:
        raise _invalid("created") from None
    return moment.replace(microsecond=int(fraction.ljust(6, "0")), tzinfo=UTC)


def _status(row: Mapping[str, object]) -> PaymentStatus:
    value = _required(row, "status")
    if value not in STATUSES:
        raise ResponseInvalid("status_unseen", "the payment's status is none of the known ones")
    return cast(PaymentStatus, value)


def _live(row: Mapping[str, object]) -> bool:
    value = row.get("live")
    if not isinstance(value, bool):
        raise _invalid("live")
    return value


def _last4(instrument: Mapping[str, object]) -> str | None:
    shown = instrument.get("pan")
    return shown if isinstance(shown, str) and _LAST4.fullmatch(shown) else None


def _acs(row: Mapping[str, object]) -> Mapping[str, str] | None:
    for member, names in (
        ("authorization_information", ("url", "data")),
        ("threeds2_data", ("acs_url", "creq")),
    ):
        step = _mapping(row, member)
        if step is not None:  # version 1 first: when both are there, version 2 has failed
            return MappingProxyType({name: _member(step, name) for name in names})
    return None
