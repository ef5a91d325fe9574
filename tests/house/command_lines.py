"""Whether a command that somebody may type, or a deployment starts, exists with its options."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
from dramatiq.cli import make_argument_parser

from tests.house.tree import text
from workers.cli import main


def unknown_words(line: str) -> Iterator[str]:
    """What in this line of a shell no Makefile target, command or option stands behind."""
    words = [word for word in shlex.split(line, comments=True) if not re.match(r"[A-Z_]+=", word)]
    match words:
        case ["make", *targets]:
            known = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
            yield from (target for target in targets if target not in known)
        case ["cardinity", *rest]:
            yield from _unknown_to_cardinity(rest)
        case ["dramatiq", *rest]:
            make_argument_parser().parse_args(rest)  # type: ignore[no-untyped-call]  # exits when it cannot
        case _:
            yield "is no command that is checked"


def _unknown_to_cardinity(words: list[str]) -> Iterator[str]:
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        name, *words = words
        found = command.get_command(click.Context(command), name)
        if found is None:
            yield name
            return
        command = found
    options = (option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts))
    known = {*options, "--help"}
    yield from (word for word in words if word.startswith("--") and word.partition("=")[0] not in known)
