"""The integrity hash: it holds for the order it was made of, and for no other."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import pytest

from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.contract.envelope import Facts
from producers.contract.integrity import Bound, Stated, holds, integrity, read_stated
from producers.contract.layout import header_bytes
from tests.unit.contract.builders import NOW_MS, PRODUCER, SEALING, a_charge, facts, sealed

KEY = PRODUCER.keys[0]
CHARGE = a_charge()
FACTS = facts(CHARGE)
BOUND = Bound("", "", "f" * 32)
ENVELOPE = sealed(CHARGE)
STATED = Stated(ENVELOPE[0], SEALING.kid, NOW_MS, integrity(header_bytes(ENVELOPE), BOUND, KEY))
CHANGES: dict[str, Any] = {
    "producer": "other",
    "order_id": "ORD-9999",
    "amount": Money(FACTS.amount.minor + 1, FACTS.amount.currency),
    "account": "other",
    "country": "LV",
    "description": "another",
    "expires_at_ms": NOW_MS + 1,
    "mode": "live",
    "settle": False,
    "suffix": "SHOP",
    "two_phase": True,
    "further": "b",
    "customer": "c-42",
    "customer_ip": "192.0.2.7",
}


def test_it_holds_for_its_order() -> None:
    """Written down and read again, without the envelope."""
    stated = read_stated(str(STATED))
    assert stated == STATED
    assert holds(stated, FACTS, BOUND, KEY)


def test_every_fact_is_in_it() -> None:
    """Whichever is changed; a new fact needs a row here."""
    assert set(CHANGES) == {field.name for field in fields(Facts)}
    assert [name for name, value in CHANGES.items() if holds(STATED, replace(FACTS, **{name: value}), BOUND, KEY)] == []
    currency = replace(FACTS, amount=Money(FACTS.amount.minor, "USD"))
    assert not holds(STATED, currency, BOUND, KEY)


@pytest.mark.parametrize("name", Bound._fields)
def test_what_the_header_does_not_say_is_in_it(name: str) -> None:
    """Kind, parent and instrument."""
    assert not holds(STATED, FACTS, BOUND._replace(**{name: "other"}), KEY)


@pytest.mark.parametrize(
    "stated",
    [
        STATED._replace(version=3),
        STATED._replace(version=99),
        STATED._replace(kid="0" * 16),
        STATED._replace(issued_at_ms=NOW_MS + 1),
        STATED._replace(digits="0" * 32),
        STATED._replace(digits="\udcff"),
    ],
    ids=str,
)
def test_a_changed_hash_does_not_hold(stated: Stated) -> None:
    """Nor one of another version."""
    assert not holds(stated, FACTS, BOUND, KEY)


def test_another_key_makes_another_hash() -> None:
    """Who has no key of the producer makes none."""
    assert not holds(STATED, FACTS, BOUND, Secret(b"x" * 32))


@pytest.mark.parametrize("text", ["", "1", "2 2 k 1 aa", "1 2 k 1", "1 x k 1 aa", "1 2 k x aa", "1 2 k 1 aa bb"])
def test_what_is_no_hash_is_none(text: str) -> None:
    """Nothing is guessed."""
    assert read_stated(text) is None
