"""Which of the answers that customers gave is to be told to the gateway next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from producers.contract.continuation import Answer, Kind, mark_of


@dataclass(frozen=True, slots=True)
class Named:
    """An answer and the ledger's name of it."""

    name: str
    answer: Answer


def next_answer(continuation: bytes, given: Mapping[bytes, bytes], used: str) -> Named | None:
    """The earliest one to the step that is due, of those that were not used up; all of them are kept by name."""
    mark, gone = mark_of(continuation), frozenset(used.split())
    names = (name.decode() for name in given)
    fresh = [name for name in names if name.startswith(mark) and name not in gone]
    if not continuation or not fresh:
        return None
    number_of = {name: int(given[name.encode()].partition(b" ")[0]) for name in fresh}
    first = min(fresh, key=number_of.__getitem__)
    _, kind, text = given[first.encode()].decode().split(" ", 2)
    return Named(first, Answer(cast(Kind, kind), text))
