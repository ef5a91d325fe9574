"""Which alert each fault of the campaigns' catalogue raises if it lasts, or that it raises none.

A campaign's faults end after seconds, and nothing is to be seen of them but late orders. Here each is thought of as one
that nobody mends.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Raised:
    """Faults whose names fit, and what they raise; where nothing, `why` nobody need be woken."""

    faults: str
    alerts: tuple[str, ...] = ()
    why: str = ""

    def fits(self, fault: str) -> bool:
        """Whether it speaks of that one."""
        return re.fullmatch(self.faults, fault) is not None


def _at(*points: int) -> str:
    return f"worker-(kill|stop|term)-W({'|'.join(map(str, points))})"


#: Of several rows that fit, the first speaks.
RAISED: Sequence[Raised] = (
    # Processes
    Raised("producer-(kill|stop)-P[123]", why="its caller repeats the call"),
    Raised(_at(1, 2), ("CardinityAcceptedOld",)),
    Raised(_at(3, 4, 5, 6, 7, 8, 10), ("CardinityUnknownTooOld", "CardinityUnknownMoney")),
    Raised(_at(9), ("CardinityMirrorBlind", "CardinityMirrorHole")),
    Raised(_at(11), ("CardinityTrouble",)),
    Raised(_at(12, 13, 14, 17, 18), why="the order is pending, and is looked at again by its payment's id"),
    Raised(_at(15, 16), ("CardinityHoldsExpiring",)),
    Raised("(worker-(kill|term|freeze)-all|machine-freeze)", ("CardinityNoWorkers", "CardinityQueueOld")),
    Raised("worker-term-(twice-kill|short-grace)", ("CardinityUnknownTooOld",)),
    Raised("worker-(stutter|gil-stall|oom|abort)", ("CardinityQueueOld", "CardinityUnknownTooOld")),
    Raised("worker-no-descriptors", ("CardinityMirrorBlind", "CardinityQueueOld")),
    # Redis
    Raised("redis-(kill|freeze)(-long|-often)?", ("CardinityLedgerUnreadable",)),
    Raised("redis-(client-pause|sleep|busy|loading|stall|noauth)", ("CardinityLedgerUnreadable",)),
    Raised("redis-(write-pause|misconf|full|noperm)", ("CardinityMirrorBlind", "CardinityAcceptedOld")),
    Raised("redis-(read-only|evicting-policy|everysec)", ("CardinityLedgerNotDurable",)),
    Raised("redis-queue-lost", ("CardinityAcceptedOld",)),
    Raised("redis-flushall", ("CardinityLedgerLockdown",)),
    Raised("redis-(script-flush|clients-killed|rewrite)", why="the next call brings again what was forgotten"),
    Raised("redis-(reply|request)-lost-(intent|settle)", ("CardinityUnknownTooOld",)),
    Raised("redis-(reply|request)-lost-.*", why="it is asked again, and finds what was done"),
    # Network
    Raised("net-gateway-(mute|deaf)", ("CardinityUnknownMoney", "CardinityMirrorBlind")),
    Raised("net-(gateway|dns)-.*", ("CardinityBreakerOpen", "CardinityMirrorBlind")),
    Raised("net-(redis|ledger|queue)-.*", ("CardinityLedgerUnreadable",)),
    Raised("net-(all-cut|swizzle-clog|break-all)", ("CardinityLedgerUnreadable", "CardinityMirrorBlind")),
    # The gateway
    Raised("gateway-(late-landing|list-missing)", ("CardinityLateCharge", "CardinityParkedWaiting")),
    Raised("gateway-wrong-.*-in-body", ("CardinityParkedWaiting", "CardinityTrouble")),
    Raised("gateway-hold-twice", ("CardinityStrayHoldCharged",)),
    Raised("gateway-settlement-declined", ("CardinityApprovalRateLow",)),
    Raised("gateway-http-40[13]|account-refused|clock-worker-far", ("CardinityKeyRefused",)),
    Raised("gateway-rate-limited-429", ("CardinityAcceptedOld",)),
    Raised("gateway-(list-500|freeze|latency)", ("CardinityMirrorBlind",)),
    Raised("gateway-foreign-burst", ("CardinityMirrorHole",)),
    Raised("gateway-list-(repeated|reordered)", why="rows are a set, and each is read by its id"),
    Raised("gateway-later-.*", ("CardinityUnknownTooOld", "CardinityHoldsExpiring")),
    Raised("gateway-(outage-503|outage-reset|flapping)|account-broken", ("CardinityBreakerOpen",)),
    Raised("gateway-processing", why="the order is pending, and is looked at again by its payment's id"),
    Raised("gateway-.*", ("CardinityUnknownTooOld", "CardinityUnknownMoney")),
    # Clocks
    Raised("clock-worker-.*", why="nothing is decided by a worker's wall clock"),
    Raised("clock-redis-.*", ("CardinityParkedWaiting",)),
    Raised("clock-gateway-.*", why="CLOCK_SKEW_S bears as much"),
    # Disks
    Raised("disk-(full-aof|aof-.*)", ("CardinityLedgerUnreadable", "CardinityLedgerNotDurable")),
    Raised("disk-slow-sync", ("CardinityMirrorBlind", "CardinityQueueOld")),
    Raised("disk-.*-(state|spool|fails)", ("CardinityTrouble",)),
    Raised("disk-full-logs", why="lines are lost, payments are not"),
    # Deployments
    Raised("deploy-(scale-to-zero|launcher-kill)", ("CardinityNoWorkers", "CardinityHostDown")),
    Raised("deploy-scale-down", ("CardinityQueueOld",)),
    Raised("deploy-(short-horizon|unknown-account)", ("CardinityHostDown",)),
    Raised("deploy-worker-before-redis", ("CardinityLedgerUnreadable", "CardinityHostDown")),
    Raised("deploy-(wrong-key|other-messages)", ("CardinityTrouble",)),
    Raised("deploy-.*", why="others go on meanwhile"),
    # Inputs
    Raised("input-(random-bytes|pickle|wrong-schema|steering-options|nested|huge-message)",
           ("CardinityQuarantineGrowing",)),
    Raised("input-(same|conflicting)-calls", why="one of them is accepted, the others are answered"),
    Raised("input-.*-envelopes", why="each ends as rejected, and its owner is told"),
    Raised("input-.*", why="there is nothing to do for such a message, and it is forgotten"),
)  # fmt: skip

#: Alerts that no fault of the catalogue raises, and why there is one.
BY_NO_FAULT: dict[str, str] = {
    "CardinityDuplicateCharge": "no fault may: that is the promise, and every campaign is judged by it",
    "CardinityBugMet": "no fault may: what nobody expected is a bug, whatever brought it out",
    "CardinityCardNumberInLogs": "no fault may either: the suite looks for cards in every log",
    "CardinityParkedTooLong": "the alert of those who did not heed CardinityParkedWaiting",
    "CardinityCertificateRefused": "the campaigns' gateway speaks no TLS; the client's tests break its certificates",
    "CardinityBudgetRefusals": "a matter of the cards that are charged, not of faults",
    "CardinitySplitStuck": "campaigns hand in no splits; `tests/chaos/test_crash_splits.py` breaks those",
    "CardinityChargebacksMissed": "a matter of how many come",
    "CardinitySchedulerDead": "campaigns have no renewals; `tests/chaos/test_renewal_races.py` kills schedulers",
    "CardinityRenewalsUnaccounted": "likewise",
    "CardinityRenewalsHeld": "likewise",
    "CardinityArchiveLag": "campaigns have no archive",
    "CardinityArchiveUnread": "likewise",
}
