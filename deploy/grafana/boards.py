"""The dashboards as a table: which questions, answered by which numbers. `python -m tests.house.documents` writes them.

What the ledger knows is told by every worker host alike, so its numbers are a maximum, never a sum. Rates are taken
over what Grafana thinks fit for the time that is shown. Red begins where an alert does (`deploy/prometheus`).
"""

from __future__ import annotations

from typing import Final

from deploy.grafana.shape import Board, Panel, Query, Row

#: Of the accounts that were chosen.
_OURS: Final = 'account=~"$account"'


def _rate(metric: str, by: str, matchers: str = "") -> Query:
    """How often per second, by that label."""
    return Query(f"sum by ({by}) (rate({metric}{{{matchers}}}[$__rate_interval]))", f"{{{{{by}}}}}")


def _ledger(metric: str, by: str, matchers: str = "") -> Query:
    """A number of the ledger, by that label."""
    return Query(f"max by ({by}) ({metric}{{{matchers}}})", f"{{{{{by}}}}}")


def _harm(title: str, metric: str, matchers: str = "") -> Panel:
    """How often in the time that is shown. It should never."""
    counted = f"sum(increase({metric}{{{matchers}}}[$__range]))"
    return Panel(title, "short", [Query(counted, title)], red_from=1, now=True)


def _quantiles(operation: str) -> list[Query]:
    bucket = f'cardinity_gateway_request_seconds_bucket{{operation="{operation}"}}'
    return [
        Query(f"histogram_quantile({part}, sum by (le) (rate({bucket}[$__rate_interval])))", f"{part:.0%}")
        for part in (0.5, 0.95, 0.99)
    ]


_RATIO: Final = "account:cardinity_charges_approved:ratio1h"

MONEY: Final = Board(
    "money",
    "Cardinity: money",
    (
        Row(
            "Is anybody charged wrongly?",
            (
                _harm("Charged twice", "cardinity_duplicate_charges_total"),
                _harm("Charged after “not charged”", "cardinity_late_charges_total"),
                _harm("Stray holds that became money", "cardinity_stray_holds_total", 'what="charged"'),
                _harm("Card numbers kept out of logs", "cardinity_card_numbers_removed_total"),
            ),
        ),
        Row(
            "Of which money does nobody know?",
            (
                Panel("Unknown, in minor units", "short",
                      [_ledger("cardinity_money_minor", "currency", 'state="unknown"')], red_from=1_000_000),
                Panel("Parked, in minor units", "short",
                      [_ledger("cardinity_money_minor", "currency", 'state="parked"')]),
                Panel("The longest waiting", "s",
                      [_ledger("cardinity_oldest_age_seconds", "kind", 'kind=~"unknown|parked"')], red_from=2400),
            ),
        ),
        Row(
            "Are charges approved as ever?",
            (
                Panel("Approved of the last hour", "percentunit",
                      [Query(f"{_RATIO}{{{_OURS}}}", "{{account}}"),
                       Query(f"avg_over_time({_RATIO}{{{_OURS}}}[1w])", "{{account}}, its week")]),
                Panel("Attempts, by what came of them", "ops",
                      [_rate("cardinity_account_attempts_total", "outcome", _OURS)]),
            ),
        ),
        Row(
            "Whom do the risk rules stop?",
            (
                Panel("Verdicts", "ops", [_rate("cardinity_risk_verdicts_total", "verdict")]),
                Panel("Rules that were met", "ops", [_rate("cardinity_risk_hits_total", "rule")]),
            ),
        ),
        Row(
            "How do orders end?",
            (
                Panel("Steps of orders, by where to", "ops", [_rate("cardinity_transitions_total", "to")]),
                Panel("Ended unsent, by reason", "ops", [_rate("cardinity_refusals_total", "reason")]),
            ),
        ),
        Row(
            "What may still be lost?",
            (
                Panel("Open holds", "short", [_ledger("cardinity_open_holds", "phase", _OURS)]),
                Panel("Chargebacks, by status", "ops", [_rate("cardinity_chargebacks_total", "status")]),
                _harm("Parts that could not be given back", "cardinity_splits_stuck_total"),
            ),
        ),
    ),
)  # fmt: skip

QUEUE: Final = Board(
    "queue",
    "Cardinity: queue",
    (
        Row(
            "Are orders sent at once?",
            (
                Panel("Age of the next message", "s", [_ledger("cardinity_queue_age_seconds", "queue")], red_from=60),
                Panel("The longest accepted", "s",
                      [_ledger("cardinity_oldest_age_seconds", "kind", 'kind="accepted"')], red_from=300),
            ),
        ),
        Row(
            "How much waits, and how much is done?",
            (
                Panel("Messages waiting", "short", [_ledger("cardinity_queue_depth", "queue")]),
                Panel("Orders in flight, by host", "short",
                      [Query("sum by (instance) (cardinity_in_flight)", "{{instance}}")]),
                Panel("Accepted and handled", "ops",
                      [Query("sum(rate(cardinity_accepts_total[$__rate_interval]))", "accepted"),
                       _rate("cardinity_messages_total", "result")]),
            ),
        ),
        Row(
            "Why is an order not sent?",
            (
                Panel("Tries to claim", "ops", [_rate("cardinity_claims_total", "result")]),
                Panel("Found by the sweeper", "ops", [_rate("cardinity_sweeper_orders_total", "action")]),
            ),
        ),
        Row(
            "May anything be sent?",
            (
                Panel("The ledger can be read", "bool_on_off",
                      [Query("min by (instance) (cardinity_ledger_readable)", "{{instance}}")]),
                Panel("What speaks against sending", "short",
                      [_ledger("cardinity_ledger_problem", "problem")], red_from=1),
            ),
        ),
        Row(
            "Do the workers live?",
            (
                Panel("Processes, by host", "short",
                      [Query("sum by (instance) (cardinity_worker_processes)", "{{instance}}")]),
                Panel("Hosts by release", "short", [Query("count by (version) (cardinity_build_info)", "{{version}}")]),
                Panel("Lost in a quarter of an hour", "short",
                      [Query("sum by (how) (increase(cardinity_worker_deaths_total[15m]))", "{{how}}")], red_from=3),
            ),
        ),
        Row(
            "Is something broken?",
            (
                Panel("Trouble, by place", "ops", [_rate("cardinity_unexpected_errors_total", "where")]),
                Panel("Put aside, by reason", "ops", [_rate("cardinity_quarantined_total", "reason")]),
                Panel("Queue commands that failed", "ops", [_rate("cardinity_queue_failures_total", "command")]),
            ),
        ),
        Row(
            "Are merchants told?",
            (
                Panel("The first event that waits, by endpoint", "s",
                      [_ledger("cardinity_webhooks_oldest_age_seconds", "endpoint")], red_from=3600),
                Panel("Events that wait, by endpoint", "short", [_ledger("cardinity_webhooks_waiting", "endpoint")]),
                Panel("Endpoints that are told nothing", "short",
                      [_ledger("cardinity_webhooks_disabled", "endpoint")], red_from=1),
            ),
        ),
        Row(
            "What do callers of the API get?",
            (
                Panel("Requests, by answer", "ops", [_rate("cardinity_http_requests_total", "answer")]),
                Panel("Notifications", "ops", [_rate("cardinity_notifications_total", "result")]),
            ),
        ),
    ),
)  # fmt: skip

GATEWAY: Final = Board(
    "gateway",
    "Cardinity: gateway",
    (
        Row(
            "Does the way to it stand open?",
            (
                Panel("Breakers that are open, in processes", "short",
                      [Query(f'sum by (account) (cardinity_breaker_state{{state="open", {_OURS}}})', "{{account}}")],
                      red_from=1),
                Panel("Processes whose key is refused", "short",
                      [Query(f"sum by (account) (cardinity_account_paused{{{_OURS}}})", "{{account}}")], red_from=1),
                Panel("Send credits", "short", [_ledger("cardinity_send_credits", "account", _OURS)]),
                Panel("Until a certificate ends", "s",
                      [Query("min by (server) (cardinity_certificate_left_seconds)", "{{server}}")], now=True),
            ),
        ),
        Row(
            "How long does it take?",
            (
                Panel("To charge", "s", _quantiles("create_payment")),
                Panel("To list", "s", _quantiles("list_payments")),
            ),
        ),
        Row(
            "What does it answer?",
            (
                Panel("To charges", "ops", [_rate("cardinity_account_attempts_total", "outcome", _OURS)]),
                Panel("To other writes", "ops", [_rate("cardinity_gateway_writes_total", "outcome")]),
            ),
        ),
        Row(
            "Can it be read?",
            (
                Panel("Reads", "ops", [_rate("cardinity_gateway_reads_total", "result")]),
                Panel("Failed, by reason", "ops", [_rate("cardinity_account_read_failures_total", "reason", _OURS)]),
                Panel("Retries", "ops", [_rate("cardinity_retries_total", "operation")]),
            ),
        ),
    ),
)  # fmt: skip

RENEWALS: Final = Board(
    "renewals",
    "Cardinity: renewals",
    (
        Row(
            "Does the scheduler do its work?",
            (
                Panel("Since the last run ended", "s",
                      [Query("min(cardinity_renewals_last_run_age_seconds)", "last run")], red_from=3600, now=True),
                Panel("Periods left out", "short",
                      [Query("max(cardinity_renewals_unaccounted)", "left out")], red_from=1, now=True),
                Panel("Waiting for a human", "short",
                      [Query('max(cardinity_renewals{state="held"})', "held")], red_from=1, now=True),
            ),
        ),
        Row(
            "What has become of what was due?",
            (Panel("Periods, by state", "short", [_ledger("cardinity_renewals", "state")]),),
        ),
        Row(
            "Why are renewals declined?",
            (Panel("Declined attempts, by class", "short", [_ledger("cardinity_renewals_declined", "class")]),),
        ),
    ),
)  # fmt: skip

RESOLVER: Final = Board(
    "resolver",
    "Cardinity: resolver",
    (
        Row(
            "Does the mirror see?",
            (
                Panel("Since the last whole read of the list", "s",
                      [_ledger("cardinity_mirror_lag_seconds", "account", _OURS)], red_from=60),
                Panel("Reads, by result", "ops", [_rate("cardinity_mirror_scans_total", "result")]),
            ),
        ),
        Row(
            "Has it seen everything?",
            (
                Panel("Holes", "short",
                      [Query(f"sum by (account) (increase(cardinity_mirror_holes_total{{{_OURS}}}[1h]))",
                             "{{account}}")], red_from=1),
                Panel("Hints that were heeded", "ops", [_rate("cardinity_hints_total", "result")]),
            ),
        ),
        Row(
            "What waits for an answer?",
            (
                Panel("Orders", "short",
                      [_ledger("cardinity_orders", "state", 'state=~"pending|unknown|parked"')]),
                Panel("The longest waiting", "s",
                      [_ledger("cardinity_oldest_age_seconds", "kind", 'kind!="accepted"')], red_from=2400),
            ),
        ),
        Row(
            "Is the history up to date?",
            (
                Panel("Behind the stream", "s",
                      [Query("max(cardinity_archive_lag_seconds)", "archive")], red_from=300),
                Panel("Events not written yet", "short",
                      [Query("max(cardinity_archive_lag_events)", "archive")]),
                Panel("Other readers behind theirs", "s", [_ledger("cardinity_reader_lag_seconds", "reader")],
                      red_from=300),
            ),
        ),
        Row(
            "Do our books agree with the gateway's?",
            (
                Panel("Differences, as last found", "short",
                      [_ledger("cardinity_reconcile_differences", "what")], red_from=1, now=True),
                Panel("Since they were compared", "s", [Query("min(cardinity_reconcile_age_seconds)", "last run")]),
            ),
        ),
    ),
)  # fmt: skip

BOARDS: Final = (MONEY, QUEUE, GATEWAY, RENEWALS, RESOLVER)
