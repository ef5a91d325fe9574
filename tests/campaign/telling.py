"""What a run came to, in words for an operator."""

from __future__ import annotations

from tests.campaign.run import Outcome

#: Violations shown; the rest is counted.
SHOWN_MAX = 20


def told(outcome: Outcome) -> str:
    """The run's ledger: what was done to it, what became of the payments, and every rule that was broken."""
    verdict = "PASSED" if outcome.passed else f"FAILED with {len(outcome.violations)} violations"
    states = ", ".join(f"{count} {state}" for state, count in sorted(outcome.states.items()))
    follow_ups = ", ".join(f"{count} {what}" for what, count in sorted(outcome.follow_ups.items()))
    forms = ", ".join(f"{count} {what}" for what, count in sorted(outcome.forms.items()))
    hits = ", ".join(f"{point} {count}" for point, count in sorted(outcome.hits.items()))
    more = len(outcome.violations) - SHOWN_MAX
    return "\n".join(
        [
            f"seed {outcome.seed}: {outcome.payments} payments, {outcome.seconds:.1f} s",
            f"  faults: {','.join(outcome.faults) or 'none'}",
            f"  {len(outcome.left_out)} of them cannot be made on this machine{':' if outcome.left_out else ''}",
            *(f"    {name}: {reason}" for name, reason in outcome.left_out.items()),
            *(f"  {note}" for note in outcome.notes),
            f"  hit: {hits or 'no crash point'}; {outcome.workers_started} workers were started",
            f"  orders: {states or 'none were read'}",
            f"  of them follow a payment: {follow_ups or 'none'}",
            f"  of them are paid in another way: {forms or 'none'}",
            *([f"  {outcome.moved} orders went to the second account"] if outcome.moved else []),
            f"  {outcome.search.told}",
            f"  {verdict}",
            *(f"    {violation}" for violation in outcome.violations[:SHOWN_MAX]),
            *([f"    and {more} more"] if more > 0 else []),
            *([] if outcome.passed else [f"  again: {command(outcome)}"]),
        ]
    )


def command(outcome: Outcome) -> str:
    """What repeats the run."""
    faults = ",".join(outcome.faults)
    return f"python -m tests.campaign --seed {outcome.seed} --payments {outcome.payments} --faults {faults}"
