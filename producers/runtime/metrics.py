"""The numbers of one process. Made from the table, every combination of labels at zero from the start.

Counting must never disturb a payment: unknown label values are counted as such and raise nothing. All series
are created with the object, which also means that with shared numbers their file is laid out at the boot and
not, on a full disk, in the middle of a charge.

prometheus_client decides at its first import, by the environment, whether numbers are shared between
processes; too early an import makes /metrics empty without an error. So it is imported here only when
`Metrics` is made, and a decision that differs from the wish is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

from producers.errors import ProducerError
from producers.runtime.metrics_table import ACCOUNTS, GATEWAY_WRITES, METRICS, OTHER, VERSION, Row

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

#: What the table's placeholders stand for in this process.
Given = dict[tuple[str, ...], tuple[str, ...]]
#: The series of one metric by their label values; which kind they are, the table knows.
Children = dict[tuple[str, ...], Any]


class Countable(Protocol):
    """One series of a counter."""

    def inc(self, amount: float = 1, /) -> None: ...


class Settable(Protocol):
    """One series of a gauge."""

    def set(self, value: float, /) -> None: ...


class Observable(Protocol):
    """One series of a histogram."""

    def observe(self, amount: float, /) -> None: ...


S = TypeVar("S")


class Series(Generic[S]):
    """The series of one metric by their label values, in the order of the table."""

    def __init__(self, children: Mapping[tuple[str, ...], S], strangers: Countable | None) -> None:
        self._children = children
        self._strangers = strangers

    def _find(self, labels: tuple[str, ...]) -> S | None:
        child = self._children.get(labels)
        if child is None:
            child = self._children.get((OTHER, *labels[1:]))
            if child is None and self._strangers is not None:
                self._strangers.inc()
        return child


class Counter(Series[Countable]):
    """Only ever grows."""

    def inc(self, *labels: str, by: float = 1) -> None:
        """Add to the series of these label values."""
        if (child := self._find(labels)) is not None:
            child.inc(by)


class Gauge(Series[Settable]):
    """Goes up and down."""

    def set(self, value: float, *labels: str) -> None:
        """Replace the value of the series of these label values."""
        if (child := self._find(labels)) is not None:
            child.set(value)


class Histogram(Series[Observable]):
    """Counts by size."""

    def observe(self, seconds: float, *labels: str) -> None:
        """Add one observation to the series of these label values."""
        if (child := self._find(labels)) is not None:
            child.observe(seconds)


class Tally:
    """A counter of the hot path: adds up here, and is counted when `flush` is called. Belongs to one thread.

    Counting for the scraper costs 3 µs, with a lock and a shared page of a file; six counts made a twentieth of a
    payment's CPU. A process that is killed takes with it what it had not flushed.
    """

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._gathered: dict[tuple[str, ...], float] = {}

    def inc(self, *labels: str, by: float = 1) -> None:
        """Add to the series of these label values."""
        self._gathered[labels] = self._gathered.get(labels, 0) + by

    def flush(self) -> None:
        """Count what was gathered."""
        gathered, self._gathered = self._gathered, {}
        for labels, by in gathered.items():
            self._counter.inc(*labels, by=by)


class Metrics:
    """The metrics that processes count. Labels are given in the order of the table.

    Those of the hot path are seen by a scraper after the next `flush`.

    `shared`: numbers of several processes are added up through PROMETHEUS_MULTIPROC_DIR, which must have been
    in the environment before anything imported prometheus_client.

    Raises: ProducerError: `metrics_mode`, when prometheus_client was imported with another idea of that.
    """

    def __init__(self, *, accounts: Sequence[str], version: str, shared: bool) -> None:
        from prometheus_client import CollectorRegistry

        _check_mode(shared)
        self.registry = CollectorRegistry()
        given: Given = {ACCOUNTS: tuple(accounts), VERSION: (version,)}
        made = {row.name: _make(row, given, self.registry) for row in METRICS if row.source == "process"}
        errors = made["cardinity_unexpected_errors_total"]
        strangers: Countable = errors[("metrics",)]

        def counter(name: str) -> Counter:
            return Counter(made[name], strangers)

        self.accepts = counter("cardinity_accepts_total")
        self.attempts = Tally(counter("cardinity_attempts_total"))
        self.account_attempts = Tally(counter("cardinity_account_attempts_total"))
        self.account_read_failures = counter("cardinity_account_read_failures_total")
        self.accounts_paused = Gauge(made["cardinity_account_paused"], strangers)
        self.gateway_writes = counter("cardinity_gateway_writes_total")
        self.gateway_request = Histogram(made["cardinity_gateway_request_seconds"], strangers)
        self.gateway_reads = counter("cardinity_gateway_reads_total")
        self.retries = counter("cardinity_retries_total")
        self.breaker_state = Gauge(made["cardinity_breaker_state"], strangers)
        self.transitions = Tally(counter("cardinity_transitions_total"))
        self.in_flight = Gauge(made["cardinity_in_flight"], strangers)
        self.refusals = counter("cardinity_refusals_total")
        self.claims = Tally(counter("cardinity_claims_total"))
        self.messages = Tally(counter("cardinity_messages_total"))
        self.messages_requeued = counter("cardinity_messages_requeued_total")
        self.queue_failures = counter("cardinity_queue_failures_total")
        self.quarantined = counter("cardinity_quarantined_total")
        self.mirror_scans = counter("cardinity_mirror_scans_total")
        self.mirror_holes = counter("cardinity_mirror_holes_total")
        self.sweeper_orders = counter("cardinity_sweeper_orders_total")
        self.chargebacks = counter("cardinity_chargebacks_total")
        self.chargeback_reads = counter("cardinity_chargeback_reads_total")
        self.chargeback_rows_unread = counter("cardinity_chargeback_rows_unread_total")
        self.chargebacks_missed = counter("cardinity_chargebacks_missed_total")
        self.hints = counter("cardinity_hints_total")
        self.http_requests = counter("cardinity_http_requests_total")
        self.console_requests = counter("cardinity_console_requests_total")
        self.console_logins = counter("cardinity_console_logins_total")
        self.console_actions = counter("cardinity_console_actions_total")
        self.notifications = counter("cardinity_notifications_total")
        self.unexpected_errors = counter("cardinity_unexpected_errors_total")
        self.duplicate_charges = counter("cardinity_duplicate_charges_total")
        self.late_charges = counter("cardinity_late_charges_total")
        self.strays = counter("cardinity_stray_holds_total")
        self.risk_hits = counter("cardinity_risk_hits_total")
        self.risk_verdicts = counter("cardinity_risk_verdicts_total")
        self.splits = counter("cardinity_splits_total")
        self.splits_stuck = counter("cardinity_splits_stuck_total")
        self.card_numbers_removed = counter("cardinity_card_numbers_removed_total")
        made["cardinity_build_info"][(version,)].set(1)
        for account in accounts:
            self.breaker_state.set(1, account, "closed")

    def flush(self) -> None:
        """Let scrapers see what the hot path has counted."""
        for tally in (self.attempts, self.account_attempts, self.transitions, self.claims, self.messages):
            tally.flush()


class ClientMetrics:
    """What the gateway client reports (`cardinity_client.hooks.Hooks`), counted."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def attempt_finished(self, operation: str, kind: str, duration_s: float) -> None:
        """Unsent attempts have no time: they would make a gateway that is down look fast."""
        if operation == "create_payment":
            self._metrics.attempts.inc(kind)
        elif operation in GATEWAY_WRITES:
            self._metrics.gateway_writes.inc(operation, kind)
        else:
            self._metrics.gateway_reads.inc(operation, "ok" if kind == "ok" else "failed")
        if kind != "unsent":
            self._metrics.gateway_request.observe(duration_s, operation)

    def retry_scheduled(self, operation: str, wait_s: float) -> None:
        """Counted when it is decided, before the wait."""
        self._metrics.retries.inc(operation)

    def breaker_changed(self, account: str, old: str, new: str) -> None:
        """Exactly one state of an account's breaker is 1."""
        self._metrics.breaker_state.set(0, account, old.replace("-", "_"))
        self._metrics.breaker_state.set(1, account, new.replace("-", "_"))


def _make(row: Row, given: Given, registry: CollectorRegistry) -> Children:
    import prometheus_client as theirs

    family: theirs.Counter | theirs.Gauge | theirs.Histogram
    match row.kind:
        case "counter":
            family = theirs.Counter(row.name, row.help, row.label_names, registry=registry)
        case "gauge":
            family = theirs.Gauge(
                row.name, row.help, row.label_names, registry=registry, multiprocess_mode=_combined(row)
            )
        case "histogram":
            family = theirs.Histogram(row.name, row.help, row.label_names, registry=registry, buckets=row.buckets)
    if not row.labels:
        return {(): family}
    return {values: family.labels(*values) for values in row.combinations(given)}


def _combined(row: Row) -> Literal["livesum", "livemax"]:
    """How the values of a gauge in several processes become one: living ones add up, but a 1 stays a 1."""
    return "livemax" if row.name.endswith("_info") else "livesum"


def _check_mode(shared: bool) -> None:
    import prometheus_client
    from prometheus_client import values

    prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # theirs
    if shared != values.ValueClass._multiprocess:
        wish = "before" if shared else "only if numbers are shared,"
        raise ProducerError(
            "metrics_mode",
            f"PROMETHEUS_MULTIPROC_DIR must be set {wish} when prometheus_client is first imported",
        )
