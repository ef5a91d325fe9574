"""`cardinity audit`: the trail of what operators did, whether anybody changed it, and a copy for an auditor."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import click

from producers.contract.audit import Entry, Head, Verdict, read_line, verify
from producers.contract.audit_losses import Loss, chain_to, explained, loss_in
from producers.errors import ArchiveOutdated, ArchiveUnavailable
from producers.moments import rfc3339
from producers.runtime.archive.database import Archive
from producers.runtime.audit import heads, reading
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.events.archive.line_book import archived_lines
from workers.operations.reading import Reader
from workers.operations.reading import reading as database

#: Of an export: nobody but its owner reads who did what.
_MODE = 0o600


@click.group("audit")
def command() -> None:
    """What operators did: list it, check that nobody changed it, export it."""


@command.command("list")
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="The newest N.")
@speaking
def show(screen: Screen, limit: int) -> None:
    """List who did what, newest first."""
    with _trail() as read:
        found = reading.newest(read, limit)
    for line in found:
        known = read_line(line)
        if known is None:
            screen.result({"error": "line_unreadable"}, "a line that is none of ours: cardinity audit verify")
            continue
        entry, digest = known
        screen.result({**_record(entry), "hash": digest}, _as_text(entry))


@command.command("verify")
@click.option(
    "--file", "path", type=click.Path(path_type=Path, dir_okay=False), help="An export, instead of the trail."
)
@speaking
def check(screen: Screen, path: Path | None) -> None:
    """Find lines that were changed, removed, swapped or replaced; exits 65 when there are any.

    The trail must also hold every end that this host has written down. Where it says that an earlier one was lost with
    its ledger, the archive must have that one whole. An export is checked by itself, anywhere.
    """
    verdict = _of_file(path) if path else _of_trail(screen)
    for seq, code, message in verdict.findings:
        screen.result({"seq": seq, "finding": code, "message": message}, f"{code}: {message}")
    last, digest = verdict.head
    told = {"lines": verdict.lines, "seq": last, "hash": digest, "findings": len(verdict.findings)}
    screen.result(told, f"{verdict.lines} lines, the last one {last} {digest}, {len(verdict.findings)} findings")
    if verdict.findings:
        message = f"the audit trail is not as it was written: {len(verdict.findings)} findings"
        raise CommandError("audit_broken", message, ExitCode.DATA)


@command.command("export")
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False))
@speaking
def export(screen: Screen, path: Path) -> None:
    """Write every line to a new file, JSON lines, whose chain anybody can check: `audit verify --file`.

    Note the last number and hash elsewhere: whoever has them can tell a file that was cut off.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    count, end = 0, Head(0, "")
    with open(handle, "wb") as file, _trail() as read:
        for line in reading.lines(read):
            file.write(line + b"\n")
            known = read_line(line)
            count, end = count + 1, known[0].head if known else end
        file.flush()
        os.fsync(handle)
    told = {"file": str(path), "lines": count, "seq": end.seq, "hash": end.hash}
    screen.result(told, f"{path}: {count} lines, the last one {end.seq} {end.hash}")


@contextmanager
def _trail() -> Iterator[reading.Read]:
    settings = settings_here()
    with database(settings.redis_ledger_url, settings) as reader:
        yield partial(_ask, reader)


def _ask(reader: Reader, *words: Any) -> Any:
    (reply,) = reader.ask(words)
    return reply


def _of_trail(screen: Screen) -> Verdict:
    known = list(heads.kept(settings_here().state_dir))
    with _trail() as read:
        # The end is read first: a line that is written meanwhile is no finding.
        end = reading.end(read)
        loss = loss_in(reading.lines(read), known)
        ends = [*(loss.rest if loss else known), *([end] if end else [])]
        verdict = verify(reading.lines(read), ends)
    if loss is None:
        return verdict
    lost = explained(loss, _archived(loss))
    told = {"lost_with_its_ledger": loss.end.seq, "told_by": loss.told_by, "archived": lost.lines}
    words = f"a trail of {loss.end.seq} lines was lost with its ledger (line {loss.told_by}); the archive has"
    screen.result(told, f"{words} {lost.lines} of them")
    return Verdict(verdict.lines, verdict.head, (*lost.findings, *verdict.findings))


def _archived(loss: Loss) -> list[bytes]:
    """The lost trail's lines, as far as the archive has them."""
    try:
        with Archive(settings_here()) as archive:
            return chain_to(loss.end, archived_lines(archive, loss.end.seq))
    except (ArchiveOutdated, ArchiveUnavailable):
        return []


def _of_file(path: Path) -> Verdict:
    with path.open("rb") as file:
        return verify(line.rstrip(b"\n") for line in file)


def _record(entry: Entry) -> dict[str, object]:
    return {
        "seq": entry.seq,
        "at": rfc3339(entry.at_ms),
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "details": entry.details,
    }


def _as_text(entry: Entry) -> str:
    details = "".join(f", {name} {text}" for name, text in sorted(entry.details.items()))
    return f"{entry.seq} {rfc3339(entry.at_ms)} {entry.actor} {entry.action} {entry.subject}{details}"
