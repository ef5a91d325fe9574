"""The Python API on a running ledger, blocking and asyncio: what it refuses is not stored and wakes nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from producers.enqueue import AsyncEnqueuer, Enqueuer
from producers.errors import InvalidCommand, OrderConflict, ProducerError
from tests.inputs.cards import LIVE_PAN, MISTYPED_PAN, OTHER_PAN, SPACED
from tests.inputs.charge_fields import ODD
from tests.inputs.doors.charges import refused
from tests.inputs.rows import Row, Told, told
from tests.inputs.world import KNOWN, World
from tests.unit.contract.builders import (
    ABSENT,
    PAN,
    PAYMENT_ID,
    card_fields,
    nested_fields,
    reference_fields,
    threeds_fields,
)


class Given(NamedTuple):
    """A call: the method's name and its arguments."""

    method: str
    arguments: Mapping[str, Any]
    face: str


#: One charge for each kind of wrong; the whole table is at the door of charges.
_CHARGES: list[tuple[dict[str, Any], str, str]] = [
    (card_fields(order_id=ABSENT), "order_id_length", "order_id"),
    (card_fields(order_id="a b"), "order_id_charset", "order_id"),
    (card_fields(order_id="NEW-a2"), "order_id_reserved", "order_id"),
    (card_fields(order_id=SPACED), "card_number_in_text", "order_id"),
    (card_fields(order_id=ODD), "order_id_type", "order_id"),
    (card_fields(amount=10.0), "amount_type", "amount"),
    (card_fields(amount="10"), "amount_scale", "amount"),
    (card_fields(amount="-1.00"), "amount_sign", "amount"),
    (card_fields(amount="0.49"), "amount_minimum", "amount"),
    (card_fields(amount="1e3"), "amount_format", "amount"),
    (card_fields(currency="ZZZ"), "currency_unknown", "currency"),
    (card_fields(country="UK"), "country_unknown", "country"),
    (card_fields(description="a\x1b[2J"), "description_charset", "description"),
    (card_fields(description=f"paid with {PAN}"), "card_number_in_text", "description"),
    (card_fields(pan=LIVE_PAN), "card_number_live_in_test", "pan"),
    (card_fields(pan=MISTYPED_PAN), "card_number_invalid", "pan"),
    (card_fields(pan=int(PAN)), "card_number_type", "pan"),
    (card_fields(cvc=123), "card_cvc_type", "cvc"),
    (card_fields(cvc=ABSENT), "card_cvc_missing", "cvc"),
    (card_fields(exp_year=2020), "card_expired", "exp_year"),
    (card_fields(exp_month=13), "card_expiry_month", "exp_month"),
    (card_fields(holder="O" * 33), "card_holder_length", "holder"),
    (card_fields(account="a:b"), "account_format", "account"),
    (card_fields(expires_at_ms=1), "expires_order", "expires_at_ms"),
    (card_fields(payment_id=PAYMENT_ID), "instrument_ambiguous", "payment_id"),
    (card_fields(amout="10.00"), "field_unknown", "amout"),
    (card_fields(**{PAN: "1"}), "field_unknown", "?"),
    (card_fields(pan=f"{PAN}\n"), "card_number_format", "pan"),
    (nested_fields(cvc="1234567"), "card_cvc_length", "payment_instrument.cvc"),
    (reference_fields(payment_id="77"), "payment_id_format", "payment_id"),
    (card_fields(settle="no"), "settle_type", "settle"),
    (card_fields(threeds2_data={**threeds_fields(), "notification_url": 1}), "url_format",
     "threeds2_data.notification_url"),
]  # fmt: skip
_LINK = {"order_id": "LINK-1", "amount": "10.00", "currency": "EUR", "description": "Invoice 77"}
#: One link for each kind of wrong that is its own, and some that are a charge's.
_LINKS: list[tuple[dict[str, Any], str, str]] = [
    ({"order_id": None}, "order_id_length", "order_id"),
    ({"order_id": SPACED}, "card_number_in_text", "order_id"),
    ({"amount": 10.0}, "amount_type", "amount"),
    ({"amount": "0.49"}, "amount_minimum", "amount"),
    ({"currency": "ZZZ"}, "currency_unknown", "currency"),
    ({"country": "UK"}, "country_unknown", "country"),
    ({"description": None}, "description_length", "description"),
    ({"description": ""}, "description_length", "description"),
    ({"description": 7}, "description_type", "description"),
    ({"description": "x" * 236}, "description_length", "description"),
    ({"description": "a\u202eb"}, "description_charset", "description"),
    ({"description": f"paid with {PAN}"}, "card_number_in_text", "description"),
    ({"expires_at": 1}, "link_end_format", "expires_at"),
    ({"expires_at": PAN}, "link_end_format", "expires_at"),
    ({"expires_at": "2099-02-01T12:00:00"}, "link_end_format", "expires_at"),
    ({"expires_at": "2099-02-01T12:00:00+00:00"}, "link_end_format", "expires_at"),
    ({"expires_at": "2099-02-01 12:00:00Z"}, "link_end_format", "expires_at"),
    ({"expires_at": "2099-02-01T12:00:00Z\n"}, "link_end_format", "expires_at"),
    ({"expires_at": "\uff12\uff10\uff19\uff19-02-01T12:00:00Z"}, "link_end_format", "expires_at"),
    ({"expires_at": "2099-02-30T12:00:00Z"}, "link_end_format", "expires_at"),
    ({"expires_at": "0000-01-01T00:00:00Z"}, "link_end_format", "expires_at"),
    ({"expires_at": "2020-01-01T00:00:00Z"}, "link_end_range", "expires_at"),
    ({"expires_at": "0001-01-01T00:00:00Z"}, "link_end_range", "expires_at"),
    ({"expires_at": "9999-12-31T23:59:59.999999Z"}, "link_end_range", "expires_at"),
    ({"multiple_use": True}, "multiple_use_refused", "multiple_use"),
    ({"multiple_use": "yes"}, "multiple_use_type", "multiple_use"),
    ({"multiple_use": 1}, "multiple_use_type", "multiple_use"),
    ({"account": "a:b"}, "account_format", "account"),
    ({"expires_at_ms": 1}, "expires_order", "expires_at_ms"),
    ({"pan": PAN}, "field_unknown", "pan"),
    ({"return_url": "https://shop.example/"}, "field_unknown", "return_url"),
]
#: The order that is there already, with something changed, and what differs.
_CONFLICTS: list[tuple[dict[str, Any], str]] = [
    ({"amount": "25.51"}, "amount"),
    ({"currency": "USD"}, "currency"),
    ({"country": "LV"}, "country"),
    ({"description": "Red kettle"}, "description"),
    ({"description": ""}, "description"),
    ({"account": "other"}, "account"),
    ({"pan": OTHER_PAN}, "payment_instrument"),
    ({"holder": "Ona P."}, "payment_instrument"),
    ({"exp_month": 5}, "payment_instrument"),
    ({"exp_year": 2032}, "payment_instrument"),
    ({"settle": False}, "settle"),
    ({"statement_descriptor_suffix": "Kettles"}, "statement_descriptor_suffix"),
    ({"customer": "cust-42"}, "customer"),
]
_NO_ORDERS: list[Any] = [
    "\ud800",
    "ä",
    None,
    ["KNOWN-1"],
    7.5,
    "NOPE",
    "known-1",
    "KNOWN-1\n",
    "KNOWN-1 ",
    "",
    "*",
    "a\r\nX: y",
    "a\x00b",
    "x" * 100_000,
    PAN,
    SPACED,
]
#: What else a link differs in from the order that is there.
_DIFFERING = tuple(("order_conflict", field) for field in ("amount", "country", "description", "payment_instrument"))
#: What nobody's bank answers, and answers to an order that asked nobody.
_RESULTS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "result_ambiguous", "cres"),
    ({"cres": "a", "pares": "b"}, "result_ambiguous", "cres"),
    ({"cres": None, "pares": ""}, "result_ambiguous", "cres"),
    ({"cres": 7}, "result_type", "cres"),
    ({"cres": b"eyJ9"}, "result_type", "cres"),
    ({"pares": ODD}, "result_type", "pares"),
    ({"pares": ["a"]}, "result_type", "pares"),
    ({"cres": "\n"}, "result_length", "cres"),
    ({"pares": "a" * 65_537}, "result_length", "pares"),
    ({"cres": "{}"}, "result_charset", "cres"),
    ({"cres": f"{PAN}!"}, "result_charset", "cres"),
    ({"cres": "eyJ9"}, "finalize_no_step", ""),
    ({"pares": PAN}, "finalize_no_step", ""),
]
_POSITIONS = ["now", "", "1-x", PAN + "-a", "9" * 30]


def _rows() -> Iterator[Row]:
    for face in ("blocking", "asyncio"):
        for number, (fields, code, field) in enumerate(_CHARGES):
            yield _row(f"{code} {number}", Given("charge", fields, face), code, field)
        for number, (changes, field) in enumerate(_CONFLICTS):
            given = Given("charge", {**KNOWN, **changes}, face)
            yield _row(f"conflict {number}", given, "order_conflict", field)
        for number, order_id in enumerate(_NO_ORDERS):
            yield _row(f"get {number}", Given("get", {"order_id": order_id}, face), "order_unknown")
            yield _row(f"cancel {number}", Given("cancel_link", {"order_id": order_id}, face), "order_unknown")
        for number, (fields, code, field) in enumerate(_LINKS):
            yield _row(f"link {code} {number}", Given("link", {**_LINK, **fields}, face), code, field)
        taken = Given("link", {**_LINK, "order_id": KNOWN["order_id"]}, face)
        yield Row(f"{face}: a link under a charge's name", taken, "order_conflict", "kind", also=_DIFFERING)
        no_link = Given("cancel_link", {"order_id": KNOWN["order_id"]}, face)
        yield _row("a charge is no link", no_link, "order_without_link", "order_id")
        for number, (result, code, field) in enumerate(_RESULTS):
            given = Given("finalize", {"order_id": "KNOWN-1", **result}, face)
            yield _row(f"finalize {number}", given, code, field)
        for number, order_id in enumerate(_NO_ORDERS):
            given = Given("finalize", {"order_id": order_id, "cres": "eyJ9"}, face)
            yield _row(f"finalize nobody {number}", given, "order_unknown")
        yield _row("events after -5", Given("events", {"after": -5, "idle_s": 0.001}, face), "position_format", "after")
        for order_id, code in (("NOPE", "order_unknown"), (PAN, "order_unknown"), ("KNOWN-1", "wait_timeout")):
            for timeout_s in (0.0, -1.0, float("nan")):
                wait = Given("wait", {"order_id": order_id, "timeout_s": timeout_s}, face)
                yield _row(f"wait {order_id[:7]} {timeout_s}", wait, code)
        for position in _POSITIONS:
            events = Given("events", {"after": position, "idle_s": 0.001}, face)
            yield _row(f"events after {position[:9]!r}", events, "position_format", "after")


def _row(name: str, given: Given, code: str, field: str = "") -> Row:
    return Row(f"{given.face}: {name}", given, code, field)


ROWS = [*_rows()]


def knock(world: World, given: Given) -> Told:
    """Call it."""
    try:
        if given.face == "blocking":
            return told("", text=repr(_called(world.enqueuer, given)))
        return told("", text=repr(world.loop.run(_awaited(world.async_enqueuer, given))))
    except InvalidCommand as refusal:
        return refused(refusal)
    except OrderConflict as conflict:
        return Told(frozenset(("order_conflict", field) for field in conflict.fields), f"{conflict} {conflict!r}")
    except ProducerError as error:
        return told(error.code, text=f"{error} {error!r}")


def _called(enqueuer: Enqueuer, given: Given) -> object:
    answer = getattr(enqueuer, given.method)(**given.arguments)
    return next(answer, None) if given.method == "events" else answer


async def _awaited(enqueuer: AsyncEnqueuer, given: Given) -> object:
    answer = getattr(enqueuer, given.method)(**given.arguments)
    return await anext(answer, None) if given.method == "events" else await answer
