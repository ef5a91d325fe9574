"""The keys of the envelope as values: who may seal, who may open, whose word is believed for what.

Two halves, on purpose. A producer seals with a public key, so it can write cards and not read what others wrote.
What it seals it also signs with an HMAC key of its own: a public key is nobody's secret, and without the
signature anyone who reaches Redis could enqueue charges. The workers hold the private keys and the list of
producers.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.errors import EnvelopeError

#: The one suite, named in every header and fixed for every key: no header can talk a worker into another.
#: AES-256-GCM opens as fast as AES-128 and ChaCha20 (within 1 µs of 40), servers have it in hardware, and it
#: is the cipher an auditor knows. Every HPKE message has a key of its own, so no nonce of it repeats.
ALG: Final = "HPKE-X25519-HKDF-SHA256-AES-256-GCM"
#: Bytes of a signing key and of a signature.
MAC_BYTES: Final = 32
#: Keys of one producer that are believed at a time: the one in use and its successor, or its predecessor.
PRODUCER_KEYS_MAX: Final = 2
#: Unwrapped data keys that a worker keeps, 1 KB each: the present ones of some two hundred producer processes. One more
#: costs one HPKE operation for each card that comes after its data key was forgotten, and nothing else.
DATA_KEYS_KEPT: Final = 256

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def key_id(public: X25519PublicKey) -> str:
    """The name of a sealing key: 16 hex digits of its SHA-256. No file can give one the name of another."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def sign(key: Secret[bytes], data: bytes) -> bytes:
    """HMAC-SHA256."""
    return hmac.digest(key.reveal(), data, "sha256")


@dataclass(frozen=True, slots=True)
class SealingKey:
    """Seals so that only a worker can open."""

    public: X25519PublicKey
    kid: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "kid", key_id(self.public))

    def seal(self, plaintext: bytes | bytearray, info: bytes) -> bytes:
        """Ciphertext that opens only beside the same `info`; 48 bytes longer than the plaintext."""
        return _SUITE.encrypt(plaintext, self.public, info)


class OpeningKeys:
    """The workers' private keys: the one in use and those whose envelopes are not yet all opened.

    Data keys that were unwrapped with them are kept here, the last used ones, and go with them.
    """

    __slots__ = ("_keys", "_retired", "_unwrapped")

    def __init__(self, keys: Iterable[X25519PrivateKey], retired: Mapping[str, int] = MappingProxyType({})) -> None:
        self._keys = {key_id(key.public_key()): key for key in keys}
        self._retired = retired
        self._unwrapped = lru_cache(maxsize=DATA_KEYS_KEPT)(partial(_unwrap, self._keys))

    def __repr__(self) -> str:
        return f"OpeningKeys({', '.join(self.kids)})"

    @property
    def kids(self) -> tuple[str, ...]:
        """The ids of all keys, in the order given."""
        return tuple(self._keys)

    @property
    def sealing_key(self) -> SealingKey:
        """What seals for the first of them: workers order follow-ups, too."""
        return SealingKey(next(iter(self._keys.values())).public_key())

    def retired_at_ms(self, kid: str) -> int:
        """From when on nothing may be sealed for it any more, in ms since 1970 UTC; 0: it is not retired."""
        return self._retired.get(kid, 0)

    def open(self, kid: str, sealed: bytes, info: bytes) -> bytes:
        """The plaintext of what was sealed by itself.

        Raises:
            EnvelopeError: `key_unknown`; `envelope_auth_failed` when it was sealed with another `info` or
                changed since.
        """
        try:
            return _SUITE.decrypt(sealed, _find(self._keys, kid), info)
        except InvalidTag:
            raise EnvelopeError("envelope_auth_failed", "the card was not sealed with this header") from None

    def unwrap(self, kid: str, wrapped: bytes, info: bytes) -> AESGCM:
        """The cipher of a wrapped data key. Raises as `open`; what is refused is not kept."""
        return self._unwrapped(kid, wrapped, info)


@dataclass(frozen=True, slots=True)
class ProducerKey:
    """The name a producer signs by, and its key."""

    producer: str
    key: Secret[bytes]


@dataclass(frozen=True, slots=True)
class Producer:
    """What a worker believes of a producer: its signatures, for these accounts, up to these amounts.

    `limits` holds the most of one charge, in minor units by currency; a currency that is not in it may not be
    charged at all. None sets no limit.
    """

    name: str
    keys: tuple[Secret[bytes], ...]
    accounts: frozenset[str]
    limits: Mapping[str, int] | None = None
    disabled: bool = False

    def signed(self, data: bytes, mac: bytes) -> bool:
        """Whether one of its keys made this signature."""
        return any(hmac.compare_digest(sign(key, data), mac) for key in self.keys)

    def may_charge(self, amount: Money) -> bool:
        """Whether the amount is within its limits."""
        return self.limits is None or amount.minor <= self.limits.get(amount.currency, -1)


class ProducerRegistry:
    """The allow-list: producers by name."""

    __slots__ = ("_producers",)

    def __init__(self, producers: Iterable[Producer]) -> None:
        self._producers = {producer.name: producer for producer in producers}

    def __repr__(self) -> str:
        return f"ProducerRegistry({', '.join(self.names)})"

    @property
    def names(self) -> tuple[str, ...]:
        """Every producer's name, disabled ones included."""
        return tuple(self._producers)

    def find(self, name: str) -> Producer:
        """The producer of that name.

        Raises:
            EnvelopeError: `producer_unknown`.
        """
        producer = self._producers.get(name)
        if producer is None:
            raise EnvelopeError("producer_unknown", "signed in the name of a producer that is not on the list")
        return producer


def _unwrap(keys: Mapping[str, X25519PrivateKey], kid: str, wrapped: bytes, info: bytes) -> AESGCM:
    try:
        return AESGCM(_SUITE.decrypt(wrapped, _find(keys, kid), info))
    except InvalidTag:
        raise EnvelopeError("envelope_auth_failed", "the data key was not sealed by this producer") from None


def _find(keys: Mapping[str, X25519PrivateKey], kid: str) -> X25519PrivateKey:
    key = keys.get(kid)
    if key is None:
        here = ", ".join(keys) or "none"
        raise EnvelopeError("key_unknown", f"sealed for a key that is not here; keys here: {here}")
    return key
