"""Passwords as hashes: argon2id in its standard form, its parameters in the text, so that older lines stay good."""

from __future__ import annotations

from typing import Final

from argon2 import Parameters, PasswordHasher, Type, extract_parameters
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

#: The second recommendation of RFC 9106: 64 MiB, three passes, four lanes, a salt of 16 bytes and a tag of 32. The
#: first takes 2 GiB a login.
PARAMETERS: Final = RFC_9106_LOW_MEMORY
#: What a line of the file may ask for at the most (KiB, passes, lanes): it must not make a login take gigabytes.
MEMORY_MAX_KIB, PASSES_MAX, LANES_MAX = 256 * 1024, 10, 16
#: Bytes of a salt and of a tag, at the least; shorter ones were made by nobody who meant it.
SALT_MIN, TAG_MIN = 8, 16

#: Characters of a password. Fewer can be guessed offline once the file is out; more are hashing for nothing.
PASSWORD_MIN, PASSWORD_MAX = 12, 256
#: In the place of a hash: whoever has it comes in through the proxy only.
BY_PROXY: Final = "-"


def hashed(password: str, parameters: Parameters = PARAMETERS) -> str:
    """`$argon2id$v=19$m=…,t=…,p=…$salt$tag`, with a fresh salt."""
    return PasswordHasher.from_parameters(parameters).hash(_secret(password))


def readable(given: str) -> bool:
    """Whether the text is a hash that can be checked here."""
    try:
        found = extract_parameters(given)
    except (InvalidHashError, ValueError):
        return False
    return (
        found.type is Type.ID
        and 0 < found.memory_cost <= MEMORY_MAX_KIB
        and 0 < found.time_cost <= PASSES_MAX
        and 0 < found.parallelism <= LANES_MAX
        and found.salt_len >= SALT_MIN
        and found.hash_len >= TAG_MIN
    )


def outdated(given: str) -> bool:
    """Whether the hash was made with other parameters than it would be today: the password should be set anew."""
    return readable(given) and PasswordHasher.from_parameters(PARAMETERS).check_needs_rehash(given)


def fits(password: str, given: str) -> bool:
    """Whether the password is the hash's. Where there is no hash it takes as long, and the answer is no."""
    if not readable(given):
        hashed(password)
        return False
    try:
        return PasswordHasher().verify(given, _secret(password))
    except VerifyMismatchError:
        return False


def _secret(password: str) -> bytes:
    return password[:PASSWORD_MAX].encode("utf-8", "surrogatepass")
