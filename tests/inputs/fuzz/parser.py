"""What a parser under fuzzing is, and how its refusals are read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Parser:
    """`run` answers what a refusal shows. `cost` is how many executions of the cheapest parser one of it takes."""

    name: str
    run: Callable[[bytes], str]
    seeds: Callable[[], Iterator[bytes]]
    cost: int = 1


def refused(parse: Callable[[], object], *documented: type[Exception]) -> str:
    try:
        parse()
    except documented as error:
        return shown(error)
    return ""


def shown(error: Exception) -> str:
    details: Sequence[object] = getattr(error, "errors", getattr(error, "problems", ()))
    return f"{error} {error!r} {details!r}"


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def decoded(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return text_of(data)
