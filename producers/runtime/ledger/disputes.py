"""The ledger's operations about disputes, as pure constructors of a `Call`; apart from those of orders.

What is remembered of an account: in `keys.disputes` every event that was told, by its name, the latest status by the
dispute's name, and when a human lifted its stops; in `keys.stopped` what is not to be charged without a card, with the
disputes that say so; in `keys.searching` the disputes whose card has not been looked for in other orders yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

from producers.runtime.ledger.call import Argument, Call, Reply

#: Behind a dispute's name: the moment (ms) at which a human lifted what it stops.
LIFTED = "/lifted"
#: Instead of what to search by: the search has ended.
_FOUND = "-"


def tell(
    account: str,
    dispute: str,
    status: str,
    *,
    event: bytes,
    order_id: str | None,
    stop: Iterable[str],
    search: str = "",
) -> Call[bool]:
    """Remember and tell news of a dispute, and stop what it stops; answers whether it was news.

    `search` is what other payments of the same card were charged from as well: they are to be looked for.
    """
    args: tuple[Argument, ...] = (account, dispute, status, event, order_id or "", search, *stop)
    return Call("dispute", args, lambda reply: reply[0] == b"told", durable=True)


def stop_more(account: str, dispute: str, payments: Sequence[str], *, done: bool) -> Call[bool]:
    """Stop other payments of the disputed card; `done` ends the search for them."""
    return Call("dispute", (account, dispute, "", b"", "", _FOUND if done else "", *payments), lambda _: True)


def kin(account: str, cursor: str, count: int, instruments: Iterable[str]) -> Call[tuple[str, list[tuple[str, str]]]]:
    """Look at about `count` orders, from `cursor` on ("0" at the beginning): where to go on ("0" when all were seen),
    and the payments among them that were charged from one of the instruments, as (instrument, payment id).
    """

    def decode(reply: Reply) -> tuple[str, list[tuple[str, str]]]:
        found = [_text(part) for part in cast(list[bytes], reply[2])]
        return _text(reply[1]), list(zip(found[::2], found[1::2], strict=True))

    return Call("kin", (account, cursor, count, *instruments), decode)


def lift(account: str, dispute: str) -> Call[int | None]:
    """Let charges go on in spite of a dispute; how many stops that ended, None when there is no such dispute."""

    def decode(reply: Reply) -> int | None:
        return None if reply[0] == b"missing" else int(_text(reply[1]))

    return Call("lift", (account, dispute), decode, durable=True)


def _text(value: bytes | Reply) -> str:
    return cast(bytes, value).decode()
