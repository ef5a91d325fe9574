"""The AsyncAPI document of the event stream, made from the code. `python -m tests.house.documents` writes it.

Types, fields and what is required come from `producers.contract.events`; what a field means for a reader
stands here.
"""

import json
from collections.abc import Mapping
from typing import Any, get_args

import msgspec

from cardinity_client.money import NO_MONEY, Money
from producers.contract import names, states
from producers.contract.chargebacks import ChargebackEvent
from producers.contract.continuation import ContinuationV2
from producers.contract.events import CLASSES, Event, encode, payment_event
from producers.contract.follow_ups import token_of
from producers.contract.hold_warnings import HoldExpiring
from producers.contract.names import EVENT_TYPES, KIND_EVENT_TYPES
from producers.contract.split_events import SplitEvent
from producers.runtime.ledger import keys
from tests.house.asyncapi import chargebacks, holds, links, risk, splits
from tests.house.asyncapi.yaml_text import yaml

#: Where the document is, from the root.
PATH = "docs/asyncapi.yaml"
#: The version of the stream's language: the first number changes when an old reader would break, so never.
VERSION = "1.0.0"
#: 2026-01-15 10:00:00.123 UTC, the moment of every example.
EXAMPLE_MS = 1_768_471_200_123

MEANINGS = {
    "specversion": "The version of CloudEvents.",
    "id": (
        "`attempt_ref:state`; behind it `:` and a mark of a further step of 3-D Secure, or the successor's name; of a"
        " hold that expires, `attempt_ref:hold_expiring`; of a chargeback, `chargeback/<id>/<status>`. A fact told"
        " twice has one id: who keeps ids keeps one outcome."
    ),
    "source": "Who tells.",
    "subject": "The order_id, or the split_id; of a chargeback of a payment that is no order's, the payment's id.",
    "time": "When it was recorded, by that process's clock. The order of facts is the stream's.",
    "type": "What happened. In the data of a payment that only holds its amount: `authorization`.",
    "datacontenttype": "How `data` is written.",
    "order_id": "The order.",
    "attempt_ref": "What the gateway knows this attempt by: an order_id, or a token in a description.",
    "state": "The state that the order has entered.",
    "account": "The merchant account.",
    "producer": "The producer that asked for the charge.",
    "amount": "As the gateway writes it: a decimal point, as many decimals as the currency has.",
    "currency": "ISO 4217.",
    "payment_id": "The gateway's id of the payment, or of the one that a refund, a settlement or a void follows.",
    "follow_up_id": "The gateway's id of the refund, the settlement or the void.",
    "link_url": "Where the customer pays; told once, when the link is there.",
    "link_expires_at": "Until when somebody may begin to pay there.",
    "card_last4": "The last four digits of the card; nothing else of it is ever told, but the brand.",
    "card_brand": "The brand, in the gateway's words.",
    "error": "Why the bank said no, in the gateway's words: code, colon, text.",
    "decline_code": "The code at the start of `error`.",
    "merchant_advice_code": "What the card scheme advises after a decline, in the gateway's words.",
    "reason": "Why the order is in this state: a stable code of ours. Of a chargeback, the gateway's words.",
    "evidence": "What the reason rests on, by name.",
    "settled": "False for an authorisation: the amount is held, no money was taken.",
    "continuation": "Where the customer must be sent for 3-D Secure; there while that is due.",
    "successor": "The order that goes on for this one, which the bank has declined, or operators had sent once more.",
    "root": "The order that this one goes on for, which tells of the payment too: count one of them.",
    "country": "The country of the charge; told when it is accepted, and not again.",
    "batch": "The batch that the order is one of; told when it is accepted, and not again.",
    "sent_at": "When its request could leave, by the ledger's clock; absent of what was not sent.",
    "claims": "How often it was taken up before it was sent; absent where that was once.",
    "customer": "Your own name of the customer.",
    "risk": "What risk rules found before it was sent, where a deployment has some.",
    "card_id": "A name of the card: the same for the same card, and nobody can work the card out of it.",
    "version": "The version of 3-D Secure.",
    "acs_url": "Where the customer's browser posts `creq`; what comes back is the `cres`.",
    "creq": "The request that it posts.",
    "url": "Where the customer's browser posts `data`, as `PaReq`; what comes back is the `PaRes`.",
    "data": "The request that it posts.",
    **chargebacks.MEANINGS,
    **holds.MEANINGS,
    **splits.MEANINGS,
    **risk.MEANINGS,
}

_FOLLOW_UP_ID = "b1d7c1de-52a4-4a5e-9c0e-6d0f1a2b3c4d"
#: What each state means for a refund, a settlement or a void.
_FOLLOW_UP_STATES = {
    states.ACCEPTED: "is recorded and will end in exactly one outcome.",
    states.PENDING: "is being processed by the gateway.",
    states.UNKNOWN: "may have been made; the resolver is asking.",
    states.PARKED: "cannot be settled by asking; a human decides.",
    states.APPROVED: "was made.",
    states.DECLINED: "was declined by the bank.",
    states.REJECTED: "was refused as wrong, by us or by the gateway; it was not made.",
    states.EXPIRED: "was not sent before its time was over.",
    states.CANCELLED: "was called back before it was sent.",
    states.NOT_CHARGED: "is proven not to have been made, and will not be.",
}

_CARD = {"payment_id": "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10", "card_last4": "1111", "card_brand": "Visa"}
#: What an event of each state typically tells beside what all of them tell.
EXAMPLES: Mapping[str, Mapping[str, Any]] = {
    states.ACCEPTED: {},
    states.PENDING: {
        **_CARD, "continuation": ContinuationV2("https://acs.example/3ds2", "eyJtZXNzYWdlVHlwZSI6IkNSZXEifQ"),
    },
    states.UNKNOWN: {"reason": "timeout"},
    states.PARKED: {"reason": "hole_in_coverage", "evidence": {"holes": 1}},
    states.APPROVED: _CARD,
    states.DECLINED: {
        **_CARD, "error": "3002: Do not honor", "decline_code": "3002",
        "merchant_advice_code": "03: Do not try again",
    },
    states.REJECTED: {"reason": "gateway_rejected"},
    states.EXPIRED: {"reason": "expired"},
    states.CANCELLED: {},
    states.NOT_CHARGED: {"reason": "proven_absent"},
}  # fmt: skip

DESCRIPTION = (
    "What became of every order, told once per state that concerns its owner: CloudEvents 1.0 in JSON on a"
    " Redis Stream. Every accepted order gets exactly one event of a final state: approved, declined,"
    " rejected, expired, cancelled or not_charged. What banks take back later is told as chargebacks, and of a hold"
    " that is about to expire it is told once. A payment in parts gets one event, when no part changes any more."
    " Types and fields are only ever added; skip those you do not know. No event holds card data but the last four"
    " digits and the brand."
)
CHANNEL = (
    "A Redis Stream. Each entry has two fields: `id`, the event's id, and `event`, the event. Read it with"
    " XREAD from the last entry you have dealt with, or with `Enqueuer.events`."
)


def example(state: str, kind: str = "", **more: Any) -> Event:
    """An event of this state, with what is typical for it, or with `more` instead."""
    if kind == names.LINK:
        more = {**links.EXAMPLES.get(state, EXAMPLES[state]), **more, "kind": kind}
        order_id, attempt_ref = "INV-77", token_of("INV-77")
    elif kind:
        made = {"follow_up_id": _FOLLOW_UP_ID} if state in (states.APPROVED, states.DECLINED, states.PENDING) else {}
        more = {**more, "kind": kind, "payment_id": _CARD["payment_id"], **made}
        order_id, attempt_ref = "RET-77", token_of("RET-77")
    else:
        order_id = attempt_ref = "ORD-1001"
    return payment_event(
        state=state,
        order_id=order_id,
        attempt_ref=attempt_ref,
        account="default",
        producer="shop",
        amount=NO_MONEY if kind == names.VOID else Money(2550, "EUR"),
        time_ms=EXAMPLE_MS,
        **(more or EXAMPLES[state]),
    )


def document() -> dict[str, Any]:
    """The whole document, as plain values."""
    kinds = {kind.__name__: kind for kind in _KINDS}
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Payment results of cardinity-batch",
            "version": VERSION,
            "description": DESCRIPTION,
            "license": {"name": "MIT"},
        },
        "defaultContentType": "application/cloudevents+json",
        "servers": {
            "ledger": {
                "host": "127.0.0.1:6379",
                "pathname": "/1",
                "protocol": "redis",
                "description": "The ledger's database, wherever REDIS_LEDGER_URL says.",
            }
        },
        "channels": {
            "results": {
                "address": keys.EVENTS,
                "description": CHANNEL,
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in kinds},
            }
        },
        "operations": {
            "tell": {
                "action": "send",
                "channel": {"$ref": "#/channels/results"},
                "summary": "Appended in the same atomic step that records the state.",
            }
        },
        "components": {
            "messages": {name: _message(kind) for name, kind in kinds.items()},
            "schemas": {"Entry": _ENTRY, "Data": _ANY_DATA, **_schemas(kinds)},
        },
    }


def rendered() -> str:
    """The file's whole text."""
    origin = "# Written by `python -m tests.house.documents` from producers/contract/events.py."
    return f"{origin}\n{yaml(document())}"


#: Which kind of order that is no charge, if any, and which state a type of event tells of.
_NAMED = {name: ("", state) for state, name in EVENT_TYPES.items()} | {
    name: told for told, name in KIND_EVENT_TYPES.items()
}

#: Every class of event.
_KINDS = (*CLASSES.values(), HoldExpiring, *get_args(ChargebackEvent), *get_args(SplitEvent))

#: What happened: to an order's payment or to what follows one, to a hold, a chargeback, or a payment in parts.
_ANY_OF = ("PaymentData", "HoldData", "ChargebackData", "SplitData")
_DATA = {"$ref": "#/components/schemas/Data"}
_ANY_DATA = {"anyOf": [{"$ref": f"#/components/schemas/{name}"} for name in _ANY_OF]}

#: What a stream entry has beside the event itself.
_ENTRY = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"description": MEANINGS["id"], "type": "string"}},
}


def _message(kind: type) -> dict[str, Any]:
    told: str = kind.__struct_config__.tag  # type: ignore[attr-defined]  # a msgspec struct
    if status := chargebacks.STATUSES.get(told):
        shown = chargebacks.chargeback_example(status, reason="10.4: Other Fraud")
        return _described(told, kind.__doc__ or "", {"status": {"const": status}}, shown)
    if end := splits.ENDS.get(told):
        return _described(told, kind.__doc__ or "", {"state": {"const": end}}, splits.split_example(end))
    if told == names.HOLD_EXPIRING:
        return _described(told, kind.__doc__ or "", {}, holds.hold_example())
    what, state = _NAMED[told]
    said = (links.STATES if what == names.LINK else _FOLLOW_UP_STATES)[state]
    meaning = f"A {what} {said}" if what else kind.__doc__ or ""
    final = "Final." if state in states.TERMINAL else "Not final."
    return _described(told, f"{meaning} {final}", {"state": {"const": state}}, example(state, what))


def _described(told: str, meaning: str, data: Mapping[str, Any], shown: Event) -> dict[str, Any]:
    narrowed = {"type": {"const": told}, "data": {"properties": data}}
    return {
        "name": told,
        "summary": " ".join(meaning.split()),
        "headers": {"$ref": "#/components/schemas/Entry"},
        "payload": {"allOf": [{"$ref": "#/components/schemas/Event"}, {"properties": narrowed}]},
        "examples": [{"name": told.partition(".")[2], "payload": json.loads(encode(shown))}],
    }


def _schemas(kinds: Mapping[str, type]) -> dict[str, Any]:
    """The envelope that all events share, and their data."""
    _, raw = msgspec.json.schema_components(kinds.values(), ref_template="#/components/schemas/{name}")
    inner = {name: raw.pop(name) for name in sorted(raw) if name.endswith("Data") or name.startswith("Continuation")}
    first, *others = (schema["properties"] | {"type": {"type": "string"}, "data": _DATA} for schema in raw.values())
    assert all(other == first for other in others), "the events have one envelope"
    return {
        # The envelope is written in full; data leaves out what is not known.
        "Event": _schema("The CloudEvents envelope.", first, required=list(first)),
        **{
            name: _schema(part["description"], part["properties"], required=part["required"])
            for name, part in inner.items()
        },
    }


def _schema(description: str, properties: Mapping[str, Any], *, required: list[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "description": description,
        "required": required,
        "properties": {field: _property(field, schema) for field, schema in properties.items()},
    }


def _property(field: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Without nulls and defaults, which are never written, and with patterns as other languages read them."""
    plain = {key: value for key, value in schema.items() if key not in ("default", "discriminator")}
    if "$ref" in plain:
        return plain  # a reference stands alone
    if len(choices := [choice for choice in plain.get("anyOf", ()) if choice != {"type": "null"}]) == 1:
        plain = {key: value for key, value in choices[0].items() if key != "discriminator"}
    if len(only := plain.get("enum", ())) == 1:
        plain = {"type": "string" if isinstance(only[0], str) else "integer", "const": only[0]}
    if "pattern" in plain:
        plain["pattern"] = plain["pattern"].replace(r"\Z", "$")
    return {"description": MEANINGS[field], **plain}
