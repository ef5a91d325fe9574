"""Charges, keys and envelopes to start from; a test says only what is different about its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from cardinity_client.secret import Secret
from producers.contract.card_fields import Mode
from producers.contract.commands import Charge, parse_charge
from producers.contract.data_keys import DataKey
from producers.contract.envelope import Facts, facts_of, seal
from producers.contract.keys import OpeningKeys, Producer, ProducerKey, ProducerRegistry, SealingKey
from producers.contract.wishes import Wish

#: The moment of every test: 15 January 2026, 10:00 UTC.
NOW_MS: Final = int(datetime(2026, 1, 15, 10, tzinfo=UTC).timestamp() * 1000)
#: Takes a field out of a builder's fields.
ABSENT: Final = object()

#: A published test card, and a parent payment.
PAN: Final = "4111111111111111"
PAYMENT_ID: Final = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"

CARD: Final[Mapping[str, object]] = {
    "pan": PAN,
    "exp_month": 4,
    "exp_year": 2031,
    "cvc": "123",
    "holder": "Ona Petraityte",
}
FIELDS: Final[Mapping[str, object]] = {
    "order_id": "ORD-1001",
    "amount": "25.50",
    "currency": "EUR",
    "country": "LT",
    "description": "Blue kettle",
    "account": "default",
}

PRIVATE: Final = X25519PrivateKey.from_private_bytes(bytes(range(32)))
SEALING: Final = SealingKey(PRIVATE.public_key())
OPENING: Final = OpeningKeys([PRIVATE])
PRODUCER_KEY: Final = ProducerKey("shop", Secret(b"k" * 32))
PRODUCER: Final = Producer("shop", (PRODUCER_KEY.key,), frozenset({"default", "other"}))
REGISTRY: Final = ProducerRegistry([PRODUCER])


def card_fields(**changes: object) -> dict[str, object]:
    """A charge of 25.50 EUR to a card, flat as in a batch file."""
    return _present({**FIELDS, **CARD, **changes})


def nested_fields(**changes: object) -> dict[str, object]:
    """The same as the gateway's own request nests it; `changes` are to the instrument."""
    return {**FIELDS, "payment_method": "card", "payment_instrument": _present({**CARD, **changes})}


def reference_fields(**changes: object) -> dict[str, object]:
    """The same charged like an earlier payment."""
    return _present({**FIELDS, "payment_id": PAYMENT_ID, **changes})


def threeds_fields(**changes: object) -> dict[str, object]:
    """What a shop knows of its customer's browser, and of its customer."""
    browser: dict[str, object] = {
        "accept_header": "text/html",
        "browser_language": "lt-LT",
        "screen_width": 1440,
        "screen_height": 900,
        "challenge_window_size": "full-screen",
        "user_agent": "Mozilla/5.0",
        "color_depth": 24,
        "time_zone": -120,
        "ip_address": "192.0.2.7",
    }
    return _present(
        {
            "notification_url": "https://shop.example/3ds",
            "browser_info": browser,
            "cardholder_info": {"email_address": "ona@shop.example"},
            **changes,
        }
    )


def parsed(fields: Mapping[str, object], *, mode: Mode = "test") -> Charge:
    """The charge of these fields."""
    return parse_charge(fields, now_ms=NOW_MS, mode=mode)


def a_charge(**changes: object) -> Charge:
    """A charge to a card."""
    return parsed(card_fields(**changes))


def sealed(charge: Wish, *, producer_key: ProducerKey = PRODUCER_KEY, issued_at_ms: int = NOW_MS) -> bytes:
    """Its envelope, under a data key of its own."""
    data_key = DataKey(SEALING, producer_key.producer)
    return seal(charge, data_key=data_key, producer_key=producer_key, mode="test", issued_at_ms=issued_at_ms)


def facts(charge: Wish, **changes: object) -> Facts:
    """What the ledger says of it."""
    return replace(facts_of(charge, producer="shop", mode="test"), **changes)  # type: ignore[arg-type]


def grouped(mark: str, digits: str = PAN) -> str:
    """A card number in groups of four, as it stands on the card, with this between them."""
    return mark.join(digits[at : at + 4] for at in range(0, len(digits), 4))


def with_check_digit(digits: str) -> str:
    """A number that passes Luhn, for cards that must not stand in the tree."""
    doubled = [int(digit) * (2 if position % 2 == 0 else 1) for position, digit in enumerate(digits[::-1])]
    return digits + str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def _present(fields: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not ABSENT}
