"""What must hold after every run, whatever was done to it: the ledger, the events and the gateway's books agree.

`read_books` looks once; `violations` is pure and names every order that breaks a rule, and the rule.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import redis

from producers.contract import states
from producers.contract.events import decode
from producers.contract.names import FOLLOW_UPS, LINK, QUEUES
from producers.contract.payment_data import PaymentData
from producers.runtime.ledger import keys
from producers.runtime.ledger.record import Record, record_from
from producers.runtime.ledger.scripts import NAMESPACE
from tests.chaos.holds import as_charges, still_holding
from tests.eventually import eventually
from tests.stack import Stack
from workers.resolver.journal import journal_from

#: In a worker's log: something happened that nobody had thought of.
UNTHOUGHT = (b"Traceback", b'"level":"critical"', b'"event":"handler_failed"')
#: Why an order is parked whose charge may be among payments that nobody saw.
HOLE = "hole_in_coverage"
#: Order ids that begin like this are other traffic of the merchant account, and not ours.
FOREIGN = "FOREIGN-"


@dataclass(frozen=True, slots=True)
class Books:
    """One reading. `charges` are the gateway's rows by what it knows an attempt by: the order_id of a charge, the token
    of what follows a payment and of a link; of a two-phase order `approved` is how often it was settled. `ends` are the
    ids of final events by order_id.

    A link may be paid more than once; each payment beyond the first is an alarm. `alarmed` are the payments of all
    alarms, by order; a new leader of the mirror tells again of what it sees.
    `holding` are holds of two-phase orders that bind money and are settled by nobody, by order, and `strays` those that
    the ledger knows of. One that landed in a hole of what was seen of the list nobody can know of; there are `holes`.

    `aborted` counts posts that never arrived whole: the gateway cannot know whose they were. `credits` are what is left
    of the last grant, by account.
    """

    orders: Mapping[str, Record]
    ends: Mapping[str, Sequence[str]]
    charges: Mapping[str, Mapping[str, Any]]
    counters: Mapping[str, int]
    alarms: int
    held: int
    aborted: int = 0
    unthought: Sequence[str] = ()
    credits: Mapping[str, int] = field(default_factory=dict)
    credits_max: int = 100
    alarmed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    holding: Mapping[str, Sequence[str]] = field(default_factory=dict)
    strays: frozenset[str] = frozenset()
    holes: int = 0


def read_books(stack: Stack) -> Books:
    """Look at everything once, the gateway last: a charge that lands in between is then a violation, not missed."""
    with redis.Redis.from_url(stack.valkey.url(1), protocol=2) as client:
        names = list(client.scan_iter(match=keys.order("*"), count=1000))
        orders = {record.order_id: record for record in _records(client, names)}
        return Books(
            orders=orders,
            ends=_ends(client),
            counters={name.decode(): int(value) for name, value in client.hgetall(keys.STATS).items()},
            alarms=client.xlen(keys.ALARMS),
            alarmed=_alarmed(client),
            holes=sum(_holes(client, account) for account in stack.settings().accounts),
            strays=frozenset(name.decode() for name in client.hkeys(keys.STRAYS)),
            holding=still_holding(stack, [record.order_id for record in orders.values() if record.two_phase]),
            held=sum(client.scard(name) for name in client.scan_iter(match=f"{NAMESPACE}:held:*")),
            charges=as_charges(stack, orders, stack.charges() | follow_ups(stack) | links(stack)),
            aborted=stack.admin("charges")["aborted"],
            unthought=list(_unthought(stack.directory)),
            credits={account: int(client.get(keys.credits(account)) or 0) for account in stack.settings().accounts},
            credits_max=stack.settings().send_credits,
        )


def follow_ups(stack: Stack) -> dict[str, Mapping[str, Any]]:
    """The gateway's counts of refunds, settlements and voids, by the token at the end of their description."""
    rows = stack.admin("operations")["operations"]
    return {
        row["description"].split()[-1]: row for row in rows if row["operation"] in FOLLOW_UPS and row["description"]
    }


def links(stack: Stack) -> dict[str, Mapping[str, Any]]:
    """How often links were asked for and paid, by the token at the end of their description."""
    found: defaultdict[str, dict[str, Any]] = defaultdict(lambda: {"posts": 0, "approved": 0})
    for row in stack.admin("operations")["operations"]:
        if row["operation"] == "link":
            found[row["description"].split()[-1]] |= {"posts": row["posts"], "at": row.get("at", ())}
    for row in stack.admin("links"):
        found[row["link"]["description"].split()[-1]]["approved"] += row["payments"]
    return dict(found)


def until_closed(
    stack: Stack,
    *,
    tend: Callable[[], None] = lambda: None,
    open_states: Sequence[str] = (),
    within_s: float = 40.0,
) -> None:
    """Wait until every order has ended (or waits in one of `open_states`) and every message was acknowledged."""

    def tended() -> bool:
        tend()
        return still_open(stack, open_states) == {}

    eventually(tended, "every order has ended and every message was acknowledged", within_s=within_s)


def still_open(stack: Stack, open_states: Sequence[str] = ()) -> dict[str, int]:
    """How many orders wait in which state that is no end, and how many messages wait for their acknowledgement."""
    ends = states.TERMINAL | set(open_states)
    with (
        redis.Redis.from_url(stack.valkey.url(1), protocol=2) as ledger,
        redis.Redis.from_url(stack.valkey.url(0), protocol=2) as queue,
    ):
        counters = {name.decode(): int(count) for name, count in ledger.hgetall(keys.STATS).items()}
        waiting = {"messages": sum(queue.hlen(f"dramatiq:{name}.msgs") for name in QUEUES)}
    orders = {name: count for name, count in counters.items() if name.startswith("orders:")}
    waiting |= {name: count for name, count in orders.items() if name.removeprefix("orders:") not in ends}
    return {name: count for name, count in waiting.items() if count}


def loose_ends(stack: Stack) -> list[str]:
    """What may still be under way when every order has ended: a hold to be let go, an alarm to be raised."""
    books = replace(read_books(stack), holes=0)
    return [what for what in violations(books, may_park=True) if " held" in what or "alarming" in what]


def violations(books: Books, *, may_park: bool = False, may_miss: bool = False) -> list[str]:
    """Every rule that is broken; empty when all is well. `may_miss`: orders may be parked for a hole in what was seen,
    and for nothing else.
    """
    return [
        *(
            f"{order_id}: {what}"
            for order_id, record in books.orders.items()
            for what in _of(record, books, may_park or (may_miss and record.text("reason") == HOLE))
        ),
        *(f"{order_id}: the ledger has no such order" for order_id in _strangers(books)),
        *_sums(books),
        *books.unthought,
    ]


def _of(record: Record, books: Books, may_park: bool) -> Iterator[str]:
    row = books.charges.get(record.ref, {})
    posts = row.get("posts", 0)
    approved = sum(books.charges.get(each.ref, {}).get("approved", 0) for each in (record, *_going_on(record, books)))
    parked = may_park and record.state == states.PARKED
    is_link = record.kind == LINK
    # Whether a parked order was charged is what nobody knows; more than once it was not.
    if not is_link and (approved > 1 if parked else approved != (record.state == states.APPROVED)):
        yield f"is {record.state} and was charged {approved} times"
    if is_link and not parked:
        yield from _of_link(record, books, approved)
    for hold in () if parked else books.holding.get(record.order_id, ()):
        if not books.holes or hold in books.strays:
            yield f"is {record.state} and leaves {hold} held"
    intents = _intents(record)
    if posts > intents:
        yield f"{posts} posts for {intents} intents"
    if len(at := row.get("at", ())) > 1:
        yield f"was posted at {' and '.join(at)}"
    if record.state not in states.TERMINAL and not parked:
        yield f"is still {record.state}"
    for lacking in ("reason", "evidence"):
        if record.state == states.PARKED and not record.text(lacking):
            yield f"is parked without {lacking}"
    yield from _of_history(record)
    yield from _of_events(record, books)
    if record.state in states.TERMINAL and any(name.endswith("envelope") for name in record.fields):
        yield "ended and keeps its card"


def _of_link(record: Record, books: Books, paid: int) -> Iterator[str]:
    """Whoever has the address may pay, and two at the same time; nobody else may say that it was paid."""
    if (paid > 0) != (record.state == states.APPROVED):
        yield f"is {record.state} and was paid {paid} times"
    if (alarming := len(set(books.alarmed.get(record.order_id, ())))) != max(0, paid - 1):
        yield f"was paid {paid} times, and {alarming} of them were alarming"


def _going_on(record: Record, books: Books) -> Iterator[Record]:
    """The orders that go on for a declined one: what they were charged, it was."""
    return (each for each in books.orders.values() if each.root == record.order_id)


def _of_history(record: Record) -> Iterator[str]:
    path = [line.state for line in record.history]
    if path[0] != states.ACCEPTED or path[-1] != record.state:
        yield f"history goes from {path[0]} to {path[-1]}, the state is {record.state}"
    for step in pairwise(path):
        if step not in states.EDGES:
            yield f"history has the step {' -> '.join(step)}"


def _of_events(record: Record, books: Books) -> Iterator[str]:
    told = list(books.ends.get(record.order_id, ()))
    wanted = [f"{record.ref}:{record.state}"] if record.state in states.TERMINAL else []
    if told != wanted:
        yield f"is {record.state} and its outcome was told as {told}"


def _strangers(books: Books) -> Iterator[str]:
    known = {record.ref for record in books.orders.values()}
    return (order_id for order_id in books.charges if order_id not in known and not order_id.startswith(FOREIGN))


def _sums(books: Books) -> Iterator[str]:
    counted = {state: books.counters.get(f"orders:{state}", 0) for state in states.STATES}
    # A chain is counted once where it ends.
    actual = Counter(
        record.state for record in books.orders.values() if not record.root or record.state not in states.TERMINAL
    )
    if counted != {state: actual[state] for state in states.STATES}:
        yield f"the counters say {counted}, the rows {dict(actual)}"
    links = (order_id for order_id, record in books.orders.items() if record.kind == LINK)
    of_links = sum(len(books.alarmed.get(order_id, ())) for order_id in links)
    if books.alarms > of_links:
        yield f"{books.alarms - of_links} alarms"
    if books.held:
        yield f"{books.held} orders are held by workers"
    posts = books.aborted + sum(
        row.get("posts", 0) for ref, row in books.charges.items() if not ref.startswith(FOREIGN)
    )
    if posts > (intents := sum(_intents(record) for record in books.orders.values())):
        yield f"{posts} posts, aborted ones included, for {intents} intents"
    for account, left in books.credits.items():
        if not 0 <= left <= books.credits_max:
            yield f"{left} send credits are left of at most {books.credits_max} for {account}"


def _intents(record: Record) -> int:
    return [line.state for line in record.history].count(states.SENDING)


def _records(client: redis.Redis, names: Sequence[bytes]) -> Iterator[Record]:
    with client.pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.hgetall(name)
        for name, row in zip(names, pipeline.execute(), strict=True):
            yield record_from(name.decode().removeprefix(keys.order("")), row)


def _holes(client: redis.Redis, account: str) -> int:
    return journal_from(cast("bytes | None", client.hget(keys.coverage(account), "journal"))).holes


def _alarmed(client: redis.Redis) -> dict[str, list[str]]:
    alarmed: dict[str, list[str]] = {}
    for _, fields in cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange(keys.ALARMS)):
        alarmed.setdefault(fields[b"order_id"].decode(), []).append(fields[b"payment_id"].decode())
    return alarmed


def _ends(client: redis.Redis) -> dict[str, list[str]]:
    ends: dict[str, list[str]] = {}
    for _, fields in cast("list[tuple[bytes, dict[bytes, bytes]]]", client.xrange(keys.EVENTS)):
        event = decode(fields[b"event"])
        if isinstance(event.data, PaymentData) and event.data.state in states.TERMINAL:
            ends.setdefault(event.subject, []).append(event.id)
    return ends


def _unthought(directory: Path) -> Iterator[str]:
    for log in sorted(directory.glob("*.log")):
        for line in log.read_bytes().splitlines():
            if any(sign in line for sign in UNTHOUGHT):
                yield f"{log.name}: {line.decode(errors='replace')[:300]}"
