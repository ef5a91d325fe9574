"""What a script of the ledger is made of."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from producers.runtime.ledger import scripts
from producers.runtime.ledger.scripts import script

LUA = Path(scripts.__file__).with_name("lua")
NAMES = sorted(path.stem for path in LUA.glob("*.lua") if path.stem not in scripts.SHARED)
#: What they share.
SHARED = {
    name
    for shared in scripts.SHARED
    for name in re.findall(r"^local function (\w+)", (LUA / f"{shared}.lua").read_text(), re.MULTILINE)
}


def _code(source: str) -> str:
    return re.sub(r"--.*", "", source)


@pytest.mark.parametrize("name", NAMES)
def test_a_script_has_every_function_that_it_calls(name: str) -> None:
    """Its own or a shared one, and defined before it is called."""
    source = _code(script(name).source)
    for called in set(re.findall(r"(?<!function )\b(\w+)\(", source)) & SHARED:
        defined = source.index(f"local function {called}(") if f"local function {called}(" in source else len(source)
        assert defined < source.index(f"{called}(", defined + len(f"local function {called}(")), called


def test_a_script_has_nothing_shared_that_it_does_not_need() -> None:
    """All of it would be built anew in every run."""
    assert "local function" not in script("fence").source.replace("local function foreign_epoch", "")
    assert "local function emit" not in script("claim").source
    assert "local function emit" in script("settle").source
