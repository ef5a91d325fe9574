"""What the README tells a reader to type works: its Python and its commands run against a whole system."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.archives import upgraded
from tests.house.documents import fenced
from tests.house.tree import ROOT
from tests.stack import CARD, Stack
from workers.cli.demo.rows import write_batch

#: Rows of the batch file that the commands work on: two of each kind would do.
ROWS = 20
#: Rows of which some are declined.
FAILING_ROWS = 40
#: Seconds for one command, start of the interpreter included.
COMMAND_TIMEOUT_S = 60


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Valkey, gateway and one worker."""
    with Stack(tmp_path_factory.mktemp("readme")) as stack:
        stack.worker()
        upgraded(stack.settings()).close()
        yield stack


def test_the_python_does_what_its_comments_say(stack: Stack) -> None:
    """The blocks run in order as one program, and print what the comments beside them say."""
    code = "".join(fenced("README.md", "python"))
    done = _run(stack, [sys.executable, "-c", code], ROOT)
    assert (0, list(_promised(code)), "") == (done.returncode, done.stdout.splitlines(), done.stderr)


@pytest.mark.timeout(300)
def test_every_command_line_succeeds(stack: Stack, tmp_path: Path) -> None:
    """The commands run in order: the batch ends, the charge is approved, the doctor finds nothing."""
    write_batch(tmp_path / "payments.csv", ROWS)
    (block,) = (block for block in fenced("README.md", "sh") if "cardinity batch" in block)
    for line in block.splitlines():
        done = _run(stack, ["sh", "-c", f"{_CARDINITY}\n{line}"], tmp_path)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    assert len((tmp_path / "results.csv").read_text().splitlines()) == 1 + ROWS


def test_every_command_about_batches_succeeds(stack: Stack, tmp_path: Path) -> None:
    """The same of `docs/batches.md`: rows that fail are tried again under new order_ids."""
    write_batch(tmp_path / "payments.csv", FAILING_ROWS)
    (block,) = fenced("docs/batches.md", "sh")
    for line in block.splitlines():
        done = _run(stack, ["sh", "-c", f"{_CARDINITY}\n{line}"], tmp_path)
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    assert len((tmp_path / "results.csv").read_text().splitlines()) == 1 + FAILING_ROWS
    assert len((tmp_path / "again.csv").read_text().splitlines()) > 1


#: The command as a shell function: the tree under test, installed or not.
_CARDINITY = f'cardinity() {{ "{sys.executable}" -m workers.cli "$@"; }}'


def _run(stack: Stack, argv: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        argv,
        cwd=directory,
        env=stack.env,
        input=json.dumps(CARD),
        capture_output=True,
        text=True,
        timeout=COMMAND_TIMEOUT_S,
    )


def _promised(code: str) -> Iterator[str]:
    """`print(x)  # what it prints`, and comments at the margin for what a loop prints."""
    for line in code.splitlines():
        statement, _, comment = line.partition("# ")
        if comment and (not statement or "print(" in statement):
            yield comment
