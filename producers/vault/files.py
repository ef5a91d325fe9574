"""Keys on disk. The formats are told in `contract.key_formats`.

A secret file that others may read is refused, not mended: who could read it has perhaps read it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from producers.contract.api_keys import ApiKeys, NewApiKey, new_api_key, read_api_keys, with_api_key
from producers.contract.fields import ACCOUNT_DEFAULT
from producers.contract.key_formats import (
    SealPrivate,
    SigningKeys,
    encode_file,
    new_keys,
    new_sealing_key,
    read_opening_keys,
    read_producers,
    read_sealing_key,
    read_signing_keys,
)
from producers.contract.keys import OpeningKeys, ProducerRegistry, SealingKey
from producers.errors import KeyFileError
from producers.runtime.settings_kinds import Refused, read_file

#: Nobody but the owner reads secrets, and a private key is never edited in place. The list of producers is.
PUBLIC, PRIVATE, _EDITED = 0o644, 0o400, 0o600
_DIRECTORY: Final = 0o700

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where the files of a directory are: the four of cards, and the two of a vault, where there is one."""

    directory: Path

    @property
    def seal_public(self) -> Path:
        """For producers; public."""
        return self.directory / "seal.public.json"

    @property
    def seal_private(self) -> Path:
        """For workers only."""
        return self.directory / "seal.private.json"

    @property
    def producer_key(self) -> Path:
        """For one producer only."""
        return self.directory / "producer.key"

    @property
    def vault_public(self) -> Path:
        """For producers; public."""
        return self.directory / "vault.public.json"

    @property
    def vault_private(self) -> Path:
        """For workers only."""
        return self.directory / "vault.private.json"

    @property
    def producers(self) -> Path:
        """For workers only."""
        return self.directory / "producers.json"


def load_sealing_key(path: Path) -> SealingKey:
    """What producers seal with. Raises KeyFileError, as all loaders here."""
    return _load(path, read_sealing_key, private=False)


def load_opening_keys(path: Path) -> OpeningKeys:
    """What workers open with."""
    return _load(path, read_opening_keys)


def load_signing_keys(path: Path) -> SigningKeys:
    """What a producer signs with."""
    return _load(path, read_signing_keys)


def load_producers(path: Path) -> ProducerRegistry:
    """Whom workers believe."""
    return _load(path, read_producers)


def load_api_keys(path: Path) -> ApiKeys:
    """Who may call the HTTP application."""
    return _load(path, read_api_keys)


def add_api_key(path: Path, *, producer: str, requests_per_s: float, burst: int) -> NewApiKey:
    """A new key, its hash added to the file, which is made where there is none. The key itself is kept nowhere.

    Raises:
        KeyFileError: the file is not one of API keys, others may read it, or such a key cannot be.
    """
    key = new_api_key(producer, requests_per_s=requests_per_s, burst=burst)

    def added(text: str) -> bytes:
        return with_api_key(text, key)

    replace_file(path, _load(path, added) if path.exists() else added(""), _EDITED)
    return key


def generate_keys(
    directory: Path, *, producer: str = "default", accounts: Sequence[str] = (ACCOUNT_DEFAULT,)
) -> KeyFiles:
    """Write a first set of keys, for one producer, into a directory only its owner may enter.

    Raises:
        KeyFileError: `key_exists`; keys are never overwritten: what was sealed for them would stay shut.
    """
    files, texts = KeyFiles(directory), new_keys(producer, accounts)
    _write_all(
        (files.seal_private, texts.seal_private, PRIVATE),
        (files.producer_key, texts.producer_key, PRIVATE),
        (files.producers, texts.producers, _EDITED),
        (files.seal_public, texts.seal_public, PUBLIC),
    )
    return files


def generate_vault_keys(directory: Path, *, now_ms: int = 0) -> KeyFiles:
    """Write the first key of a vault, and its public half. Raises as `generate_keys`."""
    files = KeyFiles(directory)
    key, public = new_sealing_key(now_ms)
    _write_all(
        (files.vault_private, encode_file(SealPrivate(keys=[key])), PRIVATE),
        (files.vault_public, public, PUBLIC),
    )
    return files


def _write_all(*contents: tuple[Path, bytes, int]) -> None:
    contents[0][0].parent.mkdir(mode=_DIRECTORY, parents=True, exist_ok=True)
    for path, _, _ in contents:
        if path.exists():
            raise KeyFileError("key_exists", f"{path} is there already")
    for path, text, mode in contents:
        _write_new(path, text, mode)


def _load(path: Path, read: Callable[[str], T], *, private: bool = True) -> T:
    try:
        return read(read_file(path, private=private))
    except Refused as refusal:
        raise KeyFileError(refusal.code, f"{path}: {refusal}") from None
    except KeyFileError as error:
        raise KeyFileError(error.code, f"{path}: {error.message}") from None


def _write_new(path: Path, content: bytes, mode: int) -> None:
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:
        raise KeyFileError("key_exists", f"{path} is there already") from None
    with open(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(handle)


def replace_file(path: Path, content: bytes, mode: int) -> None:
    """The file is the old or the new one at every moment, and nobody else's to read."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    _write_new(draft, content, mode)
    draft.replace(path)
