"""The Lua scripts as text: each file with the shared prelude and the state graph in front."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from producers.contract.states import EDGES

#: Every key of the ledger starts with this and a colon.
NAMESPACE = "pay"

_FOLDER = Path(__file__).with_name("lua")


@dataclass(frozen=True, slots=True)
class Script:
    """A script as Redis gets it; `sha` is what EVALSHA calls it by."""

    name: str
    source: str
    sha: str


@cache
def script(name: str) -> Script:
    """The script of that file name, ready to load."""
    return assemble(name, (_FOLDER / f"{name}.lua").read_text("utf-8"))


def assemble(name: str, body: str) -> Script:
    """Put prelude and state graph between a script's first line (its flags, if any) and the rest."""
    flags, rest = body.split("\n", 1) if body.startswith("#!") else ("#!lua", body)
    source = "\n".join((flags, f"local EDGES = '{_graph()}'", (_FOLDER / "prelude.lua").read_text("utf-8"), rest))
    return Script(name, source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


def _graph() -> str:
    return f" {' '.join(sorted(f'{before}>{after}' for before, after in EDGES))} "
