"""What the settings say to the parts of a worker, in the words of each."""

from __future__ import annotations

from typing import Final

from producers.runtime.settings import Settings
from workers.duties.sweeper import SweepRules
from workers.payments.finalize import FinalizeRules
from workers.payments.promise import ChargeRules
from workers.payments.two_phase import TwoPhaseRules

#: The longest an accepted order that nobody takes goes without a look, seconds.
GRACE_MAX_S: Final = 600.0


def charge_rules(settings: Settings) -> ChargeRules:
    """How an order is carried out."""
    return ChargeRules(
        window_s=settings.attempt_window_s,
        lease_s=settings.lease_s,
        presence_s=settings.presence_s,
        claims_max=settings.claims_max,
        hold_back_s=settings.hold_back_s,
        attempt_deadline_s=settings.attempt_deadline_s,
        budgets=settings.network_budgets,
    )


def finalize_rules(settings: Settings) -> FinalizeRules:
    """How a step of 3-D Secure is finished."""
    return FinalizeRules(
        window_s=settings.attempt_window_s,
        presence_s=settings.presence_s,
        challenge_ttl_s=settings.challenge_ttl_s,
    )


def two_phase_rules(settings: Settings) -> TwoPhaseRules:
    """How a hold is settled."""
    return TwoPhaseRules(window_s=settings.attempt_window_s, presence_s=settings.presence_s)


def sweep_rules(settings: Settings) -> SweepRules:
    """How what is due is found."""
    return SweepRules(
        interval_s=settings.sweep_interval_s,
        batch=settings.sweep_batch,
        of_batches=max(1, settings.sweep_batch * settings.batch_share // 100),
        grace_s=settings.due_grace_s,
        grace_max_s=max(GRACE_MAX_S, settings.due_grace_s),
        presence_s=settings.presence_s,
    )
