"""`cardinity tokens`: cards as text that a merchant may keep. `make` takes the vault's public key; what opens a token,
the private ones, and its file is where workers are.

A card comes from a file or stdin, never from an argument. No command prints one.
"""

from __future__ import annotations

from typing import TextIO

import click

from producers.contract.keys import OpeningKeys
from producers.contract.tokens import Token, open_token, parse_token, renewed
from producers.errors import FieldError, SettingsError
from producers.runtime.settings import Settings
from producers.vault import Tokeniser, vault_keys
from producers.vault.tokeniser import as_record
from workers.cli.orders.charge import read_card
from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.operations.auditing import audited
from workers.operations.writing import writing


@click.group("tokens")
def command() -> None:
    """Cards as text that a merchant may keep: make, show and renew tokens."""


@command.command("make")
@click.option(
    "--card-file", metavar="F|-", required=True, help="JSON with pan, exp_month, exp_year, holder; - reads stdin."
)
@click.option("--account", help="The one merchant account that may charge it; else all that the producer may use.")
@speaking
def make(screen: Screen, card_file: str, account: str | None) -> None:
    """Make the token of a card, without its CVC, for charges of this producer. Needs VAULT_PUBLIC_KEY, and no Redis."""
    tokeniser = Tokeniser.from_settings(settings_here())
    token = tokeniser.tokenise(**read_card(card_file), **({} if account is None else {"account": account}))
    screen.result(as_record(token), token.text)


@command.command("show")
@click.argument("token")
@speaking
def show(screen: Screen, token: str) -> None:
    """Say what a token shows, and whether a key of this vault opens it; never number or holder."""
    read = parse_token(token)
    open_token(read, _vault(settings_here()))
    screen.result(as_record(read), f"{_as_text(read)}, under key {read.kid}")


@command.command("renew")
@click.argument("tokens", type=click.File("r", encoding="ascii", errors="replace"), default="-")
@speaking
def renew(screen: Screen, tokens: TextIO) -> None:
    """Seal tokens anew for the vault's active key, one a line, from a file or stdin; prints each in its line.

    They show and charge the same, and are the same instrument; the old ones open until their key is destroyed. Those
    under the active key stay as they are. Needs a worker's password: it is in the audit trail.
    """
    settings = settings_here()
    keys = _vault(settings)
    with writing(settings) as ledger:
        audited(ledger, settings, "vault.renew", keys.sealing_key.kid)
    for line in tokens:
        token = renewed(parse_token(line.rstrip("\r\n")), keys)
        screen.result(as_record(token), token.text)


def _vault(settings: Settings) -> OpeningKeys:
    keys = vault_keys(settings)
    if not keys.kids:
        names = "VAULT_PRIVATE_KEYS_FILE, VAULT_PRIVATE_KEYS_COMMAND"
        raise SettingsError(
            [FieldError(names, "secret_missing", "one of them must be given: it has what opens tokens")]
        )
    return keys


def _as_text(token: Token) -> str:
    scope = f"{token.scope.producer}, {token.scope.account or 'every account'}, {token.scope.mode}"
    return f"{token.brand or 'unknown brand'} {token.last4}, {token.exp_month:02d}/{token.exp_year}, for {scope}"
