"""The ledger's operations for risk rules, as pure constructors of a `Call`; apart from those of orders. Nothing here
knows a rule: windows are named by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, cast

from producers.runtime.ledger.call import Argument, Call, Reply
from producers.runtime.ledger.scripts import NAMESPACE

#: Reviews that wait: a sorted set of order_ids by when their time is over (ms).
REVIEWS: Final = f"{NAMESPACE}:risk:reviews"
#: How often each rule was met: a hash of rule:mode -> count.
HITS: Final = f"{NAMESPACE}:risk:hits"
#: How far outcomes were learnt from: a position in the stream.
LEARNT: Final = f"{NAMESPACE}:risk:learnt"
#: How long what was found about an order is kept beside it: longer than any envelope opens.
KEEP_MS: Final = 8 * 24 * 3_600_000

#: How a review stands: somebody must decide; somebody has; or its time ran out.
Review = Literal["waiting", "approved", "rejected", "over"]
#: What became of a decision.
Decided = Literal["ok", "missing", "decided"]


@dataclass(frozen=True, slots=True)
class Kept:
    """The order was judged before; of a review how it stands, and until when it waits (ms)."""

    text: bytes
    review: str
    until_ms: int


@dataclass(frozen=True, slots=True)
class Counted:
    """Charges of the account in this hour and in a usual one; of each window how many members, and whether this one was
    among them before."""

    volume: int
    usual: float
    windows: tuple[tuple[int, bool], ...]


def card_of(payment_id: str) -> str:
    """The key that says which card a payment was made with."""
    return f"{NAMESPACE}:risk:card:{payment_id}"


def order(order_id: str) -> str:
    """What was found about an order: a hash of `kept`, and of a review `review` and `until`."""
    return f"{NAMESPACE}:risk:order:{order_id}"


def look(
    order_id: str, at_ms: int, account: str, windows: Sequence[tuple[str, str, int, bool]], *, members_max: int
) -> Call[Kept | Counted]:
    """Count, once per order. Windows are (key, member, window_ms, whether to put it in)."""
    flat: list[Argument] = []
    for key, member, window_ms, add in windows:
        flat += (key, member, window_ms, int(add))

    def decode(reply: Reply) -> Kept | Counted:
        words = cast("list[bytes]", reply)
        if words[0] == b"kept":
            return Kept(words[1], words[2].decode(), int(words[3] or b"0"))
        seen = iter(cast("list[bytes]", reply[3]))
        pairs = tuple((int(count), known == b"1") for known, count in zip(seen, seen, strict=True))
        return Counted(int(words[1]), float(words[2]), pairs)

    return Call("risk_look", (order_id, at_ms, account, members_max, *flat), decode)


def note(
    windows: Sequence[tuple[str, str, int, int]], cards: Iterable[tuple[str, str, int]], *, members_max: int
) -> Call[None]:
    """Teach. Windows are (key, member, window_ms, at_ms), cards (payment_id, card_id, keep_ms)."""
    args: list[Argument] = []
    for part in (*windows, *cards):
        args += part
    return Call("risk_note", (members_max, len(windows), *args), lambda _: None)


def keep(order_id: str, token: str, text: bytes, *, until_ms: int | None, hits: Iterable[str]) -> Call[bool]:
    """Keep what was found, for the holder of the token; False: somebody else holds the order."""
    until = "" if until_ms is None else until_ms
    return Call(
        "risk_keep",
        (order_id, token, text, KEEP_MS, until, *hits),
        lambda reply: reply[0] == b"ok",
        durable=until_ms is not None,
    )


def decide(order_id: str, decision: Review) -> Call[tuple[Decided, str]]:
    """End a review. `decided` says beside it how it was, or the order's state."""

    def decode(reply: Reply) -> tuple[Decided, str]:
        words = [cast(bytes, word).decode() for word in reply]
        return cast(Decided, words[0]), words[1] if len(words) > 1 else ""

    return Call("risk_decide", (order_id, decision), decode, durable=True)


def learnt(position: str) -> Call[None]:
    """Keep how far outcomes were learnt from."""
    return Call("risk_learnt", (position,), lambda _: None)
