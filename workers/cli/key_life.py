"""`cardinity keys list`, `rotate`, `retire` and `destroy`: the life of the keys that open cards."""

from __future__ import annotations

import time
from collections.abc import Mapping

import click

from producers.errors import KeyFileError
from producers.runtime.ledger.sealed import orders_by_key
from producers.runtime.settings import Settings
from producers.vault.lifecycle import PUBLIC_NAME, KeyLife, Keyring
from workers.cli.auditing import audited
from workers.cli.output import Screen
from workers.cli.program import speaking
from workers.cli.reading import rfc3339, settings_here
from workers.cli.writing import writing

_dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")


@click.command("list")
@speaking
def show(screen: Screen) -> None:
    """List the keys that open cards, the active one first, with the open orders that need each."""
    settings = settings_here()
    lives = _ring(settings).lives
    with writing(settings) as ledger:
        needed = orders_by_key(ledger)
    for life in lives:
        screen.result(_record(life, needed), _as_text(life, needed))
    elsewhere = {kid: count for kid, count in needed.items() if kid not in {life.kid for life in lives}}
    for kid, count in sorted(elsewhere.items()):
        screen.result({"kid": kid, "state": "missing", "orders": count}, f"{kid} missing, {count} open orders need it")


@click.command("rotate")
@_dry_run
@speaking
def rotate(screen: Screen, dry_run: bool) -> None:
    """Make a new active key, and write its public half beside the private keys; those of before go on opening.

    Workers take it within a second, where they read the same file. Then give producers the new public key. Needs a
    worker's password.
    """
    settings = settings_here()
    ring = _ring(settings)
    after = ring.rotated(_now_ms())
    kid, before = after.lives[0].kid, ring.lives[0].kid
    if not dry_run:
        _do(settings, after, "key.rotate", kid, {"before": before})
    told = {"kid": "" if dry_run else kid, "before": before, "done": not dry_run}
    screen.result(told, f"would follow {before}" if dry_run else f"{kid} follows {before}; {_public(ring)}")


@click.command("retire")
@click.argument("kid")
@_dry_run
@speaking
def retire(screen: Screen, kid: str, dry_run: bool) -> None:
    """Let a key open only what was sealed before now. What a producer still seals for it is held back.

    Needs a worker's password.
    """
    settings = settings_here()
    after = _ring(settings).retired(kid, _now_ms())
    with writing(settings) as ledger:
        needed = orders_by_key(ledger)[kid]
    if not dry_run:
        _do(settings, after, "key.retire", kid, {"orders": str(needed)})
    told = {"kid": kid, "orders": needed, "done": not dry_run}
    screen.result(told, f"{kid} {'would be' if dry_run else 'is'} retired; {needed} open orders need it")


@click.command("destroy")
@click.argument("kid")
@_dry_run
@speaking
def destroy(screen: Screen, kid: str, dry_run: bool) -> None:
    """Destroy a retired key that no open order needs. What was sealed for it stays shut for ever, in backups too.

    Other copies of the file of keys are yours to destroy. Needs a worker's password.
    """
    settings = settings_here()
    ring = _ring(settings)
    with writing(settings) as ledger:
        after = ring.without(kid, orders_by_key(ledger))
    if not dry_run:
        _do(settings, after, "key.destroy", kid, {"left": " ".join(life.kid for life in after.lives)})
    screen.result({"kid": kid, "done": not dry_run}, f"{kid} {'would be' if dry_run else 'is'} destroyed")


def _ring(settings: Settings) -> Keyring:
    if settings.seal_private_keys_file is None:
        message = "no SEAL_PRIVATE_KEYS_FILE: keys that a command prints are changed where it has them from"
        raise KeyFileError("keys_elsewhere", message)
    return Keyring.read(settings.seal_private_keys_file)


def _do(settings: Settings, after: Keyring, action: str, kid: str, details: Mapping[str, str]) -> None:
    with writing(settings) as ledger:
        audited(ledger, settings, action, kid, **details)
    after.write()


def _record(life: KeyLife, needed: Mapping[str, int]) -> dict[str, object]:
    return {
        "kid": life.kid,
        "state": life.state,
        "made_at": _moment(life.made_at_ms),
        "retired_at": _moment(life.retired_at_ms),
        "orders": needed.get(life.kid, 0),
    }


def _as_text(life: KeyLife, needed: Mapping[str, int]) -> str:
    times = (("made", life.made_at_ms), ("retired", life.retired_at_ms))
    told = "".join(f", {word} {_moment(at_ms)}" for word, at_ms in times if at_ms)
    return f"{life.kid} {life.state}{told}, {needed.get(life.kid, 0)} open orders need it"


def _moment(at_ms: int) -> str | None:
    return rfc3339(at_ms) if at_ms else None


def _public(ring: Keyring) -> str:
    return f"producers need {ring.path.with_name(PUBLIC_NAME)}"


def _now_ms() -> int:
    return int(time.time() * 1000)
