"""A producer is believed for what the list allows it, and only for so long."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cardinity_client.secret import Secret
from producers.contract.envelope import AGE_MAX_MS, FUTURE_MAX_MS
from producers.contract.keys import ProducerKey, ProducerRegistry
from tests.unit.contract.builders import (
    NOW_MS,
    OPENING,
    PRODUCER,
    PRODUCER_KEY,
    REGISTRY,
    sealed,
)
from tests.unit.contract.envelopes import CHARGE, opened


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


def test_keys_do_not_print() -> None:
    """The repr of keys and producers has names only."""
    shown = f"{OPENING!r} {REGISTRY!r} {PRODUCER!r} {PRODUCER_KEY!r}"
    assert "kkkk" not in shown and OPENING.kids[0] in shown


@pytest.mark.parametrize("issued_at_ms", [NOW_MS + FUTURE_MAX_MS, NOW_MS - AGE_MAX_MS])
def test_an_envelope_has_its_time(issued_at_ms: int) -> None:
    """Clocks may differ by five minutes, and an order may wait for a week; on the edge it opens."""
    assert opened(sealed(CHARGE, issued_at_ms=issued_at_ms)) == CHARGE.instrument
