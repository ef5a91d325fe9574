"""The peers' own Python environment, so that nothing of theirs is part of the project."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from tests.benchmarks.standin.process import BUILD

HERE = Path(__file__).parent
LOCK = HERE / "requirements.lock"
WISHES = HERE / "requirements.in"


class PeersUnavailable(Exception):
    """Their packages cannot be had; the message says why."""


def prepare() -> Path:
    """The folder of commands of the environment; made on first use and whenever the lock changes.

    Raises:
        PeersUnavailable: pip could not install what the lock names.
    """
    mark = hashlib.sha256(LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    home = BUILD / f"peers-{mark}"
    if not (home / "complete").exists():
        sys.stderr.write("bench: installing the peers, once\n")
        subprocess.run([sys.executable, "-m", "venv", "--clear", home], check=True)
        pip = [
            str(home / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-compile",
        ]
        done = subprocess.run([*pip, "--require-hashes", "--requirement", str(LOCK)], capture_output=True, text=True)
        if done.returncode:
            raise PeersUnavailable(f"pip could not install {LOCK.name}:\n{done.stderr[-2000:]}")
        (home / "complete").touch()
    return home / "bin"


def lock() -> None:
    """Write the lock file anew from what the peers wish for."""
    options = ["--quiet", "--upgrade", "--generate-hashes", "--strip-extras", "--allow-unsafe", "--no-header"]
    options += ["--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host"]
    compiler = Path(sys.executable).with_name("pip-compile")
    subprocess.run([compiler, *options, WISHES.name, "-o", LOCK.name], cwd=HERE, check=True)
