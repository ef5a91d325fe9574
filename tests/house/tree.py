"""The tree as git would commit it, and how a house rule speaks.

Files that are not ignored count, committed or not: a rule is of use before the commit.
"""

import ast
import gc
import subprocess
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
#: The import packages of the distribution, lowest layer first.
PACKAGES = ("cardinity_client", "producers", "workers")


def hold(rule: str, offenders: Iterable[object]) -> None:
    """Fail with the rule in words and every place that breaks it."""
    if broken := [str(offender) for offender in offenders]:
        pytest.fail("\n".join([rule, *(f"  {line}" for line in broken)]), pytrace=False)


@cache
def files() -> tuple[str, ...]:
    """Paths from the root, with forward slashes."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - found on PATH
        cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return tuple(sorted(path for path in set(listing.stdout.split("\0")) if path and (ROOT / path).is_file()))


def product() -> Iterator[str]:
    """The files of the three packages."""
    return (path for path in files() if path.startswith(tuple(f"{package}/" for package in PACKAGES)))


def suite() -> Iterator[str]:
    """The Python files of the suite."""
    return (path for path in files() if path.startswith("tests/") and path.endswith(".py"))


@cache
def text(path: str) -> str:
    """Empty for a file that is not text."""
    try:
        return (ROOT / path).read_text("utf-8")
    except UnicodeDecodeError:
        return ""


@cache
def module(path: str) -> ast.Module:
    """The syntax tree of one Python file."""
    tree = ast.parse(text(path), path)
    gc.freeze()  # it is kept: looking for garbage among a million nodes takes longer than reading them
    return tree


def calls(path: str) -> Iterator[tuple[int, str, ast.Call]]:
    """Every call in a file: line, dotted name as imported (`from time import sleep` is time.sleep), node."""
    imported = _imported_names(module(path))
    for node in ast.walk(module(path)):
        if isinstance(node, ast.Call) and (name := dotted(node.func, imported)):
            yield node.lineno, name, node


def dotted(node: ast.expr, imported: dict[str, str]) -> str:
    """`time.sleep` for that expression, empty for anything that is not a plain chain of names."""
    if isinstance(node, ast.Name):
        return imported.get(node.id, node.id)
    if isinstance(node, ast.Attribute) and (owner := dotted(node.value, imported)):
        return f"{owner}.{node.attr}"
    return ""


def _imported_names(tree: ast.Module) -> dict[str, str]:
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.asname: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return names
