"""Passwords as hashes: scrypt of the standard library, with its parameters in the text, so that old lines stay good."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from base64 import b64decode, b64encode
from binascii import Error
from typing import Final

#: Cost, block size, lanes: 64 MiB and about 0.2 s. RFC 7914 says what they mean; OWASP takes no less than half of it.
_COST, _BLOCK, _LANES = 1 << 16, 8, 1
#: The most memory that a hash of the file may ask for.
_MEMORY_MAX: Final = 160 << 20
_SALT_BYTES: Final = 16
_KEY_BYTES: Final = 32
_NAME: Final = "scrypt"

#: Characters of a password. Fewer can be guessed offline once the file is out; more are hashing for nothing.
PASSWORD_MIN, PASSWORD_MAX = 12, 256
#: In the place of a hash: whoever has it comes in through the proxy only.
BY_PROXY: Final = "-"


def hashed(password: str, *, cost: int = _COST) -> str:
    """`scrypt$cost$block$lanes$salt$key`, with a fresh salt."""
    salt = secrets.token_bytes(_SALT_BYTES)
    key = _key(password, salt, cost, _BLOCK, _LANES)
    return "$".join((_NAME, str(cost), str(_BLOCK), str(_LANES), _text(salt), _text(key)))


def readable(given: str) -> bool:
    """Whether the text is a hash that can be checked here."""
    return _parts(given) is not None


def fits(password: str, given: str) -> bool:
    """Whether the password is the hash's. Where there is no hash it takes as long, and the answer is no."""
    parts = _parts(given) or (_COST, _BLOCK, _LANES, b"\0" * _SALT_BYTES, b"")
    cost, block, lanes, salt, key = parts
    return hmac.compare_digest(_key(password[:PASSWORD_MAX], salt, cost, block, lanes), key)


def _key(password: str, salt: bytes, cost: int, block: int, lanes: int) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"),
        salt=salt, n=cost, r=block, p=lanes, maxmem=_MEMORY_MAX, dklen=_KEY_BYTES,
    )  # fmt: skip


def _parts(given: str) -> tuple[int, int, int, bytes, bytes] | None:
    match given.split("$"):
        case [name, cost, block, lanes, salt, key] if name == _NAME:
            try:
                n, r, p = int(cost), int(block), int(lanes)
                found = (n, r, p, b64decode(salt, validate=True), b64decode(key, validate=True))
            except (ValueError, Error):
                return None
            possible = n > 1 and n & (n - 1) == 0 and r > 0 and p == 1 and 130 * n * r < _MEMORY_MAX
            return found if possible and len(found[4]) == _KEY_BYTES else None
        case _:
            return None


def _text(value: bytes) -> str:
    return b64encode(value).decode()
