"""Tokens of cards: made by Python, HTTP and the command line, and opened by whoever has the vault's keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, NamedTuple

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from producers.contract.keys import OpeningKeys
from producers.contract.tokens import open_token, parse_token
from producers.errors import EnvelopeError, InvalidCommand
from producers.vault.tokeniser import read_keeping
from tests.inputs.doors import command_line, http_api
from tests.inputs.doors.charges import refused
from tests.inputs.rows import Row, Told, told
from tests.inputs.token_fields import GOOD, NO_CARDS, NO_TOKENS
from tests.inputs.world import World
from tests.unit.contract.builders import NOW_MS, PAN
from tests.unit.contract.tokens import VAULT, bytes_of, text_of, the_token

PATH: Final = "/v1/tokens"
_MAKE: Final = ("tokens", "make", "--json", "--card-file", "-")
_ALIEN: Final = OpeningKeys([X25519PrivateKey.from_private_bytes(b"\x09" * 32)])


class Shut(NamedTuple):
    """A token, and the keys of who is to open it."""

    token: str
    keys: OpeningKeys = VAULT


def _flipped(at: int) -> str:
    data = bytearray(bytes_of(the_token()))
    data[at] ^= 1
    return text_of(bytes(data))


def _made() -> Iterator[Row]:
    for number, (changes, field, code) in enumerate(NO_CARDS):
        yield Row(f"{code} {number}", {**GOOD, **changes}, code, field)


def _sent() -> Iterator[Row]:
    for number, (changes, field, code) in enumerate(NO_CARDS):
        given = http_api.Given(json.dumps({**GOOD, **changes}).encode(), path=PATH)
        yield Row(f"{code} {number}", given, code, field, '"status":422')
    for number, (body, code) in enumerate(http_api.BODIES):
        yield Row(f"body {number}", http_api.Given(body, path=PATH), code, says='"status":4')
    for number, (authorization, code) in enumerate(http_api.CREDENTIALS):
        given = http_api.Given(b"{}", path=PATH, authorization=authorization)
        yield Row(f"credentials {number}", given, code, says='"status":401')
    yield Row("GET", http_api.Given(b"", "GET", PATH), "method_unknown", says='"status":405')


def _commanded() -> Iterator[Row]:
    for number, (changes, field, code) in enumerate(NO_CARDS):
        given = command_line.Given(_MAKE, json.dumps({**GOOD, **changes}).encode())
        yield Row(f"make: {code} {number}", given, code, field)
    yield Row("make: no object", command_line.Given(_MAKE, b"[]"), "payload_type")
    bare = command_line.Given(_MAKE, json.dumps(dict(GOOD)).encode(), {"VAULT_PUBLIC_KEY_FILE": None})
    yield Row("make: no key", bare, "secret_missing", "VAULT_PUBLIC_KEY")
    for number, token in enumerate((PAN, "tok_", "", the_token()[:40], "\udcff", "x" * 5000)):
        given = command_line.Given(("tokens", "show", "--json", "--", token))
        yield Row(f"show: {number}", given, "token_format", "token")
    vault = "VAULT_PRIVATE_KEYS_FILE, VAULT_PRIVATE_KEYS_COMMAND"
    given = command_line.Given(("tokens", "show", "--json", "--", the_token()))
    yield Row("show: no vault", given, "secret_missing", vault)
    given = command_line.Given(("tokens", "renew", "--json"), the_token().encode())
    yield Row("renew: no vault", given, "secret_missing", vault)
    for words in (("rotate",), ("retire", "f" * 16), ("destroy", "f" * 16), ("list",)):
        given = command_line.Given(("keys", words[0], "--json", "--vault", *words[1:]))
        yield Row(f"{words[0]}: no vault", given, "keys_elsewhere")


MADE = [*_made()]
SENT = [*_sent()]
COMMANDED = [*_commanded()]
OPENED = [
    *(Row(f"no token: {name}", Shut(given), "token_format", "token") for name, given in NO_TOKENS.items()
      if isinstance(given, str)),
    Row("another vault's", Shut(the_token(), _ALIEN), "token_key_unknown", says=VAULT.kids[0]),
    Row("no keys here", Shut(the_token(), OpeningKeys([])), "token_key_unknown"),
    Row("a bit of the key id", Shut(_flipped(4)), "token_key_unknown"),
    Row("a bit of the token id", Shut(_flipped(12)), "token_auth_failed"),
    Row("a bit of the expiry", Shut(_flipped(bytes_of(the_token()).index(b"2031"))), "token_auth_failed"),
    Row("a bit of the producer", Shut(_flipped(25)), "token_auth_failed"),
    Row("a bit of what is sealed", Shut(_flipped(-1)), "token_auth_failed"),
    Row("what is sealed, cut", Shut(text_of(bytes_of(the_token())[:-8])), "token_auth_failed"),
    Row("something behind", Shut(text_of(bytes_of(the_token()) + b"xyz")), "token_auth_failed"),
]  # fmt: skip


def knock(world: World, given: dict[str, object] | Shut) -> Told:
    """Make the token of a card, or open one."""
    try:
        if isinstance(given, Shut):
            open_token(parse_token(given.token), given.keys)
        else:
            read_keeping(given, now_ms=NOW_MS, mode="test")
    except InvalidCommand as refusal:
        return refused(refusal)
    except EnvelopeError as error:
        return told(error.code, "", f"{error} {error!r}")
    return Told(frozenset(), "a token")
