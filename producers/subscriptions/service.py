"""The public API of subscriptions. Every call is one transaction of the archive database; nothing here charges.

Who is charged when is decided by the runs (`renewals`), from what is written here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Final, Self, TypeAlias

from sqlalchemy import Connection

from producers.contract import renewals as states
from producers.contract.fields import read_payment_id
from producers.contract.form import Form
from producers.errors import (
    ArchiveUnavailable,
    FieldError,
    InvalidCommand,
    SubscriptionConflict,
    SubscriptionState,
    SubscriptionUnknown,
)
from producers.runtime.archive.database import Archive
from producers.runtime.settings import Settings
from producers.subscriptions import deeds
from producers.subscriptions.book import store
from producers.subscriptions.clock import Clock, clock_of
from producers.subscriptions.creating import Parse, create_all, plan_finder
from producers.subscriptions.dunning import notices, retries
from producers.subscriptions.dunning.notices import Notice
from producers.subscriptions.dunning.policy import parse_policy
from producers.subscriptions.schedule.reviews import PeriodView, of_subscription
from producers.subscriptions.values import Plan, Subscription, milliseconds
from producers.subscriptions.wishes import parse_consent, parse_plan, parse_subscription

#: Makes of a subscription how it is then, at that moment.
_Deed: TypeAlias = Callable[[Connection, Subscription, datetime], Subscription]

#: Tries of a change that somebody else's came in between of.
TRIES_MAX: Final = 10


class Subscriptions:
    """Creates and changes subscriptions. Safe to share between threads; create it after a fork.

    Raises:
        ArchiveOutdated: the archive's schema is not the one this version needs; the message says what to run.
        ArchiveUnavailable: the archive database does not answer.
    """

    def __init__(self, settings: Settings, archive: Archive | None = None, *, clock: Clock | None = None) -> None:
        self._owned = archive is None
        self._archive = archive or Archive(settings)
        self._clock = clock or clock_of(settings)
        self._hours = (settings.renewal_from_h, settings.renewal_until_h)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections, unless the archive was handed in."""
        if self._owned:
            self._archive.close()

    def add_plan(self, /, **fields: object) -> Plan:
        """A plan: `plan_id`, `amount`, `currency`, `unit`, and `every`, `description`, `trial_d` if wanted. The same
        again is no second one; a plan never changes, because what customers agreed to does not.

        Raises:
            InvalidCommand: a field is wrong.
            SubscriptionConflict: `plan_conflict`, the name stands for another plan.
        """
        plan = parse_plan(fields)
        with self._archive.writing() as connection:
            there = store.plans(connection, plan.plan_id)
            if not there:
                store.add_plan(connection, plan, self._now_ms())
                return plan
            names = ("amount", "interval", "description", "trial_d")
            if differing := [name for name in names if _other(there[0], plan, name)]:
                raise SubscriptionConflict("plan_conflict", f"plan {plan.plan_id}", differing)
            return there[0]

    def set_dunning(self, plan_id: str, /, **fields: object) -> Plan:
        """How the plan goes on after declines from now on (`policy`). Raises InvalidCommand, SubscriptionUnknown."""
        policy = parse_policy(fields)
        with self._archive.writing() as connection:
            if not store.set_policy(connection, plan_id, policy):
                raise SubscriptionUnknown("plan_unknown", f"there is no plan {plan_id}")
            return store.plans(connection, plan_id)[0]

    def notices(self, limit: int = notices.CHUNK) -> list[Notice]:
        """What subscribers are to be told and nobody has taken yet, oldest first."""
        with self._archive.reading() as connection:
            return notices.waiting(connection, limit)

    def take_notices(self, notice_ids: Iterable[str]) -> int:
        """Have these told no more; how many were waiting. Call it once they are mailed."""
        with self._archive.writing() as connection:
            return notices.take(connection, list(notice_ids), self._now_ms())

    def plans(self) -> list[Plan]:
        """All plans, by name."""
        with self._archive.reading() as connection:
            return store.plans(connection)

    def create(self, /, **fields: object) -> Subscription:
        """A subscription, by the fields of an import's row. The same again is no second one.

        Raises:
            InvalidCommand: a field is wrong; nothing was stored.
            SubscriptionUnknown: `plan_unknown`.
            SubscriptionConflict: the id stands for another subscription.
        """
        return self.create_many([fields])[0][0]

    def create_many(self, rows: Iterable[Mapping[str, object]]) -> list[tuple[Subscription, bool]]:
        """All of them or none, each with whether it is new. Raises as `create`."""
        with self._archive.writing() as connection:
            return list(create_all(connection, rows, self._parse(connection), self._now_ms()))

    def import_rows(self, rows: Iterable[Mapping[str, object]]) -> tuple[int, int]:
        """The same of any number of rows, which are read as they are written: how many are new, how many were there."""
        new = known = 0
        with self._archive.writing() as connection:
            for _, is_new in create_all(connection, rows, self._parse(connection), self._now_ms()):
                new, known = new + is_new, known + (not is_new)
        return new, known

    @contextmanager
    def checker(self) -> Iterator[Callable[[Mapping[str, object]], tuple[FieldError, ...]]]:
        """What says what is wrong with the row of an import, if anything; by the plans as they are now."""
        with self._archive.reading() as connection:
            parse = self._parse(connection)

            def check(fields: Mapping[str, object]) -> tuple[FieldError, ...]:
                try:
                    parse(fields)
                except InvalidCommand as error:
                    return error.errors
                except SubscriptionUnknown as error:
                    return (FieldError("plan_id", error.code, error.message),)
                return ()

            yield check

    def get(self, subscription_id: str) -> Subscription:
        """The subscription as it is now. Raises SubscriptionUnknown."""
        with self._archive.reading() as connection:
            return _known(connection, subscription_id)

    def periods(self, subscription_id: str, *, before: int | None = None, limit: int = 100) -> Sequence[PeriodView]:
        """What became of its periods, newest first, from below number `before` on; `store.CHUNK` at the most. Raises
        SubscriptionUnknown.
        """
        with self._archive.reading() as connection:
            _known(connection, subscription_id)
            return of_subscription(connection, subscription_id, max(0, min(limit, store.CHUNK)), before=before)

    def list(
        self, *, after: str = "", limit: int = 100, customer: str | None = None, state: str | None = None
    ) -> list[Subscription]:
        """Subscriptions by id, from behind `after` on, `store.CHUNK` at the most."""
        with self._archive.reading() as connection:
            limit = max(1, min(limit, store.CHUNK))
            return store.listed(connection, after=after, limit=limit, customer=customer, state=state)

    def change(self, subscription_id: str, /, **fields: object) -> Subscription:
        """Another plan, amount, interval or zone from the next period on: what has begun is paid as it was agreed.

        Raises:
            InvalidCommand: a field is wrong, or the consent is missing.
            SubscriptionUnknown, SubscriptionState: no such subscription, or it was cancelled.
        """
        return self._edit(subscription_id, partial(deeds.change, fields=fields))

    def consent(self, subscription_id: str, /, **fields: object) -> Subscription:
        """Record that the customer agreed: `consent`, your reference to it, and `consent_at` if that was not now. What
        was skipped for want of it is charged if it is the newest period due; older ones are held. Raises as `change`.
        """
        return self._edit(subscription_id, partial(deeds.agree, consent=parse_consent(fields, self._clock())))

    def convert(self, subscription_id: str) -> Subscription:
        """End the trial: its first period is due now, and charged by the next run; later ones keep the hour. Again, or
        without a trial, nothing changes.

        Raises:
            SubscriptionUnknown, SubscriptionState: no such subscription, or it is paused or was cancelled.
        """
        return self._edit(subscription_id, deeds.convert)

    def pause(self, subscription_id: str) -> Subscription:
        """Charge nothing that becomes due from now on until it is resumed; those periods are skipped."""
        return self._edit(subscription_id, deeds.pause)

    def resume(self, subscription_id: str) -> Subscription:
        """Charge what becomes due from now on."""
        return self._edit(subscription_id, deeds.resume)

    def cancel(self, subscription_id: str, *, at_period_end: bool = False) -> Subscription:
        """Charge nothing more: from now on, or once the periods that have begun are paid. A charge that is on its way
        is not called back. What is unpaid is not tried again, but is where the end is the period's. Cancelled is for
        good; again changes nothing.
        """
        deed = partial(deeds.cancel, at_period_end=at_period_end)
        return self._edit(subscription_id, deed, cancelled_too=True)

    def save_card(self, subscription_id: str, payment_id: str) -> Subscription:
        """Charge the card of that payment from now on, and what an earlier card could not pay: by the next runs, one
        period each. What was skipped for want of a card is charged if it is the newest period due; older ones are held.
        """
        form = Form({"payment_id": payment_id})
        form.read("payment_id", read_payment_id)
        if form.errors:
            raise InvalidCommand(form.errors)
        return self._edit(subscription_id, partial(deeds.save_card, payment_id=payment_id), cancelled_too=True)

    def _parse(self, connection: Connection) -> Parse:
        find_plan = plan_finder(connection)
        return lambda fields: parse_subscription(fields, find_plan=find_plan, now=self._clock(), hours=self._hours)

    def _edit(
        self,
        subscription_id: str,
        deed: _Deed,
        *,
        cancelled_too: bool = False,
    ) -> Subscription:
        for _ in range(TRIES_MAX):
            with suppress(_Overtaken), self._archive.writing() as connection:
                retries.lock(connection, [subscription_id])
                before = _known(connection, subscription_id)
                if before.state == states.CANCELLED and not cancelled_too:
                    raise SubscriptionState("subscription_cancelled", f"subscription {subscription_id} was cancelled")
                after = deed(connection, before, self._clock())
                if after == before:
                    return before
                if not store.save(connection, after, self._now_ms()):
                    raise _Overtaken
                return replace(after, version=before.version + 1)
        raise ArchiveUnavailable("the subscription is being changed by others; call again")

    def _now_ms(self) -> int:
        return milliseconds(self._clock())


class _Overtaken(Exception):
    """Somebody else has written the subscription since it was read; what was written here is taken back."""


def _known(connection: Connection, subscription_id: str) -> Subscription:
    found = store.load(connection, [subscription_id]).get(subscription_id)
    if found is None:
        raise SubscriptionUnknown("subscription_unknown", "there is no subscription of this id")
    return found


def _other(before: object, after: object, name: str) -> bool:
    return bool(getattr(before, name) != getattr(after, name))
