"""The numbers of a process: all there from the start, closed in their labels, harmless to the caller."""

import inspect
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from cardinity_client import answers
from cardinity_client.hooks import Hooks
from cardinity_client.operations import OPERATIONS
from cardinity_client.retry import CONNECT_REASONS
from producers.contract.states import EDGES, STATES
from producers.errors import ProducerError
from producers.runtime import durability
from producers.runtime.archive_stats import ArchiveStats
from producers.runtime.ledger_fitness import LOCKDOWN
from producers.runtime.ledger_stats import LedgerCollector, LedgerStats, Renewals
from producers.runtime.metrics import ClientMetrics, Metrics
from producers.runtime.metrics_table import ACCOUNTS, LEDGER_PROBLEMS, METRICS, READ_FAILURES, VERSION, row
from producers.runtime.reconcile_stats import ReconcileStats
from producers.runtime.webhook_stats import WebhookStats
from workers.event_loop import delivery

WORKERS = Path(__file__).resolve().parents[3] / "workers"
Sample = tuple[str, frozenset[tuple[str, str]]]


@pytest.fixture
def metrics() -> Metrics:
    """The numbers of a process with two accounts."""
    return Metrics(accounts=("default", "second"), version="1.2.3", shared=False)


def samples(registry: CollectorRegistry) -> dict[Sample, float]:
    """Every sample as a scraper reads it."""
    families = text_string_to_metric_families(generate_latest(registry).decode())
    return {(sample.name, frozenset(sample.labels.items())): sample.value for f in families for sample in f.samples}


def value(metrics: Metrics, name: str, **labels: str) -> float:
    """One sample, once what was gathered has been counted."""
    metrics.flush()
    return samples(metrics.registry)[name, frozenset(labels.items())]


def test_every_series_is_there_at_zero(metrics: Metrics) -> None:
    """Each combination of label values of each row of the table has a sample before anything happened."""
    there = samples(metrics.registry)
    given = {ACCOUNTS: ("default", "second"), VERSION: ("1.2.3",)}
    for entry in METRICS:
        if entry.source == "process":
            name = entry.name + ("_count" if entry.kind == "histogram" else "")
            expected = {(name, frozenset(_pairs(entry.label_names, c))) for c in entry.combinations(given)}
            assert expected <= there.keys(), entry.name
    ones = {name for (name, _), number in there.items() if number}
    assert ones == {"cardinity_build_info", "cardinity_breaker_state"}


def test_nothing_but_the_table_is_exported(metrics: Metrics) -> None:
    """Names on the wire are those of the rows, and no moments of creation."""
    suffixes = ("_bucket", "_count", "_sum")
    names = {name.removesuffix(s) for name, _ in samples(metrics.registry) for s in suffixes if name.endswith(s)}
    names |= {name for name, _ in samples(metrics.registry) if not name.endswith(suffixes)}
    assert names == {entry.name for entry in METRICS if entry.source == "process"}


def test_transitions_are_those_of_the_graph(metrics: Metrics) -> None:
    """There is a series for each edge between states, and for nothing else."""
    edges = {tuple(sorted(labels)) for name, labels in samples(metrics.registry) if "transitions" in name}
    assert edges == {(("from", before), ("to", after)) for before, after in EDGES}


def test_counting_counts(metrics: Metrics) -> None:
    """Counters, gauges and histograms take their labels in the order of the table."""
    metrics.accepts.inc(by=3)
    metrics.transitions.inc("sending", "approved")
    metrics.in_flight.set(12)
    metrics.gateway_request.observe(0.31, "create_payment")
    assert value(metrics, "cardinity_accepts_total") == 3
    assert value(metrics, "cardinity_transitions_total", **{"from": "sending", "to": "approved"}) == 1
    assert value(metrics, "cardinity_in_flight") == 12
    bucket = "cardinity_gateway_request_seconds_bucket"
    assert value(metrics, bucket, operation="create_payment", le="0.3") == 0
    assert value(metrics, bucket, operation="create_payment", le="0.5") == 1


def test_what_the_hot_path_counts_is_seen_once_it_is_flushed(metrics: Metrics) -> None:
    """Gathered counts are added up, shown by the next flush, and by no later one again."""
    name = ("cardinity_attempts_total", frozenset({("outcome", "approved")}))
    metrics.attempts.inc("approved")
    metrics.attempts.inc("approved", by=2)
    assert samples(metrics.registry)[name] == 0
    metrics.flush()
    metrics.flush()
    assert samples(metrics.registry)[name] == 3


def test_a_value_nobody_listed_is_counted_as_other(metrics: Metrics) -> None:
    """Where a row has `other`, it takes the rest."""
    metrics.quarantined.inc("something_new")
    assert value(metrics, "cardinity_quarantined_total", reason="other") == 1
    metrics.account_read_failures.inc("default", "something_new")
    assert value(metrics, "cardinity_account_read_failures_total", account="default", reason="other") == 1
    assert value(metrics, "cardinity_unexpected_errors_total", where="metrics") == 0


def test_a_value_nobody_listed_raises_nothing(metrics: Metrics) -> None:
    """Elsewhere the mistake is counted, and neither a series is made nor a payment disturbed."""
    metrics.attempts.inc("new_kind")
    metrics.mirror_holes.inc("account-nobody-knows")
    metrics.accepts.inc("label too many")
    assert value(metrics, "cardinity_unexpected_errors_total", where="metrics") == 3
    assert not [labels for _, labels in samples(metrics.registry) if "new_kind" in dict(labels).values()]


def test_shared_numbers_need_their_directory_first() -> None:
    """Where prometheus_client was imported without it, shared numbers would be lost: refused, not silent."""
    with pytest.raises(ProducerError) as caught:
        Metrics(accounts=(), version="1", shared=True)
    assert caught.value.code == "metrics_mode"


def test_every_kind_of_answer_has_a_series() -> None:
    """The outcomes of attempts are the kinds of answers, no more and no fewer."""
    kinds = {end.kind for end in get_args(answers.Answer)}
    assert {labels[0] for labels in row("cardinity_attempts_total").combinations({})} == kinds


def test_every_reason_why_nothing_may_be_sent_has_a_series() -> None:
    """What a server can be found to be has one each; one that cannot be asked is merely not readable."""
    told = set(re.findall(r'"(redis_[a-z_]+)"', inspect.getsource(durability)))
    assert {*LEDGER_PROBLEMS} == (told - {"redis_unreadable"}) | {LOCKDOWN}


def test_every_way_not_to_be_connected_has_a_series() -> None:
    """Reads that never had a connection are counted by what the client calls that."""
    assert {*READ_FAILURES} >= CONNECT_REASONS


def test_every_write_and_its_ends_have_a_series() -> None:
    """The writes are the client's, charges aside, and each may end in any way."""
    names = {operation.name for operation in OPERATIONS} - {"create_payment"}
    kinds = {end.kind for end in get_args(answers.AnyAnswer)}
    assert {*row("cardinity_gateway_writes_total").combinations({})} == {*product(names, kinds)}


def test_every_reason_for_quarantine_has_a_series() -> None:
    """So have the reasons why a message is put aside."""
    reasons = {text for name, text in vars(delivery).items() if name.isupper() and isinstance(text, str)}
    assert reasons <= {labels[0] for labels in row("cardinity_quarantined_total").combinations({})}


def test_every_place_of_trouble_has_a_series() -> None:
    """Places that workers name in `trouble` are listed."""
    named = {
        place for path in WORKERS.rglob("*.py") for place in re.findall(r'trouble\("(\w+)"', path.read_text("utf-8"))
    }
    assert named
    assert named <= {labels[0] for labels in row("cardinity_unexpected_errors_total").combinations({})}


def test_the_client_is_listened_to(metrics: Metrics) -> None:
    """Attempts, reads, retries and breaker changes of the client are counted."""
    hooks: Hooks = ClientMetrics(metrics)
    hooks.attempt_finished("create_payment", "approved", 0.3)
    hooks.attempt_finished("list_payments", "timeout", 10.0)
    hooks.retry_scheduled("list_payments", 0.1)
    assert value(metrics, "cardinity_attempts_total", outcome="approved") == 1
    assert value(metrics, "cardinity_gateway_reads_total", operation="list_payments", result="failed") == 1
    assert value(metrics, "cardinity_gateway_request_seconds_count", operation="create_payment") == 1
    assert value(metrics, "cardinity_retries_total", operation="list_payments") == 1
    hooks.attempt_finished("create_refund", "unknown", 40.0)
    hooks.attempt_finished("create_payment_link", "done", 0.3)
    refunds = {"operation": "create_refund", "outcome": "unknown"}
    assert value(metrics, "cardinity_gateway_writes_total", **refunds) == 1


def test_what_was_never_sent_has_no_time(metrics: Metrics) -> None:
    """A gateway that is down does not look fast."""
    ClientMetrics(metrics).attempt_finished("create_payment", "unsent", 0.0)
    assert value(metrics, "cardinity_attempts_total", outcome="unsent") == 1
    assert value(metrics, "cardinity_gateway_request_seconds_count", operation="create_payment") == 0


def test_a_breaker_is_in_one_state(metrics: Metrics) -> None:
    """Of the three states of an account exactly one is 1."""
    hooks = ClientMetrics(metrics)
    hooks.breaker_changed("second", "closed", "open")
    hooks.breaker_changed("second", "open", "half-open")
    states = {s: value(metrics, "cardinity_breaker_state", account="second", state=s) for s in _BREAKER}
    assert states == {"closed": 0, "open": 0, "half_open": 1}
    assert value(metrics, "cardinity_breaker_state", account="default", state="closed") == 1


STATS = LedgerStats(
    orders=dict.fromkeys(STATES, 0) | {"unknown": 2},
    queue_depth={"payments": 5, "payments.XQ": 1, "payments_batch": 0, "payments_batch.XQ": 0},
    queue_age_s={"payments": 0.5, "payments_batch": 0.0},
    oldest_age_s={"accepted": 0.0, "pending": 0.0, "unknown": 61.5, "parked": 0.0},
    oldest={"unknown": "ORD-1"},
    money_minor={("unknown", "USD"): 1050},
    mirror_lag_s={"default": float("inf")},
    send_credits={"default": 60},
    renewals=Renewals(last_run_age_s=12.5, unaccounted=3, periods={"charged": 7}, declines={"unknown": 1}),
    archive=ArchiveStats(lag_events=4, lag_s=2.5, events=100, rows=250, unread=1, failures=2),
    reader_lag_s={"audit": 1.5},
    reconciled=ReconcileStats(age_s=60.5, differences={"absent": 1}),
    open_holds={("default", "open"): 3, ("default", "expiring"): 1},
    webhooks={"shop": WebhookStats(delivered=9, failed=2, waiting=3, oldest_age_s=1.5, disabled=1)},
)


def scraped(collector: LedgerCollector) -> dict[Sample, float]:
    """What the collector tells a scraper."""
    registry = CollectorRegistry()
    registry.register(collector)
    return samples(registry)


def test_the_ledger_is_read_at_each_scrape() -> None:
    """Numbers of the ledger are those of the moment somebody looks."""
    there = scraped(LedgerCollector(lambda: STATS))
    assert there["cardinity_ledger_readable", frozenset()] == 1
    assert there["cardinity_orders", frozenset({("state", "unknown")})] == 2
    assert there["cardinity_oldest_age_seconds", frozenset({("kind", "unknown")})] == 61.5
    assert there["cardinity_mirror_lag_seconds", frozenset({("account", "default")})] == float("inf")
    assert there["cardinity_archive_lag_events", frozenset()] == 4
    assert there["cardinity_archive_unread_total", frozenset()] == 1


def test_no_money_is_a_zero() -> None:
    """Each currency seen has a series per state, and the euro always."""
    there = scraped(LedgerCollector(lambda: STATS))
    money = {tuple(sorted(labels)): number for (name, labels), number in there.items() if "money" in name}
    assert len(money) == 6
    assert money[(("currency", "USD"), ("state", "unknown"))] == 1050
    assert money[(("currency", "EUR"), ("state", "parked"))] == 0


def test_the_ledger_exports_only_its_rows() -> None:
    """Names are those of the table's rows of this source."""
    names = {name for name, _ in scraped(LedgerCollector(lambda: STATS))}
    assert names == {entry.name for entry in METRICS if entry.source == "ledger"}


def test_a_ledger_that_does_not_answer_is_said_and_nothing_else() -> None:
    """Old numbers are not repeated as if they were true."""

    def fail() -> LedgerStats:
        raise TimeoutError

    assert scraped(LedgerCollector(fail)) == {("cardinity_ledger_readable", frozenset()): 0}


def test_registering_asks_nobody() -> None:
    """The ledger is not needed to start."""
    asked: list[int] = []

    def note() -> LedgerStats:
        asked.append(1)
        return STATS

    CollectorRegistry().register(LedgerCollector(note))
    assert asked == []


_BREAKER = ("closed", "half_open", "open")


def _pairs(names: tuple[str, ...], values: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    return zip(names, values, strict=True)
