"""`cardinity version`."""

from __future__ import annotations

import click

from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.release import release


@click.command("version")
@speaking
def command(screen: Screen) -> None:
    """Say the version."""
    number = release() or "unknown: run from a source tree that is not installed"
    screen.result({"version": number}, f"cardinity {number}")
