"""Which alert each fault of the campaigns' catalogue raises if it lasts, or that it pages nobody.

A campaign's faults end after seconds, and nothing is to be seen of them but late orders. Here each is one that nobody
mends. What stands here was seen: `tests/alerts` lets a real system suffer them, and plays what its numbers said to the
rules; what it did not let it suffer, it names beside what looks the same. The troubles that it has beyond the catalogue
stand here too, and its calm, in which nothing may fire.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Raised:
    """Faults whose names fit, and what they raise; where nothing, `why` nobody need be woken, and nobody is paged.

    `beside` are alerts that may come with these: what follows from the fault, sooner or later. Of a fault of which
    nobody need know these are tickets only.
    """

    faults: str
    alerts: tuple[str, ...] = ()
    why: str = ""
    beside: tuple[str, ...] = ()

    def fits(self, fault: str) -> bool:
        """Whether it speaks of that one."""
        return re.fullmatch(self.faults, fault) is not None


#: Pages about orders that nobody takes, or of which nobody finds out what became of them.
HALTED = (
    "CardinityMirrorBlind",
    "CardinityQueueOld",
    "CardinityUnknownTooOld",
    "CardinityUnknownMoney",
    "CardinityNoWorkers",
)
#: Tickets that may come with any alert above: orders wait behind it, and what was tried goes on failing.
TICKETS = ("CardinityAcceptedOld", "CardinityTrouble")


def _at(*points: int) -> str:
    return f"worker-(kill|stop|term)-W({'|'.join(map(str, points))})"


#: Of several rows that fit, the first speaks.
RAISED: Sequence[Raised] = (
    # All is well
    Raised("calm-.*", why="nothing is the matter"),
    # Processes
    Raised("producer-(kill|stop)-P[123]", why="its caller repeats the call"),
    Raised(_at(1, 2), ("CardinityWorkersDying", "CardinityAcceptedOld"), beside=HALTED),
    Raised(_at(3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 17, 18), ("CardinityWorkersDying",), beside=HALTED),
    Raised(_at(11), ("CardinityWorkersDying", "CardinityTrouble"), beside=HALTED),
    Raised("worker-(kill|term)-all", ("CardinityWorkersDying", "CardinityQueueOld"), beside=HALTED),
    Raised("worker-freeze-all", ("CardinityQueueOld", "CardinityMirrorBlind"), beside=HALTED),
    Raised("machine-freeze", ("CardinityLedgerUnreadable",), beside=HALTED),
    Raised("worker-term-(twice-kill|short-grace)", ("CardinityWorkersDying",), beside=HALTED),
    Raised("worker-(gil-stall|oom|abort)", ("CardinityWorkersDying",), beside=HALTED),
    Raised("worker-(stutter|no-descriptors)", why="one of them is slow, and what it does not take the others do"),
    Raised("archive-lost", ("CardinityArchiveLag",)),
    Raised("webhooks-lost", ("CardinityReaderLag",)),
    Raised("receiver-(fails|hangs)", ("CardinityWebhooksLate",)),
    Raised("receiver-gone", ("CardinityWebhooksDisabled",)),
    Raised("scheduler-lost", ("CardinitySchedulerDead",)),
    # Redis
    Raised("redis-kill-often", why="it is back at once each time, and whoever calls calls again",
           beside=("CardinityTrouble",)),
    Raised("redis-sleep", why="late is not down: every call waits longer than that",
           beside=("CardinityAcceptedOld",)),
    Raised("redis-certificate-over", ("CardinityLedgerUnreadable",), beside=HALTED),
    Raised("redis-certificate-ending", ("CardinityCertificateEnding",)),
    Raised("redis-(kill|freeze)(-long)?", ("CardinityLedgerUnreadable",), beside=HALTED),
    Raised("redis-(client-pause|busy|loading|stall|noauth)", ("CardinityLedgerUnreadable",), beside=HALTED),
    Raised("redis-(write-pause|misconf|full|noperm)", ("CardinityMirrorBlind",), beside=HALTED),
    Raised("redis-(read-only|evicting-policy|everysec)", ("CardinityLedgerNotDurable",), beside=HALTED),
    Raised("redis-queue-lost", why="the sweeper brings what was lost, within seconds"),
    Raised("redis-flushall", ("CardinityLedgerLockdown",), beside=HALTED),
    Raised("redis-(script-flush|clients-killed|rewrite)", why="the next call brings again what was forgotten",
           beside=("CardinityTrouble",)),
    Raised("redis-(reply|request)-lost-(intent|settle)", ("CardinityTrouble",), beside=HALTED),
    Raised("redis-(reply|request)-lost-.*", why="it is asked again, and finds what was done",
           beside=("CardinityTrouble",)),
    # Network
    Raised("net-gateway-(cut.*|mute|deaf)", ("CardinityMirrorBlind", "CardinityUnknownTooOld"), beside=HALTED),
    Raised("net-gateway-(unreachable|half-open)|net-dns-.*", ("CardinityMirrorBlind",),
           beside=("CardinityBreakerOpen", *HALTED)),
    Raised("net-gateway-(policed|narrow)", ("CardinityMirrorBlind",), beside=("CardinityBreakerOpen", *HALTED)),
    Raised("net-gateway-slow|gateway-latency", why="slow is not down"),
    Raised("net-gateway-reset", ("CardinityUnknownMoney",), beside=("CardinityBreakerOpen", *HALTED)),
    Raised("net-gateway-.*", why="slow or broken by times, and every read is tried again"),
    Raised("net-redis-reset", ("CardinityLedgerUnreadable",), beside=HALTED),
    Raised("net-redis-(stutter|loss)", why="a connection that breaks is made anew at once"),
    Raised("net-(redis|ledger|queue)-.*", ("CardinityLedgerUnreadable",), beside=HALTED),
    Raised("net-all-cut", ("CardinityLedgerUnreadable",), beside=HALTED),
    Raised("net-(swizzle-clog|break-all)", why="a link that comes back at once is used at once",
           beside=("CardinityTrouble",)),
    # The gateway
    Raised("gateway-(hangs-at-times|flapping)", ("CardinityUnknownMoney",), beside=("CardinityBreakerOpen", *HALTED)),
    Raised("gateway-lands-beyond-h", ("CardinityLateCharge",), beside=HALTED),
    Raised("gateway-list-missing", ("CardinityParkedWaiting",), beside=("CardinityBreakerOpen", *HALTED)),
    Raised("gateway-wrong-order-in-body", ("CardinityBreakerOpen", "CardinityTrouble"), beside=HALTED),
    Raised("gateway-certificate-over", ("CardinityCertificateRefused", "CardinityCertificateEnding"),
           beside=("CardinityBreakerOpen", *HALTED)),
    Raised("gateway-hold-twice", why="one of the two is let go, which takes nobody"),
    Raised("gateway-settlement-declined", why="the bank says so, and each order ends as declined"),
    Raised("gateway-http-40[13]|account-refused|clock-worker-far", ("CardinityKeyRefused",), beside=HALTED),
    Raised("gateway-rate-limited-429", ("CardinityAcceptedOld",), beside=HALTED),
    Raised("gateway-list-500", ("CardinityMirrorBlind",), beside=("CardinityBreakerOpen", *HALTED)),
    Raised("gateway-freeze", ("CardinityMirrorBlind", "CardinityUnknownTooOld"),
           beside=("CardinityBreakerOpen", *HALTED)),
    Raised("gateway-list-lag", why="slow is not down"),
    Raised("gateway-foreign-burst", ("CardinityMirrorHole",), beside=("CardinityParkedWaiting", *HALTED)),
    Raised("gateway-list-(repeated|reordered)", why="rows are a set, and each is read by its id"),
    Raised("gateway-later-(http-500|reset)-before", ("CardinityBreakerOpen",), beside=HALTED),
    Raised("gateway-later-.*", why="it is asked for again until it is heard; holds are told of before they run out"),
    Raised("gateway-slow-answer", why="what is not heard in time is found in the list within a second"),
    Raised("gateway-processing", why="the order is pending, and is looked at again by its payment's id"),
    Raised("account-broken", ("CardinityBreakerOpen",), beside=HALTED),
    Raised("gateway-.*", ("CardinityBreakerOpen",), beside=HALTED),
    # The bank, the account's other users, and the merchant
    Raised("bank-declines-all", ("CardinityApprovalRateLow",)),
    Raised("bank-refuses-refund", ("CardinitySplitStuck",)),
    Raised("account-settles-strays", ("CardinityStrayHoldCharged", "CardinityDuplicateCharge")),
    Raised("merchant-forgets-holds", ("CardinityHoldsExpiring",)),
    # Clocks
    Raised("clock-worker-.*", why="nothing is decided by a worker's wall clock"),
    Raised("clock-redis-ahead", ("CardinityParkedWaiting",), beside=HALTED),
    Raised("clock-redis-.*", why="payments seem younger than their intents, which speaks against none",
           beside=("CardinityTrouble",)),
    Raised("clock-gateway-.*", why="CLOCK_SKEW_S bears as much"),
    # Disks
    Raised("disk-(full-aof|aof-.*|.*spool.*)", ("CardinityLedgerUnreadable",),
           beside=("CardinityWorkersDying", *HALTED)),
    Raised("disk-slow-sync", ("CardinityMirrorBlind",), beside=HALTED),
    Raised("disk-.*-state", ("CardinityTrouble",), beside=HALTED),
    Raised("disk-full-logs", why="lines are lost, payments are not"),
    # Deployments
    Raised("deploy-(scale-to-zero|launcher-kill)", ("CardinityNoWorkers", "CardinityHostDown")),
    Raised("deploy-(short-horizon|unknown-account)", ("CardinityHostDown",)),
    Raised("deploy-worker-before-redis", ("CardinityLedgerUnreadable", "CardinityWorkersDying"), beside=HALTED),
    Raised("deploy-wrong-key", ("CardinityTrouble",)),
    Raised("deploy-other-messages", why="each release takes what it can read", beside=("CardinityTrouble",)),
    Raised("deploy-.*", why="others go on meanwhile"),
    # Inputs
    Raised("input-(random-bytes|pickle|wrong-schema|steering-options|nested|huge-message)",
           ("CardinityQuarantineGrowing",)),
    Raised("input-(same|conflicting)-calls", why="one of them is accepted, the others are answered"),
    Raised("input-.*-envelopes", why="each ends as rejected, and its owner is told"),
    Raised("input-.*", why="there is nothing to do for such a message, and it is forgotten"),
)  # fmt: skip

#: Alerts that nothing above raises, and why there is one.
BY_NO_FAULT: dict[str, str] = {
    "CardinityReconcileDifferences": "campaigns have no archive; they are judged by the gateway's own books",
    "CardinityReconcileOld": "likewise",
    "CardinityBugMet": "no fault may: what nobody expected is a bug, whatever brought it out",
    "CardinityDoorShut": "campaigns call Python, and whether a target answers is Prometheus' own finding",
    "CardinityCardNumberInLogs": "no fault may either: the suite looks for cards in every log",
    "CardinityParkedTooLong": "the alert of those who did not heed CardinityParkedWaiting",
    "CardinityBudgetRefusals": "a matter of the cards that are charged, not of faults",
    "CardinityChargebacksMissed": "a matter of how many come",
    "CardinityRenewalsUnaccounted": "no fault may: a scheduler that is killed leaves no period out",
    "CardinityRenewalsHeld": "a matter of what merchants hold back",
    "CardinityArchiveUnread": "no fault writes what no archive can read",
    "CardinityConsoleGuessed": "no fault, but somebody; `tests/integration/console/test_guard.py` guesses",
}
