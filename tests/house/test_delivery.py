"""What reaches a customer: one wheel, three packages, installable from the lock file alone."""

import json
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import pytest

from producers.runtime.archive.schema import REVISION
from tests.house.delivery import project
from tests.house.tree import PACKAGES, ROOT, files, hold, product

#: Seconds for what fetches packages: the index may be far away.
INSTALL_TIMEOUT_S = 600
#: Where the archive's migrations stand, and where `deploy/wheel.py` puts them.
IN_TREE, IN_WHEEL = "deploy/migrations/", "producers/runtime/archive/migrations/"
#: Imports every module of the packages but the ones that run on import.
IMPORT_ALL = """
import importlib, pkgutil, sys
for package in sys.argv[1:]:
    for found in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        if not found.name.endswith("__main__"):
            importlib.import_module(found.name)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the tree as git would commit it: what a build left behind in the work tree stays out."""
    source, output = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    for path in files():
        (source / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / path, source / path)
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", output, source)
    (built,) = output.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of a fresh environment with the runtime lock and the wheel, nothing else."""
    home = tmp_path_factory.mktemp("fresh")
    # Our own pip installs into it: making it another one, and compiling what nothing imports, take half of the time.
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", home], check=True)
    into = ("--python", home / "bin" / "python", "install", "--no-compile")
    _pip(*into, "--require-hashes", "--requirement", ROOT / "requirements.lock")
    _pip(*into, "--no-deps", "--no-index", wheel)
    return home / "bin"


def test_the_wheel_holds_exactly_three_packages(wheel: Path) -> None:
    """At the top of the wheel are the three packages and the wheel's own description."""
    top = {name.partition("/")[0] for name in ZipFile(wheel).namelist()}
    assert {name for name in top if not name.endswith(".dist-info")} == set(PACKAGES)


def test_the_wheel_holds_every_file_of_the_packages(wheel: Path) -> None:
    """Scripts, data and type markers travel with the code; nothing else slips in."""
    delivered = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    migrations = {path.replace(IN_TREE, IN_WHEEL, 1) for path in files() if path.startswith(IN_TREE)}
    hold(
        "Wheel and tree differ. Data files need a pattern in [tool.setuptools.package-data].",
        sorted(delivered ^ {*product(), *migrations}),
    )


def test_every_package_is_typed(wheel: Path) -> None:
    """Each package carries the marker that lets a customer's type checker read our annotations."""
    markers = {f"{package}/py.typed" for package in PACKAGES}
    hold("Add an empty file to the package:", sorted(markers - {*ZipFile(wheel).namelist()}))


@pytest.mark.slow
@pytest.mark.timeout(INSTALL_TIMEOUT_S)
def test_the_lock_file_is_all_that_the_product_needs(installed: Path) -> None:
    """In a fresh environment dependencies agree, and every module imports."""
    _pip("--python", installed / "python", "check")
    _run(installed / "python", "-I", "-c", IMPORT_ALL, *PACKAGES)


@pytest.mark.slow
@pytest.mark.timeout(INSTALL_TIMEOUT_S)
def test_the_command_says_the_version_of_the_project(installed: Path) -> None:
    """`cardinity version` ends with the version of pyproject.toml."""
    assert _run(installed / "cardinity", "version").split()[-1] == project()["version"]


@pytest.mark.slow
@pytest.mark.timeout(INSTALL_TIMEOUT_S)
def test_an_installed_wheel_makes_its_archive(installed: Path, tmp_path: Path) -> None:
    """The migrations are there without the tree: an empty archive comes to the newest revision."""
    environ = {"STATE_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    made = json.loads(_run(installed / "cardinity", "archive", "upgrade", "--json", env=environ))
    assert (made["before"], made["after"]) == (None, REVISION)


def _pip(*arguments: Path | str) -> None:
    _run(sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments)


def _run(*command: Path | str, env: Mapping[str, str] | None = None) -> str:
    # Away from the tree, whose folders would be importable.
    done = subprocess.run(command, cwd="/", env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout
