"""Keys of HTTP callers: known by their hashes, found whole or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest

from producers.contract.api_keys import KEYS_MAX, PREFIX, new_api_key, read_api_keys, with_api_key
from producers.errors import KeyFileError


def test_a_key_is_found_by_its_text_alone() -> None:
    """The file holds neither the key nor a part of it."""
    key, other = (new_api_key(name, requests_per_s=5, burst=10) for name in ("shop", "till"))
    text = with_api_key(with_api_key("", key).decode(), other).decode()
    secret = key.secret.reveal()
    found = read_api_keys(text).find(secret)
    assert found == key.listed
    assert secret.removeprefix(PREFIX) not in text
    changed = [secret[:-1], secret + "A", secret.upper(), secret.removeprefix(PREFIX), "", f" {secret}", "\udcff"]
    assert [read_api_keys(text).find(given) for given in changed] == [None] * len(changed)


def test_every_key_is_another() -> None:
    """And long enough."""
    made = {new_api_key("shop", requests_per_s=1, burst=1).secret.reveal() for _ in range(100)}
    assert {len(secret) for secret in made} == {len(PREFIX) + 43}
    assert len(made) == 100


@pytest.mark.parametrize(
    ("limits", "code"),
    [
        ({"requests_per_s": 0}, "limit_range"),
        ({"requests_per_s": -1}, "limit_range"),
        ({"requests_per_s": float("nan")}, "limit_range"),
        ({"requests_per_s": float("inf")}, "limit_range"),
        ({"burst": 0}, "limit_range"),
        ({"burst": 100_001}, "limit_range"),
        ({"producer": "a b"}, "producer_format"),
        ({"producer": ""}, "producer_format"),
    ],
)
def test_a_key_that_could_not_be_read_again_is_not_made(limits: dict[str, Any], code: str) -> None:
    """Limits that let nobody in, or everybody, and names that are none."""
    given = {"producer": "shop", "requests_per_s": 1.0, "burst": 1, **limits}
    with pytest.raises(KeyFileError) as caught:
        new_api_key(given.pop("producer"), **given)
    assert caught.value.code == code


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file["keys"].append(file["keys"][0]),
        lambda file: file["keys"][0].update(sha256="AAAA"),
        lambda file: file["keys"][0].update(burst=0),
        lambda file: file["keys"][0].update(secret="x"),
        lambda file: file["keys"][0].pop("disabled"),
        lambda file: file.update(format=2),
        lambda file: file.update(keys={}),
    ],
    ids=["twice", "no hash", "no burst", "more", "less", "another format", "no list"],
)
def test_a_file_that_is_not_as_it_must_be_is_refused(change: Any) -> None:
    """As a whole: who is on the list must not depend on luck."""
    file = json.loads(with_api_key("", new_api_key("shop", requests_per_s=5, burst=10)))
    change(file)
    with pytest.raises(KeyFileError) as caught:
        read_api_keys(json.dumps(file))
    assert caught.value.code == "key_file_format"


def test_a_file_has_a_largest_size() -> None:
    """Each key is held against each request."""
    key = new_api_key("shop", requests_per_s=5, burst=10)
    text = json.loads(with_api_key("", key))
    others = [new_api_key("shop", requests_per_s=5, burst=10) for _ in range(KEYS_MAX)]
    text["keys"] = [json.loads(with_api_key("", other))["keys"][0] for other in others]
    with pytest.raises(KeyFileError):
        with_api_key(json.dumps(text), key)
