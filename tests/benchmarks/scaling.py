"""What the measured costs come to on more hosts: pure arithmetic, from which docs/scaling.md has its tables.

The costs are those of docs/performance.md and docs/operations.md; a test holds them to these pages, and the model to
the rate that was measured on two cores.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

#: CPU of one payment in microseconds: of workers, of Redis (queue and ledger), of the producer.
WORKER_US, REDIS_US, PRODUCER_US = 385, 222, 85
#: And of the benchmark's gateway, which stood on the same two cores.
STAND_IN_US: Final = 31
#: Bytes of an order in the ledger with its events, of one that has left, and of a payment in flight in a worker.
ORDER_BYTES, TOMBSTONE_BYTES, IN_FLIGHT_BYTES = 2_500, 75, 17_200
#: Payments for each read of the gateway's list.
PAYMENTS_PER_READ: Final = 43
#: How busy a core is planned to be: the rest is for bursts, for rewrites of the file, and for a neighbour that died.
PLANNED: Final = 0.7
#: Seconds that the gateway takes.
LATENCY_S: Final = 0.3
#: Cores of one host that workers have.
HOST_CORES: Final = 2
HOSTS: Final = (1, 10, 100)
#: Merchant accounts, of which the n-th has a share of 1/n of what the first has.
ACCOUNTS: Final = 1_000
#: Days that orders stay in the ledger after their end: the least that ORDERS_KEPT_S may say, a month, and its default.
KEPT_DAYS: Final = (8, 30, 90)
SECONDS_A_DAY: Final = 86_400

Place = Callable[[Sequence[float], int], list[float]]


@dataclass(frozen=True, slots=True)
class Plan:
    """What so many hosts of workers can send, and what has to stand behind them."""

    hosts: int

    @property
    def rate(self) -> float:
        """Payments a second of all workers."""
        return self.hosts * HOST_CORES * per_core(WORKER_US)

    @property
    def ledgers(self) -> int:
        """Redis servers that it takes; scripts run on one core of each."""
        return math.ceil(self.rate / per_core(REDIS_US))

    @property
    def producer_cores(self) -> int:
        """Cores of whoever hands the orders in."""
        return math.ceil(self.rate / per_core(PRODUCER_US))

    @property
    def in_flight(self) -> float:
        """Payments that wait for the gateway."""
        return self.rate * LATENCY_S

    @property
    def worker_mb(self) -> float:
        """Memory of one host's payments in flight."""
        return self.in_flight / self.hosts * IN_FLIGHT_BYTES / 1e6

    @property
    def reads_a_second(self) -> float:
        """Reads of the gateway's list, of all accounts."""
        return self.rate / PAYMENTS_PER_READ


def per_core(cost_us: float) -> float:
    """Payments a second of a core that is as busy as planned."""
    return PLANNED * 1e6 / cost_us


def of_two_cores() -> float:
    """Payments a second where everything shares two cores that do nothing else, as in the benchmark."""
    return 2e6 / (WORKER_US + REDIS_US + PRODUCER_US + STAND_IN_US)


def ledger_gb(mean_rate: float, kept_days: float) -> float:
    """Memory of the ledger at so many orders a second on average, each kept for so long after its end."""
    return mean_rate * kept_days * SECONDS_A_DAY * ORDER_BYTES / 1e9


def gone_gb(mean_rate: float, years: float) -> float:
    """What the tombstones of so many years take."""
    return mean_rate * years * 365 * SECONDS_A_DAY * TOMBSTONE_BYTES / 1e9


def shares(accounts: int = ACCOUNTS) -> list[float]:
    """Each account's share of what is sent, the largest first."""
    sizes = [1 / rank for rank in range(1, accounts + 1)]
    return [size / sum(sizes) for size in sizes]


def by_hash(parts: Sequence[float], ledgers: int) -> list[float]:
    """What each ledger gets when accounts are placed by a hash of their names."""
    loads = [0.0] * ledgers
    for number, part in enumerate(parts):
        digest = hashlib.sha256(f"account-{number}".encode()).digest()
        loads[int.from_bytes(digest[:8]) % ledgers] += part
    return loads


def by_table(parts: Sequence[float], ledgers: int) -> list[float]:
    """And when somebody places them, the largest first, where least is."""
    loads = [0.0] * ledgers
    for part in parts:
        loads[loads.index(min(loads))] += part
    return loads


def fullest(place: Place, ledgers: int) -> float:
    """How much more than its share the fullest ledger gets."""
    return max(place(shares(), ledgers)) * ledgers


def hosts_table() -> str:
    """For docs/scaling.md."""
    plans = [Plan(hosts) for hosts in HOSTS]
    rows = [
        ("hosts of workers, two cores each", [f"{plan.hosts}" for plan in plans]),
        ("payments/s, workers' cores 70 % busy", [f"{plan.rate:,.0f}" for plan in plans]),
        ("ledgers, their cores 70 % busy", [f"{plan.ledgers}" for plan in plans]),
        ("cores of producers", [f"{plan.producer_cores}" for plan in plans]),
        ("in flight at 300 ms", [f"{plan.in_flight:,.0f}" for plan in plans]),
        ("MB in flight on each host", [f"{plan.worker_mb:,.0f}" for plan in plans]),
        ("reads of the gateway's list a second", [f"{plan.reads_a_second:,.0f}" for plan in plans]),
        (
            "fullest ledger, accounts by hash",
            [f"{fullest(by_hash, plan.ledgers):.1f} times its share" for plan in plans],
        ),
        (
            "fullest ledger, accounts by table",
            [f"{fullest(by_table, plan.ledgers):.1f} times its share" for plan in plans],
        ),
        ("the largest account", [f"{shares()[0] * plan.rate:,.0f}/s" for plan in plans]),
    ]
    lines = [f"| {name} | {' | '.join(cells)} |" for name, cells in rows]
    return "\n".join([lines[0], f"|---|{'---:|' * len(plans)}", *lines[1:]]) + "\n"


def memory_table() -> str:
    """For docs/scaling.md."""
    kept = KEPT_DAYS
    lines = [f"| orders a second, on average | {' | '.join(f'{days} d' for days in kept)} | tombstones of 5 years |"]
    lines.append(f"|---:|{'---:|' * (len(kept) + 1)}")
    for rate in (1, 10, 100):
        cells = [f"{ledger_gb(rate, days):,.1f} GB" for days in kept]
        lines.append(f"| {rate} | {' | '.join(cells)} | {gone_gb(rate, 5):,.1f} GB |")
    return "\n".join(lines) + "\n"
