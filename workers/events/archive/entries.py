"""What an entry of the event stream holds: an event that has a place in the tables, or something to be put aside. Pure.

Whoever may write to Redis may write anything to the stream, and a later version writes types that are not known here.
Neither may stop the archive, and a text that one database takes and the other refuses may not either: so what does not
fit the columns is found here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from cardinity_client.errors import MoneyError
from cardinity_client.money import NO_CURRENCY, Money
from producers.contract.card_numbers import mask_card_numbers
from producers.contract.chargebacks import ChargebackData
from producers.contract.events import Event, PaymentData, decode
from producers.errors import EventError

#: Characters of an entry that is put aside: an event of ours has a tenth of it at the most.
BODY_MAX: Final = 65_536
#: The longest texts that are names, and not words of others, which are cut to their column.
ID_MAX: Final = 160
_NAMES: Final[Mapping[str, int]] = {
    "order_id": 64,
    "attempt_ref": 64,
    "account": 64,
    "producer": 64,
    "batch": 64,
    "root": 64,
    "successor": 64,
    "reason": 64,
    "payment_id": 36,
    "follow_up_id": 36,
    "card_last4": 4,
    "country": 2,
}
_CHARGEBACK_NAMES: Final[Mapping[str, int]] = {"chargeback_id": 64, "account": 64, "payment_id": 36, "order_id": 64}


class Entry(NamedTuple):
    """An entry as the stream has it."""

    position: str
    fields: Mapping[bytes, bytes]


class Told(NamedTuple):
    """An event, its place, and its JSON."""

    position: str
    event: Event
    body: str


class Unread(NamedTuple):
    """What cannot be read, and why."""

    position: str
    reason: str
    body: str


def read(entry: Entry) -> Told | Unread:
    """The event that the entry holds."""
    data = entry.fields.get(b"event")
    if data is None:
        return aside(entry, "an entry of the stream holds no event")
    try:
        event = decode(data)
        _check(event)
    except EventError as error:
        return aside(entry, error.message)
    except MoneyError as error:
        return aside(entry, f"no amount of money ({error.code})")
    return Told(entry.position, event, data.decode())


def aside(entry: Entry, reason: str) -> Unread:
    """The entry as it is kept when it cannot be written: its event, or all its fields where it has none."""
    data = entry.fields.get(b"event")
    shown = data if data is not None else b"\n".join(b"=".join(field) for field in entry.fields.items())
    text = shown[:BODY_MAX].decode("utf-8", "backslashreplace").replace("\0", "\\x00")
    return Unread(entry.position, reason[:255], mask_card_numbers(text)[:BODY_MAX])


def minor_of(amount: str, currency: str) -> int:
    """Whole minor units. Raises MoneyError."""
    if currency == NO_CURRENCY and amount == "0":
        return 0
    return Money.parse(amount, currency).minor


def words(text: str | None, characters_max: int) -> str | None:
    """A text of others as a column takes it."""
    return None if text is None else text.replace("\0", " ")[:characters_max]


def _check(event: Event) -> None:
    for name, characters_max, text in _texts(event):
        if len(text) > characters_max or "\0" in text:
            raise EventError(f"{name} is longer than {characters_max} characters, or none that can be stored")
    if isinstance(event.data, PaymentData | ChargebackData):
        minor_of(event.data.amount, event.data.currency)


def _texts(event: Event) -> Iterator[tuple[str, int, str]]:
    yield "id", ID_MAX, event.id
    yield "subject", 64, event.subject
    if isinstance(event.data, PaymentData):
        yield from _named(event.data, _NAMES.items())
    elif isinstance(event.data, ChargebackData):
        yield from _named(event.data, _CHARGEBACK_NAMES.items())


def _named(data: PaymentData | ChargebackData, names: Iterable[tuple[str, int]]) -> Iterator[tuple[str, int, str]]:
    for name, characters_max in names:
        text = getattr(data, name)
        if text is not None:
            yield name, characters_max, text
