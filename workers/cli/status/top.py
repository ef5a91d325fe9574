"""`cardinity top`: the board of `status`, drawn anew all the time, until somebody presses q."""

from __future__ import annotations

import select
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from producers.errors import LedgerUnavailable
from producers.moments import rfc3339
from producers.runtime.settings import Settings
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen, printable
from workers.cli.shell.speaking import speaking
from workers.cli.shell.terminating import terminable
from workers.cli.status.rows import record_of, rows_of
from workers.operations.board import look

if TYPE_CHECKING:
    from rich.text import Text


@click.command("top")
@click.option("--every-s", type=click.FloatRange(min=0.1), default=1.0, show_default=True, help="Seconds.")
@click.option("--count", type=click.IntRange(min=1), help="End after so many looks.")
@speaking
def command(screen: Screen, every_s: float, count: int | None) -> None:
    """The same as status, drawn anew all the time; q ends it.

    So does Ctrl-C. Needs a terminal, and fits one of 80 x 24. With --json each look is a line.
    """
    terminable()
    settings = settings_here()
    if screen.as_json:
        for number in _numbers(count):
            if number:
                time.sleep(every_s)
            screen.record(record_of(look(settings), settings.presence_s))
        return
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        message = "top draws on a terminal, and this is none: use `cardinity status`, or --json"
        raise CommandError("terminal_missing", message, ExitCode.USAGE)
    _draw(settings, every_s, count)


def _draw(settings: Settings, every_s: float, count: int | None) -> None:
    from rich.console import Console
    from rich.live import Live

    console = Console(markup=False, emoji=False, highlight=False)
    with _single_keys(), Live(console=console, screen=True, auto_refresh=False) as live:
        for _ in _numbers(count):
            live.update(_picture(settings, every_s, console.width, console.height), refresh=True)
            if _quits(every_s):
                return


def _picture(settings: Settings, every_s: float, width: int, height: int) -> Text:
    """One screen, cut to its width and height: what comes last is what can best be missed."""
    from rich.text import Text

    now = rfc3339(int(time.time() * 1000))[:19].replace("T", " ")
    picture = Text(f"cardinity top, {now} UTC, every {every_s:g} s, q ends"[:width], style="reverse", no_wrap=True)
    try:
        rows = list(rows_of(look(settings), settings.presence_s))
    except LedgerUnavailable as error:  # it is looked at again: a failover takes a moment
        rows = [("redis", f"{error.code}: {error.message}")]
    wide = max(len(name) for name, _ in rows) + 2
    for name, text in rows[: height - 2]:
        picture.append(f"\n{_cut(name, wide - 1):<{wide}}", style="bold not reverse")
        picture.append(_cut(text, width - wide - 1), style=f"{_style(name, text)} not reverse")
    return picture


def _cut(text: str, room: int) -> str:
    text = printable(text).replace("\n", " ")
    return text if len(text) <= room else f"{text[: max(0, room - 1)]}…"


def _style(name: str, text: str) -> str:
    """What an eye should fall on."""
    bad = "PAUSED" in text or "not closed" in text or text.startswith("nobody does") or name == "redis"
    doubtful = name.strip() in ("unknown", "parked") and not text.startswith("0")
    return "bold red" if bad else "yellow" if doubtful else ""


def _numbers(count: int | None) -> Iterator[int]:
    number = 0
    while count is None or number < count:
        yield number
        number += 1


@contextmanager
def _single_keys() -> Iterator[None]:
    """Keys are read as they are pressed, and not shown."""
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _quits(within_s: float) -> bool:
    """Whether somebody presses q within that time, or closes the terminal."""
    ends_at = time.monotonic() + within_s
    while (left_s := ends_at - time.monotonic()) > 0:
        if not select.select([sys.stdin], [], [], left_s)[0]:
            return False
        if sys.stdin.read(1) in ("q", "Q", ""):
            return True
    return False
