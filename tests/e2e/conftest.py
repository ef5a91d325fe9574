"""The whole system for tests that use it as a user does: Valkey, gateway's double, workers, command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from tests.house.tree import ROOT
from workers.cli.demo.stage import Stage
from workers.cli.output import Screen


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


@dataclass(frozen=True, slots=True)
class System:
    """A running system. `run` is the command line in its environment."""

    stage: Stage

    def run(self, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None) -> Ran:
        """Run one command to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "workers.cli", *arguments],
            cwd=ROOT,
            env={**self.stage.env, **(env or {})},
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="package")
def system() -> Iterator[System]:
    """Two workers at a gateway without faults; orders of one test do not disturb those of another."""
    with Stage(Screen(), seed=1, faults=()) as stage:
        stage.start_workers()
        yield System(stage)
