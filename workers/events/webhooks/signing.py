"""Signatures of Standard Webhooks, version 1: HMAC-SHA256 over `id.timestamp.body`. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Final

from cardinity_client.secret import Secret

#: What a secret begins with; base64 of the key follows.
PREFIX: Final = "whsec_"
#: Bytes of a key, as the specification has them.
KEY_MIN, KEY_MAX = 24, 64
#: Hex digits of a hash that name an event: 128 bits.
_ID_DIGITS: Final = 32


def read_key(text: str) -> Secret[bytes] | None:
    """The key of a secret as it is exchanged; None where it is none."""
    if not text.startswith(PREFIX):
        return None
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        return None
    return Secret(key) if KEY_MIN <= len(key) <= KEY_MAX else None


def webhook_id(event_id: str) -> str:
    """What receivers know a delivery by, the same at each try. An event's own id may hold full stops, which would make
    the signed text read in two ways.
    """
    return f"evt_{hashlib.sha256(event_id.encode()).hexdigest()[:_ID_DIGITS]}"


def signed_headers(event_id: str, body: bytes, at_s: int, keys: Sequence[Secret[bytes]]) -> Mapping[str, str]:
    """The headers of one try at that time, with a signature by each key: receivers believe any that they know."""
    name = webhook_id(event_id)
    signed = b"%b.%d.%b" % (name.encode("ascii"), at_s, body)
    signatures = (base64.b64encode(hmac.digest(key.reveal(), signed, "sha256")).decode() for key in keys)
    return {
        "webhook-id": name,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
