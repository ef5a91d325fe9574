"""Every operation of the ledger, as a pure constructor of a `Call`. What they may answer is in `results`.

The rules live in the Lua file of the same name; read that for what is checked. An epoch that differs from the pinned
one is raised by the executor as `LedgerLockdown` and never reaches these decoders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import chain
from typing import Literal, cast

from producers.contract.names import LINK
from producers.runtime.ledger.call import Argument, Call, Reply
from producers.runtime.ledger.record import BRIEF, Record, record_from
from producers.runtime.ledger.results import (
    Accepted,
    Begun,
    CalledBack,
    Claimed,
    Evidence,
    Exists,
    Granted,
    Moved,
    NoCredit,
    NotTaken,
    NotYours,
    Poison,
    Present,
    Sighted,
    Taken,
    Trying,
)
from producers.runtime.ledger.tombstones import record_of

# --- producer ---------------------------------------------------------------------------------------------------


def accept(order_id: str, fields: Mapping[str, Argument], *, grace_ms: int) -> Call[Accepted | Exists]:
    """Create the order, or learn what it already is. It falls due for the sweeper `grace_ms` later. Who takes it tells
    that it was accepted, or the sweeper does."""
    flat = tuple(chain.from_iterable(fields.items()))

    def decode(reply: Reply) -> Accepted | Exists:
        if reply[0] == b"exists":
            return Exists(record_from(order_id, cast(list[bytes], reply[1])))
        if reply[0] == b"gone":
            return Exists(record_of(order_id, cast(bytes, reply[1])))
        return Accepted(_int(reply[1]))

    return Call("accept", (order_id, grace_ms, *flat), decode, durable=True)


def finalize(order_id: str, kind: str, answer: str, *, answers_max: int) -> Call[Taken | NotTaken]:
    """Keep the customer's answer to the step of 3-D Secure that the order waits for."""

    def decode(reply: Reply) -> Taken | NotTaken:
        why = _text(reply[0])
        if why == "gone":
            return NotTaken("no_step", record_of(order_id, cast(bytes, reply[2])))
        record = record_from(order_id, cast(list[bytes], reply[2])) if len(reply) > 2 else None
        return Taken(_int(reply[1]), record) if why == "taken" and record else NotTaken(why, record)

    return Call("finalize", (order_id, kind, answer, answers_max), decode, durable=True)


def withdraw(order_id: str, *, link: bool = False) -> Call[Record | NotYours]:
    """Keep the wish that the order is not sent, or that its link is deleted. The order as it is now; NotYours:
    `missing`, or with `link`: `no_link`."""

    def decode(reply: Reply) -> Record | NotYours:
        if reply[0] == b"ok":
            return record_from(order_id, cast(list[bytes], reply[1]))
        if reply[0] == b"gone":
            record = record_of(order_id, cast(bytes, reply[1]))
            return NotYours("no_link") if link and record.kind != LINK else record
        return _refusal(_text(reply[0]), reply)

    return Call("withdraw", (order_id, "link" if link else ""), decode, durable=True)


# --- worker -----------------------------------------------------------------------------------------------------


def claim(
    order_id: str, token: str, worker: str, *, lease_ms: int, claims_max: int, presence_ms: int
) -> Call[Claimed | Poison | CalledBack | NotYours]:
    """Take the order for `worker`, under a token nobody else can guess."""

    def decode(reply: Reply) -> Claimed | Poison | CalledBack | NotYours:
        match _text(reply[0]):
            case "claimed":
                return Claimed(_brief(order_id, token.encode(), reply[1]))
            case "poison":
                return Poison(_brief(order_id, cast(bytes, reply[1]), reply[2]))
            case "cancelled" | "withdrawn" as why:
                return CalledBack(_brief(order_id, cast(bytes, reply[1]), reply[2]), why)
            case why:
                return _refusal(why, reply)

    return Call("claim", (order_id, token, worker, lease_ms, claims_max, presence_ms, *BRIEF), decode)


def intent(
    order_id: str,
    token: str,
    *,
    window_ms: int,
    account: str,
    seen: int = 0,
    follows: int = 0,
    held_first: bool = False,
    link: str = "",
) -> Call[Granted | NoCredit | NotYours]:
    """Promise, durably, that this holder may send once within `window_ms`.

    A ledger that has counted fewer intents than the `seen` ones is an older copy and answers with a lockdown. What
    follows a payment is promised only behind `follows` others (see `followed`), and while none of them is open.
    `held_first`: the account takes the charge in two phases. `link` is the token by which payments on a link are led to
    the order.
    """
    linked = (link,) if link else ()

    def decode(reply: Reply) -> Granted | NoCredit | NotYours:
        match _text(reply[0]):
            case "granted":
                return Granted(_int(reply[1]), _int(reply[2]), _int(reply[3]))
            case "no_credit":
                return NoCredit(_int(reply[1]))
            case why:
                return _refusal(why, reply)

    args = (order_id, token, window_ms, account, seen, follows, "1" if held_first else "", *linked)
    return Call("intent", args, decode, durable=True)


def release(
    order_id: str, token: str, *, delay_ms: int, detail: str, burn: bool = False, leaves: str = ""
) -> Call[Moved | NotYours]:
    """Give the order back unsent; `burn` counts the claim against it. `leaves` names the account that it need not
    return to, because no byte of it can have left for that one."""
    return Call("release", (order_id, token, delay_ms, detail, int(burn), leaves), moved)


def settle(
    order_id: str,
    token: str,
    *,
    allowed: Iterable[str],
    to: str,
    event_id: str,
    event: bytes,
    detail: str,
    fields: Mapping[str, Argument] | None = None,
    due_ms: int | None = None,
) -> Call[Moved | NotYours]:
    """Record what became of the order, if it is still in one of the `allowed` states under this token."""
    flat = tuple(chain.from_iterable((fields or {}).items()))
    due = "" if due_ms is None else due_ms
    args = (order_id, token, " ".join(allowed), to, event_id, event, detail, due, *flat)
    return Call("settle", args, moved)


def try_answer(
    order_id: str,
    token: str,
    name: str,
    turn: str,
    worker: str,
    *,
    window_ms: int,
    presence_ms: int,
    retry_ms: int,
    tries_max: int,
) -> Call[Trying | NotYours]:
    """Ask for the turn to tell the gateway an answer; `turn` is drawn. `exhausted`: it was told often enough."""

    def decode(reply: Reply) -> Trying | NotYours:
        why = _text(reply[0])
        return Trying(_int(reply[1])) if why == "try" else _refusal(why, reply)

    args = (order_id, token, name, turn, worker, window_ms, presence_ms, retry_ms, tries_max)
    return Call("try_answer", args, decode)


def step(
    order_id: str,
    token: str,
    *,
    seen: str,
    answer: str = "",
    what: Literal["used", "tried", "unsent"] = "tried",
    due_ms: int,
    continuation: bytes = b"",
    event_id: str = "",
    event: bytes = b"",
) -> Call[Moved | NotYours]:
    """Record that a pending order is pending still, what became of an answer, and which step is due, if another.

    `seen` is the mark of the step that the caller saw; `due_ms` when it is looked at again.
    """
    return Call("step", (order_id, token, seen, answer, what, due_ms, continuation, event_id, event), moved)


def present(worker: str) -> Call[Present]:
    """Say that this worker lives. Durable, so that the intents it tells of outlast a failover."""
    return Call("present", (worker,), lambda reply: Present(*map(_int, reply[1:4])), durable=True)


# --- background duties ------------------------------------------------------------------------------------------


def lead(duty: str, token: str, lease_ms: int) -> Call[bool]:
    """Take or keep the lease of a duty; a lease of 0 gives it up."""
    return Call("lead", (duty, token, lease_ms), lambda reply: reply[0] == b"yes")


def fence() -> Call[int]:
    """A durable write behind everything that was read before it."""
    return Call("fence", (), lambda reply: _int(reply[1]), durable=True)


def publish(up_to: str, limit: int) -> Call[int]:
    """Move events up to that outbox entry to the stream; answers how many."""
    return Call("publish", (up_to, limit), lambda reply: _int(reply[1]), idempotent=True)


def begin_scan(account: str, credits: int) -> Call[Begun]:
    """Start a list read, with new send credits."""
    return Call("begin_scan", (account, credits), lambda reply: Begun(_int(reply[1]), _int(reply[2]), _int(reply[3])))


def sight(
    account: str, extended: str, tag: str, journal: bytes, rows: Iterable[tuple[str, str, str]]
) -> Call[Sighted | Literal["stale"]]:
    """Keep a page: rows of (attempt_ref, payment_id, row) and the journal that now holds, if nobody was faster. The
    attempt_ref of a payment on a link is its token behind `link_calls.LINKED`.

    `extended` is the tag of the journal that this one extends, empty where there is none; `tag` is its own.
    """
    flat = tuple(part for row in rows for part in row)

    def decode(reply: Reply) -> Sighted | Literal["stale"]:
        if reply[0] == b"stale":
            return "stale"
        alarms, doubled = (tuple(map(_text, cast(list[bytes], orders))) for orders in reply[2:4])
        return Sighted(_int(reply[1]), alarms, doubled)

    return Call("sight", (account, extended, tag, journal, *flat), decode, idempotent=False)


def evidence(order_id: str, account: str) -> Call[Evidence]:
    """What is known of the order's payment, all of one moment."""

    def decode(reply: Reply) -> Evidence:
        seen = iter(cast(list[bytes], reply[3]))
        rows = tuple((_text(payment_id), _text(row)) for payment_id, row in zip(seen, seen, strict=True))
        return Evidence(cast(bytes, reply[1]), record_from(order_id, cast(list[bytes], reply[2])), rows)

    return Call("evidence", (order_id, account), decode)


# --- reading replies --------------------------------------------------------------------------------------------


def _brief(order_id: str, token: bytes, values: bytes | Reply) -> Record:
    given = zip(BRIEF, cast("list[bytes | None]", values), strict=True)
    return Record(order_id, {"token": token, **{name: value for name, value in given if value is not None}})


def moved(reply: Reply) -> Moved | NotYours:
    """Reads the reply of a script that moves an order."""
    match _text(reply[0]):
        case "ok":
            return Moved(_text(reply[1]), _int(reply[2]), _text(reply[3]))
        case "again":
            return Moved(_text(reply[1]))
        case why:
            return _refusal(why, reply)


def _refusal(why: str, reply: Reply) -> NotYours:
    return NotYours(why, _text(reply[1]) if len(reply) > 1 else "")


def _text(value: bytes | Reply) -> str:
    return cast(bytes, value).decode()


def _int(value: bytes | Reply) -> int:
    return int(cast(bytes, value))
