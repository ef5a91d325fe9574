"""What is left of an order, as the one call that writes it into the ledger that is being rebuilt. Pure."""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from typing import Final

from cardinity_client.money import Money
from producers.contract import states
from producers.contract.events import encode, event_id, payment_event
from producers.contract.succession import NEW_ATTEMPT
from producers.runtime.ledger.call import Argument, Call
from producers.runtime.ledger.recovery_calls import restore
from producers.runtime.ledger.retire_calls import Buried, bury
from producers.runtime.ledger.tombstones import Tombstone
from workers.payments.endings import PENDING_LOOK_MS
from workers.payments.intent_log import Sent
from workers.recovery.decide import OVERTAKEN, Known, Step
from workers.recovery.sources import Left

#: Why an order is what it is, where only the loss is the reason.
LEDGER_LOST: Final = "ledger_lost"

#: What is told of every order; of one that only its row tells of, what the row has of it.
_TOLD: Final = ("ref", "kind", "parent", "account", "producer", "batch", "root")
_STATES: Final[Mapping[Step, str]] = {
    "ask": states.UNKNOWN,
    "wait": states.PENDING,
    "park": states.PARKED,
    "never_sent": states.NOT_CHARGED,
}
_EVIDENCE: Final[Mapping[Step, str]] = {
    "ask": "the ledger was lost; a request may have left",
    "park": "the ledger was lost; nothing that is left says through which account a request may have left",
    "never_sent": "the ledger was lost with the card; no host's log has an intent of the order",
}


def call_for(left: Left, step: Step, *, window_ms: int, all_logs: bool) -> Call[Buried] | Call[str] | None:
    """The call that takes the step; None where there is nothing to do. `window_ms` is D: how long after its intent a
    request may have left. Without `all_logs` another order may have gone on for it of which nothing is left."""
    if step == "keep":
        return None
    told = _told(left)
    state = left.known.state if step == "end" and left.known else _STATES[step]
    fields: dict[str, Argument] = {**told, **_sending(left, window_ms), "token": secrets.token_hex(16)}
    fields |= {"recovered": 1, **({} if all_logs else {"logs_missing": 1})}
    if step == "end":
        assert left.known is not None, left.order_id
        if left.row is None and not left.known.root:
            return bury(left.order_id, _stone(left.known))
        # The row of an older copy has its place; and whoever goes on for another is looked for in the ledger.
        return restore(left.order_id, state, _full(fields), overtakes=OVERTAKEN, detail=LEDGER_LOST)
    # Whoever waits for what operators had sent anew ends otherwise than after a decline.
    sent_anew = step == "wait" and left.known is not None and left.known.reason == NEW_ATTEMPT
    fields |= {
        "reason": NEW_ATTEMPT if sent_anew else LEDGER_LOST,
        **({"evidence": _EVIDENCE[step]} if step in _EVIDENCE else {}),
    }
    event = payment_event(
        state=state,
        order_id=left.order_id,
        attempt_ref=str(told["ref"]),
        account=str(told["lane"] or told["account"]),
        producer=str(told["producer"]),
        amount=Money(int(told["amount_minor"]), str(told["currency"])),
        time_ms=int(time.time() * 1000),
        kind=str(told["kind"]),
        payment_id=str(fields.get("payment_id") or told["parent"]) or None,
        reason=LEDGER_LOST,
        evidence={"ledger": _EVIDENCE[step]} if step in _EVIDENCE else None,
        root=str(told["root"]) or None,
    )
    return restore(
        left.order_id,
        state,
        _full(fields),
        overtakes=OVERTAKEN,
        # Somebody was told already that it is pending; where the gateway stands they hear from what comes next.
        event_id="" if step == "wait" else event_id(str(told["ref"]), state),
        event=b"" if step == "wait" else encode(event),
        detail=LEDGER_LOST,
        due_ms=PENDING_LOOK_MS if step == "wait" else None,
    )


def _stone(known: Known) -> Tombstone:
    return Tombstone(
        known.state,
        known.ended_at_ms,
        Money(known.amount_minor, known.currency),
        known.account,
        kind=known.kind,
        parent=known.parent,
        made=known.follow_up_id if known.parent else known.payment_id,
        marks=frozenset({"settle"} if known.held else ()),
    )


def _told(left: Left) -> dict[str, Argument]:
    """What both sources know; of the account that may hold the money the log knows better."""
    known = left.known
    source: Known | Sent | None = left.sent or known
    if source is None:
        assert left.row is not None, left.order_id
        record = left.row.record
        known_of_row = {name: record.text(name) for name in record.fields if name not in ("state", "further")}
        return {**dict.fromkeys(_TOLD, ""), "lane": "", **known_of_row, **_listed(left), **_successor(left)}
    return {
        "ref": source.ref,
        "kind": source.kind,
        "parent": source.parent,
        "amount_minor": source.amount_minor,
        "currency": source.currency,
        "account": source.account,
        "lane": left.sent.lane if left.sent else left.listed or (left.row.record.text("lane") if left.row else ""),
        "producer": source.producer,
        "country": source.country,
        "last4": source.last4,
        "batch": source.batch,
        "root": source.root,
        **({"payment_id": known.payment_id} if known and known.payment_id and not known.parent else {}),
        **({"follow_up_id": known.follow_up_id} if known and known.follow_up_id else {}),
        **_successor(left),
        **({"created_at": known.accepted_at_ms} if known else {}),
    }


def _listed(left: Left) -> dict[str, Argument]:
    return {"lane": left.listed} if left.listed else {}


def _successor(left: Left) -> dict[str, Argument]:
    return {"successor": left.successor} if left.successor else {}


def _sending(left: Left, window_ms: int) -> dict[str, Argument]:
    sent = left.sent
    if sent is None:
        # Where nobody knows when it may have left: not before it was accepted.
        at_ms = (left.row.record.intent_at_ms if left.row else 0) or left.accepted_at_ms
        held = {"two_phase": "1"} if left.known and left.known.reason == states.HELD else {}
        return {"intent_at": at_ms, "deadline_at": at_ms + window_ms, **held}
    return {
        "intent_at": sent.at_ms,
        "deadline_at": sent.at_ms + window_ms,
        "settle": sent.settle,
        "two_phase": sent.two_phase,
        "held_first": sent.held_first,
    }


def _full(fields: Mapping[str, Argument]) -> dict[str, Argument]:
    """Without what is empty: a row has no field that says nothing."""
    return {name: value for name, value in fields.items() if value != ""}
