"""The form that leads to the hosted payment page."""

from typing import Any

import pytest

from cardinity_client import Money, RequestInvalid, Secret, SettingsInvalid
from cardinity_client.notifications import HostedPage, hosted_page_form
from tests.unit.client.notices import PROJECT, SECRET

GIVEN: dict[str, Any] = {
    "amount": Money(2550, "EUR"),
    "country": "LT",
    "order_id": "ORD-1001",
    "description": "Demo order",
    "return_url": "https://shop.example/return",
    "cancel_url": "https://shop.example/cancel",
    "notification_url": "https://shop.example/notify",
}


def test_the_form_is_signed_as_the_gateway_wants_it() -> None:
    """The vector of the reference: fields that are not given are not sent and not signed."""
    form = hosted_page_form(HostedPage(**GIVEN), project_id=PROJECT, secret=SECRET)
    assert form.action == "https://checkout.cardinity.com"
    assert form.fields == {
        "amount": "25.50",
        "currency": "EUR",
        "country": "LT",
        "order_id": "ORD-1001",
        "description": "Demo order",
        "project_id": PROJECT,
        "return_url": "https://shop.example/return",
        "cancel_url": "https://shop.example/cancel",
        "notification_url": "https://shop.example/notify",
        "signature": "70ab784f86b8d0972321d608f64e4efd80fb2a2354c7925b9e5e467d6de6e779",
    }


def test_what_is_known_of_the_customer_is_passed_on() -> None:
    """The plus before a telephone number is written as the gateway's own plugins write it."""
    page = HostedPage(**GIVEN, language="LT", email_address="ona@shop.example", mobile_phone_number="+37060000000")
    fields = hosted_page_form(page, project_id=PROJECT, secret=SECRET, action="http://127.0.0.1:1").fields
    assert (fields["language"], fields["email_address"]) == ("LT", "ona@shop.example")
    assert fields["mobile_phone_number"] == "037060000000"


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"amount": Money(49, "EUR")}, "amount_minimum", "amount"),
        ({"country": "lt"}, "country_format", "country"),
        ({"order_id": "x"}, "text_length", "order_id"),
        ({"order_id": "ORD_1"}, "order_id_charset", "order_id"),
        ({"description": ""}, "text_length", "description"),
        ({"description": "xstatusapproved"}, "value_shifted", "description"),
        ({"return_url": "javascript:alert(1)"}, "url_format", "return_url"),
        ({"cancel_url": "https://"}, "url_format", "cancel_url"),
        ({"notification_url": "https://shop.example/ ž"}, "url_format", "notification_url"),
        ({"language": "en"}, "language_format", "language"),
        ({"email_address": "a\nb"}, "text_charset", "email_address"),
        ({"mobile_phone_number": "++1"}, "phone_format", "mobile_phone_number"),
    ],
)
def test_a_wrong_page_is_refused_before_the_customer_sees_it(changes: dict[str, Any], code: str, field: str) -> None:
    """Each member has its rule, and the refusal names both."""
    with pytest.raises(RequestInvalid) as caught:
        HostedPage(**{**GIVEN, **changes})
    assert (caught.value.code, caught.value.field) == (code, field)


@pytest.mark.parametrize(("project_id", "secret"), [("", "x"), ("a b", "x"), (PROJECT, "")])
def test_a_form_without_project_or_secret_is_the_operators_mistake(project_id: str, secret: str) -> None:
    """Everybody could sign it."""
    with pytest.raises(SettingsInvalid):
        hosted_page_form(HostedPage(**GIVEN), project_id=project_id, secret=Secret(secret))
