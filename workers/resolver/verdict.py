"""What may be said of an order whose outcome is unknown. Pure; every wrong answer here is somebody's money."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import msgspec

from workers.resolver.journal import Journal


@dataclass(frozen=True, slots=True)
class Attempt:
    """The attempt in question, as the ledger has it. Times in ms, the ledger's clock.

    `ends_at_ms` is when a link was first seen to be over, or when its order came out of a rebuilding; else a charge
    begins with its intent, or never.
    """

    intent_at_ms: int
    amount: str
    currency: str
    #: Empty for a charge by reference, whose card the ledger does not know.
    last4: str
    ends_at_ms: int = 0

    @property
    def last_ms(self) -> int:
        """After this no charge of it can begin."""
        return max(self.intent_at_ms, self.ends_at_ms)


@dataclass(frozen=True, slots=True)
class Row:
    """A payment of the gateway's list that carries this attempt's reference. `created_ms` is the gateway's clock."""

    payment_id: str
    status: str
    amount: str
    currency: str
    last4: str
    created_ms: int

    @classmethod
    def parse(cls, payment_id: str, text: str) -> Row:
        """From the form in which the mirror keeps rows."""
        status, amount, currency, last4, created = text.split(" ")
        return cls(payment_id, status, amount, currency, last4.strip("-"), int(created))

    @property
    def text(self) -> str:
        """The form in which the mirror keeps rows."""
        return f"{self.status} {self.amount} {self.currency} {self.last4 or '-'} {self.created_ms}"


@dataclass(frozen=True, slots=True)
class Rules:
    """H, the tolerated difference of clocks, how many clean reads a proof takes, and whether absence is ever proven."""

    horizon_ms: int
    skew_ms: int
    clean_scans: int
    absent: Literal["prove", "park"]


class Proof(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why the gateway cannot have charged: stored with the order. Times in ms, the ledger's clock.

    `over_at_ms` is when a link was first seen to be over, or its order came out of a rebuilding.
    """

    intent_at_ms: int
    horizon_ms: int
    scans_started_ms: tuple[int, ...]
    covered_from_ms: int
    covered_to_ms: int
    over_at_ms: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """The gateway has it: ask for this id and believe the answer."""

    payment_id: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The gateway cannot have charged it any more."""

    proof: Proof


@dataclass(frozen=True, slots=True)
class NotHeld:
    """Of a two-phase order no hold was seen. One may land yet: it will not be settled, and is let go when seen."""

    scans_started_ms: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Undecidable:
    """No proof will come by waiting: a human decides. `why` is a stable code, `alarm` when money may be wrong."""

    why: str
    alarm: bool = False


@dataclass(frozen=True, slots=True)
class NotYet:
    """Evidence may still come; look again."""


Verdict = Found | Absent | NotHeld | Undecidable | NotYet

#: Which of several rows of one attempt decides, most telling first.
_WEIGHT = ("approved", "pending", "processing", "declined")
#: Of a two-phase order: what holds money, or may come to.
_MAY_HOLD = _WEIGHT[:3]


def decide(attempt: Attempt, rows: Sequence[Row], journal: Journal, rules: Rules) -> Verdict:
    """The verdict on the evidence so far.

    A row is ours if reference, amount, currency and last four digits agree and it was not created before the intent.
    A row of our reference that disagrees is never explained away: it needs a human.
    """
    if (seen := _seen(attempt, rows, rules)) is not None:
        return seen
    due_ms = attempt.last_ms + rules.horizon_ms
    scans = journal.clean_since(due_ms, rules.clean_scans)
    if scans is None:
        return NotYet()
    if rules.absent == "park":
        return Undecidable("absence_is_not_proof_here")
    from_ms = attempt.intent_at_ms - rules.skew_ms
    if not journal.covers(from_ms, scans[-1]):
        return Undecidable("hole_in_coverage")
    return Absent(
        Proof(attempt.intent_at_ms, rules.horizon_ms, scans, from_ms, scans[-1], over_at_ms=attempt.ends_at_ms)
    )


def decide_two_phase(
    attempt: Attempt, window_over_ms: int, rows: Sequence[Row], journal: Journal, rules: Rules
) -> Found | NotHeld | Undecidable | NotYet:
    """The verdict on a two-phase order of which no hold was chosen yet.

    It needs no proof of absence: a hold takes no money, and without a choice none is ever settled. So neither H nor
    coverage count, nor whether absence is proven in this account. Reads begun after the attempt's window are asked for
    because an order whose hold is still coming should not be given up for nothing.
    """
    if (seen := _seen(attempt, rows, rules)) is not None:
        return seen
    scans = journal.clean_since(window_over_ms, rules.clean_scans)
    return NotYet() if scans is None else NotHeld(scans)


def decide_forgotten_hold(attempt: Attempt, rows: Sequence[Row], journal: Journal, rules: Rules) -> Verdict:
    """The verdict on a two-phase order whose ledger was lost since. That one may have chosen a hold and settled it, and
    nobody remembers: so absence takes a proof, as of any charge, and of several holds none is chosen a second time.
    """
    holds = [row for row in rows if matches(attempt, row, rules) and row.status in _MAY_HOLD]
    return Undecidable("choice_forgotten") if len(holds) > 1 else decide(attempt, rows, journal, rules)


def believable(intent_at_ms: int, refused_at_ms: int, journal: Journal, rules: Rules) -> bool | None:
    """Whether a gateway that says "not taken" (429) may be believed of an order of which no row is seen; None: not yet.

    Its word takes the place of H and of nothing else: the reads begun after it must be as many as for a proof, because
    a single one may leave a row out, and must show without a hole everything since the intent. A hole never closes.
    """
    latest = journal.clean_since(refused_at_ms, 1)
    if latest is None:
        return None
    if not journal.covers(intent_at_ms - rules.skew_ms, latest[-1]):
        return False
    return True if journal.clean_since(refused_at_ms, rules.clean_scans) else None


def _seen(attempt: Attempt, rows: Sequence[Row], rules: Rules) -> Found | Undecidable | None:
    ours = [row for row in rows if matches(attempt, row, rules)]
    if ours:
        return Found(min(ours, key=_weight).payment_id)
    return Undecidable("reference_with_other_content", alarm=True) if rows else None


def matches(attempt: Attempt, row: Row, rules: Rules) -> bool:
    """Whether a row of this attempt's reference is what was asked for."""
    return (
        row.amount == attempt.amount
        and row.currency == attempt.currency
        and (not attempt.last4 or not row.last4 or row.last4 == attempt.last4)
        and row.created_ms >= attempt.intent_at_ms - rules.skew_ms
    )


def _weight(row: Row) -> int:
    return _WEIGHT.index(row.status) if row.status in _WEIGHT else len(_WEIGHT)
