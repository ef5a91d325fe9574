"""How keys are written down: one line of JSON each, binary values in base64.

    seal.public.json    what producers seal with     {"format", "alg", "kid", "public"}
    seal.private.json   what workers open with       {"format", "keys": [{"alg", "kid", "private", "made_at_ms",
                                                      "retired_at_ms"}, ...]}, the last two only where they are known
    producer.key        what a producer signs with   {"format", "producer", "key", "fingerprint_key"}
    producers.json      whom workers believe         {"format", "producers": [{"name", "keys", "accounts",
                                                      "limits", "disabled"}, ...]}

A producer has one or two `keys`: to rotate, add the new one, give it to the producer, then remove the old
one. `limits` is null or the most of one charge by currency, written like amounts: {"EUR": "500.00"}. All
producers of a ledger share one `fingerprint_key`, which stays when their keys rotate. `kid` follows from
the key and is checked.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from cardinity_client.errors import MoneyError
from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.contract.fields import ACCOUNT_DEFAULT
from producers.contract.keys import (
    ALG,
    MAC_BYTES,
    PRODUCER_KEYS_MAX,
    OpeningKeys,
    Producer,
    ProducerKey,
    ProducerRegistry,
    SealingKey,
    key_id,
)
from producers.errors import KeyFileError

T = TypeVar("T", bound=msgspec.Struct)

#: What msgspec repeats of a file, unless it is a plain name: a typing error in a field.
_GIVEN = re.compile(r"(unknown field|enum value) (?!`[a-z_]{1,20}`)(?:`.*?`|'.*?'|\S+)(?= - at `\$|\Z)", re.DOTALL)

_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}\Z"
Name = Annotated[str, msgspec.Meta(pattern=_NAME)]
#: All our keys, those of X25519 included, are this long.
_KEY_BYTES: Final = MAC_BYTES
_Key = Annotated[bytes, msgspec.Meta(min_length=_KEY_BYTES, max_length=_KEY_BYTES)]
_OneOrTwo = msgspec.Meta(min_length=1, max_length=PRODUCER_KEYS_MAX)


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A JSON object in which nothing is optional and nothing is unknown."""


class KeyFile(Entry, frozen=True, kw_only=True):
    """What every file of keys has."""

    format: Literal[1] = 1


class _SealPublic(KeyFile, frozen=True, kw_only=True):
    alg: str
    kid: str
    public: _Key


class SealPrivateKey(Entry, frozen=True, kw_only=True, omit_defaults=True):
    """One private key. `made_at_ms` and `retired_at_ms` 0: nobody wrote down when, and it is not retired."""

    alg: str
    kid: str
    private: _Key
    made_at_ms: int = 0
    retired_at_ms: int = 0


class SealPrivate(KeyFile, frozen=True, kw_only=True):
    """The private keys, the one that is sealed with first."""

    keys: Annotated[list[SealPrivateKey], msgspec.Meta(min_length=1)]


class _ProducerKey(KeyFile, frozen=True, kw_only=True):
    producer: Name
    key: _Key
    fingerprint_key: _Key


class _Producer(Entry, frozen=True, kw_only=True):
    name: Name
    keys: Annotated[list[_Key], _OneOrTwo]
    accounts: list[Name]
    limits: dict[str, str] | None
    disabled: bool


class _Producers(KeyFile, frozen=True, kw_only=True):
    producers: list[_Producer]


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """What a producer keeps secret: the key it signs with and the one fingerprints are made with."""

    producer_key: ProducerKey
    fingerprint_key: Secret[bytes]


@dataclass(frozen=True, slots=True, repr=False)
class KeyTexts:
    """One new set of keys, as the contents of the four files."""

    seal_public: bytes
    seal_private: bytes
    producer_key: bytes
    producers: bytes


def read_sealing_key(text: str) -> SealingKey:
    """The content of `seal.public.json`. Raises KeyFileError `key_file_format`, as all readers here."""
    file = decode_file(text, _SealPublic)
    key = X25519PublicKey.from_public_bytes(file.public)
    _check_kind(file.alg, file.kid, key)
    return SealingKey(key)


def read_opening_keys(text: str) -> OpeningKeys:
    """The content of `seal.private.json`."""
    entries = read_seal_private(text).keys
    retired = {entry.kid: entry.retired_at_ms for entry in entries if entry.retired_at_ms}
    return OpeningKeys((X25519PrivateKey.from_private_bytes(entry.private) for entry in entries), retired)


def read_seal_private(text: str) -> SealPrivate:
    """The same as it is written, each entry checked."""
    file = decode_file(text, SealPrivate)
    for entry in file.keys:
        _check_kind(entry.alg, entry.kid, X25519PrivateKey.from_private_bytes(entry.private).public_key())
    return file


def read_signing_keys(text: str) -> SigningKeys:
    """The content of `producer.key`."""
    file = decode_file(text, _ProducerKey)
    return SigningKeys(ProducerKey(file.producer, Secret(file.key)), Secret(file.fingerprint_key))


def read_producers(text: str) -> ProducerRegistry:
    """The content of `producers.json`."""
    entries = decode_file(text, _Producers).producers
    if len({entry.name for entry in entries}) != len(entries):
        raise KeyFileError("key_file_format", "a producer is listed twice")
    return ProducerRegistry(_producer(entry) for entry in entries)


def new_keys(producer: str, accounts: Sequence[str] = (ACCOUNT_DEFAULT,)) -> KeyTexts:
    """Fresh keys for one producer, which may charge any amount through these accounts.

    Raises:
        KeyFileError: `producer_format` or `account_format`; a file with such a name in it would never be read again.
    """
    if not re.match(_NAME, producer):
        raise KeyFileError("producer_format", "a producer's name is 1 to 64 of A-Z a-z 0-9 _ -, no mark first")
    if not all(re.match(_NAME, account) for account in accounts):
        raise KeyFileError("account_format", "an account's name is 1 to 64 of A-Z a-z 0-9 _ -, no mark first")
    opening, seal_public = new_sealing_key()
    key, fingerprint_key = secrets.token_bytes(_KEY_BYTES), secrets.token_bytes(_KEY_BYTES)
    listed = _Producer(name=producer, keys=[key], accounts=list(accounts), limits=None, disabled=False)
    return KeyTexts(
        seal_public=seal_public,
        seal_private=encode_file(SealPrivate(keys=[opening])),
        producer_key=encode_file(_ProducerKey(producer=producer, key=key, fingerprint_key=fingerprint_key)),
        producers=encode_file(_Producers(producers=[listed])),
    )


def new_sealing_key(made_at_ms: int = 0) -> tuple[SealPrivateKey, bytes]:
    """A fresh private key, and the content of the `seal.public.json` that belongs to it."""
    private = X25519PrivateKey.generate()
    public = private.public_key()
    kid = key_id(public)
    entry = SealPrivateKey(alg=ALG, kid=kid, private=private.private_bytes_raw(), made_at_ms=made_at_ms)
    return entry, encode_file(_SealPublic(alg=ALG, kid=kid, public=public.public_bytes_raw()))


def decode_file(text: str, kind: type[T]) -> T:
    """The file in a text; what is wrong is told without any value. Raises KeyFileError `key_file_format`."""
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise KeyFileError("key_file_format", _without_values(str(error))) from None


def _without_values(message: str) -> str:
    """Place and rule as msgspec names them; what stood there it leaves out too, but for these two kinds of error."""
    return _GIVEN.sub(r"\1", message)


def encode_file(file: msgspec.Struct) -> bytes:
    """The file's content."""
    return msgspec.json.encode(file) + b"\n"


def _check_kind(alg: str, kid: str, public: X25519PublicKey) -> None:
    if alg != ALG:
        raise KeyFileError("key_file_format", f"the key is for another algorithm than {ALG}")
    if kid != key_id(public):
        raise KeyFileError("key_file_format", f"the kid of this key is {key_id(public)}")


def _producer(entry: _Producer) -> Producer:
    keys = tuple(Secret(key) for key in entry.keys)
    limits = None if entry.limits is None else _limits(entry.limits)
    return Producer(entry.name, keys, frozenset(entry.accounts), limits, entry.disabled)


def _limits(texts: Mapping[str, str]) -> dict[str, int]:
    try:
        return {currency: Money.parse(text, currency).minor for currency, text in texts.items()}
    except MoneyError as error:
        raise KeyFileError("key_file_format", f"limits: {error.message}") from None
