"""`cardinity keys list`, `rotate`, `retire` and `destroy`: the life of the keys that open cards, and of the vault's,
which open tokens.

Nobody here knows how many tokens need a key of the vault: merchants have them. So one is destroyed only by who says
what that means.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import click

from producers.errors import KeyFileError
from producers.moments import rfc3339
from producers.runtime.ledger.sealed import orders_by_key
from producers.runtime.settings import Settings
from producers.vault.lifecycle import PUBLIC_NAME, VAULT_PUBLIC_NAME, KeyLife, Keyring
from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.operations.auditing import audited
from workers.operations.writing import writing

_dry_run = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
_vault = click.option("--vault", is_flag=True, help="The keys of tokens, in VAULT_PRIVATE_KEYS_FILE.")

#: Open orders by the key they need.
Needed = Mapping[str, int]


@click.command("list")
@_vault
@speaking
def show(screen: Screen, vault: bool) -> None:
    """List the keys that open cards, the active one first, with the open orders that need each."""
    settings = settings_here()
    lives = _ring(settings, vault).lives
    needed = None if vault else _needed(settings)
    for life in lives:
        screen.result(_record(life, needed), _as_text(life, needed))
    elsewhere = {kid: count for kid, count in (needed or {}).items() if kid not in {life.kid for life in lives}}
    for kid, count in sorted(elsewhere.items()):
        screen.result({"kid": kid, "state": "missing", "orders": count}, f"{kid} missing, {count} open orders need it")


@click.command("rotate")
@_vault
@_dry_run
@speaking
def rotate(screen: Screen, vault: bool, dry_run: bool) -> None:
    """Make a new active key, and write its public half beside the private keys; those of before go on opening.

    Workers take it within a second, where they read the same file. Then give producers the new public key. Needs a
    worker's password.
    """
    settings = settings_here()
    ring = _ring(settings, vault)
    after = ring.rotated(_now_ms())
    kid, before = after.lives[0].kid, ring.lives[0].kid
    if not dry_run:
        _do(settings, after, _action("rotate", vault), kid, {"before": before})
    told = {"kid": "" if dry_run else kid, "before": before, "done": not dry_run}
    screen.result(
        told, f"would follow {before}" if dry_run else f"{kid} follows {before}; producers need {ring.public_path}"
    )


@click.command("retire")
@click.argument("kid")
@_vault
@_dry_run
@speaking
def retire(screen: Screen, kid: str, vault: bool, dry_run: bool) -> None:
    """Let a key open only what was sealed before now. What a producer still seals for it is held back.

    With --vault it is only marked: tokens under it open until it is destroyed. Needs a worker's password.
    """
    settings = settings_here()
    after = _ring(settings, vault).retired(kid, _now_ms())
    needed = None if vault else _needed(settings).get(kid, 0)
    if not dry_run:
        _do(settings, after, _action("retire", vault), kid, {} if needed is None else {"orders": str(needed)})
    told = {"kid": kid, **({} if needed is None else {"orders": needed}), "done": not dry_run}
    need = "tokens under it still open" if needed is None else f"{needed} open orders need it"
    screen.result(told, f"{kid} {'would be' if dry_run else 'is'} retired; {need}")


@click.command("destroy")
@click.argument("kid")
@_vault
@click.option(
    "--tokens-become-useless",
    "useless",
    is_flag=True,
    help="With --vault: every token under it opens nowhere any more.",
)
@_dry_run
@speaking
def destroy(screen: Screen, kid: str, vault: bool, useless: bool, dry_run: bool) -> None:
    """Destroy a retired key that no open order needs. What was sealed for it stays shut for ever, in backups too.

    Other copies of the file of keys are yours to destroy. Needs a worker's password.
    """
    settings = settings_here()
    after = _ring(settings, vault).without(kid, {} if vault else _needed(settings))
    if vault and not useless:
        message = f"every token under {kid} opens nowhere any more: renew them first, then say --tokens-become-useless"
        raise KeyFileError("tokens_need_key", message)
    if not dry_run:
        _do(settings, after, _action("destroy", vault), kid, {"left": " ".join(life.kid for life in after.lives)})
    screen.result({"kid": kid, "done": not dry_run}, f"{kid} {'would be' if dry_run else 'is'} destroyed")


def _ring(settings: Settings, vault: bool) -> Keyring:
    file = settings.vault_private_keys_file if vault else settings.seal_private_keys_file
    if file is None:
        name = f"{'VAULT' if vault else 'SEAL'}_PRIVATE_KEYS_FILE"
        message = f"no {name}: keys that a command prints are changed where it has them from"
        raise KeyFileError("keys_elsewhere", message)
    return Keyring.read(file, VAULT_PUBLIC_NAME if vault else PUBLIC_NAME)


def _needed(settings: Settings) -> Needed:
    with writing(settings) as ledger:
        return orders_by_key(ledger)


def _action(step: str, vault: bool) -> str:
    return f"{'vault' if vault else 'key'}.{step}"


def _do(settings: Settings, after: Keyring, action: str, kid: str, details: Mapping[str, str]) -> None:
    with writing(settings) as ledger:
        audited(ledger, settings, action, kid, **details)
    after.write()


def _record(life: KeyLife, needed: Needed | None) -> dict[str, object]:
    told: dict[str, object] = {
        "kid": life.kid,
        "state": life.state,
        "made_at": _moment(life.made_at_ms),
        "retired_at": _moment(life.retired_at_ms),
    }
    return told if needed is None else {**told, "orders": needed.get(life.kid, 0)}


def _as_text(life: KeyLife, needed: Needed | None) -> str:
    times = (("made", life.made_at_ms), ("retired", life.retired_at_ms))
    told = "".join(f", {word} {_moment(at_ms)}" for word, at_ms in times if at_ms)
    need = "" if needed is None else f", {needed.get(life.kid, 0)} open orders need it"
    return f"{life.kid} {life.state}{told}{need}"


def _moment(at_ms: int) -> str | None:
    return rfc3339(at_ms) if at_ms else None


def _now_ms() -> int:
    return int(time.time() * 1000)
