"""The scanner finds card numbers in every form they leak in, and leaves ids alone."""

import base64
import random
import urllib.parse
import uuid
from collections.abc import Callable, Mapping
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.runtime.card_scanner import REMOVED, contains_card_number, scrub

CARDS: Final = (
    "4111111111111111", "5555555555554444", "5454545454545454", "4200000000000000", "5454545454540109",
    "5454545454540018", "4222222222222", "378282246310005",
)  # fmt: skip


def grouped(pan: str, separator: str = " ") -> str:
    """As on the card."""
    return separator.join(pan[start : start + 4] for start in range(0, len(pan), 4))


def in_script(pan: str, zero: int) -> str:
    """With the digits of a script whose zero has this code point."""
    return "".join(chr(zero + int(digit)) for digit in pan)


FORMS: Final[Mapping[str, Callable[[str], str]]] = {
    "plain": str,
    "spaced": grouped,
    "dashed": lambda pan: grouped(pan, "-"),
    "dotted": lambda pan: grouped(pan, "."),
    "digit by digit": lambda pan: " ".join(pan),
    "no-break spaces": lambda pan: grouped(pan, "\u00a0"),
    "en dashes": lambda pan: grouped(pan, "\u2013"),
    "zero-width spaces": lambda pan: grouped(pan, "\u200b"),
    "full width": lambda pan: in_script(pan, 0xFF10),
    "Arabic-Indic": lambda pan: in_script(pan, 0x660),
    "in JSON": lambda pan: f'{{"pan":"{pan}"}}',
    "in a word": lambda pan: f"pan{pan}x",
    "after another number": lambda pan: f"order 12 {grouped(pan)}",
    "expiry glued on": lambda pan: f"{pan}25121010000",
    "URL, spaced": lambda pan: urllib.parse.quote(grouped(pan)),
    "form, spaced": lambda pan: urllib.parse.quote_plus(grouped(pan)),
    "percent, every byte": lambda pan: "".join(f"%{byte:02x}" for byte in pan.encode()),
    "percent, twice": lambda pan: urllib.parse.quote(urllib.parse.quote(grouped(pan))),
    "hex": lambda pan: pan.encode().hex(),
    "hex, spaced card": lambda pan: grouped(pan).encode().hex(),
    "hex with colons": lambda pan: pan.encode().hex(":"),
    "hex escapes": lambda pan: "".join(f"\\x{byte:02x}" for byte in pan.encode()),
    "base64": lambda pan: base64.b64encode(pan.encode()).decode(),
    "base64, shifted by one": lambda pan: base64.b64encode(b"x" + pan.encode()).decode(),
    "base64, shifted by two": lambda pan: base64.b64encode(b"xx" + pan.encode()).decode(),
    "base64 of JSON": lambda pan: base64.b64encode(f'{{"pan":"{pan}","cvc":"123"}}'.encode()).decode(),
    "base64, spaced card": lambda pan: base64.b64encode(grouped(pan).encode()).decode(),
    "base64, unpadded": lambda pan: base64.urlsafe_b64encode(pan.encode()).decode().rstrip("="),
}


@pytest.mark.parametrize("pan", CARDS)
@pytest.mark.parametrize("form", FORMS)
def test_a_card_number_is_found_in_every_form(form: str, pan: str) -> None:
    """Each published test card is found in each form, in the middle of a line."""
    assert contains_card_number(f"paid with {FORMS[form](pan)} today")


@given(st.text(max_size=30), st.sampled_from(CARDS), st.text(max_size=30))
def test_what_stands_around_a_card_number_does_not_hide_it(before: str, pan: str, after: str) -> None:
    """Whatever text stands around it, a spaced card number between two letters is found."""
    assert contains_card_number(f"{before} a{grouped(pan)}z {after}")


@pytest.mark.parametrize("pan", [pan for pan in CARDS if len(pan) == 16])
def test_a_security_code_glued_on_does_not_hide_a_number(pan: str) -> None:
    """A 16-digit number with three more digits behind it is found."""
    assert contains_card_number(f"{pan}123")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "4242424242424241",  # fails Luhn
        "1764000000123",  # a time in milliseconds
        "1764000000123456789",  # and in nanoseconds
        "2026-11-23T00:36:12.123456Z",
        "20261123003612",
        "9111111111111111",  # no scheme begins with 9
        "INV-2026-000123-0001",
        "10.00 EUR, 20.00 EUR, 30.00 EUR",
        "127.0.0.1:6379",
        "41111111111",  # too short
    ],
)
def test_other_numbers_are_left_alone(text: str) -> None:
    """Times, amounts, addresses and order ids are no card numbers."""
    assert not contains_card_number(text)


def test_random_ids_are_left_alone() -> None:
    """Of 20,000 random UUIDs, payment ids among them, none is taken for a card number."""
    dice = random.Random(7)
    ids = [str(uuid.UUID(int=dice.getrandbits(128), version=4)) for _ in range(20_000)]
    assert [id for id in ids if contains_card_number(id)] == []


def test_base64_of_other_things_is_left_alone() -> None:
    """Of 5,000 random tokens none is taken for a card number."""
    dice = random.Random(7)
    tokens = [base64.b64encode(dice.randbytes(96)).decode() for _ in range(5_000)]
    assert [token for token in tokens if contains_card_number(token)] == []


def test_a_hit_removes_the_whole_text() -> None:
    """Expiry and security code beside the number go with it."""
    assert scrub("4111 1111 1111 1111 exp 12/29 cvc 123") == REMOVED


@given(st.text(max_size=11))
def test_a_short_text_is_returned_as_it_is(text: str) -> None:
    """What is shorter than a card number holds none."""
    assert scrub(text) == text
