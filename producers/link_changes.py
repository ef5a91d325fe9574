"""A change of a payment link that is there: its end, or whether somebody can pay on it. The gateway itself is asked.

Workers notice it at their next look at the link, and always before they say that nobody paid; so nothing is written
here. The same change again is no other one: whoever has no answer may repeat it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from cardinity_client import Done, LinkAnswer, PaymentLink, UpdatePaymentLink
from producers.acceptance import Order
from producers.contract.fields import Refusal
from producers.contract.form import Form
from producers.contract.links import read_link_end
from producers.errors import FieldError, InvalidCommand, LinkNotChanged

FIELDS: Final = ("expires_at", "enabled")
#: Answers after which the same change may be asked for again.
PASSING: Final = frozenset({"unknown", "unsent", "rate_limited"})

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class LinkChange:
    """What is to be another: one of the two, or both."""

    ends_at_ms: int | None = None
    enabled: bool | None = None

    def asked(self, order: Order) -> UpdatePaymentLink:
        """The write for that order's link.

        Raises:
            LinkNotChanged: `link_not_open`.
        """
        if not order.link_id or order.final:
            message = f"{order.order_id} is {order.state}: no link is open"
            raise LinkNotChanged("link_not_open", message, passing=False)
        ends_at = None if self.ends_at_ms is None else _EPOCH + timedelta(milliseconds=self.ends_at_ms)
        return UpdatePaymentLink(order.link_id, ends_at, self.enabled)


def parse_link_change(mapping: Mapping[str, object], *, now_ms: int) -> LinkChange:
    """The change these fields mean.

    Raises:
        InvalidCommand: a field is wrong, or nothing is to be changed.
    """
    form = Form(mapping)
    ends_at_ms = form.read_if_given("expires_at", partial(read_link_end, now_ms=now_ms))
    enabled = form.read_if_given("enabled", _read_enabled)
    form.refuse_others(FIELDS)
    if not form.errors and ends_at_ms is None and enabled is None:
        form.errors.append(FieldError("", "update_empty", "give expires_at, enabled, or both"))
    if form.errors:
        raise InvalidCommand(form.errors)
    return LinkChange(ends_at_ms, enabled)


def changed(answer: LinkAnswer) -> PaymentLink:
    """The link as it is now.

    Raises:
        LinkNotChanged: `link_unchanged`, the gateway's answer was another.
    """
    if isinstance(answer, Done):
        return answer.resource
    message = f"the gateway's answer is {answer.kind}; nothing was paid by it"
    raise LinkNotChanged("link_unchanged", message, passing=answer.kind in PASSING)


def _read_enabled(value: object) -> bool:
    if not isinstance(value, bool):
        raise Refusal("flag_type", "must be true or false")
    return value
