"""What payment objects say about a charge: believed only when they speak of this very charge."""

from collections.abc import Mapping

import pytest

from cardinity_client import Answer, Approved, Declined, Pending
from cardinity_client.classify import classify_response
from cardinity_client.operations import CREATE_PAYMENT
from tests.unit.client.builders import JSON, charge, encoded, payment_row


def classify(status: int, row: object, headers: Mapping[str, str] = JSON) -> Answer:
    return classify_response(CREATE_PAYMENT, charge(), status, headers, encoded(row))


@pytest.mark.parametrize(
    ("status", "state", "kind"),
    [
        (201, "approved", Approved),
        (201, "pending", Pending),
        (201, "processing", Pending),
        (202, "pending", Pending),
        (202, "processing", Pending),
        (402, "declined", Declined),
    ],
)
def test_a_payment_of_this_order_is_believed(status: int, state: str, kind: type[Answer]) -> None:
    """The payment object of this very charge, under a status that fits it, is the gateway's verdict."""
    answer = classify(status, payment_row(status=state))
    assert isinstance(answer, kind)
    assert isinstance(answer, Approved | Pending | Declined)
    assert answer.resource.order_id == "ORD-1"


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_is_declared_in_any_case_and_with_parameters(content_type: str) -> None:
    """Case and parameters of the media type do not matter."""
    assert isinstance(classify(201, payment_row(), {"content-type": content_type}), Approved)
