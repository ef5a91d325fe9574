"""What can be said of a parked order, by the evidence: which payment it is, that there is none, or what then. Pure.

Shown to whoever decides, so that nobody learns from a refusal what could have been seen before. Deciding is done in
`resolving` and `reattempting`, by the same rules and once more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from cardinity_client import Payment
from cardinity_client.models.follow_ups import FollowUp
from workers.operations import reattempting, resolving
from workers.operations.errors import OperationRefused
from workers.operations.evidence import Evidence
from workers.resolver.journal import Journal
from workers.resolver.verdict import Rules


@dataclass(frozen=True, slots=True)
class Choice:
    """A payment that the gateway shows, and what speaks against it being the order's; None where nothing does."""

    made: Payment | FollowUp
    against: OperationRefused | None


def choices(evidence: Evidence, rules: Rules) -> tuple[Choice, ...]:
    """Every payment that the gateway shows under the order's reference."""
    return tuple(Choice(made, _refusal(partial(resolving.found, evidence, made.id, rules))) for made in evidence.made)


def against_absence(evidence: Evidence, rules: Rules) -> OperationRefused | None:
    """What speaks against saying that nothing was charged; None where nothing does."""
    return _refusal(partial(resolving.absent, evidence, rules))


def against_attempt(evidence: Evidence, rules: Rules) -> OperationRefused | None:
    """What speaks against having it sent once more, whoever proposes it; None where nothing does."""
    return _refusal(partial(reattempting.allowed, evidence, rules))


def holes(journal: Journal, from_ms: int, to_ms: int) -> tuple[tuple[int, int], ...]:
    """Stretches of that time (ms) in which the gateway's list was not seen, oldest first. The time since the last
    read is none: it was not read yet."""
    if not journal.stretches:
        return ((from_ms, to_ms),)
    found, at_ms = [], from_ms
    for stretch in journal.stretches:
        if stretch.from_ms > at_ms:
            found.append((at_ms, min(stretch.from_ms, to_ms)))
        at_ms = max(at_ms, stretch.to_ms)
        if at_ms >= to_ms:
            break
    return tuple((begin_ms, end_ms) for begin_ms, end_ms in found if begin_ms < end_ms)


def _refusal(judged: Callable[[], object]) -> OperationRefused | None:
    try:
        judged()
    except OperationRefused as refusal:
        return refusal
    return None
