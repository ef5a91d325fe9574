"""What the ledger and the queue know about all orders, read in one round trip to each when somebody looks.

A number that a process keeps freezes when the process does; these come from Redis at each scrape, so they are
true of all hosts together and stay true when a leader dies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec
import redis

from cardinity_client.money import EXPONENTS
from producers.contract.names import QUEUES
from producers.contract.renewals import DECLINE_CLASSES, PERIOD_STATES
from producers.contract.states import ACCEPTED, PARKED, PENDING, STATES, UNKNOWN
from producers.runtime.archive_stats import ArchiveStats, read_archive_stats
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import LOST
from producers.runtime.ledger.failures import translate
from producers.runtime.metrics_table import HOLD_PHASES, METRICS
from producers.runtime.queue.calls import NAMESPACE
from producers.runtime.reader_stats import read_lags_s
from producers.runtime.reconcile_stats import ReconcileStats, reconcile_stats
from producers.runtime.webhook_stats import WebhookStats, webhook_stats

if TYPE_CHECKING:
    from prometheus_client import Metric
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

#: A currency that always has a series, so that "no money is unknown" is a zero and not a gap.
BASE_CURRENCY: Final = "EUR"

#: States whose oldest order is watched, and states whose money is.
_AGED: Final = (ACCEPTED, PENDING, UNKNOWN, PARKED)
_MONEYED: Final = (PENDING, UNKNOWN, PARKED)


@dataclass(frozen=True, slots=True)
class Renewals:
    """What the last runs of the renewals left, all archives together, and how long ago; infinite before the first.

    The age is that of the archive whose last run is the longest ago: one scheduler that runs hides none that does not.
    """

    last_run_age_s: float
    unaccounted: int
    periods: Mapping[str, int]
    declines: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LedgerStats:
    """One reading. Ages and lags in seconds; a lag is infinite before the first read of an account's list."""

    orders: Mapping[str, int]
    queue_depth: Mapping[str, int]
    queue_age_s: Mapping[str, float]
    oldest_age_s: Mapping[str, float]
    #: By state: the order that has been in it for longest; states without one are left out.
    oldest: Mapping[str, str]
    money_minor: Mapping[tuple[str, str], int]
    mirror_lag_s: Mapping[str, float]
    send_credits: Mapping[str, int]
    renewals: Renewals
    archive: ArchiveStats
    #: By reader (`READERS`).
    reader_lag_s: Mapping[str, float]
    reconciled: ReconcileStats
    #: By account and phase (`HOLD_PHASES`).
    open_holds: Mapping[tuple[str, str], int]
    #: By endpoint.
    webhooks: Mapping[str, WebhookStats]


def read_ledger_stats(ledger: redis.Redis, queue: redis.Redis, accounts: Sequence[str]) -> LedgerStats:
    """The present numbers, by two blocking clients.

    Raises:
        LedgerUnavailable: one of them did not answer.
    """
    try:
        depths, nexts = _queues(queue)
        archive = read_archive_stats(ledger)
        reader_lag_s = read_lags_s(ledger)
        (seconds, micros), counts, renewals, webhooks, reconciled, *rest = _ask(
            ledger, lambda p: _questions(p, accounts)
        )
    except LOST as error:
        raise translate(error) from None
    now_ms = seconds * 1000 + micros // 1000
    aged, rest = dict(zip(_AGED, rest[: len(_AGED)], strict=True)), rest[len(_AGED) :]
    credits, journals, *holds = (rest[i::_PER_ACCOUNT] for i in range(_PER_ACCOUNT))
    return LedgerStats(
        orders={state: int(counts.get(f"orders:{state}".encode(), 0)) for state in STATES},
        queue_depth=depths,
        queue_age_s={name: _since_s(message, now_ms) for name, message in zip(QUEUES, nexts, strict=True)},
        oldest_age_s={state: _age_s(first, now_ms) for state, first in aged.items()},
        oldest={state: first[0][0].decode() for state, first in aged.items() if first},
        money_minor=dict(_money(counts)),
        mirror_lag_s={a: _lag_s(journal, now_ms) for a, journal in zip(accounts, journals, strict=True)},
        send_credits={a: int(left or 0) for a, left in zip(accounts, credits, strict=True)},
        renewals=_renewals({name.decode(): int(value) for name, value in renewals.items()}, now_ms),
        archive=archive,
        reader_lag_s=reader_lag_s,
        reconciled=reconcile_stats(reconciled, now_ms),
        open_holds={
            (account, phase): many
            for phase, counted in zip(HOLD_PHASES, holds, strict=True)
            for account, many in zip(accounts, counted, strict=True)
        },
        webhooks=webhook_stats(webhooks, now_ms),
    )


class LedgerCollector:
    """Asks at each scrape, answers in Prometheus' families. When nothing can be read, it says only that."""

    def __init__(self, read_stats: Callable[[], LedgerStats]) -> None:
        self._read_stats = read_stats

    def describe(self) -> list[Metric]:
        """Nothing, so that registering asks nobody."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The families, as prometheus_client wants them."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        families = {
            row.name: (CounterMetricFamily if row.kind == "counter" else GaugeMetricFamily)(
                row.name, row.help, labels=row.label_names
            )
            for row in METRICS
            if row.source == "ledger"
        }
        readable = families["cardinity_ledger_readable"]
        try:
            stats = self._read_stats()
        except Exception:  # whatever it is, the numbers of the processes must still be served
            readable.add_metric((), 0)
            yield readable
            return
        readable.add_metric((), 1)
        _fill(families, stats)
        yield from families.values()


class _Journal(msgspec.Struct):
    """The one thing read here of the coverage journal, which is the resolver's."""

    clean_starts_ms: tuple[int, ...] = ()


class _Message(msgspec.Struct):
    """The one thing read here of a message."""

    message_timestamp: int


#: A number of one archive's renewals: the archive's name, and the number's.
_OF_ARCHIVE: Final = re.compile(r"([0-9a-f]{32}):(.+)", re.ASCII)
#: Questions about each account.
_PER_ACCOUNT: Final = 4
_read_journal: Final = msgspec.json.Decoder(_Journal).decode
_read_message: Final = msgspec.json.Decoder(_Message).decode


def _queues(client: redis.Redis) -> tuple[dict[str, int], list[bytes | None]]:
    """How much waits in each queue and its dead letters, and of each queue the message that is next."""
    replies = _ask(client, _queue_questions)
    depths: dict[str, int] = {}
    for name, depth, dead in zip(QUEUES, replies[::3], replies[1::3], strict=True):
        depths |= {name: depth, f"{name}.XQ": dead}
    first = zip(QUEUES, replies[2::3], strict=True)
    return depths, _ask(client, lambda p: [p.hget(f"{NAMESPACE}:{name}.msgs", id_ or b"") for name, id_ in first])


def _queue_questions(pipeline: Any) -> None:
    for name in QUEUES:
        pipeline.llen(f"{NAMESPACE}:{name}")
        pipeline.zcard(f"{NAMESPACE}:{name}.XQ")
        pipeline.lindex(f"{NAMESPACE}:{name}", 0)


def _ask(client: redis.Redis, put: Callable[[Any], object]) -> list[Any]:
    with client.pipeline(transaction=False) as pipeline:
        put(pipeline)
        return pipeline.execute()


def _questions(pipeline: Any, accounts: Sequence[str]) -> None:
    pipeline.time()
    pipeline.hgetall(keys.STATS)
    pipeline.hgetall(keys.RENEWALS)
    pipeline.hgetall(keys.WEBHOOKS)
    pipeline.hgetall(keys.RECONCILED)
    for state in _AGED:
        pipeline.zrange(keys.listed(state), 0, 0, withscores=True)
    for account in accounts:
        pipeline.get(keys.credits(account))
        pipeline.hget(keys.coverage(account), "journal")
        pipeline.zcard(keys.holds(account))
        pipeline.zcard(keys.expiring(account))


def _age_s(first: Sequence[tuple[bytes, float]], now_ms: int) -> float:
    return max(0.0, now_ms - first[0][1]) / 1000 if first else 0.0


def _since_s(message: bytes | None, now_ms: int) -> float:
    try:
        return max(0, now_ms - _read_message(message).message_timestamp) / 1000 if message else 0.0
    except msgspec.DecodeError:  # nobody of ours wrote it, and it is put aside when it is taken
        return 0.0


def _lag_s(journal: bytes | None, now_ms: int) -> float:
    starts = _read_journal(journal).clean_starts_ms if journal else ()
    return max(0, now_ms - starts[-1]) / 1000 if starts else float("inf")


def _renewals(left: Mapping[str, int], now_ms: int) -> Renewals:
    archives: dict[str, dict[str, int]] = {}
    for field, value in left.items():
        named = _OF_ARCHIVE.fullmatch(field)
        archive, name = named.groups() if named else ("", field)
        archives.setdefault(archive, {})[name] = value
    if len(archives) > 1:
        archives.pop("", None)  # a scheduler left it that knew of no names
    each = archives.values()
    ages_s = [max(0, now_ms - numbers["last_run_ms"]) / 1000 for numbers in each if "last_run_ms" in numbers]

    def total(name: str) -> int:
        return sum(numbers.get(name, 0) for numbers in each)

    return Renewals(
        max(ages_s, default=float("inf")),
        total("unaccounted"),
        {state: total(f"periods:{state}") for state in PERIOD_STATES},
        {name: total(f"declines:{name}") for name in DECLINE_CLASSES},
    )


def _money(counts: Mapping[bytes, bytes]) -> Iterator[tuple[tuple[str, str], int]]:
    for name, value in counts.items():
        what, _, rest = name.decode().partition(":")
        state, _, currency = rest.partition(":")
        if what == "money" and state in _MONEYED and currency in EXPONENTS:
            yield (state, currency), int(value)


def _fill(families: Mapping[str, GaugeMetricFamily | CounterMetricFamily], stats: LedgerStats) -> None:
    single: tuple[tuple[str, Mapping[str, float]], ...] = (
        ("cardinity_orders", stats.orders),
        ("cardinity_queue_depth", stats.queue_depth),
        ("cardinity_queue_age_seconds", stats.queue_age_s),
        ("cardinity_oldest_age_seconds", stats.oldest_age_s),
        ("cardinity_mirror_lag_seconds", stats.mirror_lag_s),
        ("cardinity_send_credits", stats.send_credits),
        ("cardinity_reader_lag_seconds", stats.reader_lag_s),
        ("cardinity_reconcile_differences", stats.reconciled.differences),
        ("cardinity_renewals", stats.renewals.periods),
        ("cardinity_renewals_declined", stats.renewals.declines),
    )
    for name, values in single:
        for label, value in values.items():
            families[name].add_metric((label,), value)
    families["cardinity_renewals_last_run_age_seconds"].add_metric((), stats.renewals.last_run_age_s)
    families["cardinity_renewals_unaccounted"].add_metric((), stats.renewals.unaccounted)
    families["cardinity_reconcile_age_seconds"].add_metric((), stats.reconciled.age_s)
    for name, value in stats.archive.by_name.items():
        families[f"cardinity_archive_{name}"].add_metric((), value)
    for endpoint, told in stats.webhooks.items():
        families["cardinity_webhooks_tried_total"].add_metric((endpoint, "delivered"), told.delivered)
        families["cardinity_webhooks_tried_total"].add_metric((endpoint, "failed"), told.failed)
        families["cardinity_webhooks_waiting"].add_metric((endpoint,), told.waiting)
        families["cardinity_webhooks_oldest_age_seconds"].add_metric((endpoint,), told.oldest_age_s)
        families["cardinity_webhooks_disabled"].add_metric((endpoint,), told.disabled)
    for labels, value in stats.open_holds.items():
        families["cardinity_open_holds"].add_metric(labels, value)
    currencies = sorted({BASE_CURRENCY, *(currency for _, currency in stats.money_minor)})
    for state in _MONEYED:
        for currency in currencies:
            value = stats.money_minor.get((state, currency), 0)
            families["cardinity_money_minor"].add_metric((state, currency), value)
