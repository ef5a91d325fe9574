"""`cardinity quarantine`: messages that none of our producers can have written."""

from __future__ import annotations

import click

from producers.moments import rfc3339
from producers.runtime.ledger import keys
from workers.cli.shell.environment import settings_here
from workers.cli.shell.output import Screen
from workers.cli.shell.rehearsal import REHEARSED, dry_run
from workers.cli.shell.speaking import speaking
from workers.operations import quarantined
from workers.operations.opening import at_desk
from workers.operations.quarantined import Aside
from workers.operations.reading import refuse_forgotten


@click.group("quarantine")
def command() -> None:
    """Messages that were put aside: see, replay and drop them.

    Nothing in them is ever run. Somebody writes to the queue who should not, or a release was rolled back.
    """


@command.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="The newest N.")
@speaking
def listed(screen: Screen, limit: int) -> None:
    """The messages, newest first."""
    settings = settings_here()
    with at_desk(settings) as desk:
        found = quarantined.listed(desk, limit)
        if not found:
            refuse_forgotten(desk.ledger.read("GET", keys.EPOCH), settings)
    for aside in found:
        screen.result(_record(aside), _as_text(aside))
    if not found:
        screen.none("the quarantine is empty")


@command.command("show")
@click.argument("entry")
@speaking
def show(screen: Screen, entry: str) -> None:
    """One message with its beginning, 4,096 bytes at the most. What looked like card data was never kept."""
    with at_desk(settings_here()) as desk:
        aside = quarantined.found(desk, entry)
    beginning = aside.beginning.decode("utf-8", "replace")
    screen.result({**_record(aside), "beginning": beginning}, f"{_as_text(aside)}\n{beginning}")


@command.command("replay")
@click.argument("entry")
@dry_run
@speaking
def replay(screen: Screen, entry: str, dry_run: bool) -> None:
    """Wake the open order that a message names, and drop the message. The message itself is never put back."""
    with at_desk(settings_here(), rehearsal=dry_run) as desk:
        aside = quarantined.replay(desk, entry)
    _tell(screen, aside, f"replayed: {aside.order_id} is woken", dry_run=dry_run)


@command.command("drop")
@click.argument("entry")
@dry_run
@speaking
def drop(screen: Screen, entry: str, dry_run: bool) -> None:
    """Remove a message for good."""
    with at_desk(settings_here(), rehearsal=dry_run) as desk:
        aside = quarantined.drop(desk, entry)
    _tell(screen, aside, "dropped", dry_run=dry_run)


def _tell(screen: Screen, aside: Aside, done: str, *, dry_run: bool) -> None:
    record = {**_record(aside), "done": done.partition(":")[0], "dry_run": dry_run}
    screen.result(record, f"{aside.entry}: {done}{REHEARSED if dry_run else ''}")


def _record(aside: Aside) -> dict[str, object]:
    return {
        "entry": aside.entry,
        "at": rfc3339(aside.at_ms),
        "reason": aside.reason,
        "size": aside.size,
        "card_data": aside.card_data,
        "order_id": aside.order_id or None,
    }


def _as_text(aside: Aside) -> str:
    names = f", names {aside.order_id}" if aside.order_id else ""
    card = ", looked like card data" if aside.card_data else ""
    return f"{aside.entry} {rfc3339(aside.at_ms)} {aside.reason}, {aside.size} bytes{names}{card}"
