"""Makes tokens of cards. Nothing here reads one: that takes the vault's private keys, and those stay with the workers.

No Redis, no file: a token is all there is of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from cardinity_client.models.payments import Card
from producers.contract.card_fields import Mode
from producers.contract.fields import read_account
from producers.contract.form import Form
from producers.contract.instruments import read_card_to_keep
from producers.contract.keys import SealingKey
from producers.contract.tokens import Scope, Token, seal_token
from producers.errors import InvalidCommand
from producers.runtime.settings import Settings
from producers.vault.published import PublishedKey

#: What a token is made of.
FIELDS: Final = ("pan", "exp_month", "exp_year", "holder", "account")


@dataclass(frozen=True, slots=True)
class Tokeniser:
    """Everything that it takes to make the tokens of one producer. Threads may share it."""

    present_key: Callable[[], SealingKey]
    producer: str
    mode: Mode

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The one that VAULT_PUBLIC_KEY and PRODUCER_ID make.

        Raises:
            SettingsError: the key is missing or cannot be read.
        """
        published = PublishedKey("VAULT_PUBLIC_KEY", settings.vault_public_key)
        return cls(published.present, settings.producer_id, settings.cardinity_mode)

    @property
    def vault_key(self) -> SealingKey:
        """The key that tokens are made for now."""
        return self.present_key()

    def tokenise(self, /, **fields: object) -> Token:
        """The token of a card: `pan`, `exp_month`, `exp_year`, `holder`; with `account` for that merchant account
        alone, else for all that the producer may charge by. Twice the same card is two tokens.

        Raises:
            InvalidCommand: a field is wrong. `cvc_kept`: a CVC is given with each charge, and kept nowhere.
        """
        card, account = read_keeping(fields, now_ms=int(time.time() * 1000), mode=self.mode)
        return seal_token(card, Scope(self.producer, account, self.mode), self.vault_key)


def read_keeping(fields: Mapping[str, object], *, now_ms: int, mode: Mode) -> tuple[Card, str]:
    """The card, and the one account that may charge it, or none. Raises InvalidCommand."""
    form = Form(fields)
    card = read_card_to_keep(form, now_ms, mode)
    account = form.read_if_given("account", read_account)
    if form.gives("cvc"):
        form.refuse("cvc", "cvc_kept", "must not be kept: give it with each charge")
    form.refuse_others((*FIELDS, "cvc"))
    if form.errors or card is None:
        raise InvalidCommand(form.errors)
    return card, account or ""


def as_record(token: Token) -> dict[str, object]:
    """The token as programs and callers get it, in JSON."""
    return {
        "token": token.text,
        "token_id": token.token_id,
        "last4": token.last4,
        "brand": token.brand or None,
        "exp_month": token.exp_month,
        "exp_year": token.exp_year,
        "account": token.scope.account or None,
    }
