"""Gives a command its screen, and the two options that every command has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from workers.cli.shell.output import Screen

F = TypeVar("F", bound=Callable[..., object])


def speaking(command: F) -> F:
    """Gives a command --json and --debug, and a `Screen` as its first argument."""
    for option, name, text in (
        ("--debug", "debug", "Show tracebacks."),
        ("--json", "as_json", "JSON lines on stdout, everything else on stderr."),
    ):
        switch = click.option(option, name, is_flag=True, expose_value=False, callback=_switch, help=text)
        command = switch(command)
    return click.make_pass_decorator(Screen, ensure=True)(command)  # type: ignore[return-value]


def _switch(ctx: click.Context, option: click.Parameter, value: bool) -> None:
    if value and option.name:
        setattr(ctx.ensure_object(Screen), option.name, True)
