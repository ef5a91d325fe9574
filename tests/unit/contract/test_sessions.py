"""Sessions that go to the bank and back: only whole ones that were made with the key name an order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cardinity_client import Secret
from producers.contract.fields import Refusal
from producers.contract.sessions import read_session, session_of

KEY, THEIRS = Secret(b"k" * 32), Secret(b"t" * 32)
GOOD = session_of("ORD-1.b", KEY)
ORDER_IDS = st.from_regex(r"[A-Za-z0-9.-]{2,40}[.-]", fullmatch=True)
EDITS = st.tuples(st.integers(0, len(GOOD)), st.integers(0, 3), st.text("ORD0123456789abcdef.-\n", max_size=3))


@settings(derandomize=True, database=None)
@given(order_id=ORDER_IDS)
def test_a_session_names_its_order(order_id: str) -> None:
    """Whatever the order is called; dots in its name part nothing."""
    assert read_session(session_of(order_id, KEY), KEY) == order_id


@settings(derandomize=True, max_examples=2000, database=None)
@given(edit=EDITS)
def test_a_changed_session_names_none(edit: tuple[int, int, str]) -> None:
    """Whatever is cut out, put in or exchanged."""
    at, length, text = edit
    changed = GOOD[:at] + text + GOOD[at + length :]
    if changed != GOOD:
        with pytest.raises(Refusal):
            read_session(changed, KEY)


def test_a_session_of_another_ledger_names_none() -> None:
    """Another key seals otherwise."""
    with pytest.raises(Refusal) as refusal:
        read_session(GOOD, THEIRS)
    assert refusal.value.code == "session_invalid"


def test_a_seal_is_no_fingerprint() -> None:
    """What else is made with the key is made of other bytes: a seal for one name is none for another."""
    assert len({session_of(name, KEY).rpartition(".")[2] for name in ("ORD-1", "ORD-2", "ORD-1.b")}) == 3


@pytest.mark.parametrize("value", [None, 7, b"bytes", ["ORD-1"], "", ".", "ORD-1", "ORD-1."])
def test_what_is_no_session_names_none(value: object) -> None:
    """Whatever it is."""
    with pytest.raises(Refusal):
        read_session(value, KEY)
