"""A producer takes a replaced public key by itself: what it seals next, and what it states, is for the new one."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.contract.integrity import read_stated
from producers.contract.layout import key_id_of
from producers.errors import SettingsError
from producers.vault import KeyFiles, Sealer, generate_keys, generate_vault_keys, load_sealing_key, load_signing_keys
from producers.vault.lifecycle import VAULT_PUBLIC_NAME, Keyring
from producers.vault.published import LOOK_EVERY_S, PublishedKey
from producers.vault.tokeniser import Tokeniser
from producers.verification import bound_of
from tests.integration.vault.test_key_files import CHARGE, NOW_MS, producer_settings
from tests.integration.vault.test_vault_keys import KEPT, with_vault


class Clock:
    """Seconds that pass when told."""

    now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def files(tmp_path: Path) -> KeyFiles:
    """A fresh set of keys, and a vault's."""
    generate_vault_keys(tmp_path / "keys")
    return generate_keys(tmp_path / "keys", producer="shop")


def test_a_sealer_takes_a_rotated_key(files: KeyFiles) -> None:
    """Within a second, with a data key of its own; the hash that it states is of the same key."""
    clock = Clock()
    key = PublishedKey("SEAL_PUBLIC_KEY", producer_settings(files).seal_public_key, clock=clock)
    sealer = Sealer(key.present, load_signing_keys(files.producer_key), "test")
    before = sealer.seal(CHARGE, now_ms=NOW_MS)
    Keyring.read(files.seal_private).rotated(NOW_MS).write()
    still = sealer.seal(CHARGE, now_ms=NOW_MS)
    clock.now_s += LOOK_EVERY_S
    after = sealer.seal(CHARGE, now_ms=NOW_MS)
    new, old = (life.kid for life in Keyring.read(files.seal_private).lives)
    assert [key_id_of(data) for data in (before, still, after)] == [old, old, new]
    stated = [read_stated(sealer.stated(data, bound_of({}), now_ms=NOW_MS)) for data in (still, after)]
    assert [each.kid for each in stated if each] == [old, new]


def test_a_tokeniser_takes_a_rotated_key(files: KeyFiles) -> None:
    """As a sealer does."""
    clock = Clock()
    key = PublishedKey("VAULT_PUBLIC_KEY", with_vault(files).vault_public_key, clock=clock)
    tokeniser = Tokeniser(key.present, "shop", "test")
    before = tokeniser.tokenise(**KEPT)
    Keyring.read(files.vault_private, VAULT_PUBLIC_NAME).rotated(NOW_MS).write()
    clock.now_s += LOOK_EVERY_S
    assert tokeniser.tokenise(**KEPT).kid == load_sealing_key(files.vault_public).kid != before.kid


@pytest.mark.parametrize("content", ["", "{}", None])
def test_a_file_that_cannot_be_read_changes_nothing(files: KeyFiles, content: str | None) -> None:
    """Cut short, rubbish or gone: the key that is known goes on, and the file is looked at again."""
    clock = Clock()
    key = PublishedKey("SEAL_PUBLIC_KEY", producer_settings(files).seal_public_key, clock=clock)
    known = key.present().kid
    files.seal_public.unlink()
    if content is not None:
        files.seal_public.write_text(content)
    clock.now_s += LOOK_EVERY_S
    assert key.present().kid == known
    other = generate_keys(files.directory / "other", producer="shop")
    files.seal_public.write_text(other.seal_public.read_text())
    clock.now_s += LOOK_EVERY_S
    assert key.present().kid == load_sealing_key(other.seal_public).kid != known


def test_a_key_that_stands_in_the_setting_stays(files: KeyFiles) -> None:
    """There is no file to look at; without either it says what is missing."""
    text = files.seal_public.read_text().strip()
    clock = Clock()
    key = PublishedKey("SEAL_PUBLIC_KEY", text, clock=clock)
    Keyring.read(files.seal_private).rotated(NOW_MS).write()
    clock.now_s += LOOK_EVERY_S
    assert key.present().kid != load_sealing_key(files.seal_public).kid
    with pytest.raises(SettingsError):
        PublishedKey("SEAL_PUBLIC_KEY", None)
