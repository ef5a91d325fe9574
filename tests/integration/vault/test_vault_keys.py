"""The vault's keys: on the disk, from a command, apart from those of sealed cards, and whether both sides fit."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from producers import Settings, SettingsError, Tokeniser
from producers.contract.key_formats import read_opening_keys
from producers.contract.tokens import open_token, renewed
from producers.errors import KeyFileError
from producers.vault import KeyFiles, check_apart, generate_keys, generate_vault_keys, load_opening_keys, vault_keys
from producers.vault.lifecycle import VAULT_PUBLIC_NAME, Keyring
from tests.unit.contract.builders import PAN
from workers.cli.checkup import of_keys

NOW_MS = 1_768_471_200_000
KEPT = {"pan": PAN, "exp_month": 4, "exp_year": 2040, "holder": "Ona Petraityte"}


@pytest.fixture
def files(tmp_path: Path) -> KeyFiles:
    """Keys of cards, and a vault's beside them."""
    generate_keys(tmp_path / "keys", producer="shop")
    return generate_vault_keys(tmp_path / "keys", now_ms=NOW_MS)


def settings(files: KeyFiles, **more: str) -> Settings:
    given = {"STATE_DIR": str(files.directory), "HOME": "/", "PRODUCER_ID": "shop"}
    return Settings.from_environ({**given, **more})


def with_vault(files: KeyFiles, **more: str) -> Settings:
    names = {"VAULT_PUBLIC_KEY_FILE": files.vault_public, "VAULT_PRIVATE_KEYS_FILE": files.vault_private}
    return settings(files, **{name: str(path) for name, path in names.items()}, **more)


def told(given: Settings) -> dict[str, str]:
    return {finding.check: finding.verdict for finding in of_keys(given)}


def test_a_vault_is_written_for_its_owner_alone(files: KeyFiles) -> None:
    """The public half may be read; keys are never overwritten, and those of cards are others."""
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (files.vault_private, files.vault_public)]
    assert modes == [0o400, 0o644]
    with pytest.raises(KeyFileError) as caught:
        generate_vault_keys(files.directory)
    assert caught.value.code == "key_exists"
    check_apart(load_opening_keys(files.seal_private), load_opening_keys(files.vault_private))


def test_one_key_for_both_is_refused(files: KeyFiles) -> None:
    """By the worker that starts, and told by the doctor: it would be destroyed daily, and the tokens with it."""
    keys = load_opening_keys(files.seal_private)
    with pytest.raises(KeyFileError) as caught:
        check_apart(keys, keys)
    assert caught.value.code == "keys_shared"
    shared = {"VAULT_PRIVATE_KEYS_FILE": str(files.seal_private), "SEAL_PRIVATE_KEYS_FILE": str(files.seal_private)}
    assert told(settings(files, **shared, PRODUCERS_FILE=str(files.producers)))["keys"] == "wrong"


def test_keys_come_from_a_command(files: KeyFiles) -> None:
    """As those of cards do; without either there is no vault."""
    command = settings(files, VAULT_PRIVATE_KEYS_COMMAND=f"cat {files.vault_private}")
    assert vault_keys(command).kids == load_opening_keys(files.vault_private).kids
    assert vault_keys(settings(files)).kids == ()
    with pytest.raises(KeyFileError) as caught:
        vault_keys(settings(files, VAULT_PRIVATE_KEYS_COMMAND="false"))
    assert caught.value.message.startswith("VAULT_PRIVATE_KEYS_COMMAND: ")


def test_both_sides_fit_until_one_is_another(files: KeyFiles, tmp_path: Path) -> None:
    """The doctor says whether workers open what producers make; of no vault it says nothing."""
    assert told(with_vault(files)) == {"vault producer": "ok", "vault worker": "ok"}
    other = generate_vault_keys(tmp_path / "other")
    mixed = settings(
        files, VAULT_PUBLIC_KEY_FILE=str(other.vault_public), VAULT_PRIVATE_KEYS_FILE=str(files.vault_private)
    )
    assert told(mixed)["vault"] == "wrong"
    assert told(settings(files)) == {}


def test_a_token_outlives_its_key_by_being_renewed(files: KeyFiles) -> None:
    """Rotated, renewed, and only then is the old key let go."""
    token = Tokeniser.from_settings(with_vault(files)).tokenise(**KEPT)
    Keyring.read(files.vault_private, VAULT_PUBLIC_NAME).rotated(NOW_MS).write()
    fresh = renewed(token, vault_keys(with_vault(files)))
    made = Tokeniser.from_settings(with_vault(files)).tokenise(**KEPT)
    ring = Keyring.read(files.vault_private, VAULT_PUBLIC_NAME).retired(token.kid, NOW_MS)
    ring.without(token.kid, {}).write()
    left = read_opening_keys(files.vault_private.read_text())
    assert left.kids == (fresh.kid,) == (made.kid,)
    assert open_token(fresh, left).pan.reveal() == PAN


def test_without_a_public_key_no_token_is_made(files: KeyFiles) -> None:
    """It says which setting is missing."""
    with pytest.raises(SettingsError) as caught:
        Tokeniser.from_settings(settings(files))
    assert [problem.field for problem in caught.value.problems] == ["VAULT_PUBLIC_KEY"]
