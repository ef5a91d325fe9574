"""How `queue`, `account` and `breaker` tell what was said. Pure but for the screen."""

from __future__ import annotations

from typing import Final

import click

from producers.moments import rfc3339
from producers.runtime.ledger.operation_calls import Said
from workers.cli.shell.output import Screen
from workers.cli.shell.rehearsal import REHEARSED
from workers.operations.pauses import BECAUSE_MAX, Told

#: Why, for whoever wonders later.
because: Final = click.option(
    "--because", default="", metavar="TEXT", help=f"Why; shown by status, {BECAUSE_MAX} characters at the most."
)


def tell(screen: Screen, told: Told, done: str, *, dry_run: bool) -> None:
    """The result of one word."""
    was = f", was {told.was.by}'s since {rfc3339(told.was.at_ms)}" if told.was else ""
    screen.result(
        {"about": told.about, "done": done, "was": record_of(told.was), "dry_run": dry_run},
        f"{told.about.replace(':', ' ', 1)}: {done}{was}{REHEARSED if dry_run else ''}",
    )


def record_of(word: Said | None) -> dict[str, object] | None:
    """A word for programs."""
    return {"at": rfc3339(word.at_ms), "by": word.by, "because": word.because} if word else None
