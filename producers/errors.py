"""Everything `producers` raises, by who can act on it.

    ProducerError
    ├── InvalidCommand       merchant: the charge as asked for is not one we send
    ├── OrderConflict        merchant: this order_id already stands for something else
    ├── OrderUnknown         merchant: there is no order of this id
    │   └── SplitUnknown     merchant: there is no payment in parts of this id
    ├── NotFinalizable       merchant: the order does not wait for this answer of its customer
    ├── SubscriptionUnknown  merchant: there is no subscription, plan or period of this name
    ├── SubscriptionConflict merchant: this name already stands for something else
    ├── SubscriptionState    merchant: it is not in a state in which that can be done
    ├── RenewalPlanChanged   merchant: what was planned is not what would be done now
    ├── LinkNotChanged       merchant: the link is not open, or the gateway did not change it
    ├── WaitTimeout          time: the order is still open; wait again
    ├── LedgerUnavailable    time: Redis did not answer; repeat the same call
    ├── QueueFull            time: Redis is at its limit; nothing was stored
    ├── ClockUnavailable     time: in play, the sandbox's clock did not answer
    ├── ClockRefused         programmer: in play, the clock does not go there
    ├── ArchiveUnavailable   time: the archive database did not answer; nothing of this step was stored
    ├── LedgerLockdown       operator: this is not the ledger that was pinned
    ├── LedgerNotRebuilt     operator: this ledger is not lost, or is not this host's to rebuild
    ├── ArchiveOutdated      operator: the archive's schema is not the one that this version needs
    ├── SettingsError        operator: the settings contradict each other or are unsafe
    ├── KeyFileError         operator: a key file is missing, readable by others, or not what it should be
    ├── EnvelopeError        operator: a sealed card that may not be opened
    └── EventError           programmer: bytes that are no event of ours

`code` is stable and for programs; the text is for people. Neither ever holds card data.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from producers.contract.card_numbers import contains_card_number

#: Every order_id there can be, those of further attempts included.
_ORDER_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing wrong with one field: its path as the caller wrote it, a stable code, and what is expected.

    `field` is empty when the whole is meant.
    """

    field: str
    code: str
    message: str


class ProducerError(Exception):
    """The root of what this package raises."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class InvalidCommand(ProducerError):
    """Every field that is wrong, at once; `code` is that of the first."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        self.errors = tuple(errors)
        super().__init__(self.errors[0].code, _listing(self.errors, "; "))


class OrderConflict(ProducerError):
    """The order exists with other content. `fields` names what differs, and `first_seen` (RFC 3339) says when it was
    accepted, or of an archived order, when it ended."""

    def __init__(self, order_id: str, fields: Iterable[str], first_seen: str) -> None:
        self.order_id = order_id
        self.fields = tuple(fields)
        self.first_seen = first_seen
        super().__init__(
            "order_conflict",
            f"order {order_id} was first seen at {first_seen} with another {', '.join(self.fields)}",
        )


class OrderUnknown(ProducerError):
    """The ledger has no such order. What cannot be an order_id, a card number for one, is not repeated."""

    def __init__(self, order_id: str, what: str = "order") -> None:
        self.order_id = order_id
        text = str(order_id)
        shown = _ORDER_ID.fullmatch(text) and not contains_card_number(text)
        super().__init__(f"{what}_unknown", f"there is no {what} {text if shown else 'of this id'}")


class SplitUnknown(OrderUnknown):
    """The ledger has no such payment in parts."""

    def __init__(self, split_id: str) -> None:
        super().__init__(split_id, "split")


class NotFinalizable(ProducerError):
    """The order does not wait for this answer: `no_step`, `goes_on`, `other_version` or `too_many`; `state` is how it
    stands.
    """

    def __init__(self, code: str, message: str, order_id: str, state: str) -> None:
        self.order_id = order_id
        self.state = state
        super().__init__(code, message)


class SubscriptionUnknown(ProducerError):
    """`subscription_unknown`, `plan_unknown` or `period_unknown`."""


class SubscriptionConflict(ProducerError):
    """The name is taken by other content; `fields` names what differs."""

    def __init__(self, code: str, name: str, fields: Iterable[str]) -> None:
        self.fields = tuple(fields)
        super().__init__(code, f"{name} is there with another {', '.join(self.fields)}")


class SubscriptionState(ProducerError):
    """`subscription_cancelled`, `period_open` or `attempt_open`: not now, or never again."""


class RenewalPlanChanged(ProducerError):
    """The plan to be executed is not what would be done now; `differences` are lines, `-` before and `+` now."""

    def __init__(self, message: str, differences: Sequence[str] = ()) -> None:
        self.differences = tuple(differences)
        super().__init__("renewal_plan_changed", message)


class LinkNotChanged(ProducerError):
    """The link is as it was, or nobody knows; `passing`: the same change may be asked for again."""

    def __init__(self, code: str, message: str, *, passing: bool) -> None:
        self.passing = passing
        super().__init__(code, message)


class WaitTimeout(ProducerError):
    """The order, or the payment in parts, had no outcome within the time waited; `state` is how it stands."""

    def __init__(self, order_id: str, state: str, waited_s: float, what: str = "order") -> None:
        self.order_id = order_id
        self.state = state
        super().__init__("wait_timeout", f"{what} {order_id} is still {state} after {waited_s:g} s")


class LedgerUnavailable(ProducerError):
    """No usable answer from the ledger. `ambiguous`: the command may have run."""

    def __init__(self, message: str, *, ambiguous: bool) -> None:
        super().__init__("ledger_unavailable", message)
        self.ambiguous = ambiguous


class QueueFull(ProducerError):
    """Redis refused the write for want of memory."""

    def __init__(self, message: str) -> None:
        super().__init__("queue_full", message)


class ClockUnavailable(ProducerError):
    """In play: the sandbox's clock, which renewals go by, did not answer."""

    def __init__(self, message: str) -> None:
        super().__init__("clock_unavailable", message)


class ClockRefused(ProducerError):
    """In play: the clock was not moved; it only goes forward."""

    def __init__(self, message: str) -> None:
        super().__init__("clock_refused", message)


class ArchiveUnavailable(ProducerError):
    """No usable answer from the archive database. What was being written is there as a whole or not at all."""

    def __init__(self, message: str) -> None:
        super().__init__("archive_unavailable", message)


class ArchiveOutdated(ProducerError):
    """The schema is at revision `found` (None: there is none), and `needed` is what this version works with; `remedy`
    is what to do.
    """

    def __init__(self, found: str | None, needed: str, remedy: str) -> None:
        self.found = found
        self.needed = needed
        self.remedy = remedy
        where = "is empty" if found is None else f"is at revision {found}"
        super().__init__("archive_outdated", f"the archive {where}, and {needed} is needed: {remedy}")


class LedgerLockdown(ProducerError):
    """The epoch marker is missing (`found` is None) or another one; nothing may be sent (rule R10)."""

    def __init__(self, found: str | None) -> None:
        self.found = found
        what = "has no epoch marker" if found is None else f"carries epoch {found}, not the pinned one"
        super().__init__("ledger_lockdown", f"the ledger {what}: see `cardinity recover plan`")


class LedgerNotRebuilt(ProducerError):
    """`ledger_not_lost`: there is nothing to rebuild. `ledger_foreign`: it is somebody else's, or this host knows
    none."""


class SettingsError(ProducerError):
    """All problems of the settings at once; each names its setting in `field` and the rule in its message."""

    def __init__(self, problems: Sequence[FieldError]) -> None:
        self.problems = tuple(problems)
        super().__init__("settings_invalid", _listing(self.problems, "\n"))


class KeyFileError(ProducerError):
    """`secret_missing`, `secret_permissions`, `key_file_format` or `key_exists`; the message has the file."""


class EnvelopeError(ProducerError):
    """The envelope stays shut; `code` says which check refused."""


class EventError(ProducerError):
    """`event_format`: not one of our CloudEvents."""

    def __init__(self, message: str) -> None:
        super().__init__("event_format", message)


def _listing(errors: Iterable[FieldError], separator: str) -> str:
    return separator.join(": ".join(filter(None, (error.field, error.message))) for error in errors)
