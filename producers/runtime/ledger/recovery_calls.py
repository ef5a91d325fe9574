"""The ledger's operations while it is rebuilt, as pure constructors of a `Call`; nothing else may use them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Final, cast

from producers.runtime.ledger.call import Argument, Call, Reply

#: What the marker of a ledger that is being rebuilt begins with. No process may be pinned to one.
REBUILDING: Final = "recovering-"


def drawn_epoch(*, rebuilding: bool = False) -> str:
    """A marker that no ledger ever had."""
    return f"{REBUILDING if rebuilding else ''}{secrets.token_hex(16)}"


def refound(epoch: str, *, intents: int, ancestors: Iterable[str]) -> Call[None]:
    """Give the ledger another marker than the executor's, which must be its present one (empty: it has none). It counts
    at least so many `intents`, and is the heir of its `ancestors` from now on."""
    return Call("refound", (epoch, intents, *ancestors), lambda _: None, durable=True)


def restore(
    order_id: str,
    state: str,
    fields: Mapping[str, Argument],
    *,
    overtakes: Iterable[str],
    event_id: str = "",
    event: bytes = b"",
    detail: str,
    due_ms: int | None = None,
) -> Call[str]:
    """Write the order as it is known, a `token` of its own among the fields; answers `restored`, `overtaken`, `again`
    where this very call did it before, or `exists` where a row is in none of the states that may be overtaken."""
    flat = tuple(chain.from_iterable(fields.items()))
    due = "" if due_ms is None else due_ms
    args = (order_id, " ".join(overtakes), state, event_id, event, detail, due, *flat)
    return Call("restore", args, _word, durable=True)


def _word(reply: Reply) -> str:
    return cast(bytes, reply[0]).decode()
