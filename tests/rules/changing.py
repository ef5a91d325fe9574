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
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    texts = _changed_texts(changes)
    lua = {Path(file).name: text for file, text in texts.items() if file.endswith(".lua")}
    replaced = [pair for file, text in texts.items() if file.endswith(".py") for pair in _changed_functions(file, text)]
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


def _changed_texts(changes: Iterable[Change]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for change in changes:
        text = texts.get(change.file) or (ROOT / change.file).read_text("utf-8")
        if (hits := text.count(change.old)) != 1:
            raise ChangeError(f"{change.file} has {change.old!r} {hits} times, not once")
        if change.old.count("\n") != change.new.count("\n"):
            raise ChangeError(f"{change.file}: {change.new!r} has another number of lines than what it replaces")
        texts[change.file] = text.replace(change.old, change.new)
    return texts


@contextmanager
def _changed_scripts(texts: Mapping[str, str]) -> Iterator[None]:
    if not texts:
        yield
        return
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(shutil.copytree(scripts._FOLDER, Path(directory, "lua")))
        for name, text in texts.items():
            folder.joinpath(name).write_text(text, "utf-8")
        try:
            with patch.object(scripts, "_FOLDER", folder):
                scripts.script.cache_clear()
                yield
        finally:
            scripts.script.cache_clear()


def _changed_functions(file: str, text: str) -> list[tuple[FunctionType, CodeType]]:
    path = ROOT / file
    now = dict(_functions_in(compile(path.read_text("utf-8"), str(path), "exec", dont_inherit=True)))
    then = dict(_functions_in(compile(text, str(path), "exec", dont_inherit=True)))
    module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
    names = [name for name, code in then.items() if code != now.get(name)]
    if not names:
        raise ChangeError(f"{file}: the change is in no function")
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
