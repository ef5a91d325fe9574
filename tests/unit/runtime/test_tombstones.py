"""What is left of an order that has left the ledger: everything that answers need, in little room."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client.money import Money
from producers.contract.states import TERMINAL
from producers.runtime.ledger import tombstones
from producers.runtime.ledger.record import CONTENT_FIELDS, Record
from producers.runtime.ledger.tombstones import Tombstone, content_fingerprint, differing, place, record_of

PAYMENT = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
REFUND = "7a1d5f00-0c4e-4f1a-8a51-5b6f4e2d9c11"
#: Values up to this length stay packed with their neighbours: the stock `hash-max-listpack-value`.
PACKED_MAX = 64

CHARGE = {
    "state": "approved",
    "since": "1768471200999",
    "created_at": "1768471100000",
    "amount_minor": "199900",
    "currency": "EUR",
    "country": "LT",
    "description": "Sportbatai, žali",
    "instrument": "0123456789abcdef" * 2,
    "account": "default",
    "lane": "default",
    "payment_id": PAYMENT,
    "history": "…",
}
FOLLOWING = {"kind": "refund", "parent": PAYMENT, "payment_id": "", "instrument": "", "follow_up_id": REFUND}

_WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)


def left_of(row: dict[str, str]) -> Record:
    stone = tombstones.tombstone_of(Record("ORD-1", {name: value.encode() for name, value in row.items()}))
    return record_of("ORD-1", tombstones.written(stone))


def content(**more: str) -> dict[str, str]:
    return {name: CHARGE[name] for name in CONTENT_FIELDS if name in CHARGE} | more


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (CHARGE, {"payment_id": PAYMENT, "instrument": CHARGE["instrument"]}),
        (CHARGE | FOLLOWING, {"parent": PAYMENT, "follow_up_id": REFUND, "kind": "refund"}),
        (CHARGE | {"settle": "0", "two_phase": "1"}, {"settle": "0", "two_phase": "1"}),
        (CHARGE | {"held_first": "1", "lane": "backup"}, {"held_first": "1", "lane": "backup"}),
        (CHARGE | {"direct": "1", "state": "declined"}, {"direct": "1", "state": "declined"}),
        (CHARGE | {"kind": "link", "state": "not_charged", "payment_id": ""}, {"kind": "link", "payment_id": ""}),
    ],
)
def test_what_answers_need_is_left(row: dict[str, str], told: dict[str, str]) -> None:
    """State, end to the second, money, account, and what the gateway made of it."""
    record = left_of(row)
    assert {name: record.text(name) for name in told} == told
    assert (record.state, record.amount.text, record.lane) == (row["state"], "1999.00", row["lane"])
    assert (record.is_archived, record.number("since")) == (True, 1768471200000)


@pytest.mark.parametrize("row", [CHARGE, CHARGE | FOLLOWING])
def test_it_is_small(row: dict[str, str]) -> None:
    """With the usual names it fits into a packed bucket."""
    stone = tombstones.tombstone_of(Record("ORD-1", {name: value.encode() for name, value in row.items()}))
    assert len(tombstones.written(stone)) <= PACKED_MAX


@given(
    state=st.sampled_from(sorted(TERMINAL)),
    ended_at_s=st.integers(0, 2**32 - 1),
    minor=st.integers(0, 10**12),
    account=_WORDS,
    content=st.one_of(st.just(b""), st.binary(min_size=6, max_size=6).filter(any)),
    instrument=st.one_of(st.just(""), st.uuids().map(lambda each: each.hex)),
    made=st.one_of(st.uuids().map(str), _WORDS),
    marks=st.frozensets(st.sampled_from(("settle", "two_phase", "direct", "held_first", "successor"))),
)
def test_what_is_written_is_read(ended_at_s: int, minor: int, **more: Any) -> None:
    """Whatever the names are."""
    stone = Tombstone(ended_at_ms=ended_at_s * 1000, amount=Money(minor, "EUR"), **more)
    assert tombstones.read(tombstones.written(stone)) == stone


def test_the_same_content_is_known_again() -> None:
    """Nothing differs, and what is empty is as good as left out."""
    assert differing(left_of(CHARGE), content()) == ()
    assert differing(left_of(CHARGE), content(suffix="", backup="")) == ()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"amount_minor": "1"}, ("amount_minor",)),
        ({"currency": "USD", "instrument": "f" * 32}, ("currency", "instrument")),
        ({"country": "LV"}, ("content",)),
        ({"description": ""}, ("content",)),
        ({"account": "backup"}, ("content",)),
        ({"suffix": "SHOP"}, ("content",)),
        ({"backup": "f" * 32}, ("content",)),
        ({"two_phase": "1"}, ("two_phase",)),
    ],
)
def test_other_content_is_told_apart(more: dict[str, str], told: tuple[str, ...]) -> None:
    """By name where the tombstone has it, and by the fingerprint where it has not."""
    assert differing(left_of(CHARGE), content(**more)) == told


def test_what_nobody_knows_any_more_is_not_compared() -> None:
    """A tombstone made of what the archive knew holds amount and currency against the next one, and no more."""
    stone = Tombstone("approved", 1768471200000, Money(199900, "EUR"), "default", made=PAYMENT)
    record = record_of("ORD-1", tombstones.written(stone))
    assert differing(record, content(description="else", instrument="f" * 32)) == ()
    assert differing(record, content(amount_minor="1")) == ("amount_minor",)


def test_the_fingerprint_covers_every_field() -> None:
    """No field of the content can be changed unseen."""
    seen = {content_fingerprint(content(**{name: "other"})) for name in CONTENT_FIELDS}
    assert len({*seen, content_fingerprint(content())}) == len(CONTENT_FIELDS) + 1


def test_a_fingerprint_stays_what_it_is() -> None:
    """It is kept for good: another version has to come to the same."""
    assert content_fingerprint({"amount_minor": "1000", "currency": "EUR"}).hex() == "bc374184ebed"
    assert place("ORD-1") == ("pay:gone:6fbd4", bytes.fromhex("09b646808b072fe1"))
