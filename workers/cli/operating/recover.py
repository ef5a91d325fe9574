"""`cardinity recover`: what happened to a ledger that is locked down, and its rebuilding from what is left."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from cardinity_client import CardinityClient, Payment
from cardinity_client.money import Money
from cardinity_client.secret import Secret
from producers.contract.names import QUEUES
from producers.errors import LedgerNotRebuilt
from producers.moments import rfc3339
from producers.runtime.archive.database import FILE_NAME, Archive, url_of
from producers.runtime.audit.lockdown import record_recovery
from producers.runtime.clients import sync_client
from producers.runtime.ledger.epoch import Pin, remembered
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.logs import configure_logging
from producers.runtime.settings import Settings
from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.recovery.decide import Step
from workers.recovery.diagnosis import Diagnosis, diagnose
from workers.recovery.listed import accounts_of, calls_for, listed
from workers.recovery.rebuilding import Rebuilding, Tally
from workers.recovery.sent import SentBook, folder_of

#: What becomes of orders, for people.
_STEPS: Final[dict[Step, str]] = {
    "keep": "stay as the ledger has them",
    "end": "end as the archive tells",
    "wait": "wait for the gateway's word on a payment whose id is known",
    "ask": "were or may have been sent: unknown, the resolver asks the gateway",
    "park": "may have been sent, through whom is not known: parked, a human decides",
    "never_sent": "were never sent: end as not_charged, because their cards are lost",
}

_INTENTS: Final = click.option(
    "--intents",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A copy of another host's STATE_DIR/intents. May be given several times.",
)
_HOSTS: Final = click.option(
    "--all-hosts/--some-hosts",
    default=None,
    help="Whether the logs of all hosts that had workers are here: only then what is in none was not sent.",
)


@click.group("recover")
def command() -> None:
    """Say what happened to a lost ledger, and rebuild it from what is left.

    That is the archive, the hosts' logs of intents, and the gateway. Nothing is ever sent; what may have been sent
    becomes unknown or is parked.
    """


@command.command("plan")
@_INTENTS
@_HOSTS
@speaking
def plan(screen: Screen, folders: tuple[Path, ...], all_hosts: bool | None) -> None:
    """Say what happened to the ledger, and what a run would make of it; changes nothing."""
    with _at_hand(folders, all_hosts=bool(all_hosts)) as (diagnosis, rebuilding, _, _):
        _tell_diagnosis(screen, diagnosis)
        if diagnosis.lost:
            _tell_sources(screen, rebuilding)
            with _progress(screen, "reading") as read:
                tally = rebuilding.plan(read)
            _tell_tally(screen, tally)


@command.command("run")
@_INTENTS
@_HOSTS
@click.option("--without-gateway", is_flag=True, help="Do not read the newest payments of the accounts.")
@speaking
def run(screen: Screen, folders: tuple[Path, ...], all_hosts: bool | None, without_gateway: bool) -> None:
    """Rebuild the ledger. Stop producers and workers first, and start them again afterwards.

    It ends with all queues paused: what operators had paused and called back is forgotten. Say it again, then resume
    them. May be killed and run again.
    """
    if all_hosts is None:
        raise click.UsageError("say --all-hosts or --some-hosts: what is in no log was not sent only if all are here")
    with _at_hand(folders, all_hosts=all_hosts) as (diagnosis, rebuilding, memory, settings):
        _refuse(diagnosis)
        _tell_diagnosis(screen, diagnosis)
        payments = {} if without_gateway else _listed(settings)
        rebuilding.hear(accounts_of(payments))
        _tell_sources(screen, rebuilding)
        with configure_logging(settings):
            record_recovery(settings, memory.epoch, {"what": diagnosis.what, "all_hosts": str(all_hosts)})
        rebuilding.begin(memory)
        with _progress(screen, "rebuilding") as wrote:
            tally = rebuilding.restore(wrote)
        taken = sum(rebuilding.take(calls_for(some, account)) for account, some in payments.items())
        rebuilding.end(memory)
        _tell_tally(screen, tally)
    told = {"rebuilt": True, "listed": taken, "paused": list(QUEUES)}
    screen.result(told, f"rebuilt; {taken} payments of the gateway's list were known to nobody")
    if not screen.as_json:
        screen.result({}, f"paused: {', '.join(QUEUES)}. Say again which accounts and batches are paused, and which")
        screen.result({}, f"batches and orders are called back. Then `cardinity queue resume`: {', '.join(QUEUES)}")


@command.command("export")
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@speaking
def export(screen: Screen, folder: Path) -> None:
    """Copy this host's log of intents, to be taken to the host that rebuilds. No card data are in it."""
    source = folder_of(settings_here().state_dir)
    count = len(list(source.glob("*"))) if source.is_dir() else 0
    if count:
        shutil.copytree(source, folder, dirs_exist_ok=True)
    screen.result({"files": count, "folder": str(folder)}, f"{count} files copied to {folder}")


@contextmanager
def _archive(settings: Settings) -> Iterator[Archive]:
    """The archive; an empty one, which is thrown away, where there was never any: most have none."""
    url = url_of(settings)
    if settings.archive_url or Path(str(url.database)).exists():
        with Archive(settings) as archive:
            yield archive
        return
    from producers.runtime.archive.revisions import upgrade  # Alembic, which nothing else here needs

    with TemporaryDirectory(prefix="no-archive-") as folder:
        empty = replace(settings, archive_url=Secret(f"sqlite:///{folder}/{FILE_NAME}"))
        with Archive(empty, any_revision=True) as archive:
            upgrade(archive)
            yield archive


@contextmanager
def _at_hand(folders: tuple[Path, ...], *, all_hosts: bool) -> Iterator[tuple[Diagnosis, Rebuilding, Pin, Settings]]:
    settings = settings_here()
    memory = remembered(settings.state_dir)
    with sync_client(settings.redis_ledger_url, settings) as client, _archive(settings) as archive:
        ledger = SyncLedger(client, "")
        diagnosis = diagnose(ledger, memory)
        ledger.epoch = diagnosis.epoch
        with SentBook([folder_of(settings.state_dir), *folders]) as sent:
            window_ms = int(settings.attempt_window_s * 1000)
            rebuilding = Rebuilding(ledger, archive, sent, diagnosis, window_ms=window_ms, all_hosts=all_hosts)
            yield diagnosis, rebuilding, memory or Pin(""), settings


def _refuse(diagnosis: Diagnosis) -> None:
    if diagnosis.what in ("other", "unknown_here"):
        raise LedgerNotRebuilt("ledger_foreign", f"{diagnosis.words}; nothing was changed")
    if not diagnosis.lost:
        raise LedgerNotRebuilt("ledger_not_lost", f"{diagnosis.words}; nothing was changed")


def _listed(settings: Settings) -> dict[str, list[Payment]]:
    async def read(account: str) -> list[Payment]:
        async with CardinityClient(settings.client_settings(account)) as gateway:
            return await listed(gateway)

    async def read_all() -> dict[str, list[Payment]]:
        return {merchant.name: await read(merchant.name) for merchant in settings.merchants}

    return asyncio.run(read_all())


def _tell_diagnosis(screen: Screen, diagnosis: Diagnosis) -> None:
    told = {"what": diagnosis.what, "lost": diagnosis.lost, "intents_missing": diagnosis.missing}
    missing = f"; at least {diagnosis.missing} intents are missing" if diagnosis.missing else ""
    screen.result(told, f"{diagnosis.words}{missing}")


def _tell_sources(screen: Screen, rebuilding: Rebuilding) -> None:
    reach, doubts = rebuilding.reach, rebuilding.doubts
    archived = rfc3339(rebuilding.archived_to_ms) if rebuilding.archived_to_ms else None
    told = {
        "archived_to": archived,
        "logs": reach.files,
        "intents": reach.intents,
        "numbers_missing": reach.gaps,
        "all_logs": not doubts,
        "doubts": list(doubts),
    }
    gaps = f", {reach.gaps} numbers missing among them" if reach.gaps else ""
    screen.result(told, f"archive: told everything up to {archived or 'nothing'}")
    if not screen.as_json:
        screen.result({}, f"logs: {reach.files} files, {reach.intents} intents{gaps}")
        for doubt in doubts:
            screen.result({}, f"doubt: {doubt}")


def _tell_tally(screen: Screen, tally: Tally) -> None:
    for step, meaning in _STEPS.items():
        sums_minor = sorted((currency, minor) for currency, minor in tally.money[step].items() if minor)
        money = {currency: Money(minor, currency).text for currency, minor in sums_minor}
        sums = "".join(f", {text} {currency}" for currency, text in money.items())
        told = {"step": step, "orders": tally.orders[step], "money": money}
        screen.result(told, f"{tally.orders[step]:>9} {meaning}{sums}")


@contextmanager
def _progress(screen: Screen, what: str) -> Iterator[Callable[[int], None]]:
    with screen.progress() as bar:
        task = bar.add_task(what, total=None, note="")
        yield lambda count: bar.update(task, completed=count)
