"""Who may know whom. The contracts stand in pyproject.toml under [tool.importlinter]."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from tests.house.delivery import declared
from tests.house.tree import PACKAGES, ROOT, hold, module, product


def test_imports_go_one_way() -> None:
    """The layers hold, the client and the contract stay pure, and only the engine rooms import Dramatiq."""
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter, "--no-logo", "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    hold("An import goes the wrong way:", (done.stdout + done.stderr).splitlines() if done.returncode else ())


def test_every_imported_distribution_is_declared() -> None:
    """What the product imports, pyproject.toml names; nothing leans on a dependency of a dependency."""
    known = {*sys.stdlib_module_names, *PACKAGES}
    allowed = {_canonical(requirement.name) for requirement in declared("demo", "reports", "otel", "postgres")}
    owners = packages_distributions()
    hold(
        "Declare it in pyproject.toml with its reason, then `make lock`; or do without it.",
        (
            f"{path}:{line}: {name}"
            for path in product()
            if path.endswith(".py")
            for line, name in _imported(path)
            if name not in known and not allowed & {_canonical(owner) for owner in owners.get(name, ())}
        ),
    )


def _imported(path: str) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module(path)):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name.partition(".")[0]) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.lineno, node.module.partition(".")[0]


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
