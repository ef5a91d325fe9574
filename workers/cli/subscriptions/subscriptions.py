"""`cardinity subscriptions`: who is charged again and again, for what, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

import click

from producers.contract.renewals import SUBSCRIPTION_STATES
from producers.moments import rfc3339
from producers.subscriptions.imports import read_fields, read_rows
from producers.subscriptions.records import (
    notice_record,
    period_record,
    plan_record,
    subscription_record,
    subscription_text,
)
from producers.subscriptions.service import Subscriptions
from producers.subscriptions.values import Subscription
from workers.cli.batches.submission import tell_error
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking

F = TypeVar("F", bound=Callable[..., object])

_id = click.argument("subscription_id")


def _options(*pairs: tuple[str, str]) -> Callable[[F], F]:
    def add(command: F) -> F:
        for name, text in reversed(pairs):
            command = click.option(name, help=text)(command)
        return command

    return add


_money = (
    ("--amount", 'Like "10.00".'),
    ("--currency", "ISO 4217, like EUR."),
    ("--every", "How many of the unit; 1 unless given."),
    ("--unit", "day, week, month or year."),
)
_consent = (
    ("--consent", "Your reference to where the customer agreed."),
    ("--consent-at", "When that was, like 2026-01-31T12:00:00Z; now unless given."),
)


@click.group("subscriptions")
def command() -> None:
    """Create, change, cancel, list and import subscriptions."""


@command.command("plan")
@_options(
    ("--plan-id", "Your name of the plan."),
    *_money,
    ("--description", "What customers' orders are called."),
    ("--trial-d", "Days before the first charge."),
)
@speaking
def plan(screen: Screen, **fields: str | None) -> None:
    """Add a plan. A plan never changes: make another, and change subscriptions to it."""
    with Subscriptions(settings_here()) as subscriptions:
        record = plan_record(subscriptions.add_plan(**_given(fields)))
    screen.result(record, _plan_text(record))


@command.command("plans")
@speaking
def plans(screen: Screen) -> None:
    """List the plans."""
    with Subscriptions(settings_here()) as subscriptions:
        for record in map(plan_record, subscriptions.plans()):
            screen.result(record, _plan_text(record))


@command.command("dunning")
@click.argument("plan_id")
@_options(
    ("--waits-d", "Days to wait after each decline; 1,3,5,7,7 unless given."),
    ("--from-hour", "The hour of the subscriber's day from which on it is tried; 9 unless given."),
    ("--to-hour", "And before which; 20 unless given."),
    ("--pay-days", "Days of the month on which wages arrive, -1 the last; a card without money waits for one."),
    ("--pay-day-reach-d", "How many days it waits for that at the most; 3 unless given."),
    ("--warning-d", "Days between the last warning and the last attempt; 2 unless given."),
    ("--when-over", "keep or cancel: what becomes of the subscription when the last attempt has failed."),
    ("--link", "true: where only the customer can mend it, they may pay by a link."),
)
@speaking
def dunning(screen: Screen, plan_id: str, **fields: str | None) -> None:
    """Set how a plan goes on after declines, from the next decline on."""
    with Subscriptions(settings_here()) as subscriptions:
        record = plan_record(subscriptions.set_dunning(plan_id, **_given(fields)))
    screen.result(record, _plan_text(record))


@command.command("notices")
@click.option("--take", "taken", multiple=True, metavar="NOTICE_ID", help="First take these out of the box.")
@speaking
def notices(screen: Screen, taken: tuple[str, ...]) -> None:
    """List what subscribers are to be told, oldest first. Mail them, then take them."""
    with Subscriptions(settings_here()) as subscriptions:
        if taken:
            subscriptions.take_notices(taken)
        for record in map(notice_record, subscriptions.notices()):
            screen.result(record, f"{record['notice_id']}: {record['subscription_id']}, period {record['period']}")


@command.command("create")
@_options(
    ("--subscription-id", "Your name of it; the same again is no second subscription."),
    ("--plan-id", "The plan; or give amount and interval."),
    *_money,
    ("--country", "The customer's, ISO 3166-1 alpha-2, like LT."),
    ("--zone", "The customer's time zone, like Europe/Vilnius."),
    ("--start", "The day of the first charge, like 2026-01-31; today unless given."),
    ("--anchor-day", "The day of the month that is kept, where `start` is not it."),
    ("--payment-id", "The payment whose card is charged."),
    ("--customer", "Your name of the customer."),
    ("--description", "What the orders are called; the plan's unless given."),
    ("--account", "The merchant account, if there are several."),
    ("--trial-d", "Days before the first charge, instead of a start; the plan's unless given."),
    *_consent,
)
@speaking
def create(screen: Screen, **fields: str | None) -> None:
    """Create a subscription. Nothing is charged by this: `cardinity renew run` charges what is due."""
    with Subscriptions(settings_here()) as subscriptions:
        _tell(screen, subscriptions.create(**_given(fields)))


@command.command("change")
@_id
@_options(("--plan-id", "The plan from then on."), *_money, ("--zone", "The time zone from then on."), *_consent)
@speaking
def change(screen: Screen, subscription_id: str, **fields: str | None) -> None:
    """Change plan, amount, interval or zone from the next period on."""
    with Subscriptions(settings_here()) as subscriptions:
        _tell(screen, subscriptions.change(subscription_id, **_given(fields)))


@command.command("consent")
@_id
@_options(*_consent)
@speaking
def consent(screen: Screen, subscription_id: str, **fields: str | None) -> None:
    """Record that the customer agreed, and charge the newest period that waited for it by the next run."""
    with Subscriptions(settings_here()) as subscriptions:
        _tell(screen, subscriptions.consent(subscription_id, **_given(fields)))


@command.command("convert")
@_id
@speaking
def convert(screen: Screen, subscription_id: str) -> None:
    """End a trial: its first period is charged by the next run."""
    with Subscriptions(settings_here()) as subscriptions:
        _tell(screen, subscriptions.convert(subscription_id))


@command.command("pause")
@_id
@speaking
def pause(screen: Screen, subscription_id: str) -> None:
    """Charge nothing until it is resumed."""
    with Subscriptions(settings_here()) as subscriptions:
        _tell(screen, subscriptions.pause(subscription_id))


@command.command("resume")
@_id
@speaking
def resume(screen: Screen, subscription_id: str) -> None:
    """Charge what becomes due from now on."""
    with Subscriptions(settings_here()) as subscriptions:
        _tell(screen, subscriptions.resume(subscription_id))


@command.command("cancel")
@_id
@click.option("--at-period-end", is_flag=True, help="Charge what has begun, then no more.")
@speaking
def cancel(screen: Screen, subscription_id: str, at_period_end: bool) -> None:
    """Charge nothing more. A charge that is on its way is not called back."""
    with Subscriptions(settings_here()) as subscriptions:
        _tell(screen, subscriptions.cancel(subscription_id, at_period_end=at_period_end))


@command.command("card")
@_id
@click.option("--payment-id", required=True, help="The payment whose card is charged from now on.")
@speaking
def card(screen: Screen, subscription_id: str, payment_id: str) -> None:
    """Save a new card."""
    with Subscriptions(settings_here()) as subscriptions:
        _tell(screen, subscriptions.save_card(subscription_id, payment_id))


@command.command("show")
@_id
@click.option("--periods", type=click.IntRange(min=0, max=500), default=12, show_default=True, help="The newest N.")
@speaking
def show(screen: Screen, subscription_id: str, periods: int) -> None:
    """A subscription and what became of its periods, newest first."""
    with Subscriptions(settings_here()) as subscriptions:
        _tell(screen, subscriptions.get(subscription_id))
        views = subscriptions.periods(subscription_id, limit=periods)
    for view in views:
        why = f" ({view.reason})" if view.reason else ""
        text = f"  {view.number}: due {rfc3339(view.due_at_ms)}, {view.amount.text} {view.amount.currency}, "
        screen.result(period_record(view), f"{text}{view.state}{why}")


@command.command("list")
@click.option("--customer", help="Of that customer.")
@click.option("--state", type=click.Choice(SUBSCRIPTION_STATES), help="In that state.")
@click.option("--after", default="", help="From behind that id on.")
@click.option("--limit", type=click.IntRange(min=1, max=500), default=100, show_default=True)
@speaking
def show_all(screen: Screen, customer: str | None, state: str | None, after: str, limit: int) -> None:
    """List subscriptions by id."""
    with Subscriptions(settings_here()) as subscriptions:
        for each in subscriptions.list(after=after, limit=limit, customer=customer, state=state):
            _tell(screen, each)


@command.command("import")
@click.argument("file", metavar="FILE.csv")
@click.option("--check", is_flag=True, help="Only say what is wrong.")
@speaking
def import_(screen: Screen, file: str, check: bool) -> None:
    """Create the subscriptions of a CSV file: all rows or none; the same file again creates nothing twice."""
    rows = wrong = new = known = 0
    with Subscriptions(settings_here()) as subscriptions:
        with Path(file).open(encoding="utf-8", newline="") as source:
            for row in read_rows(source, subscriptions):
                rows, wrong = row.number, wrong + bool(row.errors)
                for error in row.errors:
                    tell_error(screen, row.number, error)
        if wrong:
            message = f"{wrong} of {rows} rows are invalid; nothing was imported"
            raise CommandError("import_invalid", message, ExitCode.DATA)
        if not check:
            with Path(file).open(encoding="utf-8", newline="") as source:
                new, known = subscriptions.import_rows(read_fields(source, rows))
    told = {"rows": rows, "created": new, "known_before": known}
    screen.result(told, f"{rows} rows: {new} created, {known} known before")


def _given(fields: Mapping[str, str | None]) -> dict[str, object]:
    return {name: value for name, value in fields.items() if value is not None}


def _tell(screen: Screen, subscription: Subscription) -> None:
    screen.result(subscription_record(subscription), subscription_text(subscription))


def _plan_text(record: Mapping[str, object]) -> str:
    return f"{record['plan_id']}: {record['amount']} {record['currency']} every {record['every']} {record['unit']}"
