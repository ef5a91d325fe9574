"""A card as a token: text that a merchant may keep, and that only who has the vault's private keys can open. Pure.

    tok_ and base64url of:  version (1 byte) | key id (8) | token id (12) | length (1) | shown | sealed

`shown` is for people, and says who may charge the card: JSON in one spelling, in clear. `sealed` is number and holder,
by an HPKE operation of its own, bound to every byte before it, so nothing of what is shown can be changed. There is no
CVC in a token, in any form.

The token id is drawn once and stays when the token is sealed anew, for another key: two tokens of one id are one
instrument. Nothing in it follows from the card.
"""

from __future__ import annotations

import binascii
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Annotated, Final, NoReturn

import msgspec

from cardinity_client.models.payments import Card
from cardinity_client.secret import Secret
from producers.contract.brands import brand_of
from producers.contract.card_fields import Mode
from producers.contract.fields import Refusal
from producers.contract.keys import OpeningKeys, SealingKey
from producers.errors import EnvelopeError, FieldError, InvalidCommand

#: What every token begins with: by it a person, and a scanner for secrets, knows one.
PREFIX: Final = "tok_"
#: Characters of a token at the most; most have some 240.
TOKEN_MAX: Final = 800
#: Of the layout, the first byte. A token of another version is none of ours.
VERSION: Final = 1
_KID_BYTES, _ID_BYTES = 8, 12
_SHOWN_AT: Final = 1 + _KID_BYTES + _ID_BYTES + 1
#: Plaintexts are padded to multiples of it, so that the length tells little of the holder.
_BLOCK: Final = 64


@dataclass(frozen=True, slots=True)
class Scope:
    """Who may charge the card: a producer, by one account or, where that is empty, any of its own; test or live."""

    producer: str
    account: str
    mode: Mode


class _Shown(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """Words of these alphabets alone: what is shown is logged and printed, and anybody can make a token."""

    producer: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}\Z")]
    account: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{0,64}\Z")]
    mode: Mode
    last4: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}\Z")]
    brand: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z ]{0,32}\Z")]
    exp_month: Annotated[int, msgspec.Meta(ge=1, le=12)]
    exp_year: Annotated[int, msgspec.Meta(ge=1000, le=9999)]


class _Hidden(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    pan: str
    holder: str


@dataclass(frozen=True, slots=True)
class Token:
    """A token, and what it shows. `text` is all there is to keep; the rest is read from it."""

    text: str
    token_id: str
    kid: str
    scope: Scope
    last4: str
    brand: str
    exp_month: int
    exp_year: int

    def __repr__(self) -> str:
        return f"Token({self.token_id}, {self.brand or 'unknown'} {self.last4}, {self.exp_month:02d}/{self.exp_year})"


@dataclass(frozen=True, slots=True)
class CardToken:
    """A card that is charged by its token, with the CVC that its holder has typed for this charge alone."""

    token: Token
    cvc: Secret[str] | None

    @property
    def last4(self) -> str:
        """As of the card."""
        return self.token.last4


def seal_token(card: Card, scope: Scope, key: SealingKey, token_id: str = "") -> Token:
    """The token of a card, for whoever has the private half of `key`. Its CVC is left out. `token_id` is that of the
    token before, if it is sealed anew."""
    id_bytes = bytes.fromhex(token_id) if token_id else secrets.token_bytes(_ID_BYTES)
    pan = card.pan.reveal()
    shown = _Shown(scope.producer, scope.account, scope.mode, card.last4, brand_of(pan), card.exp_month, card.exp_year)
    words = msgspec.json.encode(shown)
    clear = b"".join((VERSION.to_bytes(1), bytes.fromhex(key.kid), id_bytes, len(words).to_bytes(1), words))
    plaintext = msgspec.json.encode(_Hidden(pan, card.holder))
    padded = plaintext.ljust(-(-len(plaintext) // _BLOCK) * _BLOCK)
    text = PREFIX + urlsafe_b64encode(clear + key.seal(padded, _info(clear))).decode().rstrip("=")
    return _token(text, clear, shown)


def read_token(value: object) -> Token:
    """What a token shows. Whether it is genuine, only `open_token` finds out.

    Raises:
        Refusal: `token_format`.
    """
    if not isinstance(value, str):
        raise Refusal("token_format", "must be a string")
    clear, _ = _cut(value)
    try:
        shown = msgspec.json.decode(clear[_SHOWN_AT:], type=_Shown)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        _refuse()
    if msgspec.json.encode(shown) != clear[_SHOWN_AT:]:
        _refuse()
    return _token(value, clear, shown)


def parse_token(text: str) -> Token:
    """As `read_token`, of a text that stands alone.

    Raises:
        InvalidCommand: `token_format`.
    """
    try:
        return read_token(text)
    except Refusal as refusal:
        raise InvalidCommand([FieldError("token", refusal.code, refusal.message)]) from None


def open_token(token: Token, keys: OpeningKeys) -> Card:
    """The card, without a CVC. Whether it may be charged, `scope` says.

    Raises:
        EnvelopeError: `token_key_unknown`; `token_auth_failed`, when anything of it was changed, or never was ours.
    """
    clear, sealed = _cut(token.text)
    try:
        hidden = msgspec.json.decode(keys.open(token.kid, sealed, _info(clear)), type=_Hidden)
    except EnvelopeError as error:
        if error.code == "key_unknown":
            raise EnvelopeError("token_key_unknown", f"made for vault key {token.kid}, which is not here") from None
        raise EnvelopeError("token_auth_failed", "the token was changed, or made for another key") from None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise EnvelopeError("token_auth_failed", "what was sealed is no card") from None
    card = Card(Secret(hidden.pan), token.exp_month, token.exp_year, None, hidden.holder)
    if card.last4 != token.last4:
        raise EnvelopeError("token_auth_failed", "the card is another one than is shown")
    return card


def renewed(token: Token, keys: OpeningKeys) -> Token:
    """The same card under the first of these keys; a token that is under it stays as it is. Raises as `open_token`."""
    card, key = open_token(token, keys), keys.sealing_key
    return token if token.kid == key.kid else seal_token(card, token.scope, key, token.token_id)


def is_within(scope: Scope, *, account: str, mode: Mode, producer: str = "") -> bool:
    """Whether a charge for this account may use the token; without a `producer` that one is not asked about."""
    named = not producer or scope.producer == producer
    return named and scope.mode == mode and scope.account in ("", account)


def _token(text: str, clear: bytes, shown: _Shown) -> Token:
    return Token(
        text,
        clear[1 + _KID_BYTES : _SHOWN_AT - 1].hex(),
        clear[1 : 1 + _KID_BYTES].hex(),
        Scope(shown.producer, shown.account, shown.mode),
        shown.last4,
        shown.brand,
        shown.exp_month,
        shown.exp_year,
    )


def _cut(text: str) -> tuple[bytes, bytes]:
    """What is shown and what is sealed, as bytes. A token has one spelling."""
    if not text.startswith(PREFIX) or len(text) > TOKEN_MAX or not text.isascii():
        _refuse()
    body = text.removeprefix(PREFIX)
    try:
        data = urlsafe_b64decode(body + "=" * (-len(body) % 4))
    except binascii.Error:
        _refuse()
    if urlsafe_b64encode(data).decode().rstrip("=") != body or len(data) < _SHOWN_AT or data[0] != VERSION:
        _refuse()
    end = _SHOWN_AT + data[_SHOWN_AT - 1]
    if len(data) <= end:
        _refuse()
    return data[:end], data[end:]


def _info(clear: bytes) -> bytes:
    """What the sealed part is bound to. An envelope's and a data key's bindings are spelled otherwise."""
    return b"cardinity-batch token: " + clear


def _refuse() -> NoReturn:
    raise Refusal("token_format", f"must be a token as it was made: {PREFIX} and what follows, unchanged")
