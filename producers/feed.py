"""Reading result events from the stream: pure translation between positions, commands and events."""

from __future__ import annotations

from typing import Any, NewType

from producers.contract.events import Event, decode
from producers.runtime.ledger import keys

#: Where a reader stands in the stream: `$` for what comes from now on, `0` for the beginning, or an entry's id.
Position = NewType("Position", str)

#: Events per read.
READ_MAX = 500
#: Milliseconds one read waits for news: below the client's socket timeout.
BLOCK_MS = 1000


#: Asks for the newest entry: where `$` is now.
LAST_COMMAND = ("XREVRANGE", keys.EVENTS, "+", "-", "COUNT", 1)


def position_of(reply: Any) -> Position:
    """The position of the newest entry, from the reply to `LAST_COMMAND`."""
    return Position(reply[0][0].decode() if reply else "0")


def read_command(position: Position, *, block_s: float | None) -> tuple[str | int, ...]:
    """The command that waits for events after `position`."""
    block_ms = BLOCK_MS if block_s is None else max(1, min(BLOCK_MS, int(block_s * 1000)))
    return ("XREAD", "COUNT", READ_MAX, "BLOCK", block_ms, "STREAMS", keys.EVENTS, position)


def entries_of(reply: Any) -> list[tuple[Position, Event]]:
    """Events of a reply to `read_command`, oldest first."""
    if not reply:
        return []
    streams = reply.values() if isinstance(reply, dict) else [entries for _, entries in reply]
    return [(Position(at.decode()), decode(fields[b"event"])) for entries in streams for at, fields in entries]
