"""What a mutant of a simulated world is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from tests.rules.changing import Change
from tests.simulation.variant import PRODUCT, Variant


@dataclass(frozen=True)
class Mutant:
    """`sentence` says what is done instead of the rule; one of `seeds` seeds from `first` on must be red. To begin near
    where one was red saves time; it is not all there is to look at.
    """

    name: str
    sentence: str
    variant: Variant
    seeds: int = 1500
    changes: tuple[Change, ...] = ()
    first: int = 0


def without(**parts: Any) -> Variant:
    return replace(PRODUCT, **parts)


def rate(often: float, *names: str) -> dict[str, float]:
    return dict.fromkeys(names, often)
