"""`cardinity renew`: what subscriptions are charged, when a scheduler calls, and what a human has to look at."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import click

from cardinity_client.money import Money
from producers.contract.renewals import HELD, MISSED
from producers.moments import rfc3339
from producers.runtime.archive.database import Archive
from producers.runtime.settings import Settings
from producers.subscriptions.clock import clock_of
from producers.subscriptions.records import period_record
from producers.subscriptions.schedule.plans import RenewalPlan, totals
from producers.subscriptions.schedule.renewals import Renewals, RunReport
from producers.subscriptions.schedule.reviews import PeriodView, in_states
from producers.subscriptions.till import LedgerTill
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.output import Screen
from workers.cli.shell.rehearsal import REHEARSED, dry_run
from workers.cli.shell.speaking import speaking
from workers.operations.auditing import audited
from workers.operations.writing import writing


@click.group("renew")
def command() -> None:
    """Plan and run the renewals of subscriptions, and review what is held."""


@command.command("plan")
@speaking
def plan(screen: Screen) -> None:
    """Say what a run would charge, skip and hold now, and why. Its hash makes a run do exactly that."""
    with _renewals() as renewals:
        made = renewals.plan()
    for decision in made.decisions:
        line = {
            "do": decision.deed,
            "order_id": decision.order_id,
            "subscription_id": decision.subscription.subscription_id,
            "period": decision.period.number,
            "amount": decision.amount.text,
            "currency": decision.amount.currency,
            "reason": decision.reason or None,
            "until": None if decision.until_ms is None else rfc3339(decision.until_ms),
        }
        screen.result(line, decision.line)
    _tell_plan(screen, made)


@command.command("run")
@click.option("--plan", "plan_hash", metavar="HASH", help="Do exactly what that plan said, or nothing.")
@speaking
def run(screen: Screen, plan_hash: str | None) -> None:
    """Charge what is due: for a scheduler, every few minutes. Several at once do no harm.

    One that was killed is finished by the next. Of a subscription with several periods due, the newest is charged and
    the others are held for review.
    """
    with _renewals() as renewals:
        _tell_run(screen, renewals.run(plan_hash))


@command.command("catch-up")
@speaking
def catch_up(screen: Screen) -> None:
    """Run after an outage, and list what was missed meanwhile and is held; exits 75 when something is."""
    settings = Settings.for_producer(os.environ)
    with _renewals() as renewals:
        _tell_run(screen, renewals.run())
    missed = _tell_held(screen, settings, MISSED)
    if missed:
        click.get_current_context().exit(ExitCode.TEMPORARY)


@command.command("outcomes")
@speaking
def outcomes(screen: Screen) -> None:
    """Write what has become of renewals; a run does so too, before it begins and when it ends."""
    with _renewals() as renewals:
        written = renewals.follow()
    screen.result({"outcomes": written}, f"{written} outcomes")


@command.command("account")
@speaking
def account(screen: Screen) -> None:
    """Count every period that is due; exits 75 when one is not accounted for."""
    with _renewals() as renewals:
        counted = renewals.account()
    told = {"due": counted.due, "unaccounted": counted.unaccounted, **counted.by_state}
    states = ", ".join(f"{count} {state}" for state, count in counted.by_state.items() if count)
    screen.result(told, f"{counted.due} due: {states or 'none'}; {counted.unaccounted} unaccounted")
    if counted.unaccounted:
        click.get_current_context().exit(ExitCode.TEMPORARY)


@command.command("held")
@speaking
def held(screen: Screen) -> None:
    """List the periods that wait for a human."""
    _tell_held(screen, settings_here(), None)


@command.command("release")
@click.argument("subscription_id")
@click.argument("period", type=click.IntRange(min=1))
@dry_run
@speaking
def release(screen: Screen, subscription_id: str, period: int, dry_run: bool) -> None:
    """Charge a period after all that was held, skipped or declined."""
    with _deciding("period.release", subscription_id, period, dry_run=dry_run) as renewals:
        attempt = renewals.release(subscription_id, period, rehearsal=dry_run)
    amount = attempt.amount
    told = {"order_id": attempt.order_id, "amount": amount.text, "currency": amount.currency, "dry_run": dry_run}
    rehearsed = REHEARSED if dry_run else ""
    screen.result(told, f"{attempt.order_id}: {amount.text} {amount.currency} handed in{rehearsed}")


@command.command("waive")
@click.argument("subscription_id")
@click.argument("period", type=click.IntRange(min=1))
@click.option("--reason", default="waived", show_default=True, help="Why, for the record.")
@dry_run
@speaking
def waive(screen: Screen, subscription_id: str, period: int, reason: str, dry_run: bool) -> None:
    """Let a period go unpaid for good that was held, skipped or declined."""
    with _deciding("period.waive", subscription_id, period, dry_run=dry_run, reason=reason) as renewals:
        renewals.waive(subscription_id, period, reason, rehearsal=dry_run)
    told = {"subscription_id": subscription_id, "period": period, "dry_run": dry_run}
    screen.result(told, f"{subscription_id} {period}: waived{REHEARSED if dry_run else ''}")


@contextmanager
def _renewals() -> Iterator[Renewals]:
    settings = Settings.for_producer(os.environ)
    with Archive(settings) as archive, LedgerTill(settings) as till:
        till.check_clock()
        yield Renewals(archive, till, clock=clock_of(settings), rate_max=settings.renewal_rate_max)


@contextmanager
def _deciding(action: str, subscription_id: str, period: int, *, dry_run: bool, **details: str) -> Iterator[Renewals]:
    """Renewals for what a human decides of a period."""
    settings = Settings.for_producer(os.environ)
    with _renewals() as renewals:
        if dry_run:
            yield renewals
            return
        with writing(settings) as ledger:
            audited(ledger, settings, action, f"{subscription_id} {period}", **details)
        yield renewals


def _tell_plan(screen: Screen, made: RenewalPlan) -> None:
    counts = made.counts
    told = {"plan": made.hash, "as_of": made.as_of.isoformat(), **counts, "totals": _sums(made.totals)}
    text = f"{counts['charge']} to charge{_in_words(made.totals)}, {counts['skip']} to skip, {counts['hold']} to hold"
    screen.result(told, f"{text}; plan {made.hash}")


def _tell_run(screen: Screen, report: RunReport) -> None:
    told = {
        "run": report.run_id,
        "plan": report.plan.hash,
        "charges": report.charges,
        "skips": report.skips,
        "holds": report.holds,
        "overtaken": report.overtaken,
        "unaccounted": report.account.unaccounted if report.account else None,
    }
    text = f"{report.charges} handed in, {report.skips} skipped, {report.holds} held"
    screen.result(told, f"{text}{f', {report.overtaken} overtaken' if report.overtaken else ''}")


def _tell_held(screen: Screen, settings: Settings, reason: str | None) -> int:
    """Tell the held periods, those of one reason if it is given; how many there are."""
    count, sums = 0, Counter[str]()
    with Archive(settings) as archive:
        for view in _all_held(archive):
            if reason in (None, view.reason):
                count += 1
                sums[view.amount.currency] += view.amount.minor
                due = f"due {rfc3339(view.due_at_ms)}, {view.amount.text} {view.amount.currency}"
                screen.result(period_record(view), f"{view.subscription_id} {view.number}: {due}, {view.reason}")
    amounts = totals(Money(minor, currency) for currency, minor in sums.items())
    screen.result({"held": count, "totals": _sums(amounts)}, f"{count} held{_in_words(amounts)}")
    return count


def _all_held(archive: Archive) -> Iterator[PeriodView]:
    after = ("", 0)
    while True:
        with archive.reading() as connection:
            chunk = in_states(connection, [HELD], after=after)
        if not chunk:
            return
        yield from chunk
        after = (chunk[-1].subscription_id, chunk[-1].number)


def _sums(amounts: tuple[Money, ...]) -> dict[str, str]:
    return {amount.currency: amount.text for amount in amounts}


def _in_words(amounts: tuple[Money, ...]) -> str:
    return f" ({', '.join(f'{amount.text} {amount.currency}' for amount in amounts)})" if amounts else ""
