"""What a worker tells, turned into metrics and log lines. Nothing here raises, blocks, or knows a card."""

from __future__ import annotations

from typing import Final

import structlog

from producers.runtime.metrics import ClientMetrics, Metrics

log: structlog.stdlib.BoundLogger = structlog.get_logger(__name__)

#: Troubles that ordinary life brings: they end by themselves, so they are counted and only said on debug.
_PASSING: Final = frozenset({"ledger_unavailable", "stale"})


class Telemetry(ClientMetrics):
    """The `Watcher` of a production worker. Counts of payments are seen by scrapers after the next `flush`."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__(metrics)
        self._in_flight = 0

    def flush(self) -> None:
        """Count what was gathered since the last time."""
        self._metrics.in_flight.set(self._in_flight)
        self._metrics.flush()

    # The spine

    def step(self, name: str, order_id: str) -> None:
        """Steps are for tests; their times are in the ledger's history."""

    def in_flight(self, count: int) -> None:
        """Orders being worked on by this process."""
        self._in_flight = count

    def claim(self, result: str) -> None:
        """A claim was tried."""
        self._metrics.claims.inc(result)

    def moved(self, before: str, state: str) -> None:
        """An order entered a state; a repeated call is not a second transition."""
        if before:
            self._metrics.transitions.inc(before, state)

    def refused(self, code: str) -> None:
        """An order was ended here, unsent."""
        self._metrics.refusals.inc(code)

    def duplicates(self, order_id: str, count: int) -> None:
        """More than one approved charge for one order."""
        self._metrics.duplicate_charges.inc(by=count)
        log.error("duplicate_charge_seen", order_id=order_id, count=count)

    def trouble(self, where: str, code: str, order_id: str) -> None:
        """Something needs an operator's eye."""
        self._metrics.unexpected_errors.inc(where.partition("-")[0])
        say = log.debug if code in _PASSING else log.warning
        say("trouble_met", where=where, code=code, order_id=order_id)

    def spans(self, result: str, count: int) -> None:
        """What became of spans."""
        self._metrics.spans.inc(result, by=count)

    # Accounts

    def account_charged(self, account: str, kind: str) -> None:
        """An attempt to charge through this account has ended."""
        self._metrics.account_attempts.inc(account, kind)

    def account_unread(self, account: str, why: str) -> None:
        """A read through this account has failed."""
        self._metrics.account_read_failures.inc(account, why)

    def account_paused(self, account: str, why: str, key: str) -> None:
        """The gateway refuses the account's key."""
        self._metrics.accounts_paused.set(1, account)
        log.error("account_paused", account=account, reason=why, kid=key)

    def account_resumed(self, account: str) -> None:
        """The gateway takes the key again."""
        self._metrics.accounts_paused.set(0, account)
        log.warning("account_resumed", account=account)

    # Mirror and sweeper

    def scanned(self, result: str) -> None:
        """A read of the gateway's list began, was kept, or was not."""
        self._metrics.mirror_scans.inc(result)

    def hole(self, account: str) -> None:
        """Rows may have passed unseen between two reads."""
        self._metrics.mirror_holes.inc(account)
        log.warning("mirror_hole_found", account=account)

    def contradicted(self, order_id: str) -> None:
        """An approved charge showed up for an order that had ended otherwise, or of which we say that nobody paid."""
        self._metrics.late_charges.inc()
        log.error("late_charge_seen", order_id=order_id)

    def stray(self, order_id: str, what: str) -> None:
        """A hold that no order will take: asked to be let go, gone, or found to have taken money."""
        self._metrics.strays.inc(what)
        say = log.error if what == "charged" else log.info
        say("stray_hold_met", order_id=order_id, what=what)

    def hold_expiring(self, order_id: str) -> None:
        """The owner of an open hold was told that it expires."""
        log.warning("hold_expiring_told", order_id=order_id)

    def swept(self, action: str, count: int) -> None:
        """The sweeper acted."""
        if count:
            self._metrics.sweeper_orders.inc(action, by=count)
            log.info("orders_swept", action=action, count=count)

    def hinted(self, result: str) -> None:
        """A hint at a payment was heeded, or dropped."""
        self._metrics.hints.inc(result)

    # Disputes

    def chargebacks_read(self, result: str, unread_rows: int) -> None:
        """The account's chargebacks were asked for; rows nobody could read are left to the next time."""
        self._metrics.chargeback_reads.inc(result)
        if unread_rows:
            self._metrics.chargeback_rows_unread.inc(by=unread_rows)
            log.warning("chargeback_rows_unread", count=unread_rows)

    def chargeback(self, status: str, payment_id: str) -> None:
        """One was told."""
        self._metrics.chargebacks.inc(status)
        log.info("chargeback_told", state=status, payment_id=payment_id)

    def chargebacks_missed(self, account: str) -> None:
        """A page held nothing but new ones: more may have come than it shows."""
        self._metrics.chargebacks_missed.inc(account)
        log.error("chargebacks_missed", account=account)

    # Risk

    def risk_met(self, rule: str, mode: str) -> None:
        """An order met a rule."""
        self._metrics.risk_hits.inc(rule, mode)

    def risk_judged(self, verdict: str) -> None:
        """An order was judged, or could not be."""
        self._metrics.risk_verdicts.inc(verdict)

    # Payments in parts

    def split_ended(self, state: str, split_id: str) -> None:
        """One has ended, and its owner was told."""
        self._metrics.splits.inc(state)
        log.info("split_ended", state=state, split_id=split_id)

    def split_stuck(self, order_id: str) -> None:
        """A part could not be given back."""
        self._metrics.splits_stuck.inc()
        log.error("split_stuck", order_id=order_id)

    # The event loop

    def handled(self, queue: str, actor: str, duration_s: float, *, failed: bool) -> None:
        """A handler ended."""
        self._metrics.messages.inc("failed" if failed else "handled")

    def acked(self, queue: str, count: int) -> None:
        """Acknowledgements are confirmed; they are as many as the messages handled."""

    def command_failed(self, queue: str, command: str) -> None:
        """A queue command failed and will be repeated."""
        self._metrics.queue_failures.inc(command)

    def requeued(self, queue: str, count: int) -> None:
        """An audit put messages back."""
        self._metrics.messages_requeued.inc(by=count)

    def quarantined(self, queue: str, reason: str) -> None:
        """A message was put aside."""
        self._metrics.quarantined.inc(reason)
        log.warning("message_quarantined", queue=queue, reason=reason)
