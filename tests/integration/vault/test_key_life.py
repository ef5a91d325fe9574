"""Sealing keys from made to destroyed: what opens with what, what is refused, and what is left on the disk."""

from __future__ import annotations

import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from producers.contract.envelope import FUTURE_MAX_MS, facts_of, open_envelope
from producers.contract.layout import key_id_of
from producers.errors import EnvelopeError, KeyFileError
from producers.runtime.ledger import calls
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.ledger.sealed import orders_by_key
from producers.runtime.settings import Settings
from producers.vault import (
    KeyFiles,
    Sealer,
    generate_keys,
    load_opening_keys,
    load_producers,
    load_sealing_key,
    opening_keys,
)
from producers.vault.lifecycle import Keyring
from tests.integration.vault.test_key_files import CHARGE, NOW_MS, producer_settings
from tests.ledgers import claim, give_credits, intend, open_ledger, settle
from workers.duties.keyring import KeyWatch

NOBODY: Mapping[str, int] = {}


@pytest.fixture
def files(tmp_path: Path) -> KeyFiles:
    """A fresh set of keys."""
    return generate_keys(tmp_path / "keys", producer="shop")


def kids(files: KeyFiles) -> list[str]:
    return [life.kid for life in Keyring.read(files.seal_private).lives]


def sealed(files: KeyFiles, *, at_ms: int = NOW_MS) -> bytes:
    """The charge, sealed for the present public key at that moment."""
    return Sealer.from_settings(producer_settings(files)).seal(CHARGE, now_ms=at_ms)


def opened(files: KeyFiles, data: bytes, *, at_ms: int = NOW_MS) -> object:
    return open_envelope(
        data,
        keys=load_opening_keys(files.seal_private),
        producers=load_producers(files.producers),
        expect=facts_of(CHARGE, producer="shop", mode="test"),
        now_ms=at_ms,
    ).instrument


def test_of_two_who_change_keys_at_once_one_is_told_to_come_again(files: KeyFiles) -> None:
    """A key that one of them destroyed is not brought back by the other, nor is a new one lost."""
    (first,) = kids(files)
    Keyring.read(files.seal_private).rotated(NOW_MS).write()
    Keyring.read(files.seal_private).retired(first, NOW_MS).write()
    rotating, destroying = Keyring.read(files.seal_private), Keyring.read(files.seal_private)
    destroying.without(first, NOBODY).write()
    with pytest.raises(KeyFileError) as refused:
        rotating.rotated(NOW_MS).write()
    assert refused.value.code == "keys_changed"
    assert first not in kids(files)
    assert stat.S_IMODE(files.seal_private.stat().st_mode) & 0o077 == 0


def test_after_a_rotation_old_and_new_open(files: KeyFiles) -> None:
    """Producers seal for the new key once they have its public half; what was sealed before still opens."""
    before = sealed(files)
    Keyring.read(files.seal_private).rotated(NOW_MS).write()
    after = sealed(files)
    new, old = kids(files)
    assert (key_id_of(before), key_id_of(after), load_sealing_key(files.seal_public).kid) == (old, new, new)
    assert opened(files, before) == opened(files, after) == CHARGE.instrument
    assert stat.S_IMODE(files.seal_private.stat().st_mode) == 0o400


def test_a_retired_key_opens_what_was_sealed_before(files: KeyFiles) -> None:
    """A producer that missed the rotation is held back; one whose clock is a little ahead is not."""
    early, just, late = (
        sealed(files, at_ms=at) for at in (NOW_MS - 1, NOW_MS + FUTURE_MAX_MS, NOW_MS + FUTURE_MAX_MS + 1)
    )
    Keyring.read(files.seal_private).rotated(NOW_MS).write()
    Keyring.read(files.seal_private).retired(kids(files)[1], NOW_MS).write()
    later = NOW_MS + 2 * FUTURE_MAX_MS
    assert opened(files, early, at_ms=later) == opened(files, just, at_ms=later) == CHARGE.instrument
    with pytest.raises(EnvelopeError) as caught:
        opened(files, late, at_ms=later)
    assert caught.value.code == "key_retired"


def test_what_was_sealed_for_a_destroyed_key_stays_shut(files: KeyFiles) -> None:
    """And the place on the disk where it was is written over."""
    data = sealed(files)
    Keyring.read(files.seal_private).rotated(NOW_MS).write()
    _, old = kids(files)
    Keyring.read(files.seal_private).retired(old, NOW_MS).write()
    with open(files.seal_private, "rb") as file:
        Keyring.read(files.seal_private).without(old, NOBODY).write()
        assert file.read().strip(b"\0") == b""
    with pytest.raises(EnvelopeError) as caught:
        opened(files, data)
    assert (caught.value.code, len(kids(files))) == ("key_unknown", 1)


@pytest.mark.parametrize(
    ("do", "code"),
    [
        (lambda ring, kid: ring.retired("f" * 16, 1), "key_missing"),
        (lambda ring, kid: ring.retired(ring.lives[0].kid, 1), "key_active"),
        (lambda ring, kid: ring.retired(kid, 1).retired(kid, 2), "key_retired_before"),
        (lambda ring, kid: ring.without(kid, NOBODY), "key_not_retired"),
        (lambda ring, kid: ring.retired(kid, 1).without(kid, {kid: 3}), "key_needed"),
    ],
)
def test_a_step_that_would_shut_out_orders_is_refused(
    files: KeyFiles, do: Callable[[Keyring, str], object], code: str
) -> None:
    """With a code that says what to do first; nothing is written."""
    Keyring.read(files.seal_private).rotated(NOW_MS).write()
    before = files.seal_private.read_bytes()
    with pytest.raises(KeyFileError) as caught:
        do(Keyring.read(files.seal_private), kids(files)[1])
    assert (caught.value.code, files.seal_private.read_bytes()) == (code, before)


def _accept(ledger: SyncLedger, order_id: str, fields: Mapping[str, bytes]) -> None:
    row: dict[str, str | bytes | int] = {"amount_minor": "1000", "currency": "EUR", "ref": order_id, "batch": ""}
    row |= {"account": "default", **fields}
    ledger.run(calls.accept(order_id, row, grace_ms=0))


def test_orders_are_counted_by_the_key_they_need(ledger_url: str, files: KeyFiles) -> None:
    """Whatever state they are in, until their card is erased with the outcome; an order once, however much it holds."""
    ledger = open_ledger(ledger_url)
    old = sealed(files)
    Keyring.read(files.seal_private).rotated(NOW_MS).write()
    new = sealed(files)
    assert orders_by_key(ledger) == {}
    for number in range(3):
        _accept(ledger, f"OLD-{number}", {"envelope": old})
    _accept(ledger, "BOTH-1", {"envelope": new, "backup_envelope": old})
    _accept(ledger, "BOTH-2", {"envelope": new, "backup_envelope": new, "link_envelope": new})
    _accept(ledger, "NONE-1", {"envelope": b"rubbish"})
    first, second = kids(files)
    assert orders_by_key(ledger) == {second: 4, first: 2}
    claim(ledger, order_id="OLD-1")
    give_credits(ledger)
    intend(ledger, order_id="OLD-1")
    assert orders_by_key(ledger)[second] == 4
    settle(ledger, "approved", order_id="OLD-1")
    assert orders_by_key(ledger)[second] == 3


def test_a_worker_takes_a_replaced_file(files: KeyFiles) -> None:
    """The keys at its first look, others once they are there, nothing when a file cannot be read."""
    taken: list[tuple[str, ...]] = []
    troubles: list[tuple[str, str]] = []
    watch = KeyWatch(files.seal_private, lambda keys: taken.append(keys.kids), lambda *told: troubles.append(told))
    watch.look()
    watch.look()
    Keyring.read(files.seal_private).rotated(NOW_MS).write()
    watch.look()
    assert [len(found) for found in taken] == [1, 2]
    files.seal_private.chmod(0o644)
    files.seal_private.rename(files.directory / "away")
    watch.look()
    assert (len(taken), troubles) == (2, [("keys", "secret_missing")])


def test_keys_come_from_a_command(files: KeyFiles, tmp_path: Path) -> None:
    """It prints what the file would hold; what it prints beside, or that it fails, is told without a key."""
    worker = {"STATE_DIR": str(tmp_path), "HOME": "/"}

    def keys_of(command: str) -> tuple[str, ...]:
        return opening_keys(Settings.from_environ({**worker, "SEAL_PRIVATE_KEYS_COMMAND": command})).kids

    assert keys_of(f"cat {files.seal_private}") == load_opening_keys(files.seal_private).kids
    for command, code in (
        ("false", "key_command_failed"),
        ("/nowhere/kms", "key_command_failed"),
        ("'", "key_command_failed"),
        (f"head -c 90 {files.seal_private}", "key_file_format"),
    ):
        with pytest.raises(KeyFileError) as caught:
            keys_of(command)
        assert caught.value.code == code
