"""One ledger operation as a value: which script, with which arguments, and how its answer reads.

Everything that knows Redis' wire is in the executors; everything that knows the protocol is in `calls` and in the Lua
scripts. A call can be run by a blocking client, by the coalescing asyncio client, or by a double in a simulation.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")

Argument = str | bytes | int
#: What a script answers once decoded from the wire: bulk strings and arrays of them.
Reply = list["bytes | Reply"]


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """An operation to run once against the ledger.

    `script` names a Lua file beside this module. `durable` asks that the write is on every configured replica before
    the result is believed (rule R1). `idempotent` calls may be repeated when their reply was lost.
    """

    script: str
    args: tuple[Argument, ...]
    decode: Callable[[Reply], T]
    durable: bool = False
    idempotent: bool = True
