"""Reading result events from the stream: pure translation between positions, commands and events."""

from __future__ import annotations

import re
from typing import Any, NewType

from producers.contract.events import Event, decode
from producers.errors import EventError, FieldError, InvalidCommand
from producers.runtime.ledger import keys

#: Where a reader stands in the stream: `$` for what comes from now on, `0` for the beginning, or an entry's id.
Position = NewType("Position", str)

#: Events per read.
READ_MAX = 500
#: Milliseconds one read waits for news: below the client's socket timeout.
BLOCK_MS = 1000

#: An entry's id, or its first half; each half is a number of 64 bits.
_POSITION = re.compile(r"\$|[0-9]{1,20}(?:-[0-9]{1,20})?")
_HALF_MAX = 2**64 - 1

#: Asks for the newest entry: where `$` is now.
LAST_COMMAND = ("XREVRANGE", keys.EVENTS, "+", "-", "COUNT", 1)


def position_of(reply: Any) -> Position:
    """The position of the newest entry, from the reply to `LAST_COMMAND`."""
    return Position(reply[0][0].decode() if reply else "0")


def read_command(position: Position, *, block_s: float | None) -> tuple[str | int, ...]:
    """The command that waits for events after `position`.

    Raises:
        InvalidCommand: `position_format`; Redis would only say that it refused.
    """
    if not _POSITION.fullmatch(str(position)) or _beyond(position):
        message = "must be a position that came with an event, 0 for the beginning or $ for what comes from now on"
        raise InvalidCommand([FieldError("after", "position_format", message)])
    block_ms = BLOCK_MS if block_s is None else int(max(1, min(BLOCK_MS, block_s * 1000)))
    return ("XREAD", "COUNT", READ_MAX, "BLOCK", block_ms, "STREAMS", keys.EVENTS, position)


def entries_of(reply: Any) -> list[tuple[Position, Event]]:
    """Events of a reply to `read_command`, oldest first.

    Raises:
        EventError: an entry is not one of ours.
    """
    if not reply:
        return []
    streams = reply.values() if isinstance(reply, dict) else [entries for _, entries in reply]
    return [(Position(at.decode()), _event_in(fields)) for entries in streams for at, fields in entries]


def _event_in(fields: Any) -> Event:
    data = fields.get(b"event") if fields else None
    if data is None:
        raise EventError("an entry of the stream holds no event")
    return decode(data)


def _beyond(position: Position) -> bool:
    return position != "$" and any(int(half) > _HALF_MAX for half in str(position).split("-"))
