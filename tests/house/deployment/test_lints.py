"""The files of a deployment read by whoever knows their language: linters of the lock, and systemd's own."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.house.deployment.files import COMPOSE
from tests.house.tree import ROOT, files, text

#: Kinds that Kubernetes itself does not know.
EXTENSIONS = {"ScaledObject"}
SERVICES = [path for path in files() if path.startswith("deploy/systemd/") and path.endswith(".service")]
UNITS = [path for path in files() if path.startswith("deploy/systemd/")]
#: `systemd-analyze security`: 0 is shut, 10 is open. What is left is that they speak to the network.
EXPOSED_MAX = 2.0
#: Where a unit looks for the product, and what stands there in this test: any program.
INSTALLED, ANY_PROGRAM = "/opt/cardinity-batch/bin/cardinity", "/bin/true"


def need() -> str | None:
    """Why systemd's own reader cannot be asked here; None when it can."""
    return None if shutil.which("systemd-analyze") else "needs systemd-analyze (Debian: apt install systemd)"


def lint(*command: str) -> None:
    """Fail with what the linter says; it comes with the development lock."""
    tool = Path(sys.executable).with_name(command[0])
    said = subprocess.run([tool, *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


def test_compose_is_sound() -> None:
    """By the schema of Compose."""
    lint("check-jsonschema", "--builtin-schema", "vendor.compose-spec", COMPOSE)


@pytest.mark.parametrize("path", [path for path in files() if path.startswith("deploy/kubernetes/")])
def test_manifests_are_sound(path: str) -> None:
    """By the schemas of Kubernetes, and no field that these do not know; kinds of others are read only."""
    if {each["kind"] for each in yaml.safe_load_all(text(path))} <= EXTENSIONS:
        return
    lint("kubernetes-validate", "--strict", "--quiet", path)


def test_the_dockerfile_is_sound() -> None:
    """By hadolint."""
    lint("hadolint", "deploy/Dockerfile")


def test_shell_is_sound() -> None:
    """By shellcheck: what CI runs is the only shell in the tree."""
    lint("shellcheck", ".ci/run")
    assert [path for path in files() if path.endswith(".sh")] == []


@pytest.mark.needs(tool=need)
def test_units_are_sound(tmp_path: Path) -> None:
    """systemd has nothing to say about them: no directive that it does not know, no value that it cannot read."""
    for path in UNITS:
        (tmp_path / Path(path).name).write_text(text(path).replace(INSTALLED, ANY_PROGRAM))
    said = analyze("verify", *sorted(tmp_path.iterdir()))
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


@pytest.mark.needs(tool=need)
@pytest.mark.parametrize("path", SERVICES)
def test_units_are_shut(path: str) -> None:
    """What a service could do beyond its work is counted by systemd."""
    said = analyze("security", "--offline=true", "--no-pager", ROOT / path)
    (exposed,) = re.findall(r"Overall exposure level for \S+: ([0-9.]+)", said.stdout)
    assert float(exposed) <= EXPOSED_MAX


def analyze(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What `systemd-analyze` says."""
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)  # noqa: S607
