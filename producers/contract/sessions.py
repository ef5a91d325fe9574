"""What the customer's browser carries to the bank and back, so that the answer finds its order: the order's name and a
seal on it.

The door that takes the answer is open to everybody, and the first answer of a step may decide it. So a name alone must
not do: names of orders are numbered, and whoever guesses one could answer for its customer. The seal is made with a key
that producers share, and shows that the session was made for a browser that had been sent to the bank.
"""

from __future__ import annotations

import hmac
import re
from typing import Final

from cardinity_client.secret import Secret
from producers.contract.fields import Refusal, read_order_id

#: Hex digits of a seal: 128 bits.
SEAL_DIGITS: Final = 32

#: Keeps what is sealed here apart from whatever else is made with the key.
_PURPOSE: Final = b"3-D Secure session\0"
_SESSION: Final = re.compile(rf"([A-Za-z0-9.-]+)\.([0-9a-f]{{{SEAL_DIGITS}}})")


def session_of(order_id: str, key: Secret[bytes]) -> str:
    """The order's session."""
    return f"{order_id}.{_seal(order_id, key)}"


def read_session(value: object, key: Secret[bytes]) -> str:
    """The order that a session was made for. Raises Refusal: `session_invalid`, or as `read_order_id`."""
    found = _SESSION.fullmatch(value) if isinstance(value, str) else None
    if found is None or not hmac.compare_digest(found[2], _seal(found[1], key)):
        raise Refusal("session_invalid", "was not made here for a customer who was sent to the bank")
    return read_order_id(found[1])


def _seal(order_id: str, key: Secret[bytes]) -> str:
    return hmac.digest(key.reveal(), _PURPOSE + order_id.encode(), "sha256").hex()[:SEAL_DIGITS]
