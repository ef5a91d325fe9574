"""The integrity hash of an order: that its row says what its producer asked for, after its envelope is erased. Pure.

    1 <version of the envelope> <kid> <issued_at_ms> <32 hex digits>

The digits are the first half of an HMAC-SHA256 with the producer's signing key over the header of the envelope, which
names order_id, amount, currency, account, country, description, expiry, mode and how it is settled, and over what the
header does not name: the order's kind, the payment it follows, and the fingerprint of its instrument. While the
envelope is there it is the stronger proof, and the one that workers ask for before the intent: this one takes its place
once the card is erased with the outcome. It is made of bytes that were made anyway, so it costs a producer one HMAC.
"""

from __future__ import annotations

import hmac
from typing import Final, NamedTuple

import msgspec

from cardinity_client.secret import Secret
from producers.contract.header import Facts, header_of
from producers.contract.keys import sign
from producers.contract.versions import VERSIONS

#: Of the hash; another way to make it is another number.
VERSION: Final = 1
#: Keeps it apart from the signature of an envelope, which begins with the number of its version.
_DOMAIN: Final = b"cardinity-batch integrity 1\n"
_HEX_DIGITS: Final = 32


class Bound(NamedTuple):
    """What the header does not say of an order; empty where it has none."""

    kind: str
    parent: str
    instrument: str


class Stated(NamedTuple):
    """A hash as it is written down, with what of the header only the envelope knew."""

    version: int
    kid: str
    issued_at_ms: int
    digits: str

    def __str__(self) -> str:
        return f"{VERSION} {self.version} {self.kid} {self.issued_at_ms} {self.digits}"


def integrity(header: bytes, bound: Bound, key: Secret[bytes]) -> str:
    """The digits for an order whose envelope has this header."""
    return sign(key, _DOMAIN + header + msgspec.json.encode(bound)).hex()[:_HEX_DIGITS]


def read_stated(text: str) -> Stated | None:
    """What was written down; None for what is no hash of this version."""
    words = text.split(" ")
    if len(words) != 5 or words[0] != str(VERSION) or not (words[1].isdecimal() and words[3].isdecimal()):
        return None
    return Stated(int(words[1]), words[2], int(words[3]), words[4])


def holds(stated: Stated, facts: Facts, bound: Bound, key: Secret[bytes]) -> bool:
    """Whether these facts are the ones that the hash was made of, with this key."""
    version = VERSIONS.get(stated.version)
    if version is None:
        return False
    header = header_of(facts, version, kid=stated.kid, issued_at_ms=stated.issued_at_ms).encode()
    return hmac.compare_digest(integrity(header, bound, key).encode(), stated.digits.encode(errors="replace"))
