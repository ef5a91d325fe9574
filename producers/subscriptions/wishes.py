"""Plans and subscriptions from untrusted words: keyword arguments, JSON, cells of a file. Every wrong field at once."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

from cardinity_client.money import Money
from producers.contract import renewals as states
from producers.contract.fields import (
    ACCOUNT_DEFAULT,
    read_account,
    read_amount,
    read_country,
    read_currency,
    read_description,
    read_payment_id,
)
from producers.contract.form import Form
from producers.errors import FieldError, InvalidCommand, SubscriptionUnknown
from producers.subscriptions.fields import (
    read_anchor_day,
    read_consent,
    read_consent_at,
    read_every,
    read_name,
    read_start,
    read_subscription_id,
    read_trial,
    read_unit,
    read_zone,
)
from producers.subscriptions.identity import second_of
from producers.subscriptions.schedule.calendar import Interval, first_schedule
from producers.subscriptions.schedule.trials import begun
from producers.subscriptions.values import Consent, Plan, Subscription, Terms, milliseconds

PLAN_FIELDS: Final = ("plan_id", "amount", "currency", "every", "unit", "description", "trial_d")
#: The columns of an import, in our order; those of `create` are the same.
FIELDS: Final = (
    "subscription_id", "plan_id", "amount", "currency", "every", "unit", "country", "zone", "start", "anchor_day",
    "payment_id", "customer", "description", "account", "consent", "consent_at", "trial_d",
)  # fmt: skip
CHANGE_FIELDS: Final = ("plan_id", "amount", "currency", "every", "unit", "zone", "consent", "consent_at")
CONSENT_FIELDS: Final = ("consent", "consent_at")

#: Finds a plan by its name.
FindPlan = Callable[[str], Plan | None]


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be another from the next period on; None stays as it is."""

    plan: Plan | None
    amount: str | None
    currency: str | None
    interval: Interval | None
    zone: str | None
    consent: Consent | None

    def terms_after(self, terms: Terms, number: int) -> Terms:
        """The terms from that period on, which follow these.

        Raises:
            InvalidCommand: the amount does not fit its currency.
        """
        return Terms(
            schedule=terms.schedule.followed(number, interval=self.interval, zone=self.zone),
            amount=self._amount_after(terms.amount),
            plan_id=self.plan.plan_id if self.plan else terms.plan_id,
            consent=self.consent or terms.consent,
            revision=terms.revision + 1 if terms.schedule.first == number else 1,
        )

    def _amount_after(self, before: Money) -> Money:
        currency = self.currency or (self.plan.amount.currency if self.plan else before.currency)
        if self.amount is None:
            if currency != before.currency and self.plan is None:
                raise InvalidCommand([FieldError("currency", "currency_alone", "needs an amount in that currency")])
            return self.plan.amount if self.plan else before
        form = Form({"amount": self.amount})
        amount = form.read("amount", partial(read_amount, currency=currency))
        if amount is None:
            raise InvalidCommand(form.errors)
        return amount


def parse_plan(mapping: Mapping[str, object]) -> Plan:
    """The plan that these fields mean. Raises InvalidCommand."""
    form = Form(mapping)
    plan_id = form.read("plan_id", read_name("plan_id_format"))
    amount, interval = _amount(form), _interval(form)
    description = form.read_if_given("description", read_description)
    trial_d = form.read_if_given("trial_d", read_trial)
    form.refuse_others(PLAN_FIELDS)
    if form.errors or plan_id is None or amount is None or interval is None:
        raise InvalidCommand(form.errors)
    return Plan(plan_id, amount, interval, description, trial_d=trial_d or 0)


def parse_subscription(
    mapping: Mapping[str, object], *, find_plan: FindPlan, now: datetime, hours: tuple[int, int]
) -> Subscription:
    """The subscription that these fields mean: of a plan, or with amount and interval of its own.

    `hours` are those of the local day between which it is charged. Raises InvalidCommand, SubscriptionUnknown.
    """
    form = Form(mapping)
    name = form.read("subscription_id", read_subscription_id)
    plan = _plan(form, find_plan)
    amount = plan.amount if plan and not form.gives("amount") else _amount(form, plan)
    interval = plan.interval if plan and not _gives_interval(form) else _interval(form)
    country = form.read("country", read_country)
    zone = form.read("zone", read_zone)
    trial_d = _trial(form, plan)
    first_day = None if zone is None else _today(now, zone) + timedelta(days=trial_d)
    start = form.read("start", read_start) if form.gives("start") or first_day is None else first_day
    anchor_day = form.read_if_given("anchor_day", read_anchor_day)
    if start is not None and anchor_day is not None and not _keeps(start, anchor_day):
        form.refuse("anchor_day", "anchor_day_start", "must be the day of `start`, or a later one its month has not")
    payment_id = form.read_if_given("payment_id", read_payment_id)
    customer = form.read_if_given("customer", read_name("customer_format"))
    description = form.read_if_given("description", read_description)
    account = form.read_if_given("account", read_account)
    consent = _consent(form, now)
    form.refuse_others(FIELDS)
    if name is None or amount is None or interval is None or country is None or zone is None or start is None:
        raise InvalidCommand(form.errors)
    schedule = first_schedule(start, interval, zone, second_of(name, *hours))
    schedule = replace(schedule, anchor_day=anchor_day or start.day)
    if schedule.period(1).end <= now:
        form.refuse("start", "start_past", "must not lie so far back that its period is over")
    if form.errors:
        raise InvalidCommand(form.errors)
    made = Subscription(
        subscription_id=name,
        state=states.ACTIVE,
        country=country,
        account=account or ACCOUNT_DEFAULT,
        terms=(Terms(schedule, amount, plan.plan_id if plan else None, consent),),
        customer=customer,
        description=description or (plan.description if plan else None),
        payment_id=payment_id,
        created_at_ms=milliseconds(now),
    )
    return begun(made, trial_d, now) if trial_d else made


def parse_change(mapping: Mapping[str, object], *, find_plan: FindPlan, now: datetime) -> Change:
    """The change that these fields mean. Another amount, plan or interval needs the customer's consent."""
    form = Form(mapping)
    plan = _plan(form, find_plan)
    currency = form.read_if_given("currency", read_currency)
    amount = form.values.get("amount") if form.gives("amount") else None
    if amount is not None and not isinstance(amount, str):
        form.refuse("amount", "amount_type", 'must be a string like "10.00"')
    interval = _interval(form) if _gives_interval(form) else (plan.interval if plan else None)
    zone = form.read_if_given("zone", read_zone)
    consent = _consent(form, now)
    if consent is None and not form.errors and (plan or amount or currency or interval):
        form.refuse("consent", "consent_required", "what a customer pays is changed only with a record of consent")
    form.refuse_others(CHANGE_FIELDS)
    if not form.errors and not any((plan, amount, currency, interval, zone)):
        form.refuse("", "change_empty", f"give at least one of {', '.join(CHANGE_FIELDS[:6])}")
    if form.errors:
        raise InvalidCommand(form.errors)
    return Change(plan, str(amount) if amount is not None else None, currency, interval, zone, consent)


def parse_consent(mapping: Mapping[str, object], now: datetime) -> Consent:
    """The consent that these fields record. Raises InvalidCommand."""
    form = Form(mapping)
    if not form.gives("consent") and not form.gives("consent_at"):
        form.refuse("consent", "consent_required", "must say where it is recorded that the customer agreed")
    consent = _consent(form, now)
    form.refuse_others(CONSENT_FIELDS)
    if form.errors or consent is None:
        raise InvalidCommand(form.errors)
    return consent


def _plan(form: Form, find_plan: FindPlan) -> Plan | None:
    plan_id = form.read_if_given("plan_id", read_name("plan_id_format"))
    if plan_id is None:
        return None
    plan = find_plan(plan_id)
    if plan is None:
        raise SubscriptionUnknown("plan_unknown", f"there is no plan {plan_id}")
    return plan


def _amount(form: Form, plan: Plan | None = None) -> Money | None:
    if plan and not form.gives("currency"):
        currency: str | None = plan.amount.currency
    else:
        currency = form.read("currency", read_currency)
    return None if currency is None else form.read("amount", partial(read_amount, currency=currency))


def _gives_interval(form: Form) -> bool:
    return form.gives("every") or form.gives("unit")


def _interval(form: Form) -> Interval | None:
    unit = form.read("unit", read_unit)
    every = None if unit is None else form.read("every", partial(read_every, unit=unit)) if form.gives("every") else 1
    return None if unit is None or every is None else Interval(every, unit)


def _consent(form: Form, now: datetime) -> Consent | None:
    record = form.read_if_given("consent", read_consent)
    at_ms = form.read_if_given("consent_at", partial(read_consent_at, now=now))
    if at_ms is not None and not form.gives("consent"):
        form.refuse("consent", "consent_alone", "must say where it is recorded that the customer agreed")
    return None if record is None else Consent(record, milliseconds(now) if at_ms is None else at_ms)


def _trial(form: Form, plan: Plan | None) -> int:
    """Days of the trial, the plan's unless given; a subscription with a start of its own has no plan's trial."""
    given = form.read_if_given("trial_d", read_trial)
    if given is not None and form.gives("start"):
        form.refuse("trial_d", "trial_start", "the trial's end is the start: leave out one of them")
    if given is not None or plan is None or form.gives("start"):
        return given or 0
    return plan.trial_d


def _today(now: datetime, zone: str) -> date:
    return now.astimezone(ZoneInfo(zone)).date()


def _keeps(start: date, anchor_day: int) -> bool:
    return start.day == min(anchor_day, monthrange(start.year, start.month)[1])
