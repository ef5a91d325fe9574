"""Keys of those who call the HTTP application: what a caller holds, and the file that knows their hashes.

    api-keys.json   whom the application lets in   {"format", "keys": [{"producer", "sha256", "requests_per_s", "burst",
                                                    "disabled"}, ...]}

A key is 256 random bits, so a plain hash is enough: nobody can go through them. To exchange one, add another for the
same producer, give it away, then take the old one out. Keys of one producer share its limits.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from cardinity_client.secret import Secret
from producers.contract.key_formats import Entry, KeyFile, Name, decode_file, encode_file
from producers.errors import KeyFileError

#: What every key begins with, so that scanners for secrets know one when they see it.
PREFIX: Final = "cbk_"
#: Random bytes of a key.
KEY_BYTES: Final = 32
#: Keys of one file: each costs a microsecond at every request.
KEYS_MAX: Final = 256
#: The most that limits may be. Behind it the ledger is the limit.
RATE_MAX, BURST_MAX = 10_000.0, 100_000

_KEY: Final = re.compile(rf"{PREFIX}[A-Za-z0-9_-]{{43}}", re.ASCII)

_Hash = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
_Rate = Annotated[float, msgspec.Meta(gt=0, le=RATE_MAX)]
_Burst = Annotated[int, msgspec.Meta(ge=1, le=BURST_MAX)]


class ApiKey(Entry, frozen=True, kw_only=True):
    """One key as the file has it. `requests_per_s` on average, `burst` at once."""

    producer: Name
    sha256: _Hash
    requests_per_s: _Rate
    burst: _Burst
    disabled: bool


class _ApiKeys(KeyFile, frozen=True, kw_only=True):
    keys: Annotated[list[ApiKey], msgspec.Meta(max_length=KEYS_MAX)]


@dataclass(frozen=True, slots=True)
class NewApiKey:
    """A key that was just made, and what the file is to know of it."""

    secret: Secret[str]
    listed: ApiKey


class ApiKeys:
    """The keys that are let in."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Iterable[ApiKey]) -> None:
        self._keys = tuple(keys)

    def __repr__(self) -> str:
        return f"ApiKeys({', '.join(key.producer for key in self._keys)})"

    def find(self, given: str) -> ApiKey | None:
        """The key of that text. Takes as long whichever it is, and whether it is one."""
        digest = _digest(given if _KEY.fullmatch(given) else "")
        found = None
        for key in self._keys:
            if hmac.compare_digest(key.sha256, digest):
                found = key
        return found


def read_api_keys(text: str) -> ApiKeys:
    """The content of `api-keys.json`. Raises KeyFileError `key_file_format`."""
    return ApiKeys(_decode(text))


def with_api_key(text: str, key: NewApiKey) -> bytes:
    """The content with one key more; an empty text is a file without keys. Raises KeyFileError."""
    listed = _decode(text) if text else []
    if len(listed) == KEYS_MAX:
        raise KeyFileError("key_file_format", f"holds {KEYS_MAX} keys already; take out those that nobody uses")
    return encode_file(_ApiKeys(keys=[*listed, key.listed]))


def new_api_key(producer: str, *, requests_per_s: float, burst: int) -> NewApiKey:
    """A fresh key. Raises KeyFileError `producer_format` or `limit_range`."""
    given = {"requests_per_s": requests_per_s, "burst": burst, "disabled": False}
    secret = PREFIX + base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).rstrip(b"=").decode()
    try:
        msgspec.convert(producer, Name)
    except msgspec.ValidationError:
        message = "a producer's name is 1 to 64 of A-Z a-z 0-9 _ -, no mark first"
        raise KeyFileError("producer_format", message) from None
    try:
        listed = msgspec.convert({"producer": producer, "sha256": _digest(secret), **given}, ApiKey)
    except msgspec.ValidationError:
        message = f"requests_per_s is above 0 and up to {RATE_MAX:g}, burst from 1 to {BURST_MAX}"
        raise KeyFileError("limit_range", message) from None
    return NewApiKey(Secret(secret), listed)


def _decode(text: str) -> list[ApiKey]:
    keys = decode_file(text, _ApiKeys).keys
    if len({key.sha256 for key in keys}) != len(keys):
        raise KeyFileError("key_file_format", "a key is listed twice")
    return keys


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
