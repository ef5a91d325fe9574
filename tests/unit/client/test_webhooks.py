"""Signed JSON webhooks: read only with the right signature, and known events only are hints."""

import json
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client import NotificationInvalid, Secret
from cardinity_client.notifications import UnknownEvent, WebhookEvent, WebhookHint, read_webhook
from cardinity_client.notifications.signing import signature_of
from cardinity_client.notifications.webhooks import BODY_MAX
from tests.unit.client.notices import PAYMENT_ID

SECRET = Secret("demo_webhook_secret")
REFUND_ID = "b1d7a3f0-7c1e-4d0c-9a51-0b6f4e2d9c10"
SAMPLE = b'{"type":"payment.approved","data":{"id":"3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10","amount":"25.50"}}'


def read(body: bytes, secret: Secret[str] = SECRET) -> WebhookEvent:
    return read_webhook(body, signature_of(body, secret), secrets=[SECRET])


def event(**members: object) -> bytes:
    return json.dumps({"type": "payment.approved", "data": {"id": PAYMENT_ID}} | members).encode()


def test_a_known_signature_is_believed() -> None:
    """The vector of the reference."""
    assert signature_of(SAMPLE, SECRET) == "0efdcaba3b5e7ee6fca2ba0cb4336bd42986b2a88b8329c5b62a8f763ccd0512"
    assert read(SAMPLE) == WebhookHint("payment.approved", PAYMENT_ID, PAYMENT_ID)


@pytest.mark.parametrize("kind", ["payment.approved", "payment.declined", "payment.pending"])
def test_payments_are_told_of(kind: str) -> None:
    """Of a payment its own id is told."""
    assert read(event(type=kind)) == WebhookHint(kind, PAYMENT_ID, PAYMENT_ID)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["refund.approved", "settlement.approved"])
@pytest.mark.parametrize("member", ["payment_id", "parent_id"])
def test_what_follows_a_payment_is_told_of(kind: str, member: str) -> None:
    """Of a refund and a settlement the payment is told where the event names it."""
    assert read(event(type=kind, data={"id": REFUND_ID, member: PAYMENT_ID})) == WebhookHint(
        kind,  # type: ignore[arg-type]
        REFUND_ID,
        PAYMENT_ID,
    )
    assert read(event(type=kind, data={"id": REFUND_ID})) == WebhookHint(kind, REFUND_ID, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["payment.refunded", "chargeback.initiated", "ping", "a.b.c.d"])
def test_a_kind_of_tomorrow_is_a_value(kind: str) -> None:
    """A signed event of a kind that is not known is no error: the sender would repeat it for ever."""
    assert read(json.dumps({"type": kind, "data": 7}).encode()) == UnknownEvent(kind)


def test_the_old_secret_is_valid_beside_the_new_one() -> None:
    """Either of two secrets may have signed."""
    old, new = Secret("old"), Secret("new")
    for secret in (old, new):
        assert read_webhook(SAMPLE, signature_of(SAMPLE, secret), secrets=[new, old]) == read(SAMPLE)


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", "json_invalid", ""),
        (b"\xff{}", "json_invalid", ""),
        (b"{" * 60_000, "json_invalid", ""),
        (b'{"type": NaN}', "json_invalid", ""),
        (b"[]", "not_an_object", ""),
        (SAMPLE[:-1] + b',"type":"payment.declined"}', "duplicate_keys", ""),
        (SAMPLE.replace(b'"amount"', b'"id"'), "duplicate_keys", ""),
        (event(type=None), "value_format", "type"),
        (event(type="Payment Approved"), "value_format", "type"),
        (event(type="x" * 5000), "value_format", "type"),
        (event(data=None), "value_format", "data"),
        (event(data=[]), "value_format", "data"),
        (event(data={}), "field_missing", "data.id"),
        (event(data={"id": "../x"}), "value_format", "data.id"),
        (event(type="refund.approved", data={"id": REFUND_ID, "parent_id": 7}), "value_format", "data.parent_id"),
        (b" " * (BODY_MAX + 1), "body_size", ""),
    ],
)
def test_what_is_signed_must_be_an_event(body: bytes, code: str, field: str) -> None:
    """A signature over anything else is not enough."""
    with pytest.raises(NotificationInvalid) as caught:
        read(body)
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize("signature", [None, "", "0" * 64, "ž" * 64, " " + "0" * 63, "0" * 63, "\ud800"])
def test_without_its_signature_nothing_is_read(signature: str | None) -> None:
    """Missing, odd and wrong signatures are refused before the body is looked at."""
    with pytest.raises(NotificationInvalid) as caught:
        read_webhook(b"{", signature, secrets=[SECRET])
    assert caught.value.code in ("signature_missing", "signature_invalid")


def test_ten_thousand_mutations_are_refused() -> None:
    """A body that differs in one place does not fit its signature; one whose signature differs neither."""
    random, signature = Random(20261126), signature_of(SAMPLE, SECRET)
    for _ in range(5_000):
        at = random.randrange(len(SAMPLE))
        body = SAMPLE[:at] + bytes([SAMPLE[at] ^ random.randrange(1, 256)]) + SAMPLE[at + 1 :]
        place = random.randrange(64)
        forged = signature[:place] + random.choice([c for c in "0123456789abcdefAG\x00" if c != signature[place]])
        for each, told in ((body, signature), (SAMPLE, forged + signature[place + 1 :])):
            with pytest.raises(NotificationInvalid) as caught:
                read_webhook(each, told, secrets=[SECRET])
            assert caught.value.code == "signature_invalid"


@given(body=st.binary(max_size=100))
def test_any_signed_bytes_have_an_end(body: bytes) -> None:
    """Whoever holds the secret can make it refuse, and nothing worse."""
    try:
        assert isinstance(read(body), WebhookHint | UnknownEvent)
    except NotificationInvalid as refused:
        assert refused.code.isidentifier()
