"""The Lua scripts as text: each file with the state graph in front, and what it uses of the shared prelude.

All that stands in a script is built anew in every run of it, so what a script has no use for is left out.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from cardinity_client.money import EXPONENTS, NO_CURRENCY
from producers.contract.names import EVENT_SOURCE
from producers.contract.states import EDGES

#: Every key of the ledger starts with this and a colon.
NAMESPACE = "pay"

_FOLDER = Path(__file__).with_name("lua")

#: What scripts share, in its order.
SHARED: Final = ("prelude", "telling")

#: Where a piece of the prelude begins: a statement at the left edge. What it defines stands behind `local`.
_PIECE: Final = re.compile(r"^local (?:function (\w+)|([\w, ]+?) =)", re.MULTILINE)
_COMMENT: Final = re.compile(r"--.*")
_WORD: Final = re.compile(r"\w+")


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
    """Put what Python knows, and what scripts share, between a script's first line (its flags, if any) and the rest."""
    flags, rest = body.split("\n", 1) if body.startswith("#!") else ("#!lua", body)
    written = f"local EDGES = '{_graph()}'\nlocal SOURCE = '{EVENT_SOURCE}'\nlocal DECIMALS = '{_decimals()}'\n"
    prelude = written + "".join((_FOLDER / f"{shared}.lua").read_text("utf-8") for shared in SHARED)
    source = "\n".join((flags, *_used(prelude, rest), rest))
    return Script(name, source, hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest())


def _graph() -> str:
    return f" {' '.join(sorted(f'{before}>{after}' for before, after in EDGES))} "


def _decimals() -> str:
    """Of the currencies that have not two."""
    others = {NO_CURRENCY: 0} | {currency: digits for currency, digits in EXPONENTS.items() if digits != 2}
    return f" {' '.join(f'{currency}={digits}' for currency, digits in sorted(others.items()))} "


def _used(prelude: str, body: str) -> list[str]:
    """The pieces of the prelude that the body uses, or that others use which it does, in their order."""
    starts = [match.start() for match in _PIECE.finditer(prelude)]
    pieces = [prelude[start:end] for start, end in zip(starts, [*starts[1:], len(prelude)], strict=True)]
    used, wanted = [], _words(body)
    # Each uses only what stands before it, as Lua has it: so one walk backwards finds them all.
    for piece in reversed(pieces):
        found = _PIECE.match(piece)
        assert found is not None
        if wanted & _words(found[1] or found[2]):
            used.append(piece)
            wanted |= _words(piece)
    return used[::-1]


def _words(code: str) -> set[str]:
    return set(_WORD.findall(_COMMENT.sub("", code)))
