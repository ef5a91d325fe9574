"""Queue, ledger, workers and mirror at one moment: what metrics tell too, and what they do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from cardinity_client.money import Money
from producers.contract import states
from producers.contract.names import QUEUES
from producers.runtime.clients import sync_client
from producers.runtime.ledger import keys
from producers.runtime.ledger_stats import LedgerStats, read_ledger_stats
from producers.runtime.settings import Settings
from workers.cli.reading import reading
from workers.resolver.journal import Journal

#: States of orders whose money may have moved without anybody knowing.
DOUBTFUL: Final = (states.UNKNOWN, states.PARKED)


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker process: its name, and how long ago (s) it was last seen."""

    name: str
    seen_s: float


@dataclass(frozen=True, slots=True)
class QueueBoard:
    """A queue: messages that nobody has taken yet, dead letters, and how long ago (s) the next one was placed."""

    name: str
    waiting: int
    dead: int
    age_s: float


@dataclass(frozen=True, slots=True)
class Board:
    """`overdue` orders wait for the sweeper, `alarms` are contradictions between ledger and gateway."""

    stats: LedgerStats
    workers: tuple[Worker, ...]
    holes: Mapping[str, int]
    overdue: int
    alarms: int
    quarantined: int

    @property
    def queues(self) -> tuple[QueueBoard, ...]:
        """The queues, in the order in which workers serve them."""
        depth, age_s = self.stats.queue_depth, self.stats.queue_age_s
        return tuple(QueueBoard(name, depth[name], depth[f"{name}.XQ"], age_s[name]) for name in QUEUES)

    def money(self, state: str) -> tuple[Money, ...]:
        """The money of all orders in a state, by currency."""
        sums = sorted(self.stats.money_minor.items())
        return tuple(Money(minor, currency) for (where, currency), minor in sums if where == state and minor)


def look(settings: Settings) -> Board:
    """The board as it is now.

    Raises:
        LedgerUnavailable: one of the databases does not answer.
    """
    with (
        sync_client(settings.redis_ledger_url, settings) as ledger,
        sync_client(settings.redis_queue_url, settings) as queue,
    ):
        stats = read_ledger_stats(ledger, queue, settings.accounts)
    with reading(settings.redis_ledger_url, settings) as reader:
        now_ms = reader.now_ms()
        return board_of(stats, reader.ask(*questions(settings.accounts, now_ms)), settings.accounts, now_ms)


def questions(accounts: Sequence[str], now_ms: int) -> tuple[tuple[Any, ...], ...]:
    """What to ask the ledger's database."""
    return (
        ("ZRANGE", keys.WORKERS, 0, -1, "WITHSCORES"),
        ("ZCOUNT", keys.DUE, "-inf", now_ms),
        ("ZCOUNT", keys.DUE_BATCH, "-inf", now_ms),
        ("XLEN", keys.ALARMS),
        ("XLEN", keys.QUARANTINE),
        *(("HGET", keys.coverage(account), "journal") for account in accounts),
    )


def board_of(stats: LedgerStats, replies: Sequence[Any], accounts: Sequence[str], now_ms: int) -> Board:
    """What the replies to `questions` say."""
    workers, overdue, overdue_of_batches, alarms, quarantined, *journals = replies
    return Board(
        stats=stats,
        workers=tuple(
            Worker(name.decode(), round(max(0.0, now_ms - float(seen)) / 1000, 3))
            for name, seen in zip(workers[::2], workers[1::2], strict=True)
        ),
        holes={account: _holes(journal) for account, journal in zip(accounts, journals, strict=True)},
        overdue=overdue + overdue_of_batches,
        alarms=alarms,
        quarantined=quarantined,
    )


def _holes(journal: bytes | None) -> int:
    return msgspec.json.decode(journal, type=Journal).holes if journal else 0
