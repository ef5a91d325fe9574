"""The endpoints under /v1/payments. Each returns the answer to send, or None when the exchange is over."""

import re
from typing import Final
from urllib.parse import parse_qs

import msgspec
from msgspec.structs import replace

from cardinity_client.sandbox import rules
from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.catalogue import CATALOGUE, Landing
from cardinity_client.sandbox.charges import GivenCard, WantedCharge, read_charge
from cardinity_client.sandbox.exchange import MALFORMED, Exchange
from cardinity_client.sandbox.form import FieldError
from cardinity_client.sandbox.plan import Rule
from cardinity_client.sandbox.wire import (
    Answer,
    Instrument,
    Payment,
    created,
    encode,
    finalized,
    identity,
    invalid,
    refusal,
    timestamp,
)

LIMIT_DEFAULT: Final = 10
LIMIT_MAX: Final = 100

_LIMIT: Final = re.compile(r"[0-9]{1,3}")
_MALFORMED: Final = (FieldError("body", None, "malformed JSON"),)
_UNKNOWN_PARENT: Final = "must be the id of an approved payment"


def note_post(account: Account, exchange: Exchange) -> None:
    """Counts a POST /v1/payments that arrived whole, whatever becomes of it."""
    document = exchange.document()
    members = document if isinstance(document, dict) else {}
    account.book.note_post(*(_text(members.get(name)) for name in ("order_id", "amount", "currency")))


async def create(account: Account, exchange: Exchange, _ids: tuple[str, ...]) -> Answer | None:
    """POST /v1/payments. A repeated order_id is a second charge."""
    document = exchange.document()
    order_id = _text(document.get("order_id")) if isinstance(document, dict) else None
    rule = account.faults.of_post(order_id)
    if rule is not None:
        return await _strike(account, exchange, rule)
    payment = _decide(account, document)
    return created(payment, account.book.put(payment)) if isinstance(payment, Payment) else invalid(payment)


async def latest(account: Account, exchange: Exchange, _ids: tuple[str, ...]) -> Answer:
    """GET /v1/payments?limit=N: the newest first; there is no filter and no paging."""
    limit = _limit(exchange.query)
    if not isinstance(limit, int):
        return invalid(limit)
    faults = account.faults
    rule = faults.of_list()
    if rule and rule.fault == "list_500":
        return refusal(500)
    page = account.book.latest(limit, faults.hides if faults.hide_rows else None)
    return Answer(200, _disordered(page, rule) if rule else page)


def _disordered(page: bytes, rule: Rule) -> bytes:
    """The same rows, each of them twice and the oldest left out for it, or the oldest first."""
    rows = msgspec.json.decode(page, type=list[msgspec.Raw])
    told = rows[::-1] if rule.fault == "list_reordered" else [row for row in rows for _ in range(2)][: len(rows)]
    return msgspec.json.encode(told)


async def get(account: Account, _exchange: Exchange, ids: tuple[str, ...]) -> Answer:
    """GET /v1/payments/{id}."""
    body = account.book.body(ids[0])
    return refusal(404) if body is None else Answer(200, body)


async def finalize(account: Account, exchange: Exchange, ids: tuple[str, ...]) -> Answer:
    """PATCH /v1/payments/{id}: what the shopper's bank answered to a 3-D Secure challenge."""
    payment = account.book.get(ids[0])
    if payment is None:
        return refusal(404)
    document = exchange.document()
    outcome = _MALFORMED if document is MALFORMED else rules.finalize(payment, document)
    return finalized(outcome, account.book.put(outcome)) if isinstance(outcome, Payment) else invalid(outcome)


async def _strike(account: Account, exchange: Exchange, rule: Rule) -> Answer | None:
    """A post that a fault befalls."""
    fault = CATALOGUE[rule.fault]
    if fault.landing is Landing.NEVER:
        return await fault.play(exchange, Answer(200), rule)
    late_ms = rule.delay_ms or 0 if fault.landing is Landing.LATER else 0
    payment = _decide(account, exchange.document(), late_ms)
    if not isinstance(payment, Payment):
        return invalid(payment)
    return await fault.play(exchange, _land(account, payment, fault.landing, rule), rule)


def _decide(account: Account, document: object, late_ms: int = 0) -> Payment | tuple[FieldError, ...]:
    charge = _MALFORMED if document is MALFORMED else read_charge(document)
    if not isinstance(charge, WantedCharge):
        return charge
    instrument = _instrument(account, charge)
    if instrument is None:
        parent_id = getattr(charge.instrument, "payment_id", None)
        return (FieldError("payment_instrument.payment_id", parent_id, _UNKNOWN_PARENT),)
    return _payment(account, charge, instrument, account.now_ms() + late_ms)


def _instrument(account: Account, charge: WantedCharge) -> Instrument | None:
    """The card that pays; for a recurring charge its approved parent's, None when there is no such parent."""
    if isinstance(charge.instrument, GivenCard):
        return rules.describe(charge.instrument)
    parent = account.book.get(charge.instrument.payment_id)
    return parent.payment_instrument if parent and parent.status == "approved" else None


def _payment(account: Account, charge: WantedCharge, instrument: Instrument, at_ms: int) -> Payment:
    verdict = rules.judge(charge, threeds_v1=account.settings.threeds_v1)
    return Payment(
        id=identity(account.settings.seed, charge.order_id, account.book.posts(charge.order_id)),
        amount=charge.amount.text,
        currency=charge.amount.currency,
        created=timestamp(at_ms),
        type="purchase" if charge.settle else "authorization",
        live=False,
        status=verdict.status,
        error=verdict.error,
        merchant_advice_code=verdict.advice,
        threeds_status_reason=verdict.reason,
        order_id=charge.order_id,
        description=charge.description,
        country=charge.country,
        statement_descriptor_suffix=charge.suffix,
        payment_method="card",
        payment_instrument=instrument,
        authorization_information=verdict.v1,
        threeds2_data=verdict.v2,
    )


def _land(account: Account, payment: Payment, landing: Landing, rule: Rule) -> Answer:
    """Enters the charge as the fault says; only an approval can be slow to process."""
    delay_ms = rule.delay_ms or 0
    if landing is Landing.LATER:
        account.book.put_later(payment, delay_ms)
        return created(payment, encode(payment))
    if landing is Landing.PROCESSING and payment.status == "approved":
        processing = replace(payment, status="processing")
        answer = created(processing, account.book.put(processing))
        account.book.put_later(payment, delay_ms)
        return answer
    return created(payment, account.book.put(payment))


def _limit(query: bytes) -> int | tuple[FieldError, ...]:
    text = parse_qs(query.decode("latin-1"), keep_blank_values=True).get("limit", [str(LIMIT_DEFAULT)])[0]
    if _LIMIT.fullmatch(text) and 1 <= int(text) <= LIMIT_MAX:
        return int(text)
    return (FieldError("limit", text, f"must be between 1 and {LIMIT_MAX}"),)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
