"""A value that never prints: card numbers, security codes, consumer secrets.

It keeps honest code from leaking by accident (logs, tracebacks, pickles, copies of copies). It does not stop
code that means to read it: `reveal` is one word to search for in a review.
"""

from __future__ import annotations

import hmac
from typing import Generic, NoReturn, TypeVar

T = TypeVar("T")

#: Shown wherever the value would be. Of one length, so that it does not tell the length of the secret.
MASK = "Secret(***)"


class Secret(Generic[T]):
    """Holds a value that `repr`, `str`, `format`, `pickle` and `copy` do not get.

    Two secrets of str or bytes compare in constant time. A secret has no hash: it is never a key.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value itself. Keep it in a local name, for one expression."""
        return self._value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        mine, theirs = self._value, other._value
        if isinstance(mine, str) and isinstance(theirs, str):
            return hmac.compare_digest(mine.encode(errors="surrogatepass"), theirs.encode(errors="surrogatepass"))
        if isinstance(mine, bytes) and isinstance(theirs, bytes):
            return hmac.compare_digest(mine, theirs)
        return bool(mine == theirs)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return MASK

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret is not pickled and not copied; reveal it where it is used")
