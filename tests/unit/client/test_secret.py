"""Secrets do not print, travel or get copied."""

import copy
import json
import pickle
from dataclasses import asdict

import pytest

from cardinity_client import Secret
from tests.unit.client.builders import CARD, charge


def test_a_secret_is_masked_in_every_text_form() -> None:
    """repr, str, format and f-strings of a secret, and of values that hold one, do not show it."""
    secret = Secret("4111111111111111")
    shown = f"{secret} {secret!r} {secret:>40} {[secret]} {CARD} {charge()!r}" + "%s" % secret  # noqa: UP031
    assert "4111" not in shown


def test_a_mask_does_not_tell_the_length() -> None:
    """Secrets of any length look alike."""
    assert repr(Secret("1")) == repr(Secret("1" * 40))


@pytest.mark.parametrize("copier", [pickle.dumps, copy.copy, copy.deepcopy, json.JSONEncoder().encode, asdict])
def test_a_secret_is_not_copied(copier: object) -> None:
    """Pickle, copy, JSON and asdict refuse a value that holds a secret."""
    value = CARD if copier is asdict else Secret("123")
    with pytest.raises(TypeError):
        copier(value)  # type: ignore[operator]


def test_a_secret_is_no_key() -> None:
    """A secret has no hash, so it lands in no dictionary and no set."""
    with pytest.raises(TypeError):
        hash(Secret("123"))


def test_equal_secrets_are_equal() -> None:
    """Secrets compare by value, text and bytes alike, and never equal the bare value."""
    assert Secret("ž") == Secret("ž")
    assert Secret(b"a") == Secret(b"a")
    assert Secret("a") != Secret("b")
    assert Secret(b"a") != Secret("a")
    assert Secret("a") != "a"


def test_reveal_gives_the_value() -> None:
    """The one word that opens a secret opens it."""
    assert Secret("123").reveal() == "123"


def test_a_card_shows_its_last_four_digits() -> None:
    """What may be shown of a card is its last four digits."""
    assert CARD.last4 == "1111"
