"""Programs of the system, run to their end; a tool that refuses says so with its own words."""

from __future__ import annotations

import shutil
import subprocess

#: Seconds any of them may take. They change tables and mounts; none of them waits for anything.
TIMEOUT_S = 20.0


class ToolError(Exception):
    """The program ran and refused."""


def lacks(program: str, package: str) -> str | None:
    """None when the program is there, else the reason that a `need` gives."""
    return None if shutil.which(program) else f"{program} is not installed (Debian: apt install {package})"


def run(*command: str, told: str = "") -> str:
    """What the program says; `told` is its standard input.

    Raises:
        ToolError: it ended with an error, or is missing.
    """
    try:
        done = subprocess.run(command, input=told, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except FileNotFoundError:
        raise ToolError(f"{command[0]} is not installed") from None
    if done.returncode:
        raise ToolError(f"{' '.join(command)}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def works(*command: str, told: str = "") -> str | None:
    """None when the program does it, else why not."""
    try:
        run(*command, told=told)
    except ToolError as error:
        return str(error).splitlines()[0]
    return None
