"""What we tell others about the event stream is what the code tells."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from producers.contract.continuation import ContinuationV2
from producers.contract.events import decode, encode
from producers.contract.names import CHARGEBACK_TYPES, EVENT_TYPES, HOLD_EXPIRING, KIND_EVENT_TYPES, SPLIT_TYPES
from producers.contract.payment_data import Asked, Judged, PaymentData, Sent
from producers.contract.risk import RiskData
from tests.house.asyncapi.chargebacks import chargeback_example
from tests.house.asyncapi.document import PATH, document, example, rendered
from tests.house.asyncapi.holds import hold_example
from tests.house.tree import hold, text

#: Every optional fact at once.
EVERYTHING: dict[str, Any] = {
    "payment_id": "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10",
    "follow_up_id": "b1d7c1de-52a4-4a5e-9c0e-6d0f1a2b3c4d",
    "link_url": "https://checkout.cardinity.com/link/6c0c1f0e-2f0a-4d4e-8a53-0d2b6f1f7e11",
    "link_expires_at": datetime(2026, 2, 1, 12, tzinfo=UTC),
    "card_last4": "1111",
    "card_brand": "Visa",
    "error": "3002: Do not honor",
    "decline_code": "3002",
    "merchant_advice_code": "03: Do not try again",
    "reason": "timeout",
    "successor": "ORD-1001-a2",
    "root": "ORD-1000",
    "asked": Asked("LT", "2026-01-15", "cust-42"),
    "sent": Sent(1_768_471_199_400, 2),
    "judged": Judged(
        "k1.0d9c5b2f7a3e4816b0c2d4e6f8a1b3c5",
        RiskData(at_ms=1_768_471_200_000, verdict="review", rules=("many_cards",), country="LT"),
    ),
    "evidence": {"holes": 1},
    "type": "authorization",
    "settled": False,
    "continuation": ContinuationV2("https://acs.example/3ds2", "eyJtZXNzYWdlVHlwZSI6IkNSZXEifQ"),
}
SCHEMAS = document()["components"]["schemas"]
MESSAGES = document()["components"]["messages"]


def test_the_document_is_what_the_code_says() -> None:
    """The file in docs/ equals what the event types and their fields make of it."""
    hold(
        "The events changed, or the document did by hand. Write it with `python -m tests.house.documents`.",
        () if text(PATH) == rendered() else (PATH,),
    )


def test_every_type_of_event_is_a_message() -> None:
    """The messages are the event types, no more and no fewer."""
    told = (*EVENT_TYPES.values(), *KIND_EVENT_TYPES.values(), *CHARGEBACK_TYPES.values(), HOLD_EXPIRING)
    told += tuple(SPLIT_TYPES.values())
    assert sorted(told) == sorted(message["name"] for message in MESSAGES.values())


@pytest.mark.parametrize("state", EVENT_TYPES)
def test_what_is_required_is_what_every_event_has(state: str) -> None:
    """An event that knows nothing optional has exactly the required fields."""
    written = json.loads(encode(example(state, payment_id=None)))
    assert set(SCHEMAS["Event"]["required"]) == set(written)
    assert set(SCHEMAS["PaymentData"]["required"]) == set(written["data"])


@pytest.mark.parametrize("state", EVENT_TYPES)
def test_no_event_has_a_field_that_is_not_described(state: str) -> None:
    """An event that knows everything has exactly the described fields."""
    written = json.loads(encode(example(state, **EVERYTHING)))
    assert set(SCHEMAS["Event"]["properties"]) == set(written)
    assert set(SCHEMAS["PaymentData"]["properties"]) == set(written["data"]) == set(PaymentData.__struct_fields__)


@pytest.mark.parametrize("status", CHARGEBACK_TYPES)
def test_a_chargeback_has_the_fields_that_are_described(status: str) -> None:
    """With nothing optional exactly the required ones, with everything exactly the described ones."""
    schema = SCHEMAS["ChargebackData"]
    bare = json.loads(encode(chargeback_example(status, ours=False)))
    full = json.loads(encode(chargeback_example(status, reason="10.4: Other Fraud")))
    assert set(SCHEMAS["Event"]["required"]) == set(bare)
    assert (set(schema["required"]), set(schema["properties"])) == (set(bare["data"]), set(full["data"]))


def test_a_warning_has_the_fields_that_are_described() -> None:
    """It has no optional ones."""
    schema, written = SCHEMAS["HoldData"], json.loads(encode(hold_example()))
    assert set(schema["required"]) == set(schema["properties"]) == set(written["data"])


@pytest.mark.parametrize("name", MESSAGES)
def test_an_example_is_an_event(name: str) -> None:
    """The example of each message decodes to an event of its type."""
    (shown,) = MESSAGES[name]["examples"]
    assert type(decode(json.dumps(shown["payload"]).encode())).__name__ == name
