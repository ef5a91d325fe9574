"""What the bodies of the HTTP application are, for the OpenAPI document: requests, orders, problems, notifications."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cardinity_client.models.threeds import WINDOW_SIZES
from producers.contract import states
from producers.contract.commands import BRIDGE, FIELDS, REQUIRED
from producers.contract.customers import CUSTOMER_MAX
from producers.contract.fields import ACCOUNT_MAX, CHARGE_MODES, DESCRIPTION_MAX, ORDER_ID_MAX, ORDER_ID_MIN, SUFFIX_MAX
from producers.contract.follow_ups import DESCRIPTION_LEFT, VOID_FIELDS
from producers.contract.follow_ups import FIELDS as FOLLOW_UP_FIELDS
from producers.contract.links import FIELDS as LINK_FIELDS
from producers.contract.names import FOLLOW_UPS, LINK

#: The name of the schema of refusals.
PROBLEM = "Problem"


@dataclass(frozen=True)
class Kind:
    """A request: one line about it, its content by media type or as one type's, and what else the operation has."""

    summary: str
    content: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict)


_CARD = {
    "pan": ("string", "The card number, digits alone."),
    "exp_month": ("integer", "1 to 12."),
    "exp_year": ("integer", "Four digits."),
    "cvc": ("string", "3 or 4 digits; optional for orders by mail or telephone, described as `MOTO-…`."),
    "holder": ("string", "The name on the card."),
    "payment_id": ("string", "Instead of a card: an earlier approved payment, whose card is charged again."),
    "token": ("string", "Instead of number, expiry and holder: the card's token. The CVC stands beside it."),
}
_UUID = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"


def _optional(kind: str, words: str, **limits: object) -> dict[str, Any]:
    """A field that may be absent, null or empty, which is the same; numbers may be written as texts."""
    return {"type": sorted({kind, "string", "null"}), "description": words, **limits}


def _absent_or(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {**schema, "type": [schema["type"], "null"]}


def _object(properties: Mapping[str, Any], required: tuple[str, ...] | None = None) -> dict[str, Any]:
    needed = list(properties if required is None else required)
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


_INSTRUMENT = {name: _optional(kind, words) for name, (kind, words) in _CARD.items()}
_CHARGE: Mapping[str, Any] = {
    "order_id": {
        "type": "string",
        "pattern": "^[A-Za-z0-9.-]+$",
        "minLength": ORDER_ID_MIN,
        "maxLength": ORDER_ID_MAX,
        "description": "Your name of the order. It never ends in -a and digits.",
    },
    "amount": {
        "type": "string",
        "pattern": r"^[0-9]+(\.[0-9]+)?$",
        "description": "With as many decimals as the currency has; at least half a unit.",
    },
    "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "description": "ISO 4217."},
    "country": {"type": "string", "pattern": "^[A-Z]{2}$", "description": "The customer's, ISO 3166-1 alpha-2."},
    "description": _optional("string", "What you call the purchase.", maxLength=DESCRIPTION_MAX),
    **{name: schema for name, schema in _INSTRUMENT.items() if name != "token"},
    "account": _optional("string", "The merchant account, if there are several.", maxLength=ACCOUNT_MAX),
    "token": _INSTRUMENT["token"],
    "payment_method": {"enum": ["card", "recurring", "", None], "description": "Must agree with the instrument."},
    "payment_instrument": {
        "type": ["object", "null"],
        "description": "The fields of the instrument together, as the gateway has them.",
        "properties": _INSTRUMENT,
        "additionalProperties": False,
    },
    "expires_at_ms": _optional("integer", "When the order is no longer wanted, in milliseconds since 1970 UTC."),
}
_BROWSER = {
    "accept_header": {"type": "string"},
    "browser_language": {"type": "string", "description": "Like en-US."},
    "screen_width": {"type": "integer"},
    "screen_height": {"type": "integer"},
    "challenge_window_size": {"enum": sorted(WINDOW_SIZES)},
    "user_agent": {"type": "string"},
    "color_depth": {"type": "integer"},
    "time_zone": {"type": "integer", "description": "Minutes, as a browser's getTimezoneOffset() has them."},
    "ip_address": _optional("string", "The customer's."),
    "javascript_enabled": {"type": ["boolean", "null"]},
    "java_enabled": {"type": ["boolean", "null"]},
}
_ADDRESS = {
    "address_line1": {"type": "string"},
    "city": {"type": "string"},
    "country": {"type": "string"},
    "postal_code": {"type": "string"},
    "address_line2": _optional("string", "More of it."),
    "address_line3": _optional("string", "More of it."),
    "state": _optional("string", "Where there are some."),
}
_HOLDER = {
    name: _optional("string", "For the bank.")
    for name in ("email_address", "mobile_phone_number", "home_phone_number", "work_phone_number")
}
_THREEDS = {
    "notification_url": {"type": "string", "description": "Where the bank's page posts the customer's answer."},
    "browser_info": _object(_BROWSER, tuple(_BROWSER)[:8]),
    "billing_address": _absent_or(_object(_ADDRESS, tuple(_ADDRESS)[:4])),
    "delivery_address": _absent_or(_object(_ADDRESS, tuple(_ADDRESS)[:4])),
    "cardholder_info": _absent_or(_object(_HOLDER, ())),
}
_RARE: Mapping[str, Any] = {
    "settle": {"enum": [True, False, "true", "false", "", None], "description": "False only holds the amount."},
    "mode": {
        "enum": [*CHARGE_MODES, "", None],
        "description": "two_phase holds the amount first, then settles that hold; else as the account takes charges.",
    },
    "statement_descriptor_suffix": _optional("string", "Behind your name on the statement.", maxLength=SUFFIX_MAX),
    "threeds2_data": _absent_or(_object(_THREEDS, ("notification_url", "browser_info"))),
    "backup": {
        "type": ["object", "null"],
        "description": "The instrument that is charged when the bank has declined the first.",
        "properties": _INSTRUMENT,
        "additionalProperties": False,
    },
    "needs_customer": {
        "enum": [BRIDGE, "", None],
        "description": "Make a payment link of a decline that only the customer can mend.",
    },
    "customer": _optional("string", "Your own name of the customer, for risk rules.", maxLength=CUSTOMER_MAX),
    "customer_ip": _optional("string", "The IPv4 or IPv6 address the customer came from, for risk rules."),
}
_FOLLOW_UP: Mapping[str, Any] = {
    "order_id": _CHARGE["order_id"],
    "payment_id": {"type": "string", "format": "uuid", "description": "The gateway's id of the payment."},
    "amount": {**_CHARGE["amount"], "description": "With as many decimals as the currency has; more than nothing."},
    "currency": {**_CHARGE["currency"], "description": "That of the payment."},
    "description": _optional("string", "Shown at the gateway, before a token.", maxLength=DESCRIPTION_LEFT),
    "account": _CHARGE["account"],
    "expires_at_ms": _CHARGE["expires_at_ms"],
}
_EXAMPLE = {
    "order_id": "ORD-1001",
    "amount": "25.50",
    "currency": "EUR",
    "country": "LT",
    "pan": "4111111111111111",
    "exp_month": 12,
    "exp_year": 2031,
    "cvc": "123",
    "holder": "Ona Petraityte",
}

_LINK: Mapping[str, Any] = {
    "order_id": _CHARGE["order_id"],
    "amount": _CHARGE["amount"],
    "currency": _CHARGE["currency"],
    "description": {
        "type": "string",
        "minLength": 1,
        "maxLength": DESCRIPTION_LEFT,
        "description": "What the customer is shown, before a token.",
    },
    "country": _optional("string", "The customer's, ISO 3166-1 alpha-2."),
    "expires_at": _optional("string", "When the link ends: a time in UTC with Z, within 90 days."),
    "multiple_use": {"enum": [False, "", None], "description": "One order is one payment."},
    "account": _CHARGE["account"],
    "expires_at_ms": _CHARGE["expires_at_ms"],
}
_RESULT = {
    "cres": _optional("string", "What the bank's page posted in version 2."),
    "pares": _optional("string", "What it posted in version 1, as PaRes."),
}
_INVOICE = {"order_id": "INV-77", "amount": "40.00", "currency": "EUR", "description": "Invoice 77"}
_VOID = {"order_id": "VOID-7", "payment_id": _UUID}
_PART = {"order_id": "RET-77", "payment_id": _UUID, "amount": "5.00", "currency": "EUR"}


def _told(kind: str | list[str], words: str, **more: object) -> dict[str, Any]:
    return {"type": kind, "description": words, **more}


_ORDER = {
    "order_id": _told("string", "Your name of the order."),
    "state": _told("string", "How it stands.", enum=list(states.STATES)),
    "final": _told("boolean", "Whether this is the one outcome, which never changes."),
    "amount": _told("string", "As it was asked for."),
    "currency": _told("string", "ISO 4217."),
    "account": _told("string", "The merchant account."),
    "payment_id": _told(["string", "null"], "The gateway's id of the payment, or of the one that is followed."),
    "kind": _told("string", "What it asks for.", enum=["charge", *FOLLOW_UPS, LINK]),
    "follow_up_id": _told(["string", "null"], "The gateway's id of the refund, the settlement or the void."),
    "reason": _told(["string", "null"], "Why it is in this state: a stable code."),
    "error": _told(["string", "null"], "Why the bank said no, in the gateway's words."),
    "settle": _told("boolean", "False for a hold."),
    "successor": _told(["string", "null"], "The order that goes on for it, once the bank has declined."),
    "mode": _told(["string", "null"], "How it is taken, where that was asked for or is two_phase."),
    "link_id": _told(["string", "null"], "The gateway's id of the payment link."),
    "link_url": _told(["string", "null"], "Where it is paid, as soon as it is made."),
    "link_expires_at": _told(["string", "null"], "When it ends."),
    "continuation": _told(["object", "null"], "Where the customer must be sent for 3-D Secure, while that is due."),
    "created_at": _told(["string", "null"], "When it was accepted.", format="date-time"),
    "since": _told("string", "Since when it is in this state.", format="date-time"),
    "archived": _told("boolean", "True once only its end is known here: what is null then is in the archive."),
}
_FIELD_ERROR = {
    "row": _told("integer", "Of a file: the number of its row, header not counted."),
    "field": _told("string", "Its path as you wrote it; `?` for a name that is not repeated."),
    "code": _told("string", "A stable code."),
    "message": _told("string", "What is expected, for people."),
}
_PROBLEM = {
    "title": _told("string", "The status in words."),
    "status": _told("integer", "The status."),
    "code": _told("string", "A stable code: docs/errors.md."),
    "detail": _told("string", "What is wrong, for people. It never repeats card data."),
    "errors": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
}


SCHEMAS: Mapping[str, Any] = {
    "Charge": _object({name: ({**_CHARGE, **_RARE})[name] for name in FIELDS}, REQUIRED),
    "FollowUp": _object(_FOLLOW_UP, FOLLOW_UP_FIELDS[:4]),
    "Void": _object({name: _FOLLOW_UP[name] for name in VOID_FIELDS}, VOID_FIELDS[:2]),
    "Link": _object(_LINK, LINK_FIELDS[:4]),
    "Result": _object(_RESULT, ()),
    "Order": _object(_ORDER),
    PROBLEM: _object(_PROBLEM, ("title", "status", "code", "detail")),
    "FieldError": _object(_FIELD_ERROR, ("field", "code", "message")),
    "Taken": _object({"received": {"const": True}}),
}
HEADERS: Mapping[str, Any] = {
    "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}},
    "WWW-Authenticate": {"description": "How to come in.", "schema": {"type": "string"}},
}

#: By the name of the resource.
REQUESTS: Mapping[str, Kind] = {
    "charges": Kind(
        "Accept one charge, or learn how it stands.",
        {"schema": {"$ref": "#/components/schemas/Charge"}, "examples": {"card": {"value": _EXAMPLE}}},
    ),
    "refunds": Kind(
        "Accept one refund of an approved payment, or learn how it stands.",
        {"schema": {"$ref": "#/components/schemas/FollowUp"}, "examples": {"part": {"value": _PART}}},
    ),
    "settlements": Kind(
        "Accept one settlement of a hold, or learn how it stands.",
        {"schema": {"$ref": "#/components/schemas/FollowUp"}, "examples": {"part": {"value": _PART}}},
    ),
    "links": Kind(
        "Accept one payment link, or learn how it stands: pending, it has its address.",
        {"schema": {"$ref": "#/components/schemas/Link"}, "examples": {"link": {"value": _INVOICE}}},
    ),
    "voids": Kind(
        "Accept that a hold is let go, or learn how it stands.",
        {"schema": {"$ref": "#/components/schemas/Void"}, "examples": {"void": {"value": _VOID}}},
    ),
}
WEBHOOK = Kind(
    "A signed event of the gateway. It is only a hint: the payment is asked for before anything is believed.",
    {
        "application/json": {
            "schema": {"type": "object", "properties": {"type": {"type": "string"}, "data": {}}},
            "examples": {"approved": {"value": {"type": "payment.approved", "data": {"id": _UUID}}}},
        }
    },
    {
        "parameters": [
            {
                "name": "X-Cardinity-Signature",
                "in": "header",
                "description": "HMAC-SHA256 of the body as it is, in lower-case hexadecimal digits.",
                "schema": {"type": "string"},
            }
        ]
    },
)
FORM = Kind(
    "A notification of the hosted payment page. It is only a hint, too.",
    {
        "application/x-www-form-urlencoded": {
            "schema": {"type": "object", "additionalProperties": {"type": "string"}},
        }
    },
)
#: What answers plain text: path, what it says, and its other statuses.
TEXT: tuple[tuple[str, str, Mapping[int, str]], ...] = (
    ("/livez", "Whether the process answers.", {}),
    ("/readyz", "Whether an order could be accepted now.", {503: "No: a line for each reason, a stable code."}),
    ("/metrics", "The numbers of this process, for Prometheus.", {}),
)
