"""Keys on disk, and the half of them that seals cards. The formats are told in `contract.key_formats`.

A secret file that others may read is refused, not mended: who could read it has perhaps read it. Nothing
here opens a card; that takes the private keys, and those stay with the workers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self, TypeVar

from cardinity_client.secret import Secret
from producers.contract.api_keys import ApiKeys, NewApiKey, new_api_key, read_api_keys, with_api_key
from producers.contract.card_fields import Mode
from producers.contract.envelope import seal
from producers.contract.fields import ACCOUNT_DEFAULT
from producers.contract.key_formats import (
    SigningKeys,
    new_keys,
    read_opening_keys,
    read_producers,
    read_sealing_key,
    read_signing_keys,
)
from producers.contract.keys import OpeningKeys, ProducerKey, ProducerRegistry, SealingKey
from producers.contract.wishes import Wish
from producers.data_key_supply import DataKeySupply
from producers.errors import FieldError, KeyFileError, SettingsError
from producers.runtime.settings import Settings
from producers.runtime.settings_kinds import Refused, read_file

__all__ = [
    "ApiKeys",
    "KeyFiles",
    "OpeningKeys",
    "ProducerKey",
    "ProducerRegistry",
    "Sealer",
    "SealingKey",
    "add_api_key",
    "generate_keys",
    "load_api_keys",
    "load_opening_keys",
    "load_producers",
    "load_sealing_key",
    "load_signing_keys",
]

#: Nobody but the owner reads secrets, and a private key is never edited in place. The list of producers is.
_PUBLIC, _PRIVATE, _EDITED = 0o644, 0o400, 0o600
_DIRECTORY: Final = 0o700

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class KeyFiles:
    """Where the four files of a directory are."""

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
    def producers(self) -> Path:
        """For workers only."""
        return self.directory / "producers.json"


@dataclass(frozen=True, slots=True)
class Sealer:
    """Everything a producer needs to send cards. It can read back those of its present data key, and no others.

    Threads may share it.
    """

    sealing_key: SealingKey
    signing_keys: SigningKeys
    mode: Mode
    _data_keys: DataKeySupply = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_data_keys", DataKeySupply(self.sealing_key, self.producer))

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """The sealer that PRODUCER_KEY, PRODUCER_ID and SEAL_PUBLIC_KEY make.

        Raises:
            SettingsError: one is missing, cannot be read, or speaks for another producer.
        """
        sealing_key = _from_setting("SEAL_PUBLIC_KEY", settings.seal_public_key, read_sealing_key)
        secret = settings.producer_key.reveal() if settings.producer_key else None
        signing_keys = _from_setting("PRODUCER_KEY", secret, read_signing_keys)
        if signing_keys.producer_key.producer != settings.producer_id:
            message = "the key was made for another producer; a key speaks for one name only"
            raise SettingsError([FieldError("PRODUCER_KEY, PRODUCER_ID", "producer_mismatch", message)])
        return cls(sealing_key, signing_keys, settings.cardinity_mode)

    @property
    def producer(self) -> str:
        """The name envelopes are signed by."""
        return self.signing_keys.producer_key.producer

    @property
    def fingerprint_key(self) -> Secret[bytes]:
        """The key of instrument fingerprints, the same for all producers of a ledger."""
        return self.signing_keys.fingerprint_key

    def seal(self, order: Wish, *, now_ms: int) -> bytes:
        """The order's envelope."""
        return seal(
            order,
            data_key=self._data_keys.take(),
            producer_key=self.signing_keys.producer_key,
            mode=self.mode,
            issued_at_ms=now_ms,
        )


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

    _replace(path, _load(path, added) if path.exists() else added(""))
    return key


def generate_keys(
    directory: Path, *, producer: str = "default", accounts: Sequence[str] = (ACCOUNT_DEFAULT,)
) -> KeyFiles:
    """Write a first set of keys, for one producer, into a directory only its owner may enter.

    Raises:
        KeyFileError: `key_exists`; keys are never overwritten: what was sealed for them would stay shut.
    """
    files, texts = KeyFiles(directory), new_keys(producer, accounts)
    contents = (
        (files.seal_private, texts.seal_private, _PRIVATE),
        (files.producer_key, texts.producer_key, _PRIVATE),
        (files.producers, texts.producers, _EDITED),
        (files.seal_public, texts.seal_public, _PUBLIC),
    )
    directory.mkdir(mode=_DIRECTORY, parents=True, exist_ok=True)
    for path, _, _ in contents:
        if path.exists():
            raise KeyFileError("key_exists", f"{path} is there already")
    for path, text, mode in contents:
        _write_new(path, text, mode)
    return files


def _from_setting(name: str, text: str | None, read: Callable[[str], T]) -> T:
    if not text:
        raise SettingsError([FieldError(name, "secret_missing", "must be given, or the file that holds it")])
    try:
        return read(text)
    except KeyFileError as error:
        raise SettingsError([FieldError(name, error.code, error.message)]) from None


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


def _replace(path: Path, content: bytes) -> None:
    """The file is the old or the new one at every moment, and nobody else's to read."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    _write_new(draft, content, _EDITED)
    draft.replace(path)
