"""Names of cards and addresses that nobody can work out without the workers' key: an HMAC each, never a plain hash, of
which all could be tried. The key's own name stands in front, so that names under another key are told apart.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
import re
import secrets
from pathlib import Path
from typing import Any, Final

from cardinity_client.secret import Secret
from producers.runtime.problems import Problem, problem
from producers.runtime.settings_kinds import Refused, read_file

SETTING: Final = "CARD_ID_KEY_FILE"
KEY_BYTES: Final = 32
_KID: Final = re.compile(r"[A-Za-z0-9_-]{1,16}", re.ASCII)
_HEX_DIGITS: Final = 32


class Names:
    """Makes names under one key."""

    def __init__(self, kid: str, key: Secret[bytes]) -> None:
        self._kid = kid
        self._key = key

    def card(self, pan: str) -> str:
        """That of a card, by its number alone: another holder or expiry is the same card."""
        return self._name(b"card", pan)

    def address(self, ip: str) -> str:
        """That of an address in its one spelling."""
        return self._name(b"ip", ip)

    def customer(self, name: str) -> str:
        """That of a customer, by the merchant's own name of them."""
        return self._name(b"customer", name)

    def _name(self, what: bytes, text: str) -> str:
        return (
            f"{self._kid}.{hmac.digest(self._key.reveal(), what + b' ' + text.encode(), 'sha256').hex()[:_HEX_DIGITS]}"
        )


def read_names(
    path: Path, setting: str = SETTING, code: str = "card_id_key_format", command: str = "risk key"
) -> Names | Problem:
    """What the file's key makes; or what is wrong with it, by the setting's name. Its text is never repeated."""
    try:
        document: Any = json.loads(read_file(path, private=True))
        kid, key = document["kid"], base64.b64decode(document["key"], validate=True)
        if set(document) != {"kid", "key"} or not _KID.fullmatch(kid) or len(key) != KEY_BYTES:
            raise ValueError
    except Refused as refusal:
        return problem(refusal.code, setting, str(refusal))
    except (ValueError, KeyError, TypeError, binascii.Error, RecursionError):
        return problem(code, setting, f"must hold kid and key as `cardinity {command}` writes them")
    return Names(kid, Secret(key))


def write_key(path: Path, kid: str) -> None:
    """A new key, for its owner alone. Raises FileExistsError: a key that is there is never overwritten."""
    text = json.dumps({"kid": kid, "key": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()})
    with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600), "w") as file:
        file.write(text + "\n")
