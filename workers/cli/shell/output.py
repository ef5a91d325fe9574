"""Where a command speaks: results on stdout, the rest on stderr; with --json stdout holds JSON lines only."""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.progress import Progress


#: Seven digits are more than may be shown of a card.
_LONG_NUMBER = re.compile(r"\d(?:[^0-9A-Za-z]{0,3}\d){6}")
_DIGITS = re.compile(r"\d+")


class Screen:
    """What a command is given to speak with. `as_json` and `debug` follow the options of the same name."""

    def __init__(self) -> None:
        self.as_json = False
        self.debug = False

    def record(self, value: Mapping[str, object]) -> None:
        """One JSON line on stdout, whatever the mode."""
        click.echo(json.dumps(value, separators=(",", ":"), default=str))

    def result(self, value: Mapping[str, object], text: str | None = None) -> None:
        """The result of a command: the JSON line with --json, the text for people without."""
        if self.as_json:
            self.record(value)
        elif text is not None:
            click.echo(printable(text))

    def none(self, text: str) -> None:
        """That a list is empty, for people, who would wonder; programs see that there is no line."""
        if not self.as_json:
            click.echo(text)

    def say(self, text: str) -> None:
        """Something for people beside the result: on stderr in both modes."""
        click.echo(printable(text), err=True)

    def show(self, renderable: RenderableType) -> None:
        """A table or the like for people on stdout; nothing with --json."""
        if not self.as_json:
            _console(stderr=False).print(renderable, highlight=False, soft_wrap=not sys.stdout.isatty())

    def progress(self) -> Progress:
        """A progress bar on stderr; it draws nothing where stderr is not a terminal."""
        from workers.cli.shell.bar import Bar

        console = _console(stderr=True)
        return Bar(console=console, disable=not console.is_terminal)

    def pulse(self) -> Progress:
        """A line on stderr about what goes on without an end; nothing where stderr is not a terminal."""
        from workers.cli.shell.bar import Pulse

        console = _console(stderr=True)
        return Pulse(console=console, disable=not console.is_terminal)


def printable(text: str) -> str:
    """The text without what could steer a terminal: words of the gateway and of files are somebody else's."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(character if character == "\n" or _harmless(character) else "�" for character in text)


def without_numbers(text: str) -> str:
    """The text without any digits, if there are so many in a row that they may be a card's."""
    return _DIGITS.sub("#", text) if _LONG_NUMBER.search(text) else text


def close_stdout() -> None:
    """Let what is left in the buffer go nowhere: the reader has left, and Python would complain at exit."""
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())


def _harmless(character: str) -> bool:
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"}


def _console(*, stderr: bool) -> Console:
    from rich.console import Console

    return Console(stderr=stderr, markup=False, emoji=False, highlight=False)
