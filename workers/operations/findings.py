"""All there is about one order, read at one moment, and its story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from producers.contract import states
from producers.contract.continuation import continuation_from
from producers.contract.events import event_id, further_step_id, succession_id
from producers.contract.fields import read_order_id
from producers.contract.form import Form
from producers.contract.hold_warnings import hold_expiring_id
from producers.contract.names import EVENT_TYPES, FOLLOW_UPS, QUEUE_BATCHES, QUEUE_PAYMENTS, REFUND
from producers.contract.succession import SUCCESSORS, root_of
from producers.errors import InvalidCommand, OrderUnknown
from producers.runtime.ledger import keys
from producers.runtime.ledger.epoch import missing
from producers.runtime.ledger.operation_calls import ACCOUNT, QUEUE
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.tombstones import found, questions
from producers.runtime.settings import Settings
from workers.operations import alarms
from workers.operations.alarms import Alarm
from workers.operations.reading import Reader, pin_here, reading
from workers.operations.story import (
    EVENT_SLACK_MS,
    Horizon,
    Line,
    Next,
    event_window,
    of_successor,
    timeline,
    what_next,
)
from workers.payments.lane import PAUSED as ACCOUNT_PAUSED
from workers.resolver.verdict import Row

#: Events read per transition: those of one tenth of a second at full speed.
EVENTS_MAX = 2000


@dataclass(frozen=True, slots=True)
class Findings:
    """All there is about one order, read at `now_ms` (the ledger's clock)."""

    record: Record
    sightings: tuple[Row, ...]
    events: tuple[tuple[int, str], ...]
    due_ms: int | None
    now_ms: int
    #: What stops the order's batch, if something does.
    halt: str = ""
    #: What an operator has paused that it waits for: its queue, or its account.
    paused: str = ""
    #: Orders that went on for this one, each with its events.
    successors: tuple[tuple[Record, tuple[tuple[int, str], ...]], ...] = ()
    #: Whether it has a hold that is neither settled nor let go.
    holds: bool = False
    #: What was made of its payment since, by kind, in minor units.
    followed: Mapping[str, int] = field(default_factory=dict)
    #: Payments that contradict it, oldest first.
    alarms: tuple[Alarm, ...] = ()


def told_of(order_id: str, settings: Settings) -> tuple[Findings, list[Line], Next]:
    """What there is about an order, its story, and what happens next.

    Raises:
        InvalidCommand: it is no order_id.
        OrderUnknown, LedgerLockdown: as `find`.
    """
    # Of an order that goes on for another the story is told with that one's.
    order_id = root_of(order_id)
    form = Form({"order_id": order_id})
    if form.read("order_id", read_order_id) is None:
        raise InvalidCommand(form.errors)
    horizon_ms = int(settings.absence_horizon_s * 1000)
    horizon = Horizon(horizon_ms, settings.clean_scans, proves=settings.absent == "prove")
    with reading(settings.redis_ledger_url, settings) as ledger:
        findings = find(ledger, order_id, settings.state_dir)
    lines = timeline(findings.record, findings.sightings, findings.events, findings.alarms)
    for record, events in findings.successors:
        lines += of_successor(record.order_id, timeline(record, (), events))
    lines.sort(key=lambda line: line.at_ms)
    held_ms = int(settings.authorisation_hold_s * 1000)
    until_ms = findings.record.intent_at_ms + held_ms if findings.holds else None
    coming = what_next(
        findings.record, findings.due_ms, horizon, until_ms,
        halt=findings.halt, paused=findings.paused, alarms=findings.alarms,
    )  # fmt: skip
    return findings, lines, coming


def find(ledger: Reader, order_id: str, state_dir: Path) -> Findings:
    """Read it all.

    Raises:
        OrderUnknown: no such order.
        LedgerLockdown: none that this ledger knows of, and it is not the one that this host remembers.
    """
    row, stone, seen, due, due_of_batch, now, epoch = ledger.ask(
        *questions([order_id]),
        ("HGETALL", keys.seen(order_id)),
        ("ZSCORE", keys.DUE, order_id),
        ("ZSCORE", keys.DUE_BATCH, order_id),
        ("TIME",),
        ("GET", keys.EPOCH),
    )
    (record,) = found([order_id], [row, stone])
    if record is None:
        pin = pin_here(state_dir)
        raise missing(order_id, pin.epoch, epoch) if pin else OrderUnknown(order_id)
    sightings = tuple(Row.parse(payment_id.decode(), text.decode()) for payment_id, text in seen.items())
    due = due_of_batch if record.is_of_batch else due
    due_ms = int(float(due)) if due is not None else None
    chain = _chain(ledger, record)
    events = _events(ledger, record, chain)
    told = tuple((each, _events(ledger, each)) for each in chain)
    now_ms = now[0] * 1000 + now[1] // 1000
    halt, paused = _halt(ledger, record.text("batch")), _paused(ledger, record)
    holds, followed = _followed(ledger, record)
    alarmed = _alarms(ledger, order_id)
    return Findings(record, sightings, events, due_ms, now_ms, halt, paused, told, holds, followed, alarmed)


def _alarms(ledger: Reader, order_id: str) -> tuple[Alarm, ...]:
    """What the gateway was seen to have of it besides, and what was given back of that."""
    (entries,) = ledger.ask(alarms.question())
    found = [alarm for alarm in alarms.alarms_from(entries) if alarm.order_id == order_id]
    sums = ledger.ask(*(("HGET", keys.parent(alarm.payment_id), REFUND) for alarm in found)) if found else []
    return alarms.with_refunds(found, sums)


def _followed(ledger: Reader, record: Record) -> tuple[bool, dict[str, int]]:
    """Whether its payment is a hold that is neither settled nor let go, and what was made of it since. What follows a
    payment names that one as its own, and is followed by nothing."""
    if record.kind in FOLLOW_UPS:
        return False, {}
    ((hold, *sums),) = ledger.ask(("HMGET", keys.parent(record.text("payment_id")), "hold", *FOLLOW_UPS))
    return hold is not None, {kind: int(made) for kind, made in zip(FOLLOW_UPS, sums, strict=True) if made is not None}


def _halt(ledger: Reader, batch: str) -> str:
    """What stops the order's batch, if it has one."""
    (halt,) = ledger.ask(("GET", keys.halt(batch))) if batch else (None,)
    return halt.decode() if halt else ""


def _paused(ledger: Reader, record: Record) -> str:
    """What is paused that it waits for."""
    queue = QUEUE_BATCHES if record.is_of_batch else QUEUE_PAYMENTS
    words = ("HMGET", keys.OPERATIONS, QUEUE + queue, ACCOUNT + record.lane)
    ((queue_word, account_word),) = ledger.ask(words)
    if queue_word:
        return f"queue {queue}"
    # An order that goes by rule may pass to another account: only what was turned away there waits for this one.
    turned_away = record.history and record.history[-1].detail == ACCOUNT_PAUSED
    return f"account {record.lane}" if account_word and turned_away else ""


def _chain(ledger: Reader, record: Record) -> tuple[Record, ...]:
    """The orders that went on for it, oldest first."""
    if not record.further:
        return ()
    names = [f"{record.order_id}-a{number}" for number in SUCCESSORS]
    return tuple(filter(None, found(names, ledger.ask(*questions(names)))))


def _events(ledger: Reader, record: Record, chain: Sequence[Record] = ()) -> tuple[tuple[int, str], ...]:
    """The order's events, found by their deterministic ids around the times of its transitions."""
    windows = {state: event_window(record.history, state) for state in EVENT_TYPES}
    wanted = {event_id(record.ref, state): window for state, window in windows.items() if window}
    if told_ms := record.number("told"):
        wanted[event_id(record.ref, states.ACCEPTED)] = (told_ms - EVENT_SLACK_MS, told_ms + EVENT_SLACK_MS)
    step, at_ms = continuation_from(record.step), record.number("continued_at")
    if step and at_ms:
        wanted[further_step_id(record.ref, states.PENDING, step)] = (at_ms - EVENT_SLACK_MS, at_ms + EVENT_SLACK_MS)
    for each in chain:
        made_ms = each.number("created_at")
        wanted[succession_id(record.ref, each.order_id)] = (made_ms - EVENT_SLACK_MS, made_ms + EVENT_SLACK_MS)
    if warned_ms := record.number("hold_told"):
        wanted[hold_expiring_id(record.ref)] = (warned_ms - EVENT_SLACK_MS, warned_ms + EVENT_SLACK_MS)
    asked = [("XRANGE", keys.EVENTS, *window, "COUNT", EVENTS_MAX) for window in wanted.values()]
    replies = ledger.ask(*asked) if asked else []
    return tuple(
        (int(at.partition(b"-")[0]), name)
        for name, entries in zip(wanted, replies, strict=True)
        for at, fields in entries
        if fields[b"id"] == name.encode()
    )
