"""Every metric as a row: name, type, help, labels with all their values. Nothing else is ever exported.

Names follow Prometheus' conventions and are a contract with dashboards and alerts: add rows, never rename
them. Nothing here imports prometheus_client, which decides at its first import whether processes share their
numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Final, Literal

from producers.contract.names import QUEUES, SPLIT_TYPES
from producers.contract.renewals import DECLINE_CLASSES, PERIOD_STATES
from producers.contract.risk import VERDICTS
from producers.contract.states import ACCEPTED, EDGES, PARKED, PENDING, STATES, UNKNOWN

#: The label value that stands for all those a row does not list.
OTHER: Final = "other"
#: Label values known only to the process: merchant accounts, its own version, currencies in the ledger.
ACCOUNTS: Final[tuple[str, ...]] = ("<account>",)
VERSION: Final[tuple[str, ...]] = ("<version>",)
CURRENCIES: Final[tuple[str, ...]] = ("<currency>",)
#: Those of WEBHOOKS_FILE, as their process has left them in the ledger.
ENDPOINTS: Final[tuple[str, ...]] = ("<endpoint>",)

#: Upper bounds in seconds. Cardinity answers in 0.3-1.5 s, spikes last 50 s, attempts end at 40 s.
GATEWAY_BUCKETS: Final = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0, 10.0, 20.0, 30.0, 40.0)

Kind = Literal["counter", "gauge", "histogram"]
#: Where a number comes from: each process counts its own; or, when somebody looks, the ledger is asked what it knows,
#: or its server what it is.
Source = Literal["process", "ledger", "server"]


@dataclass(frozen=True, slots=True)
class Row:
    """One metric. `labels` pairs each label with its values; `only` limits their combinations."""

    name: str
    kind: Kind
    help: str
    labels: tuple[tuple[str, tuple[str, ...]], ...] = ()
    only: tuple[tuple[str, ...], ...] | None = None
    source: Source = "process"
    buckets: tuple[float, ...] = ()

    @property
    def label_names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.labels)

    def combinations(self, given: dict[tuple[str, ...], tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
        """Every combination of label values there can be, with what is `given` for placeholders."""
        if self.only is not None:
            return self.only
        return tuple(product(*(given.get(values, values) for _, values in self.labels)))


_READS: Final = ("get_payment", "list_payments", OTHER)
_OPERATIONS: Final = ("create_payment", *_READS)
_OUTCOMES: Final = (
    "approved", "declined", "pending", "rejected", "account_problem", "rate_limited", "unsent", "unknown",
)  # fmt: skip
#: Why a read of the gateway failed: no connection, no answer in time, or the account's key refused.
READ_FAILURES: Final = (
    "dns_failed", "tls_failed", "pool_timeout", "connect_timeout", "connect_failed", "timeout", "account_problem",
    OTHER,
)  # fmt: skip
#: Writes other than charges, as the client names them.
GATEWAY_WRITES: Final = (
    "finalize_payment", "create_refund", "create_settlement", "create_void", "create_payment_link",
    "update_payment_link", "delete_payment_link",
)  # fmt: skip
_TROUBLE: Final = (
    "account", "answer", "chain", "charge", "close", "console", "disputes", "envelope", "event_loop", "finalize",
    "finalize_read", "follow_up", "heeding", "holds", "http", "intent_log", "keys", "leader", "logs", "metrics",
    "mirror", "move", "outcome_spooled", "presence", "quarantine", "resolver", "resolver_read", "risk", "splits",
    "spool", "strays", "sweeper", "two_phase", "two_phase_read", "vigil", OTHER,
)  # fmt: skip
_REFUSED: Final = ("expired", "poison", "batch_cancelled", "withdrawn", "instrument_disputed", "network_budget",
            "risk_blocked", "risk_rejected", "risk_review_over", OTHER)  # fmt: skip
#: The rules of `workers.risk`, which are above this package.
RISK_RULES: Final = (
    "failed_attempts", "unusual_geography", "odd_hours", "many_cards", "many_customers", "card_testing",
    "sudden_volume", OTHER,
)  # fmt: skip
#: What a request is for: a resource of the API, a notification, a customer, the health of the process.
HTTP_ROUTES: Final = (
    "charges", "refunds", "settlements", "voids", "links", "splits", "tokens", "hosted-pages", "payments",
    "chargebacks", "disputes", "subscriptions", "subscription-plans", "subscription-imports", "subscription-notices",
    "webhooks", "callbacks", "health", OTHER,
)  # fmt: skip
#: How a request was answered: 2xx; 401 or 403; 429; another 4xx; 503; another 5xx.
HTTP_ANSWERS: Final = ("taken", "denied", "limited", "refused", "unavailable", "failed")
#: The console's pages by the first part of their address, and the console's actions, which are above this package.
CONSOLE_PAGES: Final = (
    "overview", "search", "orders", "doubtful", "quarantine", "batches", "today", "actions", "login", "logout",
    "healthz", "metrics", OTHER,
)  # fmt: skip
CONSOLE_ACTIONS: Final = (
    "queue-pause", "queue-resume", "account-pause", "account-resume", "breaker-reset", "batch-pause", "batch-resume",
    "batch-cancel", "order-resolve", "quarantine-replay", "quarantine-drop",
)  # fmt: skip
#: Of a hold that is open: nobody was told of its expiry yet, or its owner was.
HOLD_PHASES: Final = ("open", "expiring")
_QUARANTINED: Final = (
    "message_format", "options_foreign", "queue_mismatch", "actor_unknown", "id_mismatch", OTHER,
)  # fmt: skip

#: Why nothing may be sent: what `durability` finds wrong with the ledger's server, and that it is not the one this host
#: remembers.
LEDGER_PROBLEMS: Final = (
    "redis_not_durable", "redis_evicts", "redis_aof_failing", "redis_not_primary", "redis_replicas_missing",
    "ledger_lockdown",
)  # fmt: skip

METRICS: Final = (
    Row("cardinity_accepts_total", "counter", "Orders accepted: new rows in the ledger."),
    Row("cardinity_attempts_total", "counter", "Attempts to charge at the gateway, by what came of them.",
        (("outcome", _OUTCOMES),)),
    Row("cardinity_account_attempts_total", "counter", "The same, by the merchant account they were made through.",
        (("account", ACCOUNTS), ("outcome", _OUTCOMES))),
    Row("cardinity_account_read_failures_total", "counter", "Reads that workers could not make, by account and why.",
        (("account", ACCOUNTS), ("reason", READ_FAILURES))),
    Row("cardinity_account_paused", "gauge", "Processes that send nothing: the gateway refuses the account's key.",
        (("account", ACCOUNTS),)),
    Row("cardinity_gateway_writes_total", "counter", "Attempts at other writes, by operation and what came of them.",
        (("operation", GATEWAY_WRITES), ("outcome", (*_OUTCOMES, "done")))),
    Row("cardinity_gateway_request_seconds", "histogram", "Time of requests that left, by operation.",
        (("operation", _OPERATIONS),), buckets=GATEWAY_BUCKETS),
    Row("cardinity_gateway_reads_total", "counter", "Reads from the gateway, by operation and result.",
        (("operation", _READS), ("result", ("ok", "failed")))),
    Row("cardinity_retries_total", "counter", "Retries of reads, and of writes that never got a connection.",
        (("operation", _OPERATIONS),)),
    Row("cardinity_breaker_state", "gauge", "Processes whose circuit breaker is in the state.",
        (("account", ACCOUNTS), ("state", ("closed", "half_open", "open")))),
    Row("cardinity_transitions_total", "counter", "Steps of orders from state to state.",
        (("from", STATES), ("to", STATES)), only=tuple(sorted(EDGES))),
    Row("cardinity_in_flight", "gauge", "Orders being worked on."),
    Row("cardinity_claims_total", "counter", "Tries to claim an order, by result.",
        (("result", ("claimed", "poison", "cancelled", "busy", "held_back", "paused", "missing", "stale", "expired",
                     OTHER)),)),
    Row("cardinity_refusals_total", "counter", "Orders that workers ended unsent, by reason.",
        (("reason", _REFUSED),)),
    Row("cardinity_messages_total", "counter", "Messages taken from the queue, by how their handler ended.",
        (("result", ("handled", "failed")),)),
    Row("cardinity_messages_requeued_total", "counter", "Messages found delivered to nobody and put back."),
    Row("cardinity_queue_failures_total", "counter", "Queue commands that failed and were repeated.",
        (("command", ("fetch", "ack", "beat", "audit", OTHER)),)),
    Row("cardinity_quarantined_total", "counter", "Messages put aside because we cannot have written them.",
        (("reason", _QUARANTINED),)),
    Row("cardinity_mirror_scans_total", "counter", "Reads of the gateway's list for the mirror, by result.",
        (("result", ("started", "kept", "stale", "failed", "not_kept", OTHER)),)),
    Row("cardinity_mirror_holes_total", "counter", "Gaps in what the mirror saw; absences there are parked.",
        (("account", ACCOUNTS),)),
    Row("cardinity_sweeper_orders_total", "counter", "Orders the sweeper acted on.",
        (("action", ("enqueued", "made_unknown", OTHER)),)),
    Row("cardinity_chargebacks_total", "counter", "Chargebacks told, by status.",
        (("status", ("initiated", "approved", "declined", OTHER)),)),
    Row("cardinity_chargeback_reads_total", "counter", "Reads of the account's chargebacks, by result.",
        (("result", ("kept", "failed", "not_kept", OTHER)),)),
    Row("cardinity_chargeback_rows_unread_total", "counter", "Rows of chargebacks that could not be read, each time."),
    Row("cardinity_chargebacks_missed_total", "counter",
        "Pages of nothing but new chargebacks: older ones may be missing. Alarm.", (("account", ACCOUNTS),)),
    Row("cardinity_hints_total", "counter", "Hints at payments that workers heeded, by what came of them.",
        (("result", ("looked", "closed", "other", "order_unknown", "payment_unknown", "unread", "dropped")),)),
    Row("cardinity_http_requests_total", "counter", "Requests of the HTTP application, by how they were answered.",
        (("route", HTTP_ROUTES), ("answer", HTTP_ANSWERS))),
    Row("cardinity_console_requests_total", "counter", "Requests of the console, by how they were answered.",
        (("page", CONSOLE_PAGES), ("answer", HTTP_ANSWERS))),
    Row("cardinity_console_logins_total", "counter",
        "Logins at the console: let in, refused, not even looked at for being too many, or too many at a time.",
        (("result", ("entered", "refused", "limited", "busy")),)),
    Row("cardinity_console_actions_total", "counter", "What operators did from the console.",
        (("action", CONSOLE_ACTIONS),)),
    Row("cardinity_notifications_total", "counter", "Notifications that came in, by door and what became of them.",
        (("door", ("json", "hosted")),
         ("result", ("hinted", "replayed", "no_payment", "unknown_type", "forged", "refused", "unplaced")))),
    Row("cardinity_unexpected_errors_total", "counter", "Things that need an operator's eye, by place.",
        (("where", _TROUBLE),)),
    Row("cardinity_duplicate_charges_total", "counter", "Approved charges beyond an order's first. Alarm."),
    Row("cardinity_late_charges_total", "counter", "Charges of orders that had ended as not charged. Alarm."),
    Row("cardinity_stray_holds_total", "counter", "Holds that no order takes: asked to go, gone, or money (alarm).",
        (("what", ("voided", "gone", "charged", OTHER)),)),
    Row("cardinity_splits_total", "counter", "Payments in parts that have ended, by how.",
        (("state", (*SPLIT_TYPES, OTHER)),)),
    Row("cardinity_splits_stuck_total", "counter", "Parts of failed payments that could not be given back. Alarm."),
    Row("cardinity_risk_hits_total", "counter", "Orders that met a rule, by whether it acts.",
        (("rule", RISK_RULES), ("mode", ("live", "shadow")))),
    Row("cardinity_risk_verdicts_total", "counter",
        "Orders judged before they were sent, by verdict; `unread`: their facts could not be read in time.",
        (("verdict", (*VERDICTS, "unread")),)),
    Row("cardinity_card_numbers_removed_total", "counter", "Card numbers removed from log lines. Alarm."),
    Row("cardinity_build_info", "gauge", "1, labelled with the version.", (("version", VERSION),)),
    # What the ledger knows, for all hosts together
    Row("cardinity_ledger_readable", "gauge", "Whether the numbers below could be read.", source="ledger"),
    Row("cardinity_ledger_problem", "gauge", "1 while nothing may be sent for that reason. Alarm.",
        (("problem", LEDGER_PROBLEMS),), source="server"),
    Row("cardinity_orders", "gauge", "Orders by state.", (("state", STATES),), source="ledger"),
    Row("cardinity_queue_depth", "gauge", "Messages waiting, and dead letters.",
        (("queue", tuple(name for queue in QUEUES for name in (queue, f"{queue}.XQ"))),), source="ledger"),
    Row("cardinity_queue_age_seconds", "gauge", "Time since the message was placed that is the next to be taken.",
        (("queue", QUEUES),), source="ledger"),
    Row("cardinity_oldest_age_seconds", "gauge",
        "Age of the oldest order in the state, an accepted one's since its acceptance.",
        (("kind", (ACCEPTED, PENDING, UNKNOWN, PARKED)),), source="ledger"),
    Row("cardinity_money_minor", "gauge", "Money in orders of the state, in minor units of the currency.",
        (("state", (PENDING, UNKNOWN, PARKED)), ("currency", CURRENCIES)), source="ledger"),
    Row("cardinity_open_holds", "gauge",
        "Holds neither settled nor let go: all is well yet, or their owner was told that they expire.",
        (("account", ACCOUNTS), ("phase", HOLD_PHASES)), source="ledger"),
    Row("cardinity_mirror_lag_seconds", "gauge", "Time since the last complete read of the list began.",
        (("account", ACCOUNTS),), source="ledger"),
    Row("cardinity_send_credits", "gauge", "Requests that may start before the next read of the list.",
        (("account", ACCOUNTS),), source="ledger"),
    Row("cardinity_renewals_last_run_age_seconds", "gauge",
        "Time since a run of the renewals came to its end; infinite before the first.", source="ledger"),
    Row("cardinity_renewals_unaccounted", "gauge",
        "Due periods of subscriptions that nobody has taken care of, as the last run counted them. Alarm.",
        source="ledger"),
    Row("cardinity_renewals", "gauge", "Periods of subscriptions by state, as the last run counted them.",
        (("state", PERIOD_STATES),), source="ledger"),
    Row("cardinity_renewals_declined", "gauge",
        "Declined attempts at renewals by class, as the last run counted them; `unknown` is a code that has no class.",
        (("class", DECLINE_CLASSES),), source="ledger"),
    Row("cardinity_archive_lag_events", "gauge", "Events on the stream that the archive has not written yet.",
        source="ledger"),
    Row("cardinity_archive_lag_seconds", "gauge", "Age of the oldest of them.", source="ledger"),
    Row("cardinity_archive_events_total", "counter", "Events that the archive has written, repeated ones included.",
        source="ledger"),
    Row("cardinity_archive_rows_total", "counter", "Rows that it has written of them.", source="ledger"),
    Row("cardinity_archive_unread_total", "counter", "Entries put aside because they cannot be read. Alarm.",
        source="ledger"),
    Row("cardinity_archive_failures_total", "counter", "Times that database or ledger were away from the archive.",
        source="ledger"),
    Row("cardinity_webhooks_tried_total", "counter", "Tries to post an event to an endpoint, by what came of them.",
        (("endpoint", ENDPOINTS), ("result", ("delivered", "failed"))), source="ledger"),
    Row("cardinity_webhooks_waiting", "gauge", "Events that an endpoint was not told of yet.",
        (("endpoint", ENDPOINTS),), source="ledger"),
    Row("cardinity_webhooks_oldest_age_seconds", "gauge", "How long the first of them waits.",
        (("endpoint", ENDPOINTS),), source="ledger"),
    Row("cardinity_webhooks_disabled", "gauge", "1 while an endpoint gets nothing: it failed for a day, or said so.",
        (("endpoint", ENDPOINTS),), source="ledger"),
)  # fmt: skip


def row(name: str) -> Row:
    """The row of that name."""
    return _BY_NAME[name]


_BY_NAME: Final = {entry.name: entry for entry in METRICS}
