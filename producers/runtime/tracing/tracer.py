"""Spans of orders out of what the ledger is asked, and what it answers: whoever takes a step of an order makes such a
call. A listener: it changes nothing, and what goes wrong in it goes wrong for nobody else.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from typing import Any, Final

import structlog

from producers.contract import states
from producers.contract.trace_ids import TraceIds, trace_ids
from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.results import (
    Accepted,
    CalledBack,
    Claimed,
    Exists,
    Granted,
    Moved,
    NoCredit,
    NotYours,
    Poison,
    Taken,
)
from producers.runtime.ledger.split_calls import Made
from producers.runtime.tracing import facts
from producers.runtime.tracing.journeys import JOURNEY, Journey, journey_of
from producers.runtime.tracing.spans import Attributes, Happening, Span, Spans, drawn_id

log: Final[structlog.stdlib.BoundLogger] = structlog.get_logger(__name__)

#: Where the event of a transition is among the arguments of its call.
EVENT_AT: Final[Mapping[str, int]] = {"settle": 5, "hold": 5, "step": 8, "succeed": 9}
#: Where the reason is that it gives.
_REASON_AT: Final[Mapping[str, int]] = {"settle": 6, "succeed": 6}
#: Where its fields begin.
_FIELDS_AT: Final = 8
#: Of the order that goes on for another.
_SUCCESSOR_AT: Final = 3

#: States in which an order waits for somebody's word: leaving one is told with how long it was in it.
_OPEN: Final = frozenset({states.UNKNOWN, states.PENDING, states.PARKED})
_MS: Final = 1_000_000
#: Calls whose order is in their first argument, and of no other concern.
_OF_ONE: Final = frozenset({"accept", "claim", "intent", "release", "settle", "hold", "step", "withdraw", "finalize"})
#: Orders whose ids are remembered: those in flight ask some ten times.
_KNOWN_MAX: Final = 4096


class Tracer:
    """`by` says who acts where it is neither a producer nor a worker. `ending` is what `close` does."""

    def __init__(self, spans: Spans, epoch: str, *, by: str = "", ending: Callable[[], None] = lambda: None) -> None:
        self._spans = spans
        self.close = ending
        self._by = facts.said({facts.BY: by})
        self._ids: Callable[[str], TraceIds] = lru_cache(_KNOWN_MAX)(partial(trace_ids, epoch))
        self._tellers: Mapping[str, Callable[[Call[Any], Any, int], None]] = {
            "accept": self._accepted,
            "split": self._split,
            "claim": self._claimed,
            "intent": self._promised,
            "release": self._given_back,
            "settle": self._moved,
            "hold": self._moved,
            "step": self._moved,
            "succeed": self._moved,
            "withdraw": self._asked,
            "finalize": self._asked,
        }

    def concerns(self, call: Call[Any]) -> bool:
        """Whether it is a step of an order."""
        return call.script in self._tellers

    def answered(self, call: Call[Any], result: Any, began_ns: int) -> None:
        """The ledger was asked at that time, and has answered now."""
        if call.script in _OF_ONE and not self._spans.samples(self._ids(str(call.args[0])).trace_id):
            JOURNEY.set(None)  # what this task does next is not about the order before it
        else:
            self._guarded(call.script, self._tellers[call.script], call, result, began_ns)

    def exchanged(self, operation: str, duration_s: float, attributes: Attributes, *, error: str = "") -> None:
        """A request for the order of this task has just ended; nothing is told outside of an order's work."""
        if (journey := JOURNEY.get()) is not None:
            ended_ns = time.time_ns()
            began_ns = ended_ns - int(duration_s * 1e9)
            about = {**facts.said({facts.ACCOUNT: journey.account}), **attributes}
            part = partial(self._add, ended_ns=ended_ns, parent_id=journey.parent_id, kind="client", error=error)
            self._guarded(operation, part, operation, journey.order_id, began_ns, about)

    def delivered(self, order_id: str, began_ns: int, attributes: Attributes, *, error: str) -> None:
        """An endpoint was told an event of that order, or was not."""
        post = partial(self._add, kind="client", error=error)
        self._guarded("webhook", post, "webhook", order_id, began_ns, attributes)

    def _guarded(self, step: str, tell: Callable[..., object], *given: object) -> None:
        """A listener must not disturb a payment, whatever is wrong with it."""
        try:
            tell(*given)
        except Exception as bug:  # of ours: said, and over
            log.error("span_failed", step=step, error=type(bug).__name__)

    # Before the queue

    def _accepted(self, call: Call[Any], result: Accepted | Exists, began_ns: int) -> None:
        order_id, _, *flat = call.args
        if isinstance(result, Accepted):
            self._begin(str(order_id), flat, began_ns)
        else:
            state = facts.said({facts.STATE: result.record.state})
            self._add("accept again", str(order_id), began_ns, state, called=True)

    def _split(self, call: Call[Any], result: object, began_ns: int) -> None:
        if not isinstance(result, Made):
            return
        rest = list(call.args[3:])
        while rest:
            order_id, count, *rest = rest
            self._begin(str(order_id), rest[: int(count)], began_ns)
            rest = rest[int(count) :]

    def _begin(
        self,
        order_id: str,
        flat: list[Argument],
        began_ns: int,
        happening: Happening | None = None,
        follows: TraceIds | None = None,
    ) -> None:
        """The trace's first span: its id follows from the order, so that all others know it."""
        fields = facts.pairs(flat)
        self._add(
            "accept",
            order_id,
            began_ns,
            {**facts.wish(fields), **facts.messaging("send", batch=bool(fields.get("batch")))},
            first=True,
            kind="producer",
            happening=happening or facts.accepted(order_id, fields),
            follows=follows,
            called=follows is None,
        )

    def _asked(self, call: Call[Any], result: object, began_ns: int) -> None:
        """A caller wants it back, or hands on what a bank has answered."""
        if isinstance(result, Record | Taken):
            name = "answer" if call.script == "finalize" else call.script
            self._add(name, str(call.args[0]), began_ns, {}, called=True)

    # An attempt

    def _claimed(self, call: Call[Any], result: Claimed | Poison | CalledBack | NotYours, began_ns: int) -> None:
        if isinstance(result, NotYours):
            return
        record = result.record
        order_id, ended_ns = record.order_id, time.time_ns()
        asked, claims = facts.wish_of(record), record.number("claims")
        if claims == 1 and not record.number("wakes") and (accepted_ms := record.number("created_at")):
            self._add("wait", order_id, min(accepted_ms * _MS, began_ns), asked, ended_ns=began_ns)
        taken = {**asked, **facts.messaging("process", batch=record.is_of_batch), facts.CLAIMS: claims}
        why = facts.said({facts.REASON: _why_taken(result)})
        span_id = self._add("claim", order_id, began_ns, {**taken, **why}, ended_ns=ended_ns, kind="consumer")
        JOURNEY.set(Journey(order_id, record.lane, span_id, states.CLAIMED, at_ns=ended_ns))

    def _promised(self, call: Call[Any], result: Granted | NoCredit | NotYours, began_ns: int) -> None:
        order_id, account = str(call.args[0]), str(call.args[3])
        journey = journey_of(order_id) or Journey(order_id)
        journey.account = account
        journey.asked_ns = journey.asked_ns or began_ns
        if isinstance(result, NoCredit):
            return  # it is asked for again
        self._checked(journey, journey.asked_ns)
        error = result.why if isinstance(result, NotYours) else ""
        about, began_ns = facts.said({facts.ACCOUNT: account}), journey.asked_ns
        self._add("intent", order_id, began_ns, about, parent_id=journey.parent_id, error=error)

    def _given_back(self, call: Call[Any], result: Moved | NotYours, began_ns: int) -> None:
        order_id, _, delay_ms, why, *_ = call.args
        journey = journey_of(str(order_id)) or Journey(str(order_id))
        self._checked(journey, began_ns)
        attributes = {**facts.said({facts.REASON: why, facts.ACCOUNT: journey.account}), facts.WAIT_MS: int(delay_ms)}
        error = result.why if isinstance(result, NotYours) else ""
        self._add("give back", journey.order_id, began_ns, attributes, parent_id=journey.parent_id, error=error)

    def _checked(self, journey: Journey, until_ns: int) -> None:
        """What stood between the claim and this."""
        if journey.at_ns:
            order_id, about = journey.order_id, facts.said({facts.ACCOUNT: journey.account})
            self._add("checks", order_id, journey.at_ns, about, ended_ns=until_ns, parent_id=journey.parent_id)
            journey.at_ns = 0

    # An outcome

    def _moved(self, call: Call[Any], result: Moved | NotYours, began_ns: int) -> None:
        event = call.args[EVENT_AT[call.script]]
        if call.script == "step" and not event:
            return  # nothing is new: it is looked at again
        order_id = str(call.args[0])
        journey = journey_of(order_id) or Journey(order_id)
        self._checked(journey, began_ns)
        happening, about = facts.told(event)
        reason = _REASON_AT.get(call.script)
        attributes = {**about, **facts.said({facts.REASON: call.args[reason] if reason else ""}), **self._by}
        if call.script == "settle":
            attributes |= facts.proven(facts.pairs(call.args[_FIELDS_AT:]))
        if isinstance(result, NotYours):
            self._add("settle", order_id, began_ns, attributes, parent_id=journey.parent_id, error=result.why)
            return
        name, since_ns, parent_id = _told_as(journey, result, began_ns)
        if attributes.get(facts.REASON) == result.state:
            del attributes[facts.REASON]  # says nothing
        attributes |= facts.said({facts.STATE: result.state}) | {facts.BEFORE: result.before}
        self._add(name, order_id, since_ns, attributes, parent_id=parent_id, happening=happening)
        if call.script == "succeed":
            self._succeeded(call, order_id, began_ns)

    def _succeeded(self, call: Call[Any], order_id: str, began_ns: int) -> None:
        """Another order goes on for it: a trace of its own, which names the one that it comes from."""
        successor, event = str(call.args[_SUCCESSOR_AT]), call.args[EVENT_AT["succeed"] + 4]
        happening, about = facts.told(event)
        flat: list[Argument] = ["account", str(about.get(facts.ACCOUNT, ""))]
        self._begin(successor, flat, began_ns, happening, follows=self._ids(order_id))

    def _add(
        self,
        name: str,
        order_id: str,
        began_ns: int,
        attributes: Attributes,
        *,
        ended_ns: int = 0,
        parent_id: int = 0,
        first: bool = False,
        **more: Any,
    ) -> int:
        """Hand it in, if anybody wants it; its id, or 0."""
        ids = self._ids(order_id)
        if not self._spans.samples(ids.trace_id):
            return 0
        span = Span(
            name,
            ids.trace_id,
            ids.root_id if first else drawn_id(),
            0 if first else parent_id or ids.root_id,
            began_ns,
            ended_ns or time.time_ns(),
            {facts.ORDER_ID: facts.word(order_id), **attributes},
            **more,
        )
        self._spans.add(span)
        return span.span_id


def _why_taken(claimed: Claimed | Poison | CalledBack) -> str:
    """Why an order was taken only to be ended."""
    match claimed:
        case CalledBack(why=why):
            return why
        case Poison():
            return "poison"
        case Claimed():
            return ""


def _told_as(journey: Journey, moved: Moved, began_ns: int) -> tuple[str, int, int]:
    """What a transition is called, since when it goes, and what it is part of. One out of a state in which an order
    waits goes since it entered that."""
    if moved.before not in _OPEN:
        return "park" if moved.state == states.PARKED else "settle", began_ns, journey.parent_id
    since_ns = journey.since_ms * _MS if journey.state == moved.before else 0
    name = "park" if moved.state == states.PARKED else "resolve"
    return name, min(since_ns or began_ns, began_ns), 0
