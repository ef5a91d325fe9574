"""`cardinity events`: the stream of result events, printed. Nothing is ever written to it here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import click

from producers.feed import LAST_COMMAND, Position, position_of, read_command
from producers.moments import rfc3339
from producers.runtime.ledger import keys
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.cli.shell.terminating import terminable
from workers.operations.reading import Reader, reading

#: Entries asked for at a time.
PAGE: Final = 500

_POSITION: Final = re.compile(r"[0-9]{1,15}(?:-[0-9]{1,20})?")

Entry = tuple[bytes, dict[bytes, bytes]]


@click.group("events")
def command() -> None:
    """Result events, as they come or from any moment on. The stream stays as it is."""


@command.command("tail")
@click.option("--after", metavar="POSITION", help="Begin behind this position instead of now.")
@speaking
def tail(screen: Screen, after: str | None) -> None:
    """Print events as they come, until Ctrl-C. With --json each with its position, to go on from."""
    terminable()
    settings = settings_here()
    with reading(settings.redis_ledger_url, settings) as ledger:
        position = Position(after) if after else position_of(*ledger.ask(LAST_COMMAND))
        while True:
            (reply,) = ledger.ask(read_command(position, block_s=None))
            streams = reply.values() if isinstance(reply, dict) else [found for _, found in reply or ()]
            for entry in (entry for found in streams for entry in found):
                position = Position(entry[0].decode())
                record = _record(*entry)
                screen.result(record, _as_text(record))


@command.command("replay")
@click.option(
    "--since", required=True, metavar="POSITION|TIME", help="An event's position, or a time: 2026-02-01T12:00Z."
)
@click.option("--until", metavar="POSITION|TIME", help="The last one; without it, all there are.")
@click.option("--limit", type=click.IntRange(min=1), help="At most N.")
@speaking
def replay(screen: Screen, since: str, until: str | None, limit: int | None) -> None:
    """Print the events of a stretch of time as JSON lines, oldest first. Nothing is told to anybody again."""
    settings = settings_here()
    start, end = _moment(since, "--since"), _moment(until, "--until") if until else "+"
    with reading(settings.redis_ledger_url, settings) as ledger:
        for number, entry in enumerate(_between(ledger, start, end)):
            if number == limit:
                break
            screen.record(_record(*entry))


def _between(ledger: Reader, start: str, end: str) -> Iterator[Entry]:
    while True:
        (page,) = ledger.ask(("XRANGE", keys.EVENTS, start, end, "COUNT", PAGE))
        yield from page
        if len(page) < PAGE:
            return
        start = f"({page[-1][0].decode()}"


def _moment(given: str, option: str) -> str:
    """A position as it is, a time as the position of its first event."""
    if _POSITION.fullmatch(given):
        return given
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        message = f"{option}: must be the position of an event, or a time with its zone, such as 2026-02-01T12:00:00Z"
        raise CommandError("moment_format", message, ExitCode.DATA)
    return str(max(0, int(moment.timestamp() * 1000)))


def _record(at: bytes, fields: dict[bytes, bytes]) -> dict[str, Any]:
    """One entry; `event` is null where it is none of ours."""
    try:
        event = json.loads(fields[b"event"])
    except (KeyError, ValueError):
        event = None
    return {"position": at.decode(), "event": event}


def _as_text(record: dict[str, Any]) -> str:
    at_ms, event = int(record["position"].partition("-")[0]), record["event"]
    told = f"{event.get('type')} {event.get('id')}" if isinstance(event, dict) else "an entry that is none of ours"
    return f"{rfc3339(at_ms)} {told}"
