"""How a payment in parts has ended, told to its owner: once, when no part changes any more.

The id follows from split and end (`split/<id>/<state>`), so the same end twice is one event; the slash keeps it apart
from the events of orders, whose ids have none. What becomes of each part is told by the part's own events.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, get_args

import msgspec

from cardinity_client.money import Money
from producers.contract import names
from producers.contract.cloud_event import CloudEvent

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

#: What a payment in parts can end as.
End = Literal["completed", "partial", "failed", "compensated"]


class SplitPartData(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One recipient's part, and the state that its order has ended in."""

    recipient: str
    order_id: str
    amount: str
    state: str
    #: `approved` where the part was given back; else absent.
    undone: str | None = None


class SplitData(msgspec.Struct, frozen=True, kw_only=True):
    """The payment as it has ended. `amount`s are written as the gateway writes them, in the one currency."""

    split_id: str
    state: End
    producer: str
    total: str
    currency: str
    parts: tuple[SplitPartData, ...]


class _SplitEvent(CloudEvent, frozen=True, kw_only=True, tag_field="type"):
    """`subject` is the split_id."""

    data: SplitData


class SplitCompleted(_SplitEvent, frozen=True, tag=names.SPLIT_COMPLETED):
    """Every part was taken."""


class SplitPartial(_SplitEvent, frozen=True, tag=names.SPLIT_PARTIAL):
    """Some parts were taken, and the others never will be."""


class SplitFailed(_SplitEvent, frozen=True, tag=names.SPLIT_FAILED):
    """No part was taken."""


class SplitCompensated(_SplitEvent, frozen=True, tag=names.SPLIT_COMPENSATED):
    """A part was not taken, and all that were have been given back."""


SplitEvent = SplitCompleted | SplitPartial | SplitFailed | SplitCompensated

_CLASSES: Final[Mapping[str, type[SplitEvent]]] = {
    str(kind.__struct_config__.tag): kind for kind in get_args(SplitEvent)
}


def split_event_id(split_id: str, state: str) -> str:
    """The id of the event that tells of this payment having ended so."""
    return f"split/{split_id}/{state}"


def split_event(
    *, split_id: str, state: End, producer: str, total: Money, parts: Sequence[SplitPartData], time_ms: int
) -> SplitEvent:
    """The event that tells of it at `time_ms`."""
    data = SplitData(
        split_id=split_id,
        state=state,
        producer=producer,
        total=total.text,
        currency=total.currency,
        parts=tuple(parts),
    )
    time = _EPOCH + timedelta(milliseconds=time_ms)
    make = _CLASSES[names.SPLIT_TYPES[state]]
    return make(id=split_event_id(split_id, state), subject=split_id, time=time, data=data)


def contradiction(event: SplitEvent) -> str:
    """What in this event contradicts itself; empty if nothing does."""
    told = event.data
    if _CLASSES[names.SPLIT_TYPES[told.state]] is not type(event):
        return "the type is not that of the state"
    if event.id != split_event_id(told.split_id, told.state) or event.subject != told.split_id:
        return "id or subject are not those of the data"
    return ""
