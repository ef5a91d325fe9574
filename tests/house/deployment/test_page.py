"""What docs/deployment.md tells somebody to type on a Monday: its secrets are made, and what it names is there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.house.command_lines import unknown_words
from tests.house.deployment.files import units
from tests.house.documents import fenced
from tests.house.tree import ROOT, files, hold, text

PATH = "docs/deployment.md"
#: What the page calls by name, for this tree, whether it is installed or not.
COMMANDS = {"cardinity": f'exec "{sys.executable}" -m workers.cli "$@"', "python3": f'exec "{sys.executable}" "$@"'}
#: What stands on standard input: the merchant account's secret, and the password of the first operator.
TYPED = "sandbox-secret\ncorrect horse battery\n"
#: What an operator writes where merchants are to be told.
OF_ENDPOINTS = {"webhooks.toml", "webhooks"}


def test_the_secrets_are_what_the_units_load(tmp_path: Path) -> None:
    """Every file that a unit wants from the folder of secrets is there afterwards, and nobody else may read it."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "deploy").symlink_to(ROOT / "deploy")
    for name, line in COMMANDS.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{line}\n")
        (tmp_path / "bin" / name).chmod(0o700)
    (block,) = (block for block in fenced(PATH, "shell") if "deploy/prepare.py secrets" in block)
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", block], input=TYPED, cwd=tmp_path, capture_output=True, text=True,
        env={"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "HOME": str(tmp_path), "PYTHONPATH": str(ROOT)},
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    made = {path.name for path in (tmp_path / "secrets").iterdir()}
    wanted = {given.partition(":")[2] for _, unit in units() for given in unit["LoadCredential"]}
    assert {Path(path).parent for path in wanted} == {Path("/etc/cardinity-batch/secrets")}
    assert {Path(path).name for path in wanted} - made == OF_ENDPOINTS
    assert [path.name for path in (tmp_path / "secrets").iterdir() if path.stat().st_mode & 0o077] == []


def test_every_command_of_ours_exists() -> None:
    """Also among commands of others, where the page has blocks of a whole step."""
    lines = (line.strip() for block in fenced(PATH, "shell") for line in block.splitlines())
    hold(
        "Mend the line.",
        (f"{line}: {word}" for line in lines if line.startswith("cardinity ") for word in unknown_words(line)),
    )


def test_every_unit_and_file_that_is_typed_exists() -> None:
    """Units that are started, and files of the tree that are copied."""
    blocks = "\n".join(fenced(PATH, "shell"))
    known = {Path(path).name for path in files() if path.startswith("deploy/systemd/")}
    started = set(re.findall(r"--now (cardinity-[\w.]+)", blocks))
    assert {name if "." in name else f"{name}.service" for name in started} <= known
    # The timer starts its service.
    assert {name.removesuffix(".service") for name in known if name.endswith(".service")} - started == {
        "cardinity-renew"
    }
    named = set(re.findall(r"\bdeploy/[\w./*-]+\w", text(PATH)))
    hold("The tree has no such file.", (path for path in named if not any(ROOT.glob(path))))
