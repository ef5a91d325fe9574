"""A data key: sealed for the workers once, then the key of many cards.

    wrapped key (80 bytes) | nonce (12) | the card under AES-256-GCM

HPKE's two X25519 operations are what sealing a card by itself costs (decision 12). Here they are paid once per data
key. Each envelope carries the wrapped key, so it opens alone, in any order, by any worker. The wrapped key opens only
for its producer, and the card only beside its header. How long a producer may use a data key is not decided here.
"""

from __future__ import annotations

import os
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from producers.contract.keys import ALG, OpeningKeys, SealingKey
from producers.errors import EnvelopeError

#: What a header says of a card under a data key: how the key is wrapped, and what it is the key of.
DATA_KEY_ALG: Final = f"{ALG}+AES-256-GCM"
#: Bytes of a data key: the cipher is that of HPKE's suite.
KEY_BYTES: Final = 32
#: Bytes of a wrapped data key: HPKE's encapsulated key, the data key and a tag. Nothing of another length is unwrapped.
WRAPPED_BYTES: Final = 32 + KEY_BYTES + 16
#: Bytes of a nonce. Random ones need no counter that threads or forks could repeat; among the cards of one data key
#: two are alike with a chance of 2**-77.
NONCE_BYTES: Final = 12

_CARD_AT: Final = WRAPPED_BYTES + NONCE_BYTES


class Sealed(NamedTuple):
    """What an envelope keeps shut, and what it is bound to: its header's bytes, a sealing key, a producer."""

    content: bytes
    header: bytes
    kid: str
    producer: str


class DataKey:
    """A fresh key for cards of one producer. Who holds it can open them: it is for one process and a short while."""

    __slots__ = ("_cipher", "_wrapped", "kid", "producer")

    def __init__(self, sealing_key: SealingKey, producer: str) -> None:
        secret = os.urandom(KEY_BYTES)
        self.kid = sealing_key.kid
        self.producer = producer
        self._cipher = AESGCM(secret)
        self._wrapped = sealing_key.seal(secret, _info(self.kid, producer))

    def seal(self, plaintext: bytes, header: bytes) -> bytes:
        """What opens only beside this header; 108 bytes longer than the plaintext."""
        nonce = os.urandom(NONCE_BYTES)
        return b"".join((self._wrapped, nonce, self._cipher.encrypt(nonce, plaintext, header)))


def open_under_data_key(keys: OpeningKeys, sealed: Sealed) -> bytes:
    """The plaintext.

    Raises:
        EnvelopeError: `key_unknown`; `envelope_auth_failed` when anything of it was made for something else, or
            changed since.
    """
    content = sealed.content
    if len(content) < _CARD_AT:
        raise EnvelopeError("envelope_auth_failed", "what was sealed is cut short")
    cipher = keys.unwrap(sealed.kid, content[:WRAPPED_BYTES], _info(sealed.kid, sealed.producer))
    try:
        return cipher.decrypt(content[WRAPPED_BYTES:_CARD_AT], content[_CARD_AT:], sealed.header)
    except InvalidTag:
        raise EnvelopeError("envelope_auth_failed", "the card was not sealed with this header") from None


def _info(kid: str, producer: str) -> bytes:
    """What a wrapped key is bound to. Neither name has a space in it, so no two bindings are spelled alike."""
    return f"cardinity-batch envelope 2: data key of {producer} for {kid}".encode()
