"""The versions of the envelope, and what they differ in: how the card is sealed. Layout, header and content are alike.

Every version ever written is read for ever; the last five are written. A new one is a row here, with golden files.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from producers.contract.commands import Charge
from producers.contract.data_keys import DATA_KEY_ALG, Sealed, open_under_data_key
from producers.contract.keys import ALG, OpeningKeys
from producers.contract.tokens import CardToken
from producers.contract.wishes import Wish


@dataclass(frozen=True, slots=True)
class Version:
    """`number` stands first in an envelope and in its header, and `alg` beside it; `open` answers the plaintext.

    `plain`: it has no words for holds, suffixes and 3-D Secure data; `continued`: it has some for what may continue the
    order; `identified`: it has some for who the customer is; `by_token`: it has some for a card by its token.
    """

    number: int
    alg: str
    open: Callable[[OpeningKeys, Sealed], bytes]
    plain: bool = True
    continued: bool = False
    identified: bool = False
    by_token: bool = False


def _open_alone(keys: OpeningKeys, sealed: Sealed) -> bytes:
    return keys.open(sealed.kid, sealed.content, sealed.header)


#: Each card by an HPKE operation of its own.
_ALONE: Final = Version(1, ALG, _open_alone)
#: Cards under a data key, which is wrapped by HPKE.
_UNDER_DATA_KEY: Final = Version(2, DATA_KEY_ALG, open_under_data_key)
#: The same, with what few charges have. A worker that does not know it leaves the order to one that does.
_WITH_MORE: Final = Version(3, DATA_KEY_ALG, open_under_data_key, plain=False)
#: The same, of orders that others may continue: a worker that does not know it would end them with the first decline.
_CONTINUED: Final = Version(4, DATA_KEY_ALG, open_under_data_key, plain=False, continued=True)
#: The same, of charges that name their customer or where they came from: risk is judged by it, so it is bound too.
_IDENTIFIED: Final = Version(5, DATA_KEY_ALG, open_under_data_key, plain=False, continued=True, identified=True)
#: The same, of charges of a card by its token: a worker that does not know it has no vault to ask.
_BY_TOKEN: Final = Version(
    6, DATA_KEY_ALG, open_under_data_key, plain=False, continued=True, identified=True, by_token=True
)

#: What we read.
VERSIONS: Final[Mapping[int, Version]] = {
    version.number: version for version in (_ALONE, _UNDER_DATA_KEY, _WITH_MORE, _CONTINUED, _IDENTIFIED, _BY_TOKEN)
}
#: What we write: for a charge that is nothing but a charge, for the others, for those that may be continued, for
#: those whose customer is named, and for those of a token.
WRITTEN: Final = _UNDER_DATA_KEY
WRITTEN_WITH_MORE: Final = _WITH_MORE
WRITTEN_CONTINUED: Final = _CONTINUED
WRITTEN_IDENTIFIED: Final = _IDENTIFIED
WRITTEN_BY_TOKEN: Final = _BY_TOKEN


def version_for(order: Wish) -> Version:
    """The version that is written of it: the oldest that has words for all that it says."""
    if isinstance(order, Charge) and isinstance(order.instrument, CardToken):
        return WRITTEN_BY_TOKEN
    if order.customer or order.customer_ip:
        return WRITTEN_IDENTIFIED
    if order.further:
        return WRITTEN_CONTINUED
    return WRITTEN if order.is_plain else WRITTEN_WITH_MORE
