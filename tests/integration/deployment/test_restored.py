"""The drill of docs/deployment.md: an archive is lost, and the one that was dumped before goes on where it was."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands import Commands, Ran
from tests.house.documents import fenced
from tests.house.tree import ROOT
from tests.postgres import Postgres
from tests.postgres import need as need_postgres
from tests.stack import CARD, Stack

pytestmark = [pytest.mark.slow, pytest.mark.needs(tool=need_postgres)]

Run = Callable[..., Ran]


def charge(stack: Stack, order_id: str) -> None:
    with stack.enqueuer() as enqueuer:
        enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **CARD)
        assert enqueuer.wait(order_id, timeout_s=30).state == "approved"


def test_a_restored_archive_lacks_nothing(tmp_path: Path, postgres: Postgres, commands: Commands) -> None:
    """What has happened since the dump is written again from the stream, by the lines of the page; nothing differs."""
    (drill,) = (block for block in fenced("docs/deployment.md", "shell") if "pg_dump" in block)
    dump, restore = drill.splitlines()
    databases = {"ARCHIVE": postgres.database(), "ARCHIVE_RESTORED": postgres.database()}
    with Stack(tmp_path / "system") as stack:
        stack.worker()

        def run(archive: str, *words: str) -> Ran:
            done = commands.run(
                "archive", *words, "--json", env={**stack.env, "ARCHIVE_URL": databases[archive]}, cwd=ROOT
            )
            assert done.code == 0, done.out + done.err
            return done

        charge(stack, "BEFORE-1")
        run("ARCHIVE", "upgrade")
        run("ARCHIVE", "run", "--once")
        typed(dump, tmp_path, databases)
        charge(stack, "AFTER-1")
        run("ARCHIVE", "run", "--once")
        typed(restore, tmp_path, databases)
        assert run("ARCHIVE_RESTORED", "run", "--once").records[-1]["events"] > 0
        assert run("ARCHIVE_RESTORED", "check").records[-1] == {"ended": 2, "behind": 0, "differences": 0}


def typed(line: str, directory: Path, databases: dict[str, str]) -> None:
    """A line of the page, in a shell that knows both databases."""
    done = subprocess.run(
        ["/bin/bash", "-euc", line], cwd=directory, env={"PATH": os.environ["PATH"], **databases},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
