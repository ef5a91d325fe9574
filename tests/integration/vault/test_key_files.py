"""Key files on a real disk: made once, readable by their owner alone, and refused otherwise."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from producers.contract.commands import parse_charge
from producers.contract.envelope import facts_of, open_envelope
from producers.errors import KeyFileError, SettingsError
from producers.runtime.settings import Settings
from producers.vault import (
    KeyFiles,
    Sealer,
    generate_keys,
    load_opening_keys,
    load_producers,
    load_sealing_key,
    load_signing_keys,
)

NOW_MS = 1_768_471_200_000
CHARGE = parse_charge(
    {
        "order_id": "ORD-1001",
        "amount": "25.50",
        "currency": "EUR",
        "country": "LT",
        "pan": "4111111111111111",
        "exp_month": 4,
        "exp_year": 2031,
        "cvc": "123",
        "holder": "Ona Petraityte",
    },
    now_ms=NOW_MS,
    mode="test",
)
PRIVATE: list[tuple[str, Callable[[Path], object]]] = [
    ("seal.private.json", load_opening_keys),
    ("producer.key", load_signing_keys),
    ("producers.json", load_producers),
]


@pytest.fixture
def files(tmp_path: Path) -> KeyFiles:
    """A fresh set of keys."""
    return generate_keys(tmp_path / "keys", producer="shop")


def test_a_producer_seals_what_a_worker_opens(files: KeyFiles) -> None:
    """The generated files fit together, each side reading only its own."""
    sealer = Sealer.from_settings(producer_settings(files))
    contents = open_envelope(
        sealer.seal(CHARGE, now_ms=NOW_MS),
        keys=load_opening_keys(files.seal_private),
        producers=load_producers(files.producers),
        expect=facts_of(CHARGE, producer="shop", mode="test"),
        now_ms=NOW_MS,
    )
    assert contents.instrument == CHARGE.instrument


def test_secrets_are_their_owners_alone(files: KeyFiles) -> None:
    """Nobody else may enter the directory or read what is secret; keys cannot be edited by accident."""
    assert mode_of(files.directory) == 0o700
    assert [mode_of(path) for path in (files.seal_private, files.producer_key)] == [0o400, 0o400]
    assert (mode_of(files.producers), mode_of(files.seal_public)) == (0o600, 0o644)


def test_the_public_file_holds_nothing_secret(files: KeyFiles) -> None:
    """What is public is the public key, and not the private one."""
    key = load_sealing_key(files.seal_public)
    assert key.kid in load_opening_keys(files.seal_private).kids
    assert "private" not in files.seal_public.read_text()


@pytest.mark.parametrize("name", ["seal.public.json", "seal.private.json", "producer.key", "producers.json"])
def test_keys_are_never_overwritten(tmp_path: Path, name: str) -> None:
    """One file that is there stops the whole, and nothing else is written."""
    (tmp_path / name).write_text("mine")
    with pytest.raises(KeyFileError) as caught:
        generate_keys(tmp_path)
    assert (caught.value.code, name in str(caught.value)) == ("key_exists", True)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(("name", "load"), PRIVATE, ids=lambda value: value if isinstance(value, str) else "")
def test_a_damaged_file_is_named_and_not_repeated(files: KeyFiles, name: str, load: Callable[[Path], object]) -> None:
    """A cut file is no key, and what is left of it is not shown."""
    path = files.directory / name
    content = path.read_text()
    path.chmod(0o600)
    path.write_text(content[: len(content) // 2])
    with pytest.raises(KeyFileError) as caught:
        load(path)
    assert (caught.value.code, name in str(caught.value)) == ("key_file_format", True)
    assert content[30:60] not in str(caught.value)


def test_a_key_speaks_for_its_own_producer_only(files: KeyFiles) -> None:
    """A key made for one name is refused under another, and both settings are named."""
    with pytest.raises(SettingsError) as caught:
        Sealer.from_settings(producer_settings(files, PRODUCER_ID="other"))
    (problem,) = caught.value.problems
    assert (problem.field, problem.code) == ("PRODUCER_KEY, PRODUCER_ID", "producer_mismatch")


def test_a_key_in_the_wrong_setting_is_not_shown(files: KeyFiles) -> None:
    """The private key where the public one belongs is refused without a word of it."""
    content = files.seal_private.read_text().strip()
    with pytest.raises(SettingsError) as caught:
        Sealer.from_settings(producer_settings(files, SEAL_PUBLIC_KEY=content, SEAL_PUBLIC_KEY_FILE=""))
    assert (caught.value.problems[0].code, content[-60:-10] in str(caught.value)) == (
        "key_file_format",
        False,
    )


def producer_settings(files: KeyFiles, **environ: str) -> Settings:
    """What a producer is told."""
    return Settings.for_producer(
        {
            "PRODUCER_ID": "shop",
            "PRODUCER_KEY_FILE": str(files.producer_key),
            "SEAL_PUBLIC_KEY_FILE": str(files.seal_public),
            "STATE_DIR": str(files.directory),
            **environ,
        }
    )


def mode_of(path: Path) -> int:
    """The permission bits."""
    return stat.S_IMODE(path.stat().st_mode)
