"""What a fault is: how it shapes a system before it starts, how it strikes while it runs, and where it can be made.

A fault states what must hold instead where it makes the usual promise moot, and what it entitles the system to say.
The catalogue is data; only `run` knows the order in which things happen.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from tests.campaign.fire import Fire
from tests.campaign.plan import Plan

#: The kinds of things that go wrong. Every one has its file in the catalogue.
FAMILIES = ("process", "redis", "network", "gateway", "clock", "disk", "deploy", "input")

Family = Literal["process", "redis", "network", "gateway", "clock", "disk", "deploy", "input"]

#: What must hold at the end. `closed`: every order has ended, or is parked with its reason. `lockdown`: the ledger
#: cannot be trusted any more, so nothing is sent, workers refuse to work, and nothing was charged twice.
Expects = Literal["closed", "lockdown"]


class Need(Protocol):
    """Whether this machine can make the fault: None, or what is missing, by name."""

    def __call__(self) -> str | None: ...


def always() -> str | None:
    """Needs nothing that Python does not bring."""
    return None


def nothing(plan: Plan, rng: random.Random) -> None:
    """Leaves the system as it is."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the catalogue.

    `prepare` shapes the system before it starts. `strike` runs in a thread of its own while payments flow, and
    returns when what it did is undone; it must come to an end soon after `fire.over` is set. Both take every decision
    from the generator they are given, so that a seed repeats them. `allows` are words of `judge`'s findings that this
    fault entitles the system to; `excludes` names faults and families that it cannot be combined with.
    """

    name: str
    family: Family
    says: str
    prepare: Callable[[Plan, random.Random], None] = nothing
    strike: Callable[[Fire, random.Random], None] | None = None
    need: Need = always
    excludes: frozenset[str] = frozenset()
    expects: Expects = "closed"
    allows: frozenset[str] = frozenset()
