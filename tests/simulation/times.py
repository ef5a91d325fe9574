"""The times of a simulated world, seconds. Small, so that a run has few idle ticks; in the proportions of real ones.

The resolver looks every 0.2 s whatever the settings say, so that is the measure: everything else is laid around it.
H is exactly the sum that the boot check asks for, with no margin: what comes a moment early is then wrong.
"""

from __future__ import annotations

from typing import Final, Literal

from workers.duties.sweeper import SweepRules
from workers.payments.finalize import FinalizeRules
from workers.payments.promise import ChargeRules
from workers.payments.two_phase import TwoPhaseRules
from workers.resolver.linking import LinkPace
from workers.resolver.mirror import MirrorRules
from workers.resolver.pace import Pace
from workers.resolver.verdict import Rules

#: D: what an attempt may take in all, the watchdog included.
DEADLINE_S: Final = 0.30
WATCHDOG_S: Final = 0.10
WINDOW_S: Final = DEADLINE_S + WATCHDOG_S
#: L: how long sent bytes may travel, and how long the gateway may take over them.
NETWORK_S: Final = 0.10
GATEWAY_LATE_S: Final = 0.35
#: The same for authorisations, settlements and voids: two-phase charges rest on no bound. So late they may be here.
HOLD_LATE_S: Final = 2.5
#: lambda: how old the list may be.
LIST_LAG_S: Final = 0.10
HORIZON_S: Final = WINDOW_S + NETWORK_S + GATEWAY_LATE_S + LIST_LAG_S
#: The gateway's and the workers' clocks may be off by so much.
SKEW_S: Final = 0.05

PRESENCE_S: Final = 0.8
#: One of these per world: where it is short, leadership lapses at every hiccup of the ledger.
LEADER_LEASES_S: Final = (0.3, 1.0, 1.0, 1.0, 1.0)
SPOOL_EVERY_S: Final = 0.3
#: Seconds until the queue gives the messages of a dead worker to another.
HEARTBEAT_S: Final = 0.5
BREAKER_WAIT_S: Final = 0.1
#: How long an account rests whose key was refused.
ACCOUNT_PAUSE_S: Final = 0.3

#: Rows of a page, and requests that may start between two reads. Small, so that three orders can exhaust both.
LIST_LIMIT: Final = 8
CREDITS: Final = 2
CLEAN_SCANS: Final = 3

CHARGE: Final = ChargeRules(
    window_s=WINDOW_S,
    lease_s=0.5,
    presence_s=PRESENCE_S,
    claims_max=5,
    hold_back_s=0.08,
    attempt_deadline_s=DEADLINE_S,
    patience_s=0.15,
)
SWEEP: Final = SweepRules(interval_s=0.2, batch=50, of_batches=1, grace_s=0.1, grace_max_s=0.4, presence_s=PRESENCE_S)
FINALIZE: Final = FinalizeRules(window_s=WINDOW_S, presence_s=PRESENCE_S, challenge_ttl_s=3600)
TWO_PHASE: Final = TwoPhaseRules(window_s=WINDOW_S, presence_s=PRESENCE_S)
LINKS: Final = LinkPace(look_every_ms=300, again_ms=200)
#: Between two looks under a payment at the least: rounds are no closer together.
LOOK_GAP_S: Final = 0.1
MIRROR: Final = MirrorRules(LIST_LIMIT, CREDITS, CLEAN_SCANS, Pace(fastest_s=0.02, busy_s=0.15, idle_s=0.3))


def verdict_rules(absent: Literal["prove", "park"] = "prove") -> Rules:
    """When absence is proven."""
    return Rules(int(HORIZON_S * 1000), int(SKEW_S * 1000), CLEAN_SCANS, absent)
