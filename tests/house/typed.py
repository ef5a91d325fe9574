"""What documents tell a reader to type, as tests type it: commands line by line, the Python of a page as one."""

import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.commands import Commands
from tests.house.tree import ROOT

#: Seconds for the program of a page.
PROGRAM_S = 100


def run_line(commands: Commands, line: str, *, env: Mapping[str, str], cwd: Path, stdin: str = "") -> None:
    """A line of a shell that ends well: the words of a command, `> FILE` after them, and a comment."""
    name, *words = shlex.split(line, comments=True)
    assert name == "cardinity", line
    into = words.pop() if words[-2:-1] == [">"] else None
    ran = commands.run(*(words[:-1] if into else words), env=env, cwd=cwd, stdin=stdin)
    assert ran.code == 0, f"{line}\n{ran.out}{ran.err}"
    if into:
        (cwd / into).write_text(ran.out, "utf-8")


def run_program(code: str, *, env: Mapping[str, str], cwd: Path = ROOT) -> None:
    """It ends well, prints what its comments say, and nothing else."""
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, timeout=PROGRAM_S)
    assert (0, list(promised(code)), "") == (done.returncode, done.stdout.splitlines(), done.stderr)


def promised(code: str) -> Iterator[str]:
    """`print(x)  # what it prints`, and comments at the margin for what a loop prints."""
    for line in code.splitlines():
        statement, _, comment = line.partition("# ")
        if comment and (not statement or "print(" in statement):
            yield comment
