"""A small history in an archive, and the command line beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.archives import archive_settings, upgraded
from tests.commands import Commands, Ran
from tests.integration.analytics.history import History
from tests.nursery import shared


@dataclass(frozen=True)
class Place:
    """A directory whose `state` holds the archive."""

    directory: Path

    @property
    def env(self) -> dict[str, str]:
        """All that a report needs of the environment."""
        return {"STATE_DIR": str(self.directory / "state"), "PATH": "/usr/bin:/bin", "HOME": str(self.directory)}

    def run(self, *words: str) -> Ran:
        """A command of ours, with its directory as the current one."""
        return Commands(shared(), self.directory).run(*words, env=self.env, cwd=self.directory)

    def record(self, *words: str) -> dict[str, Any]:
        """The one JSON line of a command."""
        (told,) = self.run(*words, "--json").records
        return told


def place(directory: Path, orders: int) -> Place:
    """An archive with so many orders."""
    with upgraded(archive_settings(directory / "state", None)) as archive:
        History(seed=11).draw(orders).store(archive)
    return Place(directory)
