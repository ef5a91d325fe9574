"""What the README tells a reader to type works: its Python and its commands run against a whole system. So do the
commands of the pages that go on from there."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.archives import upgraded
from tests.commands import Commands
from tests.house.documents import fenced
from tests.house.typed import run_line, run_program
from tests.stack import CARD, Stack
from workers.cli.demo.rows import write_batch

#: Rows of the batch file that the commands work on: two of each kind would do.
ROWS = 20
#: Rows of which some are declined.
FAILING_ROWS = 40


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Valkey, gateway and one worker."""
    with Stack(tmp_path_factory.mktemp("readme")) as stack:
        stack.worker()
        upgraded(stack.settings()).close()
        yield stack


def test_the_python_does_what_its_comments_say(stack: Stack) -> None:
    """The block is a program, and prints what the comments beside it say."""
    run_program("".join(fenced("README.md", "python")), env=stack.env)


def test_every_command_line_succeeds(stack: Stack, commands: Commands, tmp_path: Path) -> None:
    """The commands run in order: the batch ends, the charge is approved, the doctor finds nothing."""
    write_batch(tmp_path / "payments.csv", ROWS)
    (block,) = (block for block in fenced("README.md", "sh") if "cardinity batch" in block)
    for line in block.splitlines():
        run_line(commands, line, env=stack.env, cwd=tmp_path, stdin=json.dumps(CARD))
    assert len((tmp_path / "results.csv").read_text().splitlines()) == 1 + ROWS


def test_every_command_about_batches_succeeds(stack: Stack, commands: Commands, tmp_path: Path) -> None:
    """The same of `docs/batches.md`: rows that fail are tried again under new order_ids."""
    write_batch(tmp_path / "payments.csv", FAILING_ROWS)
    (block,) = fenced("docs/batches.md", "sh")
    for line in block.splitlines():
        run_line(commands, line, env=stack.env, cwd=tmp_path)
    assert len((tmp_path / "results.csv").read_text().splitlines()) == 1 + FAILING_ROWS
    assert len((tmp_path / "again.csv").read_text().splitlines()) > 1


def test_every_command_of_the_reference_that_is_shown_succeeds(
    stack: Stack, commands: Commands, tmp_path: Path
) -> None:
    """Above the tables of `docs/commands.md`: what the gateway has, the archive, subscriptions, renewals."""
    (block,) = fenced("docs/commands.md", "sh")
    for line in block.splitlines():
        run_line(commands, line, env=stack.env, cwd=tmp_path)
