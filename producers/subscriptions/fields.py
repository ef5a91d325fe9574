"""What each field of a subscription may be: one rule per field, as in `producers.contract.fields` for a charge."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from functools import lru_cache
from typing import Final
from zoneinfo import available_timezones

from producers.contract.fields import Refusal, is_absent, is_printable, read_text
from producers.subscriptions.identity import ID_MAX
from producers.subscriptions.schedule.calendar import UNITS, Unit
from producers.subscriptions.values import milliseconds

#: The longest interval of each unit: ten years.
EVERY_MAX: Final = {"day": 3660, "week": 522, "month": 120, "year": 10}
#: Days of the longest trial.
TRIAL_MAX_D: Final = 365
#: Years in which a subscription may begin; periods are counted on from there.
YEAR_MIN, YEAR_MAX = 1970, 2999
#: Characters of a merchant's own names and references.
NAME_MAX, CONSENT_MAX = 64, 255

_ID: Final = re.compile(rf"[A-Za-z0-9-]{{1,{ID_MAX}}}", re.ASCII)
_NAME: Final = re.compile(rf"[A-Za-z0-9._@+-]{{1,{NAME_MAX}}}", re.ASCII)
_COUNT: Final = re.compile(r"[1-9][0-9]{0,3}", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def read_subscription_id(value: object) -> str:
    """The merchant's name of the subscription, which becomes a part of order_ids."""
    if is_absent(value):
        raise Refusal("subscription_id_format", "is missing")
    text = read_text(value, "subscription_id_format")
    if not _ID.fullmatch(text):
        raise Refusal("subscription_id_format", f"must be 1 to {ID_MAX} of A-Z a-z 0-9 -")
    return text


def read_name(code: str) -> Callable[[object], str]:
    """A merchant's own name of a plan or a customer; `code` is for what is none."""

    def read(value: object) -> str:
        text = read_text(value, code)
        if not _NAME.fullmatch(text):
            raise Refusal(code, f"must be 1 to {NAME_MAX} of A-Z a-z 0-9 . _ @ + -")
        return text

    return read


def read_unit(value: object) -> Unit:
    """What intervals are counted in."""
    if isinstance(value, str) and value in UNITS:
        return value
    raise Refusal("unit_unknown", f"must be one of {', '.join(UNITS)}")


def read_every(value: object, unit: Unit) -> int:
    """How many of the unit an interval has."""
    if isinstance(value, str) and _COUNT.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= EVERY_MAX[unit]:
        raise Refusal("every_range", f"must be a whole number from 1 to {EVERY_MAX[unit]}")
    return value


def read_zone(value: object) -> str:
    """A time zone by its IANA name."""
    if isinstance(value, str) and value in _zones():
        return value
    raise Refusal("zone_unknown", "must be an IANA time zone like Europe/Vilnius")


def read_start(value: object) -> date:
    """The local day on which the first period begins."""
    try:
        if isinstance(value, str) and _DATE.fullmatch(value):
            start = date.fromisoformat(value)
            if YEAR_MIN <= start.year <= YEAR_MAX:
                return start
    except ValueError:
        pass
    raise Refusal("start_format", f"must be a day like 2026-01-31, from {YEAR_MIN} to {YEAR_MAX}")


def read_anchor_day(value: object) -> int:
    """The day of the month that is kept."""
    if isinstance(value, str) and _COUNT.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 31:
        raise Refusal("anchor_day_range", "must be a day of the month, 1 to 31")
    return value


def read_trial(value: object) -> int:
    """Days before the first charge."""
    if isinstance(value, str) and _COUNT.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= TRIAL_MAX_D:
        raise Refusal("trial_range", f"must be a whole number of days from 1 to {TRIAL_MAX_D}")
    return value


def read_reason(value: object) -> str:
    """Why a human decided something."""
    text = read_text(value, "reason_format")
    if not 1 <= len(text) <= NAME_MAX or not is_printable(text):
        raise Refusal("reason_format", f"must be 1 to {NAME_MAX} printable characters")
    return text


def read_consent(value: object) -> str:
    """The merchant's own reference to where the customer agreed."""
    text = read_text(value, "consent_type")
    if len(text) > CONSENT_MAX or not is_printable(text):
        raise Refusal("consent_format", f"must be at most {CONSENT_MAX} printable characters")
    return text


def read_consent_at(value: object, now: datetime) -> int:
    """When the customer agreed, in ms since 1970 UTC."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or at.year < YEAR_MIN:
        raise Refusal("consent_at_format", "must be a time with its offset, like 2026-01-31T12:00:00Z")
    if at > now:
        raise Refusal("consent_at_future", "must not lie in the future")
    return milliseconds(at)


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
