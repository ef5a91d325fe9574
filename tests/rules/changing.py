"""The product with a line of it changed, for as long as a test says: how a rule is removed.

A change is text: this, in that file, becomes that. It must be found exactly once, so a product that moved on breaks
the mutant loudly instead of leaving it toothless. Python functions get the code of the changed text while every
reference to them stays; Lua scripts are assembled from a changed copy of their folder. Executors, clients and
everything else are the product's own.
"""

from __future__ import annotations

import importlib
import inspect
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any, cast
from unittest.mock import patch

from producers.runtime.ledger import scripts

ROOT = Path(__file__).resolve().parents[2]

_IN_FORCE: list[Change] = []


@dataclass(frozen=True, slots=True)
class Change:
    """In `file` (from the root) the text `old` becomes `new`, with as many lines."""

    file: str
    old: str
    new: str


class ChangeError(Exception):
    """The change does not fit the product any more: mend the mutant."""


@contextmanager
def changed(changes: Sequence[Change]) -> Iterator[None]:
    """The product with these changes, in this process.

    Raises:
        ChangeError: a text is not there exactly once, or no function of the file has it.
    """
    lua = [change for change in changes if change.file.endswith(".lua")]
    python = [change for change in changes if not change.file.endswith(".lua")]
    replaced = [pair for change in python for pair in _functions_changed_by(change)]
    before = [(function, function.__code__) for function, _ in replaced]
    with _changed_scripts(lua):
        try:
            _IN_FORCE.extend(changes)
            for function, code in replaced:
                function.__code__ = code
            yield
        finally:
            for function, code in before:
                function.__code__ = code
            del _IN_FORCE[len(_IN_FORCE) - len(changes) :]


def in_force() -> tuple[Change, ...]:
    """The changes of this moment, for processes that are started now."""
    return tuple(_IN_FORCE)


def changed_text(change: Change) -> str:
    """The file as it would be."""
    text = (ROOT / change.file).read_text("utf-8")
    if (hits := text.count(change.old)) != 1:
        raise ChangeError(f"{change.file} has {change.old!r} {hits} times, not once")
    if change.old.count("\n") != change.new.count("\n"):
        raise ChangeError(f"{change.file}: {change.new!r} has another number of lines than what it replaces")
    return text.replace(change.old, change.new)


@contextmanager
def _changed_scripts(changes: Sequence[Change]) -> Iterator[None]:
    if not changes:
        yield
        return
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(shutil.copytree(scripts._FOLDER, Path(directory, "lua")))
        for change in changes:
            folder.joinpath(Path(change.file).name).write_text(changed_text(change), "utf-8")
        try:
            with patch.object(scripts, "_FOLDER", folder):
                scripts.script.cache_clear()
                yield
        finally:
            scripts.script.cache_clear()


def _functions_changed_by(change: Change) -> list[tuple[FunctionType, CodeType]]:
    path = str(ROOT / change.file)
    now = dict(_functions_in(compile(Path(path).read_text("utf-8"), path, "exec", dont_inherit=True)))
    then = dict(_functions_in(compile(changed_text(change), path, "exec", dont_inherit=True)))
    module = importlib.import_module(change.file.removesuffix(".py").replace("/", "."))
    names = [name for name, code in then.items() if code != now.get(name)]
    if not names:
        raise ChangeError(f"{change.file}: no function changes when {change.old!r} does")
    return [(_function(module, name), then[name]) for name in names]


def _functions_in(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    """The functions of a module or class body by qualified name; those inside functions belong to them."""
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_flags & inspect.CO_OPTIMIZED:
                yield constant.co_qualname, constant
            else:
                yield from _functions_in(constant)


def _function(module: object, qualified_name: str) -> FunctionType:
    found = reduce(_member, cast("Iterable[str]", qualified_name.split(".")), module)
    found = found.fget if isinstance(found, property) else getattr(found, "__func__", found)
    return cast("FunctionType", inspect.unwrap(cast("Any", found)))


def _member(owner: Any, name: str) -> Any:
    return inspect.getattr_static(owner, name)
