"""Keys: the texts of the four files, and the files on a disk that others may read too."""

from __future__ import annotations

import json
import os
import re
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from producers.contract.key_formats import (
    new_keys,
    read_opening_keys,
    read_producers,
    read_sealing_key,
    read_signing_keys,
)
from producers.errors import KeyFileError
from producers.vault import generate_keys, load_opening_keys, load_producers, load_sealing_key, load_signing_keys
from tests.inputs.rows import Row, Told, told
from tests.inputs.world import World
from tests.unit.contract.builders import PAN


class OnDisk(NamedTuple):
    """A file with these rights, or no file, and who loads it. `make` makes what stands at its path."""

    load: Callable[[Path], object]
    make: Callable[[Path], object]


class Text(NamedTuple):
    """What stands in a file or a setting, and who reads it."""

    read: Callable[[str], object]
    text: str


_READERS: Mapping[str, Callable[[str], object]] = {
    "public": read_sealing_key,
    "private": read_opening_keys,
    "signing": read_signing_keys,
    "producers": read_producers,
}
_LOADERS: Mapping[str, Callable[[Path], object]] = {
    "private": load_opening_keys,
    "signing": load_signing_keys,
    "producers": load_producers,
}
_KEYS, _OTHERS = new_keys("shop"), new_keys("shop")
_KEY = b64encode(b"k" * 32).decode()
_FILES: Mapping[str, dict[str, Any]] = {
    "public": json.loads(_KEYS.seal_public),
    "private": json.loads(_KEYS.seal_private),
    "signing": json.loads(_KEYS.producer_key),
    "producers": json.loads(_KEYS.producers),
}
_PRODUCER: dict[str, Any] = {
    "name": "shop",
    "keys": [_KEY],
    "accounts": ["default"],
    "limits": None,
    "disabled": False,
}
_RUBBISH = {
    "nothing": "",
    "empty object": "{}",
    "list": "[]",
    "number": "1",
    "words": "key",
    "bare key": _KEY,
    "format alone": '{"format": 1}',
    "brackets": "[" * 50_000,
    "surrogate": "\ud800",
    "a card": PAN,
    "a card as a field": f'{{"format": 1, "{PAN}": 1}}',
    "a card as the format": f'{{"format": {PAN}}}',
    "two lines": '{"format": 1}\n{"format": 1}',
    "pem": "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VuBCIEIA==\n-----END PRIVATE KEY-----",
}
_CHANGES: list[tuple[str, dict[str, Any], str]] = [
    ("public", {"alg": "HPKE-P256"}, ""),
    ("public", {"alg": None}, "alg"),
    ("public", {"format": 2}, "format"),
    ("public", {"format": "1"}, "format"),
    ("public", {"format": True}, "format"),
    ("public", {"x": 1}, ""),
    ("public", {_KEY: 1}, ""),
    ("public", {"public": "AAAA"}, "public"),
    ("public", {"public": _KEY[:-4]}, "public"),
    ("public", {"public": "!" * 44}, "public"),
    ("public", {"public": None}, "public"),
    ("public", {"public": json.loads(_OTHERS.seal_public)["public"]}, ""),
    ("public", {"kid": 1}, "kid"),
    ("public", {"kid": "f" * 16}, ""),
    ("public", {"private": _KEY}, ""),
    ("private", {"keys": []}, "keys"),
    ("private", {"keys": None}, "keys"),
    ("private", {"keys": [_KEY]}, "keys[...]"),
    ("private", {"keys": [{}]}, "keys[...]"),
    ("private", {"keys": [{**_FILES["private"]["keys"][0], "kid": "f" * 16}]}, ""),
    ("private", {"keys": [{**_FILES["private"]["keys"][0], "alg": "none"}]}, ""),
    ("private", {"keys": [{**_FILES["private"]["keys"][0], "private": _KEY[:-4]}]}, "keys[...].private"),
    ("private", {"keys": [{**_FILES["private"]["keys"][0], "public": _KEY}]}, "keys[...]"),
    ("signing", {"producer": ""}, "producer"),
    ("signing", {"producer": "a b"}, "producer"),
    ("signing", {"producer": "-a"}, "producer"),
    ("signing", {"producer": "a" * 65}, "producer"),
    ("signing", {"producer": "shop\n"}, "producer"),
    ("signing", {"producer": None}, "producer"),
    ("signing", {"key": "short"}, "key"),
    ("signing", {"key": b64encode(b"k" * 33).decode()}, "key"),
    ("signing", {"key": [_KEY]}, "key"),
    ("signing", {"fingerprint_key": ""}, "fingerprint_key"),
    ("producers", {"producers": None}, "producers"),
    ("producers", {"producers": {"shop": _PRODUCER}}, "producers"),
    ("producers", {"producers": [_PRODUCER, _PRODUCER]}, ""),
    ("producers", {"producers": [{**_PRODUCER, "name": "a b"}]}, "producers[...].name"),
    ("producers", {"producers": [{**_PRODUCER, "name": ""}]}, "producers[...].name"),
    ("producers", {"producers": [{**_PRODUCER, "name": PAN + " "}]}, "producers[...].name"),
    ("producers", {"producers": [{**_PRODUCER, "keys": []}]}, "producers[...].keys"),
    ("producers", {"producers": [{**_PRODUCER, "keys": [_KEY] * 3}]}, "producers[...].keys"),
    ("producers", {"producers": [{**_PRODUCER, "keys": ["short"]}]}, "producers[...].keys[...]"),
    ("producers", {"producers": [{**_PRODUCER, "keys": [_KEY[:-4]]}]}, "producers[...].keys[...]"),
    ("producers", {"producers": [{**_PRODUCER, "keys": _KEY}]}, "producers[...].keys"),
    ("producers", {"producers": [{**_PRODUCER, "accounts": "default"}]}, "producers[...].accounts"),
    ("producers", {"producers": [{**_PRODUCER, "accounts": ["a:b"]}]}, "producers[...].accounts[...]"),
    ("producers", {"producers": [{**_PRODUCER, "limits": {"EUR": 500}}]}, "producers[...].limits[...]"),
    ("producers", {"producers": [{**_PRODUCER, "limits": {"EUR": "500"}}]}, ""),
    ("producers", {"producers": [{**_PRODUCER, "limits": {"XYZ": "1.00"}}]}, ""),
    ("producers", {"producers": [{**_PRODUCER, "limits": {"EUR": "-1.00"}}]}, ""),
    ("producers", {"producers": [{**_PRODUCER, "limits": {"EUR": "1e9"}}]}, ""),
    ("producers", {"producers": [{**_PRODUCER, "disabled": "no"}]}, "producers[...].disabled"),
    ("producers", {"producers": [{**_PRODUCER, "disabled": 0}]}, "producers[...].disabled"),
    ("producers", {"producers": [{**_PRODUCER, "disable": True}]}, "producers[...]"),
    ("producers", {"producers": [{"name": "shop"}]}, "producers[...]"),
]
_PLACE = re.compile(r"at `\$\.?([^`]*)`")
#: Takes the number of an element out of its path: which one it is, is not what a row is about.
_INDEX = re.compile(r"\[[0-9]+\]")


def _written(content: bytes, mode: int) -> Callable[[Path], object]:
    def write(path: Path) -> None:
        path.write_bytes(content)
        path.chmod(mode)

    return write


def _rows() -> Iterator[Row]:
    for kind, read in _READERS.items():
        for name, text in _RUBBISH.items():
            field = "format" if name == "a card as the format" else ""
            yield Row(f"{kind}: {name}", Text(read, text), "key_file_format", field)
    for number, (kind, changes, field) in enumerate(_CHANGES):
        text = json.dumps({**_FILES[kind], **changes})
        yield Row(f"{kind}: {next(iter(changes))[:20]} {number}", Text(_READERS[kind], text), "key_file_format", field)
    for kind, load in _LOADERS.items():
        yield Row(f"{kind}: no file", OnDisk(load, lambda path: None), "secret_missing")
        yield Row(f"{kind}: a directory", OnDisk(load, os.mkdir), "secret_missing")
        yield Row(f"{kind}: a pipe", OnDisk(load, lambda path: os.mkfifo(path, 0o600)), "setting_format")
        yield Row(f"{kind}: no text", OnDisk(load, _written(b"\xff\xfe", 0o600)), "setting_format")
        yield Row(f"{kind}: too long", OnDisk(load, _written(b" " * 70_000, 0o600)), "setting_format")
        for mode in (0o640, 0o604, 0o660, 0o620, 0o777):
            name = f"{kind}: mode {mode:04o}"
            yield Row(name, OnDisk(load, _written(b"{}", mode)), "secret_permissions", says="chmod 600")
    yield Row("public: empty file", OnDisk(load_sealing_key, _written(b"", 0o644)), "key_file_format")
    for name in ("seal.public.json", "seal.private.json", "producer.key", "producers.json"):
        path = f"there/{name}"
        yield Row(f"generate: {name} is there", OnDisk(generate_keys, _standing(name)), "key_exists", says=path)


def _standing(name: str) -> Callable[[Path], object]:
    def make(directory: Path) -> None:
        directory.mkdir()
        (directory / name).write_text("mine")

    return make


ROWS = [*_rows()]


def knock(world: World, given: Text | OnDisk) -> Told:
    """Read the text, or load the file."""
    try:
        match given:
            case Text(read, text):
                read(text)
            case OnDisk(load, make):
                path = world.fresh() / "there"
                make(path)
                load(path)
    except KeyFileError as error:
        place = _PLACE.search(error.message)
        return told(error.code, _INDEX.sub("[...]", place[1]) if place else "", f"{error} {error!r}")
    return Told(frozenset(), "a key")
