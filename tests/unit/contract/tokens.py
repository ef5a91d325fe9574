"""A vault's key, and tokens of the published test card, to start from."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from cardinity_client.models.payments import Card
from cardinity_client.secret import Secret
from producers.contract.commands import Charge
from producers.contract.keys import OpeningKeys, SealingKey
from producers.contract.tokens import PREFIX, Scope, Token, seal_token
from tests.unit.contract.builders import FIELDS, PAN, parsed

VAULT_PRIVATE: Final = X25519PrivateKey.from_private_bytes(bytes(range(32, 64)))
VAULT_SEALING: Final = SealingKey(VAULT_PRIVATE.public_key())
VAULT: Final = OpeningKeys([VAULT_PRIVATE])
#: Who may charge most of these tokens: any account of the shop.
SCOPE: Final = Scope("shop", "", "test")
#: A card without a CVC.
KEPT: Final = Card(Secret(PAN), 4, 2031, None, "Ona Petraityte")
#: The token of it that was made first, and has been read since.
GOLDEN_TOKEN: Final = Path(__file__).parents[2] / "golden" / "tokens" / "card.v1.txt"


def the_token() -> str:
    """The golden one: every test that charges by a token has the same."""
    return GOLDEN_TOKEN.read_text().strip()


def a_token(scope: Scope = SCOPE, *, key: SealingKey = VAULT_SEALING, card: Card = KEPT) -> Token:
    """A fresh one."""
    return seal_token(card, scope, key)


def token_fields(**changes: object) -> dict[str, object]:
    """A charge of 25.50 EUR by the token, with a CVC for this charge."""
    return {**FIELDS, "token": the_token(), "cvc": "123", **changes}


def a_charge_by_token(**changes: object) -> Charge:
    """The same, as a value."""
    return parsed(token_fields(**changes))


def bytes_of(token: str) -> bytes:
    """What a token is made of."""
    body = token.removeprefix(PREFIX)
    return urlsafe_b64decode(body + "=" * (-len(body) % 4))


def text_of(data: bytes) -> str:
    """The token of these bytes, genuine or not."""
    return PREFIX + urlsafe_b64encode(data).decode().rstrip("=")


def cut(token: str) -> tuple[bytes, bytes, bytes]:
    """Before what is shown, with its length; what is shown; what is sealed: by the layout's description."""
    data = bytes_of(token)
    end = 22 + data[21]
    return data[:22], data[22:end], data[end:]
