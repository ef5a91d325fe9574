"""Notifications of the hosted page: only what the gateway signed is read, and only in one way."""

from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client import Money, NotificationInvalid, Secret, SettingsInvalid
from cardinity_client.notifications import PaymentHint, read_notification
from cardinity_client.notifications.forms import BODY_MAX
from tests.unit.client.notices import APPROVED, PAYMENT_ID, PROJECT, SECRET, a_notice, body_of, mutated, signed

HINT = PaymentHint(
    payment_id=PAYMENT_ID,
    order_id="ORD-1001",
    amount=Money(2550, "EUR"),
    status="approved",
    type="purchase",
    live=False,
    description="Demo order",
    error=None,
)


def read(body: bytes) -> PaymentHint:
    return read_notification(body, project_id=PROJECT, secrets=[SECRET])


def refusal(body: bytes) -> tuple[str, str]:
    with pytest.raises(NotificationInvalid) as caught:
        read(body)
    return caught.value.code, caught.value.field


def test_a_known_signature_is_made_and_believed() -> None:
    """The vector of the reference, empty `live` included, has the signature that is written there."""
    assert signed(APPROVED)["signature"] == "7be9a7258c8a0be17e2822d05be163c59ae63f151bb0b4ce9ff05d01f589fe19"
    assert read(body_of(signed(APPROVED))) == HINT


def test_a_decline_tells_its_reason() -> None:
    """`error` is read where there is one."""
    fields = {**APPROVED, "status": "declined", "error": "3001: Insufficient funds", "live": "true"}
    hint = read(body_of(signed(fields)))
    assert (hint.status, hint.error, hint.live) == ("declined", "3001: Insufficient funds", True)


@pytest.mark.parametrize("secrets", [["new", "demo_project_secret"], ["demo_project_secret", "new"]])
def test_two_secrets_are_valid_while_they_are_exchanged(secrets: list[str]) -> None:
    """Either of two secrets may have signed."""
    given_secrets = [Secret(text) for text in secrets]
    assert read_notification(body_of(signed(APPROVED)), project_id=PROJECT, secrets=given_secrets) == HINT


@pytest.mark.parametrize("secrets", [[], [""], ["a", ""], ["a", "b", "c"]])
def test_no_secret_is_no_door(secrets: list[str]) -> None:
    """An empty secret would let everybody sign: it is the operator's mistake."""
    with pytest.raises(SettingsInvalid):
        read_notification(body_of(signed(APPROVED)), project_id=PROJECT, secrets=[Secret(text) for text in secrets])


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        (b"", "body_format", ""),
        (b"amount", "body_format", ""),
        (b"=1", "body_format", ""),
        (b"amount=%4", "body_format", ""),
        (b"amount=%ff", "body_format", ""),
        (b"amount=\xff", "body_format", ""),
        (b"amount=1 2", "body_format", ""),
        (b"amount=1&&currency=EUR", "body_format", ""),
        (b"fee=1", "field_unknown", "?"),
        (b"amount=1&amount=1", "field_duplicate", "amount"),
        (b"amount=1", "signature_missing", "signature"),
        (b"amount=1&signature=", "signature_missing", "signature"),
        (b"amount=1&signature=%C5%BD", "signature_invalid", "signature"),
        (b"amount=1&signature=" + b"0" * 64, "signature_invalid", "signature"),
        (b"a" * (BODY_MAX + 1), "body_size", ""),
        (b"&".join([b"amount=1"] * 33), "body_size", ""),
        (body_of({**APPROVED, "signature": signed(APPROVED)["signature"].upper()}), "signature_invalid", "signature"),
        (body_of(signed(APPROVED, Secret("other"))), "signature_invalid", "signature"),
    ],
)
def test_what_is_no_signed_form_is_refused(body: bytes, code: str, field: str) -> None:
    """Size, encoding, names and signature are looked at before any value is."""
    assert refusal(body) == (code, field)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        *(({name: None}, "field_missing", name) for name in ("amount", "currency", "id", "order_id", "status", "type")),
        ({"project_id": None}, "field_missing", "project_id"),
        ({"project_id": "test_pr_other"}, "project_mismatch", "project_id"),
        ({"amount": "25.5"}, "value_format", "amount"),
        ({"amount": "1e2"}, "value_format", "amount"),
        ({"currency": "XXX"}, "value_format", "amount"),
        ({"id": "../x"}, "value_format", "id"),
        ({"status": "paid"}, "value_format", "status"),
        ({"live": "yes"}, "value_format", "live"),
        ({"description": "a\nb"}, "value_format", "description"),
        ({"description": "x" * 256}, "value_format", "description"),
        ({"error": "3001: no"}, "value_shifted", "error"),
        ({"error": "no"}, "value_format", "error"),
        ({"description": f"kettleid{PAYMENT_ID}"}, "value_shifted", "description"),
        ({"description": "kettleerror"}, "value_shifted", "description"),
        ({"description": "kettle amount25.50"}, "value_shifted", "description"),
    ],
)
def test_what_is_signed_must_have_its_shape(changes: dict[str, str | None], code: str, field: str) -> None:
    """A signature alone is not believed: a value of another shape may be another field's."""
    fields = {name: value for name, value in {**APPROVED, **changes}.items() if value is not None}
    assert refusal(body_of(signed(fields))) == (code, field)


def test_a_field_of_tomorrow_can_be_let_in() -> None:
    """A field that the gateway begins to send is refused until the operator names it; then it is not read."""
    body = body_of(signed({**APPROVED, "fee": "0.10"}))
    assert refusal(body) == ("field_unknown", "?")
    assert read_notification(body, project_id=PROJECT, secrets=[SECRET], extra_fields=["fee"]) == HINT


def test_ten_thousand_mutations_are_refused_or_change_nothing() -> None:
    """Whatever is done to a signed notification, it is refused or says what it said before."""
    random, ends = Random(20261126), Counter[str]()
    for _ in range(10_000):
        fields = a_notice(random)
        try:
            told = read(body_of(signed(fields)))
        except NotificationInvalid:
            ends["refused as it was"] += 1
            continue
        body = mutated(random, fields)
        try:
            found = read(body)
        except NotificationInvalid as refused:
            ends[refused.code] += 1
        else:
            ends["the same"] += 1
            assert found == told, body
    assert {"the same", "value_shifted", "value_format", "signature_invalid", "field_duplicate", "field_unknown"} <= {
        *ends
    }
    assert ends["refused as it was"] < 2000


@given(body=st.binary(max_size=200))
def test_any_bytes_are_refused(body: bytes) -> None:
    """No bytes raise anything but the refusal, and none of them are a hint."""
    with pytest.raises(NotificationInvalid):
        read(body)
