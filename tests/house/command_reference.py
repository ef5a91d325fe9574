"""Every command with its arguments and options, as `--help` tells them: the reference in docs/commands.md."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from workers.cli import main

#: Said once, above the reference, instead of at each command.
EVERYWHERE = ("--help", "--json", "--debug")
#: What Markdown would not show as it stands.
MARKS = re.compile(r"[\\<*_|\[]")


def command_reference() -> str:
    """A chapter for each command, a heading and a list of options for each that can be typed."""
    return "\n\n".join(_told(words, command) for words, command in _typed("cardinity", main)) + "\n"


def _typed(words: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Every command that is no mere group, with what is typed to reach it, in the order of `--help`."""
    if not isinstance(command, click.Group):
        yield words, command
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from _typed(f"{words} {name}", found)


def _told(words: str, command: click.Command) -> str:
    context = click.Context(command)
    arguments = [each.make_metavar(context) for each in command.params if isinstance(each, click.Argument)]
    options = [
        _option(each, context)
        for each in command.params
        if isinstance(each, click.Option) and not each.hidden and each.opts[0] not in EVERYWHERE
    ]
    paragraphs = [_plain(part) for part in (command.help or "").split("\n\n")]
    return "\n\n".join(
        [f"### `{' '.join([words, *arguments])}`", *paragraphs, *(["\n".join(options)] if options else [])]
    )


def _option(option: click.Option, context: click.Context) -> str:
    names = ", ".join([*option.opts, *option.secondary_opts])
    value = "" if option.is_flag or option.count else f" {option.make_metavar(context)}"
    needed = " Required." if option.required else ""
    return f"* `{names}{value}`: {_plain(option.help or '…')}{needed}"


def _plain(told: str) -> str:
    """On one line, as Markdown that shows what stands there."""
    pieces = " ".join(told.replace("\b", "").split()).split("`")
    pieces[::2] = (MARKS.sub(r"\\\g<0>", piece) for piece in pieces[::2])  # every second one is `code`
    return "`".join(pieces)
