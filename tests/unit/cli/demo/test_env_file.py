"""The file that another terminal sources: the demo's settings, and none of that terminal's own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from workers.cli.demo.env_file import write_env

SHOWN = ("CARDINITY_CONSUMER_SECRET", "CARDINITY_CONSUMER_SECRET_FILE", "STATE_DIR", "UNRELATED")


def test_who_sources_it_has_the_demos_settings_alone(tmp_path: Path) -> None:
    """Live settings of that terminal are gone, whatever else it has stays, and the demo's commands are found first."""
    env = tmp_path / "env"
    write_env(env, {"STATE_DIR": "/var/it's here $HOME", "CARDINITY_CONSUMER_SECRET": "sandbox-secret", "HOME": "/"})
    terminal = {"CARDINITY_CONSUMER_SECRET_FILE": "/run/live", "UNRELATED": "1", "PATH": "/usr/bin:/bin"}
    script = f". {env}; for name in {' '.join(SHOWN)}; do printenv $name || echo none; done; echo $PATH"
    told = subprocess.run(["/bin/sh", "-c", script], env=terminal, capture_output=True, text=True, check=True).stdout
    *values, path = told.splitlines()
    assert values == ["sandbox-secret", "none", "/var/it's here $HOME", "1"]
    assert path == f"{Path(sys.executable).parent}:/usr/bin:/bin"


def test_nobody_else_reads_it_and_no_other_file_is_taken_for_it(tmp_path: Path) -> None:
    """It names keys."""
    env = tmp_path / "env"
    write_env(env, {})
    assert os.stat(env).st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        write_env(env, {})
