"""What a mutant is: a rule of the protocol taken out of the product, and the harm that must come of it.

The harms are those of the protocol's model. A mutant that does no harm in its scenario is a rule nobody needs, or a
scenario that does not see; either is a red test.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from producers.runtime.embedded import EmbeddedValkey
from tests.rules.changing import Change


class Harm(Enum):
    """What no run may end in."""

    #: Two approved charges for one order.
    DOUBLE = "charged twice"
    #: We say that nothing was charged, and the gateway has the money.
    GHOST = "charged, and we say it was not"
    #: We say that it was paid, and the gateway has no approved charge.
    FALSEPAY = "not charged, and we say it was"
    #: Readers were told two outcomes, or one under two names.
    MULTI = "two outcomes told"
    #: No outcome, and nothing left that could lead to one; or an outcome that nobody is told of.
    LOST = "no outcome"
    #: Two charges that nobody is alarmed about.
    HIDDEN = "charged twice, and nobody is told"
    #: An order that its own account would have charged was refused by another one.
    STRAY = "refused where its first payment is not known"
    #: Somebody was told that it is not sent any more, and it was.
    CALLED_BACK = "sent after it was called back"
    #: More of a payment was given back, or taken, than there was.
    OVER = "more given back than was paid"


@dataclass(frozen=True, slots=True)
class Ground:
    """What scenarios stand on: a directory of their own, and a running server whose databases they may empty."""

    directory: Path
    valkey: EmbeddedValkey


#: Plays a story with the product as it is at that moment, and answers what harm was done.
Scenario = Callable[[Ground], Coroutine[Any, Any, frozenset[Harm]]]


@dataclass(frozen=True, slots=True)
class Mutant:
    """The product without a rule. `sentence` says what it does instead; the scenario must then end in `harm`."""

    rule: str
    name: str
    sentence: str
    scenario: Scenario
    harm: Harm
    changes: tuple[Change, ...]

    @property
    def id(self) -> str:
        """For reports."""
        return f"{self.rule}-{self.name}"


def mutant(
    rule: str, name: str, sentence: str, scenario: Scenario, harm: Harm, *changes: tuple[str, str, str]
) -> Mutant:
    """A row of a table of mutants; each change is (file, old text, new text)."""
    return Mutant(rule, name, sentence, scenario, harm, tuple(Change(*change) for change in changes))
