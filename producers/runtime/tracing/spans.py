"""What is told of an order's way: spans as values, and the port that takes them. Knows no OpenTelemetry."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from producers.contract.trace_ids import TraceIds

#: As OpenTelemetry has them: who hands in, who takes up, who asks another service, and all others.
Kind = Literal["producer", "consumer", "client", "internal"]
Attributes = Mapping[str, str | int]


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened in a span, at its end."""

    name: str
    attributes: Attributes


@dataclass(frozen=True, slots=True)
class Span:
    """Something that has ended. Times in ns since 1970.

    `parent_id` 0 is that of a trace's first span. `error` is a stable code, empty where all went well. `follows` is
    another order, which this one goes on for; `called` links what the caller is at, if it says so.
    """

    name: str
    trace_id: int
    span_id: int
    parent_id: int
    began_ns: int
    ended_ns: int
    attributes: Attributes
    kind: Kind = "internal"
    error: str = ""
    happening: Happening | None = None
    follows: TraceIds | None = None
    called: bool = False


class Spans(Protocol):
    """Takes spans, from any thread. Must return at once, and never raises."""

    def samples(self, trace_id: int) -> bool:
        """Whether spans of that trace are wanted; every process answers the same."""
        ...

    def add(self, span: Span) -> None:
        """It has ended."""
        ...


def drawn_id() -> int:
    """The id of a span that is not a trace's first."""
    return random.getrandbits(64) or 1
