"""The story of one order out of what the ledger keeps: each step in words, and what comes next. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from cardinity_client.money import Money
from producers.contract import names, states
from producers.contract.succession import BACKUP, NEEDS_CUSTOMER, NEW_ATTEMPT
from producers.runtime.ledger.batch_calls import PAUSED
from producers.runtime.ledger.record import HistoryLine, Record
from workers.operations.alarms import Alarm
from workers.operations.resolving import BY_OPERATOR
from workers.payments.endings import LINK_UNHEARD
from workers.resolver.verdict import Row


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: when (ms), what kind (a state, `event` or `sighted`), and in words."""

    at_ms: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Next:
    """What happens next by itself, and when (ms; None when it is nobody's clock)."""

    text: str
    at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Horizon:
    """What a proof of absence takes: ms since the intent, clean reads, and whether it is ever given."""

    ms: int
    clean_scans: int
    proves: bool


#: Fields of a record that are facts about its outcome, in the order they are shown.
FACTS: Final = (
    "kind",
    "parent",
    "payment_id",
    "follow_up_id",
    "also_made",
    "root",
    "ordered_by",
    "successor",
    "declined_payment_id",
    "link_id",
    "link_url",
    "reason",
    "detail",
    "error",
    "merchant_advice_code",
    "card_brand",
    "last4",
    "http_status",
    "gateway_created",
    "settle",
    "two_phase",
    "direct",
    "suffix",
    "customer",
    "customer_ip",
    "continuation",
    "dispute",
    "evidence",
    "proof",
)

#: What is approved of an order that only holds its amount, and of those that follow a payment.
_HELD: Final = "approved: the amount is held, nothing was taken"
_APPROVED: Final[Mapping[str, str]] = {
    names.REFUND: "approved: the money goes back",
    names.SETTLEMENT: "approved: what was held is taken",
    names.VOID: "approved: the hold is let go, nothing was taken",
}
_FOLLOWED: Final[Mapping[str, str]] = {names.REFUND: "refunded", names.SETTLEMENT: "settled", names.VOID: "voided"}
_ENDS: Final[Mapping[str, str]] = {
    states.APPROVED: "approved: the money moved",
    states.DECLINED: "declined: the bank said no",
    states.REJECTED: "rejected: the request is wrong, nothing was charged",
    states.EXPIRED: "expired before it was sent",
    states.CANCELLED: "cancelled before it was sent",
    states.NOT_CHARGED: "proven: nothing was charged and nothing will be",
    states.PENDING: "the gateway has it and has not finished",
    states.UNKNOWN: "no answer that can be believed: it may have been charged",
    states.PARKED: "it cannot be found out by machine: a human decides",
}


def timeline(
    record: Record, sightings: Iterable[Row], events: Iterable[tuple[int, str]], alarms: Iterable[Alarm] = ()
) -> list[Line]:
    """Everything that happened, oldest first; `events` are (ms, event id), `alarms` what contradicts the order."""
    told = [_alarm(record, alarm) for alarm in alarms]
    if record.is_archived:
        left = f"{_end(record, record.state)}; it has left the ledger, and what led there is in the archive"
        return [Line(record.number("since"), record.state, left), *told]
    lines = [*(_step(record, line, first=index == 0) for index, line in enumerate(record.history)), *told]
    lines += [Line(at_ms, "event", f"told to the owner: {name}") for at_ms, name in events]
    lines += [
        Line(row.created_ms, "sighted", f"the gateway lists {row.payment_id}: {row.text.rsplit(' ', 1)[0]}")
        for row in sightings
    ]
    # Steps of one script share their millisecond: the order they were given in is the order they happened in.
    return sorted(lines, key=lambda line: line.at_ms)


def of_successor(order_id: str, lines: Iterable[Line]) -> list[Line]:
    """The story of an order that goes on for this one, as a part of its own."""
    return [Line(line.at_ms, line.kind, f"{order_id}: {line.text}") for line in lines]


def facts(record: Record, followed: Mapping[str, int] | None = None) -> dict[str, str]:
    """What is known of the outcome, and what was made of its payment since, by kind."""
    known = {name: text for name in FACTS if (text := record.text(name))}
    for kind, minor in (followed or {}).items():
        known[_FOLLOWED[kind]] = (
            f"{Money(minor, record.amount.currency).text} {record.amount.currency}" if minor else "all"
        )
    if not record.settle:
        known["settle"] = "false: the amount is only held"
    if record.two_phase:
        whose = ", as the account takes charges" if record.held_first else ""
        known["two_phase"] = f"held first, then that one hold is settled{whose}"
    if record.asks_direct:
        known["direct"] = "taken at once, however the account takes charges"
    return known


def what_next(
    record: Record,
    due_ms: int | None,
    horizon: Horizon,
    held_until_ms: int | None = None,
    *,
    halt: str = "",
    paused: str = "",
    alarms: Sequence[Alarm] = (),
) -> Next:
    """What becomes of the order if nobody does anything; `held_until_ms` is when the gateway lets its open hold go,
    `halt` what stops its batch, `paused` what an operator has paused that it waits for, `alarms` what contradicts it.
    """
    undecided = [alarm.payment_id for alarm in alarms if not alarm.refunded_minor]
    if undecided and record.state in states.TERMINAL:
        return Next(f"the order is final; a human decides whether to give back {', '.join(undecided)}")
    match record.state:
        case states.ACCEPTED | states.CLAIMED if record.number("withdrawn_at"):
            return Next("it was called back: whoever meets it ends it", due_ms)
        case states.ACCEPTED if halt == PAUSED:
            return Next("its batch is paused: it is taken once somebody resumes that")
        case states.ACCEPTED if halt:
            return Next("its batch was cancelled: whoever meets it ends it", due_ms)
        case states.ACCEPTED if review_until_ms := record.number("review"):
            return Next("it waits for `cardinity risk review approve` or `reject`, at the longest", review_until_ms)
        case states.ACCEPTED if paused:
            return Next(f"{paused} is paused: it is taken once somebody resumes that")
        case states.ACCEPTED if record.number("not_before"):
            return Next("held back; then a worker takes it", max(record.number("not_before"), due_ms or 0))
        case states.ACCEPTED:
            return Next("a worker takes it as soon as one is free; the sweeper looks after it", due_ms)
        case states.CLAIMED:
            text = "its worker sends it or gives it back; if the worker dies another takes it, at the latest"
            return Next(text, record.number("lease_until"))
        case states.SENDING:
            return Next("the gateway answers, or the order becomes unknown", record.number("deadline_at"))
        case states.PENDING if record.successor:
            return Next(f"{record.successor} goes on for it, and it ends as that one does")
        case states.PENDING if record.kind == names.LINK:
            return Next("somebody pays, or the link ends; it is looked at at the latest", due_ms)
        case states.PENDING if record.text("continuation"):
            text = "the customer's bank answers, and `finalize` hands it on; meanwhile the gateway is asked by its id"
            return Next(text, due_ms)
        case states.PENDING if record.text("reason") == states.HELD:
            return Next("the hold is looked at and settled", due_ms)
        case states.PENDING:
            return Next("the gateway is asked for the payment by its id", due_ms)
        case states.UNKNOWN:
            return _unknown(record, horizon)
        case states.PARKED:
            text = "a human decides on the evidence; a payment that turns up in the list still ends it"
            return Next(text)
        case states.APPROVED if held_until_ms is not None:
            told = ", and its owner was told so" if record.number("hold_told") else ""
            text = f"this is final; the hold is to be settled or voided before the gateway lets it go{told}"
            return Next(text, held_until_ms)
        case _:
            return Next("nothing: this is final")


def amount_of(record: Record) -> str:
    """What it is about, for people; a void has no amount of its own."""
    return "a void" if record.kind == names.VOID else f"{record.amount.text} {record.amount.currency}"


def duration(ms: int) -> str:
    """A length of time as people say it."""
    seconds = abs(ms) / 1000
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _unknown(record: Record, horizon: Horizon) -> Next:
    found = "the resolver looks for it in the gateway's list all the time and ends it when it shows up; "
    if record.two_phase:
        text = f"{found}{horizon.clean_scans} reads begun after its attempt that show no hold end it as not charged"
        return Next(text, record.number("deadline_at"))
    proof_ms = record.last_left_ms + horizon.ms
    if not horizon.proves:
        return Next(f"{found}when it has not by then, it is parked", proof_ms)
    scans = f"{horizon.clean_scans} complete reads without it, begun after this time,"
    return Next(f"{found}else {scans} prove that nothing was charged", proof_ms)


def _alarm(record: Record, alarm: Alarm) -> Line:
    back = Money(alarm.refunded_minor, record.amount.currency)
    refunded = f"; {back.text} {back.currency} of it were given back" if alarm.refunded_minor else ""
    return Line(alarm.at_ms, "alarm", f"{alarm.words}{refunded}")


def _end(record: Record, state: str) -> str:
    """A state in words: what is approved of a hold or of what follows a payment is not that money was taken."""
    if state == states.APPROVED:
        return _APPROVED.get(record.kind, _ENDS[state]) if record.settle else _HELD
    return _ENDS.get(state, state)


def _step(record: Record, line: HistoryLine, *, first: bool) -> Line:
    return Line(line.at_ms, line.state, _words(record, line, first=first))


def _words(record: Record, line: HistoryLine, *, first: bool) -> str:
    holder = f", token {line.token}…" if line.token else ""
    match line.state:
        case states.ACCEPTED if first:
            return "accepted: on the ledger's disk"
        case states.ACCEPTED if line.detail == LINK_UNHEARD:
            return "given back: nobody was told of a link that was perhaps made, so one is made anew"
        case states.ACCEPTED:
            return f"given back unsent: {line.detail}"
        case states.CLAIMED:
            return f"claimed by {line.detail}{holder}"
        case states.PENDING if line.detail == BACKUP:
            return "declined: the other instrument is charged, by an order that goes on for this one"
        case states.PENDING if line.detail == NEEDS_CUSTOMER:
            return "declined: its customer may pay on a link, of an order that goes on for this one"
        case states.PENDING if line.detail == NEW_ATTEMPT:
            return "two operators had it sent once more, by an order that goes on for this one"
        case states.SENDING:
            return f"intent: one request may leave, known as {line.detail}{holder}"
        case states.NOT_CHARGED if line.detail == BY_OPERATOR:
            return "not charged: an operator said so, on the evidence"
        case state:
            why = f" ({line.detail})" if line.detail not in ("", "-", state) else ""
            return _end(record, state) + why


def event_window(history: Sequence[HistoryLine], state: str) -> tuple[int, int] | None:
    """From and to when (ms) the event of entering `state` was written, if it was entered at all."""
    entered = [line.at_ms for line in history if line.state == state]
    return (entered[0] - EVENT_SLACK_MS, entered[-1] + EVENT_SLACK_MS) if entered else None


#: Milliseconds by which an entry's id may differ from the transition's own time.
EVENT_SLACK_MS: Final = 50
