"""How a plan goes on after declines: its ladder, what its end means, and whether the customer may pay by a link. Pure.

It is kept as JSON beside the plan, and may be changed at any time: customers agreed to a price, not to our patience.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import partial
from typing import Final, Literal, get_args

from producers.contract.fields import Refusal
from producers.contract.follow_ups import read_description_before_token
from producers.contract.form import Form
from producers.errors import InvalidCommand
from producers.subscriptions.dunning.ladder import RUNGS_MAX, WAIT_MAX_D, Ladder

#: What becomes of a subscription whose period was given up.
WhenOver = Literal["keep", "cancel"]

#: An empty list, where only words can be given.
NONE: Final = "none"

_LADDER: Final = Ladder()
_NUMBER: Final = re.compile(r"-?[0-9]{1,3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Policy:
    """`link`: a decline that only the customer can mend makes a payment link."""

    ladder: Ladder = _LADDER
    when_over: WhenOver = "keep"
    link: bool = False

    @property
    def record(self) -> dict[str, object]:
        """As programs get it, and as `parse_policy` takes it."""
        ladder = {field.name: getattr(self.ladder, field.name) for field in fields(Ladder)}
        return {**ladder, "when_over": self.when_over, "link": self.link}

    @property
    def text(self) -> str:
        """As it is stored."""
        return json.dumps(self.record)


#: What holds where a plan says nothing, and for what has no plan.
USUAL: Final = Policy()
POLICY_FIELDS: Final = (*(field.name for field in fields(Ladder)), "when_over", "link")


def parse_policy(mapping: Mapping[str, object]) -> Policy:
    """The policy that these fields mean; what is not given is as it is by default. Raises InvalidCommand."""
    form, usual = Form(mapping), _LADDER
    waits = form.read_if_given("waits_d", partial(_numbers, low=1, high=WAIT_MAX_D, most=RUNGS_MAX))
    from_hour = form.read_if_given("from_hour", partial(_number, low=0, high=23))
    to_hour = form.read_if_given("to_hour", partial(_number, low=1, high=24))
    pay_days = form.read_if_given("pay_days", _pay_days)
    reach = form.read_if_given("pay_day_reach_d", partial(_number, low=0, high=WAIT_MAX_D))
    warning = form.read_if_given("warning_d", partial(_number, low=0, high=WAIT_MAX_D))
    when_over = form.read_if_given("when_over", _when_over)
    link = form.read_if_given("link", _link)
    form.refuse_others(POLICY_FIELDS)
    first, last = _or(from_hour, usual.from_hour), _or(to_hour, usual.to_hour)
    if not form.errors and first >= last:
        form.refuse("from_hour", "dunning_hours", "must be before to_hour")
    if form.errors:
        raise InvalidCommand(form.errors)
    ladder = Ladder(
        usual.waits_d if waits is None else waits,
        first,
        last,
        pay_days or (),
        _or(reach, usual.pay_day_reach_d),
        _or(warning, usual.warning_d),
    )
    return Policy(ladder, when_over or "keep", bool(link))


def policy_from(text: str | None) -> Policy:
    """The policy that was stored."""
    return USUAL if text is None else parse_policy(json.loads(text))


def link_fits(description: str | None) -> bool:
    """Whether orders of this description can become links: there must be one, with room for a token."""
    try:
        return description is not None and bool(read_description_before_token(description))
    except Refusal:
        return False


def _or(value: int | None, usual: int) -> int:
    return usual if value is None else value


def _number(value: object, low: int, high: int) -> int:
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise Refusal("dunning_number", f"must be a whole number from {low} to {high}")
    return value


def _list(value: object, read: Callable[[object], int], most: int) -> tuple[int, ...]:
    parts = (value.split(",") if value != NONE else ()) if isinstance(value, str) else value
    if not isinstance(parts, Sequence) or len(parts) > most:
        raise Refusal("dunning_list", f"must be at most {most} numbers, like 1,3,5")
    return tuple(read(part.strip() if isinstance(part, str) else part) for part in parts)


def _numbers(value: object, low: int, high: int, most: int) -> tuple[int, ...]:
    return _list(value, partial(_number, low=low, high=high), most)


def _pay_days(value: object) -> tuple[int, ...]:
    def read(part: object) -> int:
        number = _number(part, low=-1, high=31)
        return number if number else _number(part, low=1, high=31)

    return _list(value, read, 31)


def _when_over(value: object) -> WhenOver:
    if isinstance(value, str):
        for known in get_args(WhenOver):
            if value == known:
                return known  # type: ignore[no-any-return]
    raise Refusal("when_over_unknown", "must be keep or cancel")


def _link(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in ("true", "false"):
        return value == "true"
    raise Refusal("link_type", "must be true or false")
