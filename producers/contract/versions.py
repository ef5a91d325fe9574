"""The versions of the envelope, and what they differ in: how the card is sealed. Layout, header and content are alike.

Every version ever written is read for ever; the last is written. A new one is a row here, with golden files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from producers.contract.data_keys import DATA_KEY_ALG, Sealed, open_under_data_key
from producers.contract.keys import ALG, OpeningKeys


@dataclass(frozen=True, slots=True)
class Version:
    """`number` stands first in an envelope and in its header, and `alg` beside it; `open` answers the plaintext."""

    number: int
    alg: str
    open: Callable[[OpeningKeys, Sealed], bytes]


def _open_alone(keys: OpeningKeys, sealed: Sealed) -> bytes:
    return keys.open(sealed.kid, sealed.content, sealed.header)


#: Each card by an HPKE operation of its own.
_ALONE: Final = Version(1, ALG, _open_alone)
#: Cards under a data key, which is wrapped by HPKE.
_UNDER_DATA_KEY: Final = Version(2, DATA_KEY_ALG, open_under_data_key)

#: What we read.
VERSIONS: Final[Mapping[int, Version]] = {version.number: version for version in (_ALONE, _UNDER_DATA_KEY)}
#: What we write.
WRITTEN: Final = _UNDER_DATA_KEY
