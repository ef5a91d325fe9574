"""What the OpenAPI document says beside orders: what the gateway has, links that are there, the hosted page, and how
customers go to their bank and come back.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from cardinity_client.client import PAGE_MAX
from producers.contract import hosted_pages as page_fields
from producers.http.callbacks import CHALLENGE_PATH, FORM_TYPE
from producers.http.callbacks import PATH as CALLBACK_PATH
from producers.http.disputes import PATH as DISPUTES_PATH
from producers.http.hosted_pages import ANSWERS_PATH
from producers.http.hosted_pages import PATH as HOSTED_PATH
from producers.http.links import PATH as LINK_PATH
from producers.http.reads import CHARGEBACKS, KINDS, PAYMENTS
from tests.house.openapi.parts import ADMITTANCE, BODY, ORDER_ID, answer, json_of, refusals

_TEXT: dict[str, Any] = {"type": "string"}
_MAYBE: dict[str, Any] = {"type": ["string", "null"]}
_FLAG: dict[str, Any] = {"type": "boolean"}
_MOMENT: dict[str, Any] = {"type": "string", "format": "date-time"}
_URL: dict[str, Any] = {"type": "string", "pattern": "^https?://", "maxLength": 2048}
_FIELDS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}

_PAYMENT: Mapping[str, Any] = {
    "kind": {"const": "payment"},
    "id": _TEXT,
    "order_id": _MAYBE,
    "status": {"enum": ["approved", "declined", "pending", "processing"]},
    "type": {"type": "string", "description": "`authorization` for a hold, else `purchase`."},
    "amount": _TEXT,
    "currency": _TEXT,
    "created": _MOMENT,
    "card_brand": _MAYBE,
    "card_last4": _MAYBE,
    "description": _MAYBE,
    "error": {**_MAYBE, "description": "Why the bank said no, in the gateway's words."},
    "merchant_advice_code": _MAYBE,
    "threeds_status_reason": _MAYBE,
    "authentication": {**_FLAG, "description": "Whether its customer is waited for."},
    "live": _FLAG,
}
_FOLLOW_UP: Mapping[str, Any] = {
    "kind": {"enum": ["refund", "settlement", "void"]},
    "id": _TEXT,
    "payment_id": _TEXT,
    "order_id": _MAYBE,
    "status": {"enum": ["approved", "declined", "processing"]},
    "amount": {**_MAYBE, "description": "A void has none."},
    "currency": _MAYBE,
    "created": _MOMENT,
    "description": _MAYBE,
    "error": _MAYBE,
    "live": _FLAG,
}
_DISPUTE: Mapping[str, Any] = {
    "kind": {"enum": ["chargeback", "rdr"]},
    "id": _TEXT,
    "status": {"enum": ["initiated", "approved", "declined"]},
    "amount": _TEXT,
    "currency": _TEXT,
    "payment_id": _TEXT,
    "order_id": _MAYBE,
    "created": _MOMENT,
    "reason": _MAYBE,
    "description": _MAYBE,
    "live": _FLAG,
}
_STANDING: Mapping[str, Any] = {
    "chargeback_id": _TEXT,
    "status": _DISPUTE["status"],
    "amount": _TEXT,
    "currency": _TEXT,
    "payment_id": _TEXT,
    "order_id": _MAYBE,
    "reference": _MAYBE,
    "reason": _MAYBE,
    "created": _MOMENT,
    "account": _TEXT,
    "stops": {"type": "integer", "description": "Payments and cards that are not charged without a card any more."},
    "lifted_at": {**_MAYBE, "format": "date-time", "description": "When a human said that it stops nothing."},
}
_HINT: Mapping[str, Any] = {
    "payment_id": _TEXT,
    "order_id": _TEXT,
    "status": _PAYMENT["status"],
    "type": _TEXT,
    "amount": _TEXT,
    "currency": _TEXT,
    "description": _MAYBE,
    "error": _MAYBE,
    "live": _FLAG,
}
_PAGE: Mapping[str, Any] = {
    "order_id": {**ORDER_ID["schema"], "description": "It comes back in the answer."},
    "amount": {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?$"},
    "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
    "country": {"type": "string", "pattern": "^[A-Z]{2}$"},
    "description": {"type": "string", "minLength": 1, "maxLength": 255, "description": "What the customer reads."},
    "return_url": {**_URL, "description": "Where the browser brings the answer."},
    "cancel_url": {**_MAYBE, "description": "Where the browser goes when the customer gives up."},
    "notification_url": {**_MAYBE, "description": "Where the gateway tells the answer by itself."},
    "language": {**_MAYBE, "description": "Two capital letters."},
    "email_address": _MAYBE,
    "mobile_phone_number": _MAYBE,
}


def _object(properties: Mapping[str, Any], required: tuple[str, ...] | None = None) -> dict[str, Any]:
    needed = list(properties if required is None else required)
    return {"type": "object", "properties": properties, "required": needed, "additionalProperties": False}


def _list(schema: str) -> dict[str, Any]:
    items = {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}, "maxItems": PAGE_MAX}
    unread = {"type": "integer", "description": "Rows of the gateway's that nobody could read."}
    return _object({"items": items, "unread": unread})


SCHEMAS: Mapping[str, Any] = {
    "Payment": _object(_PAYMENT),
    "FollowUpOfPayment": _object(_FOLLOW_UP),
    "Dispute": _object(_DISPUTE),
    "Payments": _list("Payment"),
    "FollowUpsOfPayment": _list("FollowUpOfPayment"),
    "Disputes": _list("Dispute"),
    "Standings": _object(
        {"items": {"type": "array", "items": _object(_STANDING), "maxItems": PAGE_MAX}},
    ),
    "LinkChange": {
        **_object(
            {
                "expires_at": {**_MAYBE, "description": "A time in UTC with Z, within 90 days."},
                "enabled": {"type": ["boolean", "null"], "description": "Whether somebody can pay there."},
            },
            (),
        ),
        "minProperties": 1,
    },
    "ChangedLink": _object(
        {"order_id": _TEXT, "link_url": _TEXT, "link_expires_at": {**_MAYBE, "format": "date-time"}, "enabled": _FLAG}
    ),
    "HostedPage": _object(_PAGE, page_fields.REQUIRED),
    "BrowserForm": _object({"action": _TEXT, "fields": _FIELDS}),
    "Challenge": _object({"order_id": _TEXT, "action": _TEXT, "fields": _FIELDS}),
    "HostedAnswer": _object(_HINT),
}
_ACCOUNT = {
    "name": "account",
    "in": "query",
    "description": "The merchant account, if there are several.",
    "schema": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"},
}
_LIMIT = {
    "name": "limit",
    "in": "query",
    "description": "The newest so many.",
    "schema": {"type": "integer", "minimum": 1, "maximum": PAGE_MAX},
}
#: What each kind of what follows a payment is described as: one, and all of a payment.
_FOLLOWING = {
    **dict.fromkeys(("refunds", "settlements", "voids"), ("FollowUpOfPayment", "FollowUpsOfPayment")),
    **dict.fromkeys(("chargebacks", "rdrs"), ("Dispute", "Disputes")),
}


def paths() -> Iterator[tuple[str, Any]]:
    """Paths and their operations."""
    yield LINK_PATH, {"delete": _withdraw(), "patch": _change()}
    yield CHALLENGE_PATH, {"get": _challenge()}
    yield HOSTED_PATH, {"post": _sign()}
    yield ANSWERS_PATH, {"post": _hear()}
    yield PAYMENTS, {"get": _read("list_payments", "The account's newest payments.", "Payments", _LIMIT)}
    yield f"{PAYMENTS}/{{payment_id}}", {"get": _read("tell_payment", "One payment.", "Payment", _id("payment_id"))}
    yield CHARGEBACKS, {"get": _read("list_chargebacks", "The account's newest chargebacks.", "Disputes", _LIMIT)}
    for kind in KINDS:
        path, (one, several) = f"{PAYMENTS}/{{payment_id}}/{kind.name}", _FOLLOWING[kind.name]
        payment, words = _id("payment_id"), f"of a payment: {kind.name}"
        yield path, {"get": _read(f"list_payment_{kind.name}", f"All {words}.", several, payment)}
        yield f"{path}/{{id}}", {"get": _read(f"tell_payment_{kind.name}", f"One {words}.", one, payment, _id("id"))}
    yield DISPUTES_PATH, {"get": _stand()}
    yield CALLBACK_PATH, {"post": _come_back()}


def _id(name: str) -> dict[str, Any]:
    uuid = "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string", "pattern": uuid}}


def _read(name: str, words: str, schema: str, *parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "operationId": name,
        "tags": ["gateway"],
        "summary": f"{words} The gateway is asked.",
        "parameters": [*parameters, _ACCOUNT],
        "responses": {"200": answer("As the gateway tells it now.", schema), **refusals(*ADMITTANCE, 404, 422, 502)},
    }


def _stand() -> dict[str, Any]:
    return {
        "operationId": "list_disputes",
        "tags": ["chargebacks"],
        "summary": "The newest chargebacks that were told by events, and what each of them stops.",
        "parameters": [_LIMIT, _ACCOUNT],
        "responses": {"200": answer("As the ledger has them.", "Standings"), **refusals(*ADMITTANCE, 422)},
    }


def _withdraw() -> dict[str, Any]:
    return {
        "operationId": "withdraw_links",
        "tags": ["links"],
        "summary": "Let nobody begin to pay any more. A payment that was made before is the outcome all the same.",
        "parameters": [ORDER_ID],
        "responses": {"202": answer("It is on disk; this is how the order stands."), **refusals(*ADMITTANCE, 404, 422)},
    }


def _change() -> dict[str, Any]:
    return {
        "operationId": "change_links",
        "tags": ["links"],
        "summary": "Move a link's end, or switch it on or off. The gateway is asked.",
        "parameters": [ORDER_ID],
        "requestBody": {"required": True, "content": json_of("LinkChange")},
        "responses": {
            "200": answer("It is changed.", "ChangedLink"),
            **refusals(*ADMITTANCE, *BODY, 404, 409, 415, 422, 502),
        },
    }


def _challenge() -> dict[str, Any]:
    return {
        "operationId": "tell_challenge",
        "tags": ["charges"],
        "summary": "The form that the customer's browser must post for 3-D Secure.",
        "parameters": [ORDER_ID],
        "responses": {"200": answer("The form.", "Challenge"), **refusals(*ADMITTANCE, 404, 409)},
    }


def _sign() -> dict[str, Any]:
    return {
        "operationId": "sign_hosted_pages",
        "tags": ["hosted-pages"],
        "summary": "The signed form that takes a customer to the gateway's page. It is no order: nothing is kept.",
        "requestBody": {"required": True, "content": json_of("HostedPage")},
        "responses": {
            "200": answer("The form, for the customer's browser to post.", "BrowserForm"),
            **refusals(*ADMITTANCE, *BODY, 404, 415, 422),
        },
    }


def _hear() -> dict[str, Any]:
    return {
        "operationId": "read_hosted_pages",
        "tags": ["hosted-pages"],
        "summary": "What the form says that came to `return_url`, given as it came. It is only a hint.",
        "requestBody": {"required": True, "content": {FORM_TYPE: {"schema": _FIELDS}}},
        "responses": {
            "200": answer("It is signed, and this is what it says.", "HostedAnswer"),
            **refusals(*ADMITTANCE, *BODY, 404, 415, 422),
        },
    }


def _come_back() -> dict[str, Any]:
    words = {
        200: "The answer is kept; a small page.",
        303: "The same, and the customer goes on to `CALLBACK_RETURN_URL`.",
        400: "It was no answer of a bank's.",
        408: "The body was not here in its time.",
        413: "The body is longer than it may be.",
        415: "The body is no form.",
        429: "More requests than the limit allows.",
        503: "It could not be kept; the browser may post it again.",
    }
    html = {"text/html": {"schema": {"type": "string"}}}
    return {
        "operationId": "come_back",
        "tags": ["customers"],
        "summary": "Where the bank's page posts its answer, through the customer's browser.",
        "security": [],
        "requestBody": {"required": True, "content": {FORM_TYPE: {"schema": _FIELDS}}},
        "responses": {
            str(status): {"description": text, **({} if status == 303 else {"content": html})}
            for status, text in words.items()
        },
    }
