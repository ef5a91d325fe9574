"""`cardinity gdpr`: what is held of one customer, shown or erased."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import msgspec

from producers.contract.customers import read_customer
from producers.contract.fields import Refusal
from producers.errors import FieldError, InvalidCommand
from producers.moments import rfc3339
from producers.runtime.archive.database import Archive
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.settings import Settings
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.operations.auditing import audited
from workers.operations.writing import writing
from workers.privacy.erasing import Erasure, Left
from workers.privacy.exporting import records_of
from workers.privacy.finding import Person, person_of
from workers.privacy.pseudonyms import read_pseudonyms
from workers.risk.identity import write_key

#: Of an export: nobody but its owner reads it.
_MODE = 0o600


@click.group("gdpr")
def command() -> None:
    """What is held of one customer: show all of it, or erase what the books do not need."""


@command.command("export")
@click.argument("customer")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@speaking
def export(screen: Screen, customer: str, path: Path) -> None:
    """Write everything that is held of CUSTOMER to a new file, as JSON lines.

    What is not archived yet is missing: `cardinity archive run --once` first.
    """
    with _at_hand(customer) as (settings, archive, ledger, person, pseudonym):
        audited(ledger, settings, "customer.export", pseudonym)
        handle, count = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE), 0
        with open(handle, "wb") as file:
            for record in records_of(archive, ledger, person):
                file.write(msgspec.json.encode(record) + b"\n")
                count += 1
            file.flush()
            os.fsync(handle)
    screen.result({"file": str(path), "records": count}, f"{path}: {count} records")


@command.command("erase")
@click.argument("customer")
@click.option("--dry-run", is_flag=True, help="Only look, and say what is in the way.")
@speaking
def erase(screen: Screen, customer: str, dry_run: bool) -> None:
    """Erase what says who CUSTOMER is, from archive and ledger, and count what is left wherever they were looked for.

    Amounts, dates, states and payment ids stay. Exits 75 while something is in the way, or still on the event stream.
    """
    with _at_hand(customer) as (settings, archive, ledger, person, pseudonym):
        erasure = Erasure(archive, ledger, person, int(time.time() * 1000))
        obstacles = erasure.obstacles()
        for each in obstacles:
            screen.result({"obstacle": each.code, "message": each.what}, f"{each.code}: {each.what}")
        before = after = erasure.left()
        if not dry_run and not obstacles:
            audited(ledger, settings, "customer.erase", pseudonym)
            erasure.erase()
            after = erasure.left()
        _tell(screen, before, after, dry_run=dry_run)
        if obstacles:
            message = f"nothing was changed: {len(obstacles)} in the way, the first: {obstacles[0].what}"
            raise CommandError(obstacles[0].code, message, ExitCode.TEMPORARY)
        if not dry_run:
            _check(after, settings)


@command.command("key")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--kid", default="p1", show_default=True, help="The key's name, in front of every pseudonym.")
@speaking
def key(screen: Screen, file: Path, kid: str) -> None:
    """Write a new key for pseudonyms to FILE, for PSEUDONYM_KEY_FILE. Nothing is ever overwritten."""
    write_key(file.absolute(), kid)
    screen.result({"file": str(file.absolute()), "kid": kid}, f"PSEUDONYM_KEY_FILE={file.absolute()}")


@contextmanager
def _at_hand(customer: str) -> Iterator[tuple[Settings, Archive, SyncLedger, Person, str]]:
    settings = settings_here()
    try:
        name = read_customer(customer)
    except Refusal as refusal:
        raise InvalidCommand([FieldError("customer", refusal.code, refusal.message)]) from None
    pseudonym = read_pseudonyms(settings.pseudonym_key_file).of(name)
    if pseudonym is None:
        message = "set PSEUDONYM_KEY_FILE: the audit trail names customers by it only (`cardinity gdpr key` writes one)"
        raise CommandError("pseudonym_key_missing", message, ExitCode.CONFIG)
    with Archive(settings) as archive, writing(settings) as ledger:
        yield settings, archive, ledger, person_of(archive, [name, pseudonym]), pseudonym


def _tell(screen: Screen, before: Left, after: Left, *, dry_run: bool) -> None:
    for place, found in before.places.items():
        left = after.places[place]
        screen.result({"searched": place, "before": found, "after": left}, f"{place}: {found} before, {left} after")
    total = sum(after.places.values())
    screen.result({"dry_run": dry_run, "left": total}, f"{total} left that say who it is")


def _check(after: Left, settings: Settings) -> None:
    if after.beside_stream:
        message = f"{after.beside_stream} are there again: something was written meanwhile, run it again"
        raise CommandError("erase_unfinished", message, ExitCode.TEMPORARY)
    if after.stream_newest_ms:
        until = rfc3339(after.stream_newest_ms + int(settings.events_kept_s * 1000))
        message = f"the event stream holds the rest until {until} (EVENTS_KEPT_S): run it again then"
        raise CommandError("erase_unfinished", message, ExitCode.TEMPORARY)
