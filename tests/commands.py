"""`cardinity …` for tests that run many commands: forked from a process that has imported what they import.

A command's start is mostly imports, half a second of CPU; forked it takes a twentieth. What runs is the same: its own
`__main__`, environment, folder, files and exit code. Tests of the start itself, of pipes or of memory start their own.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.nursery import Nursery, shared
from tests.stack import Stack

#: Seconds that a command may take.
COMMAND_S = 60.0


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def records(self) -> list[dict[str, Any]]:
        """Its stdout as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


class Commands:
    """Runs commands in environments of their own; what they print passes through the folder."""

    def __init__(self, nursery: Nursery, directory: Path) -> None:
        self._nursery = nursery
        self._directory = directory
        self._numbers = itertools.count(1)

    def run(self, *arguments: str, env: Mapping[str, str], cwd: Path, stdin: str = "") -> Ran:
        """One command to its end."""
        name = f"command-{next(self._numbers)}"
        given, out, err = (self._directory / f"{name}.{kind}" for kind in ("in", "out", "err"))
        given.write_text(stdin, "utf-8")
        argv = ["workers.cli", *arguments]
        child = self._nursery.start(argv, env=env, cwd=cwd, log=out, errors=err, given=given)
        return Ran(child.wait(COMMAND_S), out.read_text("utf-8"), err.read_text("utf-8"))


def run(stack: Stack, *words: str, code: int = 0) -> list[dict[str, Any]]:
    """The JSON lines of a command of that system that ends so."""
    done = Commands(shared(), stack.directory).run(*words, "--json", env=stack.env, cwd=stack.directory)
    assert done.code == code, done.out + done.err
    return done.records
