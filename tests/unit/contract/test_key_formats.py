"""Keys read back as they were written; what is not exactly a key file is refused without repeating it."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

from producers.contract.data_keys import DataKey
from producers.contract.envelope import open_envelope, seal
from producers.contract.key_formats import (
    new_keys,
    read_opening_keys,
    read_producers,
    read_sealing_key,
    read_signing_keys,
)
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
        data_key=DataKey(read_sealing_key(TEXTS.seal_public.decode()), "shop"),
        producer_key=signing.producer_key,
        mode="test",
        issued_at_ms=NOW_MS,
    )
    contents = open_envelope(
        envelope,
        keys=read_opening_keys(TEXTS.seal_private.decode()),
        producers=read_producers(TEXTS.producers.decode()),
        expect=facts(a_charge()),
        now_ms=NOW_MS,
    )
    assert contents.instrument == a_charge().instrument


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


def test_keys_do_not_print() -> None:
    """The repr of what was read holds no key."""
    signing = read_signing_keys(json.dumps({"format": 1, "producer": "shop", "key": KEY, "fingerprint_key": KEY}))
    registry = read_producers(producers_file(PRODUCER))
    shown = f"{signing!r} {registry!r} {registry.find('shop')!r} {TEXTS!r}"
    assert "kkkk" not in shown and KEY not in shown and TEXTS.producer_key.decode()[20:40] not in shown


def producers_file(*producers: dict[str, Any]) -> str:
    """The list with these entries."""
    return json.dumps({"format": 1, "producers": producers})
