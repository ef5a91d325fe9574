"""What a campaign is, and what it came to: rounds of one fault against Redis, and every order that suffered by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

#: Lines of what was lost or doubled that are shown; the counts are of all.
SHOWN_MAX = 5


@dataclass
class Tally:
    """The books of one campaign. `lost` and `doubled` say of which order what is missing or came twice."""

    rounds: int = 0
    accepted: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    #: Everything else worth a line, and how often.
    findings: Counter[str] = field(default_factory=Counter)

    def add(self, other: Tally) -> None:
        """Take another tally's figures in."""
        self.rounds += other.rounds
        self.accepted += other.accepted
        self.lost += other.lost
        self.doubled += other.doubled
        self.findings += other.findings

    @property
    def harm(self) -> int:
        """How much was lost or doubled."""
        return len(self.lost) + len(self.doubled)


#: Told after every round: the tally so far.
Progress = Callable[[Tally], None]


@dataclass(frozen=True, slots=True)
class Campaign:
    """So many rounds of one fault. A control is a campaign without the protection: it must do harm, or the campaign
    beside it shows nothing. A blind one must do none and shows only that its fault cannot tell the difference."""

    name: str
    #: The option that says how many rounds; part of them, when several campaigns share an option.
    option: str
    share: float
    says: str
    play: Callable[[int, Path, Progress], Tally]
    need: Callable[[], str | None] = lambda: None
    control: bool = False

    def verdict(self, tally: Tally) -> str:
        """`ok`, or what is wrong with it."""
        if self.control:
            return "ok: it bites" if tally.harm else "NO HARM: the control does not bite"
        return "HARM" if tally.harm else "ok"


def shown(tally: Tally) -> Iterable[str]:
    """What an operator of the campaign reads below the table."""
    for title, lines in (("lost", tally.lost), ("doubled", tally.doubled)):
        for line in lines[:SHOWN_MAX]:
            yield f"  {title}: {line}"
        if len(lines) > SHOWN_MAX:
            yield f"  {title}: and {len(lines) - SHOWN_MAX} more"
    for finding, count in tally.findings.most_common():
        yield f"  {count} x {finding}"
