"""Keys read back as they were written; what is not exactly a key file is refused without repeating it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import pytest

from producers.contract.envelope import open_envelope, seal
from producers.contract.key_formats import (
    new_keys,
    read_opening_keys,
    read_producers,
    read_sealing_key,
    read_signing_keys,
)
from producers.errors import KeyFileError
from tests.unit.contract.builders import NOW_MS, a_charge, facts

TEXTS = new_keys("shop")
OTHER = new_keys("shop")
KEY = b64encode(b"k" * 32).decode()
PRODUCER = {"name": "shop", "keys": [KEY], "accounts": ["default"], "limits": None, "disabled": False}


def test_a_new_set_of_keys_works_together() -> None:
    """What one file seals and signs, the others open and believe."""
    signing = read_signing_keys(TEXTS.producer_key.decode())
    envelope = seal(
        a_charge(),
        sealing_key=read_sealing_key(TEXTS.seal_public.decode()),
        producer_key=signing.producer_key,
        mode="test",
        issued_at_ms=NOW_MS,
    )
    instrument = open_envelope(
        envelope,
        keys=read_opening_keys(TEXTS.seal_private.decode()),
        producers=read_producers(TEXTS.producers.decode()),
        expect=facts(a_charge()),
        now_ms=NOW_MS,
    )
    assert instrument == a_charge().instrument


def test_no_two_sets_are_alike() -> None:
    """Every set is new."""
    assert {TEXTS.seal_private, TEXTS.producer_key}.isdisjoint({OTHER.seal_private, OTHER.producer_key})


def test_each_file_is_one_line() -> None:
    """So that a variable or a secret store can hold it."""
    files = (TEXTS.seal_public, TEXTS.seal_private, TEXTS.producer_key, TEXTS.producers)
    assert [file.count(b"\n") for file in files] == [1, 1, 1, 1]


def test_a_producer_is_read_as_it_is_listed() -> None:
    """Keys, accounts, limits in minor units, disabled or not."""
    limits = {"EUR": "500.00", "JPY": "60000"}
    two_keys = [KEY, b64encode(b"n" * 32).decode()]
    listed = {**PRODUCER, "keys": two_keys, "accounts": ["a", "b"], "limits": limits, "disabled": True}
    producer = read_producers(producers_file(listed)).find("shop")
    assert [key.reveal()[:1] for key in producer.keys] == [b"k", b"n"]
    assert producer.accounts == frozenset({"a", "b"})
    assert (producer.limits, producer.disabled) == ({"EUR": 50_000, "JPY": 60_000}, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "a b"},
        {"name": ""},
        {"keys": []},
        {"keys": [KEY] * 3},
        {"keys": ["short"]},
        {"keys": [KEY[:-4]]},
        {"keys": KEY},
        {"accounts": "default"},
        {"limits": {"EUR": 500}},
        {"limits": {"EUR": "500"}},
        {"limits": {"XYZ": "1.00"}},
        {"limits": {"EUR": "-1.00"}},
        {"disabled": "no"},
        {"disable": True},
    ],
    ids=str,
)
def test_a_producer_that_is_listed_wrongly_is_refused(changes: dict[str, Any]) -> None:
    """Every field has its kind; a typing error never becomes a permission."""
    refused(read_producers, producers_file({**PRODUCER, **changes}))


def test_a_producer_is_listed_once() -> None:
    """Two entries of one name contradict each other."""
    refused(read_producers, producers_file(PRODUCER, PRODUCER))


def test_a_public_key_has_its_own_name() -> None:
    """A key under another key's name is refused: nobody is made to seal for a key he does not mean."""
    told = json.loads(TEXTS.seal_public)
    refused(read_sealing_key, json.dumps({**told, "public": json.loads(OTHER.seal_public)["public"]}))


def test_a_private_key_has_its_own_name() -> None:
    """The same holds for what opens."""
    (told,) = json.loads(TEXTS.seal_private)["keys"]
    refused(read_opening_keys, json.dumps({"format": 1, "keys": [{**told, "kid": "0" * 16}]}))


@pytest.mark.parametrize(
    "changes", [{"alg": "HPKE-P256"}, {"format": 2}, {"x": 1}, {"public": "AAAA"}, {"kid": 1}], ids=str
)
def test_a_public_key_of_another_kind_is_refused(changes: dict[str, Any]) -> None:
    """Another algorithm, another format, a field more: not our key."""
    refused(read_sealing_key, json.dumps({**json.loads(TEXTS.seal_public), **changes}))


@pytest.mark.parametrize("text", ["", "{}", "[]", "key", KEY, '{"format": 1}', "[" * 50_000, "\ud800"], ids=repr)
@pytest.mark.parametrize("read", [read_sealing_key, read_opening_keys, read_signing_keys, read_producers])
def test_rubbish_is_no_key(read: Callable[[str], object], text: str) -> None:
    """Every reader refuses it the same way."""
    refused(read, text)


def test_keys_do_not_print() -> None:
    """The repr of what was read holds no key."""
    signing = read_signing_keys(json.dumps({"format": 1, "producer": "shop", "key": KEY, "fingerprint_key": KEY}))
    registry = read_producers(producers_file(PRODUCER))
    shown = f"{signing!r} {registry!r} {registry.find('shop')!r} {TEXTS!r}"
    assert "kkkk" not in shown and KEY not in shown and TEXTS.producer_key.decode()[20:40] not in shown


def producers_file(*producers: dict[str, Any]) -> str:
    """The list with these entries."""
    return json.dumps({"format": 1, "producers": producers})


def refused(read: Callable[[str], object], text: str) -> None:
    """Assert that it is refused, and not repeated."""
    with pytest.raises(KeyFileError) as caught:
        read(text)
    assert (caught.value.code, KEY in str(caught.value)) == ("key_file_format", False)
