"""A run of the renewals: read outcomes, warn, plan, take each period in the archive, hand its order in, count.

A period is taken before its order is handed in, and the order's name follows from the period. So a run that is killed
anywhere leaves either nothing, or a row that the next run finds and whose order it hands in under the same name; and of
two runs at once one takes a period, and both may hand in the one order that it has.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby, islice
from typing import Final

from sqlalchemy import Connection, insert, update

from producers.acceptance import Order
from producers.contract.form import Form
from producers.contract.renewals import ORDER_CONFLICT
from producers.errors import InvalidCommand, OrderConflict, SubscriptionState
from producers.runtime.archive.database import Archive
from producers.runtime.archive.identity import name_of
from producers.subscriptions.book import periods
from producers.subscriptions.book.asking import ask
from producers.subscriptions.book.following import follow
from producers.subscriptions.book.outcomes import outcome_of
from producers.subscriptions.book.periods import Attempt
from producers.subscriptions.book.recording import apply
from producers.subscriptions.book.tables import RUNS
from producers.subscriptions.clock import Clock
from producers.subscriptions.dunning.warnings import warn
from producers.subscriptions.fields import read_reason
from producers.subscriptions.schedule import plans, reviews
from producers.subscriptions.schedule.accounting import Account, account
from producers.subscriptions.schedule.gathering import standings
from producers.subscriptions.schedule.planning import Decision, plan
from producers.subscriptions.schedule.plans import RenewalPlan
from producers.subscriptions.schedule.trials import remind
from producers.subscriptions.till import Till
from producers.subscriptions.values import milliseconds

#: Subscriptions that are taken and handed in together. A run that is killed leaves that many for the next.
CHUNK: Final = 100


@dataclass(slots=True)
class RunReport:
    """What a run did. `overtaken` is what changed under its hands: the next run looks at that anew."""

    run_id: str
    plan: RenewalPlan
    charges: int = 0
    skips: int = 0
    holds: int = 0
    overtaken: int = 0
    account: Account | None = field(default=None)


class Renewals:
    """Plans and runs. `pause` waits for so many seconds of real time; the pace is kept by it."""

    def __init__(
        self,
        archive: Archive,
        till: Till,
        *,
        clock: Clock,
        rate_max: int,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._archive = archive
        self._till = till
        self._clock = clock
        self._rate_max = rate_max
        self._pause = pause

    def follow(self) -> int:
        """Write what has become of orders, and warn of last attempts; how many outcomes there were."""
        written = follow(self._archive, self._till, self._now_ms())
        self._tell()
        return written

    def plan(self) -> RenewalPlan:
        """What a run would do now; remembered, so that a run can be held against it."""
        self.follow()
        made = self._planned(self._clock())
        with self._archive.writing() as connection:
            plans.keep(connection, made, self._now_ms())
        return made

    def run(self, plan_hash: str | None = None) -> RunReport:
        """Do what is due. With a hash: exactly what that plan said, or nothing.

        Raises:
            RenewalPlanChanged: something else would be done now than the plan says.
            LedgerUnavailable, QueueFull, ArchiveUnavailable: the rest is done by the next run.
        """
        self.follow()
        ask(self._archive, self._till, self._now_ms())
        report = RunReport(secrets.token_hex(16), self._agreed(plan_hash))
        with self._archive.writing() as connection:
            _begin(connection, report, plan_hash, self._now_ms())
        pace = _Pace(self._rate_max, self._pause)
        for chunk in _chunks(report.plan.decisions):
            handed = self._hand_in(self._take(chunk, report))
            report.charges += handed
            pace.keep(handed)
        self.follow()
        self._end(report)
        return report

    def account(self) -> Account:
        """How all due periods stand."""
        with self._archive.reading() as connection:
            return account(connection, self._clock())

    def release(self, subscription_id: str, number: int, *, rehearsal: bool = False) -> Attempt:
        """Charge a period after all that was held, skipped or declined. Raises as `reviews.release`. A `rehearsal`
        checks everything by what outcomes are read so far, and changes nothing."""
        if not rehearsal:
            self.follow()
        self._check_conflict(subscription_id, number)
        with self._archive.writing() as connection:
            attempt = reviews.release(connection, subscription_id, number, self._now_ms())
            if rehearsal:
                connection.rollback()
                return attempt
        self._hand_in([attempt])
        return attempt

    def waive(self, subscription_id: str, number: int, reason: str, *, rehearsal: bool = False) -> None:
        """Let a period go unpaid for good. Raises as `reviews.release`, and InvalidCommand for an odd reason. Rehearsed
        as `release`."""
        form = Form({"reason": reason})
        form.read("reason", read_reason)
        if form.errors:
            raise InvalidCommand(form.errors)
        if not rehearsal:
            self.follow()
        with self._archive.writing() as connection:
            reviews.waive(connection, subscription_id, number, reason, self._now_ms())
            if rehearsal:
                connection.rollback()

    def _check_conflict(self, subscription_id: str, number: int) -> None:
        """Raise where the ledger has an order of that name with other content, and it is not known to be unpaid."""
        with self._archive.reading() as connection:
            order_id = reviews.conflicting(connection, subscription_id, number)
        order = None if order_id is None else self._till.find(order_id)
        if order is not None and order.state not in reviews.ENDED_UNPAID:
            message = f"order {order_id} is {order.state}: it has other content, and may have paid the period"
            raise SubscriptionState("attempt_open", message)

    def _tell(self) -> None:
        """Put into the box what subscribers must hear before they are charged."""
        while True:
            with self._archive.writing() as connection:
                if not warn(connection, self._now_ms()) + remind(connection, self._now_ms()):
                    return

    def _agreed(self, plan_hash: str | None) -> RenewalPlan:
        if plan_hash is None:
            return self._planned(self._clock())
        with self._archive.reading() as connection:
            as_of, lines = plans.kept(connection, plan_hash)
        made = self._planned(as_of)
        plans.compare(lines, made)
        return made

    def _planned(self, now: datetime) -> RenewalPlan:
        decisions = (decision for chunk in standings(self._archive, self._till, now) for decision in plan(now, chunk))
        return RenewalPlan(now, tuple(decisions))

    def _take(self, decisions: Sequence[Decision], report: RunReport) -> list[Attempt]:
        """Write what was decided about some subscriptions; the attempts that are to be handed in."""
        now_ms = self._now_ms()
        with self._archive.writing() as connection:
            still = periods.still(connection, [each.subscription for each in decisions])
            valid = [each for each in decisions if each.subscription.subscription_id in still]
            if new := [each for each in valid if not each.taken and each.retry is None]:
                periods.take(connection, new, report.run_id, now_ms)
            again = [each for each in valid if each.taken and each.deed == "charge"]
            periods.recard(connection, again)
            others = [each for each in valid if each.taken and each.deed != "charge"]
            tried = periods.try_again(connection, [each for each in valid if each.retry], now_ms)
            done = [*new, *again, *tried, *periods.amend(connection, others, now_ms)]
            orders = [each.order_id for each in done if each.deed == "charge"]
            attempts = periods.attempts_of(connection, orders)
        report.overtaken += len(decisions) - len(done)
        report.skips += sum(each.deed == "skip" for each in done)
        report.holds += sum(each.deed == "hold" for each in done)
        return [attempts[order_id] for order_id in orders]

    def _hand_in(self, attempts: Sequence[Attempt]) -> int:
        with self._archive.reading() as connection:
            attempts = periods.with_customers(connection, attempts)
        answers = list(self._till.hand_in(attempts))
        accepted = [(attempt, answer) for attempt, answer in answers if isinstance(answer, Order)]
        now_ms = self._now_ms()
        with self._archive.writing() as connection:
            for attempt, answer in answers:
                if isinstance(answer, Exception):
                    periods.refused(connection, attempt, _why(answer), now_ms)
            apply(connection, [outcome_of(order) for _, order in accepted if order.final], now_ms)
            periods.handed_in(connection, [attempt for attempt, _ in accepted], now_ms)
        return len(accepted)

    def _end(self, report: RunReport) -> None:
        with self._archive.writing() as connection:
            report.account = account(connection, self._clock())
            connection.execute(
                update(RUNS).where(RUNS.c.run_id == report.run_id).values(_numbers(report, self._now_ms()))
            )
        self._till.report(
            name_of(self._archive),
            {
                "last_run_ms": time.time_ns() // 1_000_000,
                "unaccounted": report.account.unaccounted,
                **{f"periods:{state}": count for state, count in report.account.by_state.items()},
                **{f"declines:{name}": count for name, count in report.account.declines.items()},
            },
        )

    def _now_ms(self) -> int:
        return milliseconds(self._clock())


class _Pace:
    """At most so many a second, on average from chunk to chunk."""

    def __init__(self, rate_max: int, pause: Callable[[float], None]) -> None:
        self._rate_max = rate_max
        self._pause = pause
        self._began_s = time.monotonic()
        self._count = 0

    def keep(self, count: int) -> None:
        self._count += count
        ahead_s = self._count / self._rate_max - (time.monotonic() - self._began_s)
        if ahead_s > 0:
            self._pause(ahead_s)


def _chunks(decisions: Sequence[Decision]) -> Iterator[list[Decision]]:
    """The decisions of so many subscriptions at a time."""
    by_name = groupby(decisions, key=lambda each: each.subscription.subscription_id)
    groups = (list(group) for _, group in by_name)
    while chunk := list(islice(groups, CHUNK)):
        yield [each for group in chunk for each in group]


def _begin(connection: Connection, report: RunReport, plan_hash: str | None, now_ms: int) -> None:
    numbers = {"charges": 0, "skips": 0, "holds": 0, "overtaken": 0}
    connection.execute(
        insert(RUNS).values(run_id=report.run_id, plan_hash=plan_hash, began_at_ms=now_ms, ended_at_ms=None, **numbers)
    )


def _numbers(report: RunReport, now_ms: int) -> dict[str, int]:
    return {
        "ended_at_ms": now_ms,
        "charges": report.charges,
        "skips": report.skips,
        "holds": report.holds,
        "overtaken": report.overtaken,
    }


def _why(error: Exception) -> str:
    """The reason why the ledger did not take an order.

    Raises: what is no answer about that order.
    """
    match error:
        case OrderConflict():
            return ORDER_CONFLICT
        case InvalidCommand():
            return error.code
        case _:
            raise error
