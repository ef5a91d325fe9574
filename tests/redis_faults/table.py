"""Every campaign there is, in the order in which they are played."""

from __future__ import annotations

from functools import partial
from typing import Final

from tests.redis_faults import powercut
from tests.redis_faults.boots import boots
from tests.redis_faults.campaign import Campaign
from tests.redis_faults.failovers import failovers
from tests.redis_faults.flushes import flushes
from tests.redis_faults.full import full
from tests.redis_faults.hindrances import REFUSING, SLOW, hindrances
from tests.redis_faults.kills import kills
from tests.redis_faults.powercuts import power_cuts
from tests.redis_faults.sentinel import by_sentinel
from tests.redis_faults.watched import by_sentinels
from tests.redis_faults.whole import failovers_of_all, kills_of_all, power_cuts_of_all
from tests.redis_faults.words import lost_words

#: Options of the command: rounds by default, and of what.
ROUNDS: Final = {
    "kills": (500, "rounds with a kill -9 of the server"),
    "power_cuts": (200, "rounds with a power cut"),
    "failovers": (200, "rounds with a failover to the replica"),
    "flushes": (50, "rounds with a FLUSHALL"),
    "full": (50, "rounds of a server without memory"),
    "boots": (1, "times that every refusal of a boot is tried"),
    "hindrances": (100, "rounds with a server that refuses, or is slow"),
    "words": (2, "times that every word is lost in every way"),
}

CAMPAIGNS: Final = (
    Campaign("kill", "kills", 0.9, "kill -9 while orders are on their way; started again at once", kills),
    Campaign("kill-workers", "kills", 0.1, "kill -9 under worker processes and a gateway", kills_of_all),
    Campaign(
        "kill-everysec",
        "kills",
        0.04,
        "the same with appendfsync everysec: does no harm, a kill cannot tell the two apart",
        partial(kills, appendfsync="everysec"),
    ),
    Campaign(
        "power-cut",
        "power_cuts",
        0.9,
        "what was not synced is gone, short, zeros or rubbish; started again",
        power_cuts,
        powercut.need,
    ),
    Campaign(
        "power-cut-workers",
        "power_cuts",
        0.1,
        "power cuts under worker processes and a gateway",
        power_cuts_of_all,
        powercut.need,
    ),
    Campaign(
        "power-cut-everysec",
        "power_cuts",
        0.1,
        "control: the same with appendfsync everysec forgets",
        partial(power_cuts, appendfsync="everysec"),
        powercut.need,
        control=True,
    ),
    Campaign(
        "failover",
        "failovers",
        0.8,
        "the primary dies or is cut off, the replica may be behind; LEDGER_REPLICAS=1",
        failovers,
    ),
    Campaign(
        "failover-unconfirmed",
        "failovers",
        0.05,
        "control: the same with LEDGER_REPLICAS=0 forgets what the replica had not heard",
        partial(failovers, replicas=0),
        control=True,
    ),
    Campaign(
        "failover-sentinel",
        "failovers",
        0.1,
        "the primary dies or freezes and Sentinel promotes; LEDGER_REPLICAS=1",
        by_sentinel,
    ),
    Campaign(
        "failover-sentinels",
        "failovers",
        0.1,
        "the primary dies under worker processes that ask three Sentinels; LEDGER_REPLICAS=2",
        by_sentinels,
    ),
    Campaign("failover-workers", "failovers", 0.1, "failovers under worker processes and a gateway", failovers_of_all),
    Campaign(
        "flushall", "flushes", 1.0, "FLUSHALL: lockdown everywhere, nothing goes on, nothing begins anew", flushes
    ),
    Campaign(
        "flush-queue",
        "flushes",
        0.5,
        "FLUSHDB of the queue only: the sweeper refills it",
        partial(flushes, queue_only=True),
    ),
    Campaign("full", "full", 1.0, "maxmemory: accepts are refused cleanly, outcomes are still recorded", full),
    Campaign("boot", "boots", 1.0, "a Redis that would forget is refused, by name", boots),
    Campaign("refusing", "hindrances", 0.5, "read-only, NOREPLICAS, BUSY", partial(hindrances, ways=REFUSING)),
    Campaign("slow", "hindrances", 0.5, "CLIENT PAUSE, DEBUG SLEEP, SIGSTOP", partial(hindrances, ways=SLOW)),
    Campaign("lost-words", "words", 1.0, "a request or a reply lost, per script and client", lost_words),
)
