"""The life of a key that opens: made, sealed with, retired, destroyed. One file holds all that open, the active one
first.

From its destruction on nothing can open what was sealed for a key: not in the ledger, not in an old copy of its file,
not in a backup. So a key of cards is destroyed only when it was retired and no order needs it. How many tokens need a
key of the vault nobody here knows: they are with the merchants.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

import msgspec

from producers.contract.key_formats import SealPrivate, SealPrivateKey, encode_file, new_sealing_key, read_seal_private
from producers.errors import KeyFileError
from producers.runtime.settings_kinds import Refused, read_file
from producers.vault.files import PRIVATE, PUBLIC, replace_file

#: What the files of public keys are called, which are written beside the private ones: of cards, and of the vault.
PUBLIC_NAME: Final = "seal.public.json"
VAULT_PUBLIC_NAME: Final = "vault.public.json"
#: Of a private file while it is written over.
_EDITED: Final = 0o600


@dataclass(frozen=True, slots=True)
class KeyLife:
    """How one key stands: `active`, `opening` or `retired`. Times in ms since 1970 UTC, 0 where nobody wrote them."""

    kid: str
    state: str
    made_at_ms: int
    retired_at_ms: int


@dataclass(frozen=True, slots=True, repr=False)
class Keyring:
    """The private keys of a file, as they were read. A change answers another keyring; `write` makes it the file's.
    `before` are those that were read; `public` is the content of a new public file, where there is one.
    """

    path: Path
    keys: tuple[SealPrivateKey, ...]
    public_path: Path
    before: tuple[SealPrivateKey, ...]
    public: bytes = b""

    @classmethod
    def read(cls, path: Path, public_name: str = PUBLIC_NAME) -> Self:
        """Those that are there. Raises KeyFileError."""
        keys = _read(path)
        return cls(path, keys, path.with_name(public_name), before=keys)

    @property
    def lives(self) -> tuple[KeyLife, ...]:
        """Each key, the active one first."""
        return tuple(
            KeyLife(key.kid, _state(key, number), key.made_at_ms, key.retired_at_ms)
            for number, key in enumerate(self.keys)
        )

    def rotated(self, now_ms: int) -> Keyring:
        """With a new active key; those of before go on opening."""
        key, public = new_sealing_key(now_ms)
        return replace(self, keys=(key, *self.keys), public=public)

    def retired(self, kid: str, now_ms: int) -> Keyring:
        """With a key that opens only what was sealed before now.

        Raises:
            KeyFileError: `key_missing`; `key_active`, it is the one that is sealed with; `key_retired_before`.
        """
        key = self._find(kid)
        if key is self.keys[0]:
            raise KeyFileError("key_active", f"key {kid} is the one that is sealed with: rotate first")
        if key.retired_at_ms:
            raise KeyFileError("key_retired_before", f"key {kid} is retired already")
        retired = msgspec.structs.replace(key, retired_at_ms=now_ms)
        return replace(self, keys=tuple(retired if each is key else each for each in self.keys))

    def without(self, kid: str, needed: Mapping[str, int]) -> Keyring:
        """Without a key. `needed`: how many open orders need a key, by its id.

        Raises:
            KeyFileError: `key_missing`; `key_not_retired`; `key_needed`.
        """
        key = self._find(kid)
        if not key.retired_at_ms:
            raise KeyFileError("key_not_retired", f"key {kid} is not retired: somebody may still seal with it")
        if needed.get(kid, 0):
            raise KeyFileError("key_needed", f"{needed[kid]} open orders need key {kid}: wait for their outcomes")
        return replace(self, keys=tuple(each for each in self.keys if each is not key))

    def write(self) -> None:
        """Replace the file, and write over what it was: as far as the file system lets us, that is gone.

        Raises:
            OSError: the old file or the new one stands.
            KeyFileError: `keys_changed`, somebody else has replaced it since it was read.
        """
        os.chmod(self.path, _EDITED)
        with open(self.path, "r+b") as old:
            # Of two who change keys at once the second would bring back what the first destroyed, or lose what he made.
            fcntl.flock(old, fcntl.LOCK_EX)
            if os.fstat(old.fileno()).st_nlink == 0 or _read(self.path) != self.before:
                raise KeyFileError("keys_changed", f"{self.path} was changed by somebody else meanwhile: try again")
            replace_file(self.path, encode_file(SealPrivate(keys=list(self.keys))), PRIVATE)
            # It has lost its name and is still open.
            old.write(bytes(os.fstat(old.fileno()).st_size))
            old.flush()
            os.fsync(old.fileno())
        if self.public:
            replace_file(self.public_path, self.public, PUBLIC)

    def _find(self, kid: str) -> SealPrivateKey:
        for key in self.keys:
            if key.kid == kid:
                return key
        raise KeyFileError("key_missing", f"keys here: {', '.join(key.kid for key in self.keys)}")


def _read(path: Path) -> tuple[SealPrivateKey, ...]:
    try:
        return tuple(read_seal_private(read_file(path, private=True)).keys)
    except Refused as refusal:
        raise KeyFileError(refusal.code, f"{path}: {refusal}") from None
    except KeyFileError as error:
        raise KeyFileError(error.code, f"{path}: {error.message}") from None


def _state(key: SealPrivateKey, number: int) -> str:
    if key.retired_at_ms:
        return "retired"
    return "opening" if number else "active"
