"""Queue, ledger, workers and mirror at one moment: what metrics tell too, and what they do not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec
import redis

from cardinity_client.money import Money
from producers.contract import states
from producers.contract.names import QUEUES
from producers.runtime.clients import sync_client
from producers.runtime.ledger import keys
from producers.runtime.ledger.failures import translate
from producers.runtime.ledger.operation_calls import ACCOUNT, QUEUE, Said, breakers_from, words_from
from producers.runtime.ledger_fitness import ledger_problems
from producers.runtime.ledger_stats import LedgerStats, read_ledger_stats
from producers.runtime.settings import Settings
from workers.operations import alarms
from workers.operations.alarms import Alarm
from workers.operations.outcomes import Outcomes, outcomes_of, question
from workers.operations.reading import reading
from workers.resolver.journal import Journal

#: The code of a server that this user may not ask about itself.
UNREADABLE: Final = "redis_unreadable"
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
    """`overdue` orders wait for the sweeper, `alarms` are contradictions between ledger and gateway, the newest of them
    is `alarm`. Nothing is sent while the ledger has `problems`: their codes.
    """

    stats: LedgerStats
    workers: tuple[Worker, ...]
    holes: Mapping[str, int]
    overdue: int
    alarms: int
    quarantined: int
    outcomes: Outcomes
    #: What operators have paused, and why, by name.
    paused_queues: Mapping[str, Said]
    paused_accounts: Mapping[str, Said]
    #: Duties, and whether some worker leads in each.
    duties: Mapping[str, bool]
    #: By account, the workers whose breaker is not closed, and what it is.
    breakers: Mapping[str, Mapping[str, str]]
    alarm: Alarm | None = None
    problems: Sequence[str] = ()

    @property
    def in_flight(self) -> int:
        """Orders that a worker holds."""
        return self.stats.orders.get(states.CLAIMED, 0) + self.stats.orders.get(states.SENDING, 0)

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
        problems = _problems(ledger, settings)
    with reading(settings.redis_ledger_url, settings) as reader:
        now_ms = reader.now_ms()
        replies = reader.ask(*questions(settings.accounts, now_ms))
        told = reader.ask(*(("GET", keys.breakers(worker.name)) for worker in workers_of(replies[0], now_ms)))
        return replace(board_of(stats, replies, told, settings.accounts, now_ms), problems=problems)


def _problems(client: redis.Redis, settings: Settings) -> tuple[str, ...]:
    """What keeps everything from being sent. Whoever may not read what this host remembers, or not ask the server about
    itself, is told nothing of it: `doctor` says so.
    """
    try:
        return tuple(code for code in ledger_problems(client, settings) if code != UNREADABLE)
    except redis.RedisError as error:
        raise translate(error) from None
    except (OSError, ValueError, KeyError):
        return ()


def questions(accounts: Sequence[str], now_ms: int) -> tuple[tuple[Any, ...], ...]:
    """What to ask the ledger's database."""
    return (
        ("ZRANGE", keys.WORKERS, 0, -1, "WITHSCORES"),
        ("ZCOUNT", keys.DUE, "-inf", now_ms),
        ("ZCOUNT", keys.DUE_BATCH, "-inf", now_ms),
        ("XLEN", keys.ALARMS),
        alarms.question(1),
        ("XLEN", keys.QUARANTINE),
        question(now_ms),
        ("HGETALL", keys.OPERATIONS),
        *(("GET", keys.lead(duty)) for duty in _duties(accounts)),
        *(("HGET", keys.coverage(account), "journal") for account in accounts),
    )


def workers_of(reply: Sequence[bytes], now_ms: int) -> tuple[Worker, ...]:
    """The workers, from the first reply."""
    return tuple(
        Worker(name.decode(), round(max(0.0, now_ms - float(seen)) / 1000, 3))
        for name, seen in zip(reply[::2], reply[1::2], strict=True)
    )


def board_of(
    stats: LedgerStats, replies: Sequence[Any], told: Sequence[bytes | None], accounts: Sequence[str], now_ms: int
) -> Board:
    """What the replies to `questions` say, and what each of the workers told of its breakers."""
    workers, overdue, overdue_of_batches, contradictions, newest, quarantined, ended, words, *rest = replies
    duties = _duties(accounts)
    leads, journals = rest[: len(duties)], rest[len(duties) :]
    present = workers_of(workers, now_ms)
    return Board(
        stats=stats,
        workers=present,
        holes={account: _holes(journal) for account, journal in zip(accounts, journals, strict=True)},
        overdue=overdue + overdue_of_batches,
        alarms=contradictions,
        alarm=next(iter(alarms.alarms_from(newest)), None),
        quarantined=quarantined,
        outcomes=outcomes_of(ended, now_ms),
        paused_queues=words_from(words, QUEUE),
        paused_accounts=words_from(words, ACCOUNT),
        duties={duty: lead is not None for duty, lead in zip(duties, leads, strict=True)},
        breakers=_breakers(present, told),
    )


def _duties(accounts: Sequence[str]) -> tuple[str, ...]:
    """What a leader does all the time, whatever the settings say."""
    return ("sweeper", "splits", *(f"resolver-{account}" for account in accounts))


def _breakers(workers: Sequence[Worker], told: Sequence[bytes | None]) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for worker, text in zip(workers, told, strict=True):
        for account, state in breakers_from(text).items():
            found.setdefault(account, {})[worker.name] = state
    return found


def _holes(journal: bytes | None) -> int:
    return msgspec.json.decode(journal, type=Journal).holes if journal else 0
