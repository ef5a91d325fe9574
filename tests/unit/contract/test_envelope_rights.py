"""A producer is believed for what the list allows it, and only for so long."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cardinity_client.secret import Secret
from producers.contract.envelope import AGE_MAX_MS, FUTURE_MAX_MS
from producers.contract.keys import Producer, ProducerKey, ProducerRegistry
from tests.unit.contract.builders import (
    NOW_MS,
    OPENING,
    PRODUCER,
    PRODUCER_KEY,
    REGISTRY,
    a_charge,
    facts,
    sealed,
)
from tests.unit.contract.envelopes import CHARGE, opened, refusal


@pytest.mark.parametrize(
    ("producer", "code"),
    [
        (replace(PRODUCER, name="other"), "producer_unknown"),
        (replace(PRODUCER, keys=(Secret(b"x" * 32),)), "signature_invalid"),
        (replace(PRODUCER, keys=()), "signature_invalid"),
        (replace(PRODUCER, disabled=True), "producer_disabled"),
        (replace(PRODUCER, accounts=frozenset({"other"})), "account_not_allowed"),
        (replace(PRODUCER, limits={"EUR": 2549}), "amount_above_limit"),
        (replace(PRODUCER, limits={"USD": 9999}), "amount_above_limit"),
        (replace(PRODUCER, limits={}), "amount_above_limit"),
    ],
)
def test_a_producer_is_believed_for_what_the_list_allows(producer: Producer, code: str) -> None:
    """Name, key, account and amount must all be on the list."""
    assert refusal(sealed(CHARGE), producers=ProducerRegistry([producer])) == code


def test_a_charge_at_the_limit_passes() -> None:
    """The limit itself is allowed."""
    within = ProducerRegistry([replace(PRODUCER, limits={"EUR": 2550})])
    assert opened(sealed(CHARGE), producers=within) == CHARGE.instrument


def test_a_rotating_producer_is_believed_with_both_keys() -> None:
    """While its key rotates, the old and the new one count."""
    newer = ProducerKey("shop", Secret(b"n" * 32))
    both = ProducerRegistry([replace(PRODUCER, keys=(PRODUCER_KEY.key, newer.key))])
    for key in (PRODUCER_KEY, newer):
        assert opened(sealed(CHARGE, producer_key=key), producers=both) == CHARGE.instrument


def test_another_producers_signature_does_not_count() -> None:
    """A producer speaks for itself only, even when both are on the list."""
    theirs = Producer("other", (Secret(b"o" * 32),), frozenset({"default"}))
    forged = sealed(CHARGE, producer_key=ProducerKey("shop", theirs.keys[0]))
    assert refusal(forged, producers=ProducerRegistry([PRODUCER, theirs])) == "signature_invalid"


@pytest.mark.parametrize(
    ("issued_at_ms", "code"),
    [
        (NOW_MS + FUTURE_MAX_MS, ""),
        (NOW_MS + FUTURE_MAX_MS + 1, "issued_future"),
        (NOW_MS - AGE_MAX_MS, ""),
        (NOW_MS - AGE_MAX_MS - 1, "message_too_old"),
        (0, "message_too_old"),
    ],
)
def test_an_envelope_has_its_time(issued_at_ms: int, code: str) -> None:
    """Clocks may differ by five minutes; captures do not work for ever."""
    assert refusal(sealed(CHARGE, issued_at_ms=issued_at_ms)) == code


def test_an_envelope_that_expires_before_it_is_issued_is_refused() -> None:
    """Its two times contradict each other."""
    charge = a_charge(expires_at_ms=NOW_MS + 1000)
    assert refusal(sealed(charge, issued_at_ms=NOW_MS + 1000), expect=facts(charge)) == "expires_order"


def test_keys_do_not_print() -> None:
    """The repr of keys and producers has names only."""
    shown = f"{OPENING!r} {REGISTRY!r} {PRODUCER!r} {PRODUCER_KEY!r}"
    assert "kkkk" not in shown and OPENING.kids[0] in shown
