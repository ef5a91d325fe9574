"""Refunds, settlements and voids: parsed, called for in Python, and asked for at the command line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from producers.contract.follow_ups import parse_follow_up
from producers.contract.names import REFUND, SETTLEMENT, VOID
from producers.errors import InvalidCommand
from tests.inputs.cards import SPACED
from tests.inputs.doors import command_line, enqueuers
from tests.inputs.doors.charges import refused
from tests.inputs.follow_up_fields import EVERY
from tests.inputs.rows import Row, Told
from tests.inputs.world import World
from tests.unit.contract.builders import NOW_MS, PAN, PAYMENT_ID

#: The method of an enqueuer and the command, by kind.
_CALLS: Final[Mapping[str, str]] = {REFUND: "refund", SETTLEMENT: "settle", VOID: "void"}
#: One row in so many is called for on the running ledger, by either face.
_ONE_IN: Final = 4

_GOOD: Final = ("--order-id", "CLI-R", "--payment-id", PAYMENT_ID)
_MONEY: Final = ("--amount", "10.00", "--currency", "EUR")
_USAGE: Final[list[tuple[tuple[str, ...], str]]] = [
    (("refund",), "--order-id"),
    (("settle", "--order-id", "A-1"), "--payment-id"),
    (("void", "--order-id", "A-1"), "--payment-id"),
    (("refund", *_GOOD), "--amount"),
    (("refund", *_GOOD, "--amount", "1.00"), "--currency"),
    (("void", *_GOOD, *_MONEY), ""),
    (("refund", *_GOOD, *_MONEY, PAN), ""),
    (("refund", *_GOOD, *_MONEY, "--pan", PAN), ""),
    (("refund", *_GOOD, *_MONEY, "--timeout-s", "nan"), "--timeout-s"),
    (("settle", *_GOOD, *_MONEY, "--timeout-s", SPACED), "--timeout-s"),
    (("void", *_GOOD, "--timeout-s", "-1"), "--timeout-s"),
    (("refund", "--order-id"), ""),
]
_FIELDS: Final[list[tuple[str, dict[str, str], str, str]]] = [
    ("refund", {"order-id": "a b"}, "order_id_charset", "order_id"),
    ("void", {"order-id": PAN}, "card_number_in_text", "order_id"),
    ("refund", {"payment-id": "77"}, "payment_id_format", "payment_id"),
    ("void", {"payment-id": PAN}, "payment_id_format", "payment_id"),
    ("settle", {"payment-id": "\udcff"}, "payment_id_format", "payment_id"),
    ("refund", {"amount": "10"}, "amount_scale", "amount"),
    ("refund", {"amount": "0.00"}, "amount_minimum", "amount"),
    ("settle", {"amount": "-1.00"}, "amount_sign", "amount"),
    ("settle", {"amount": PAN}, "amount_maximum", "amount"),
    ("refund", {"currency": "eur"}, "currency_unknown", "currency"),
    ("void", {"description": f"card {SPACED}"}, "card_number_in_text", "description"),
    ("refund", {"description": "k" * 250}, "description_length", "description"),
    ("refund", {"description": "a\x1b[2J"}, "description_charset", "description"),
    ("void", {"account": "a:b"}, "account_format", "account"),
]
#: What a charge has and a refund of the same order_id and amount has not, or the other way round.
_OTHERWISE: Final = (
    ("order_conflict", "country"),
    ("order_conflict", "description"),
    ("order_conflict", "kind"),
    ("order_conflict", "payment_id"),
)

PARSED = [
    *(
        Row(f"{bad.kind} {bad.code} {number}", bad, bad.code, bad.field, also=bad.also)
        for number, bad in enumerate(EVERY)
    ),
    *(
        Row(f"payload_type {kind} {name}", (kind, given), "payload_type")
        for kind in _CALLS
        for name, given in {"none": None, "list": [("order_id", "A-1")], "text": "{}", "number": 1}.items()
    ),
]


def _called() -> Iterator[Row]:
    for number, bad in enumerate(EVERY):
        if number % _ONE_IN == 0 and all(isinstance(name, str) for name in bad.fields):
            for face in ("blocking", "asyncio"):
                given = enqueuers.Given(_CALLS[bad.kind], bad.fields, face)
                yield Row(f"{face}: {bad.kind} {bad.code} {number}", given, bad.code, bad.field, also=bad.also)
    for face in ("blocking", "asyncio"):
        taken: dict[str, Any] = {"order_id": "KNOWN-1", "payment_id": PAYMENT_ID, "amount": "25.50", "currency": "EUR"}
        given = enqueuers.Given("refund", taken, face)
        yield Row(f"{face}: the order is a charge", given, "order_conflict", "payment_instrument", also=_OTHERWISE)


def _commanded() -> Iterator[Row]:
    for number, (arguments, field) in enumerate(_USAGE):
        words = (arguments[0], "--json", *arguments[1:])
        yield Row(f"usage: {' '.join(arguments)[:40]} {number}", command_line.Given(words), "usage", field)
    for number, (command, changes, code, field) in enumerate(_FIELDS):
        options = {"order-id": "CLI-R", "payment-id": PAYMENT_ID}
        if command != "void":
            options |= {"amount": "10.00", "currency": "EUR"}
        words = (
            command,
            "--json",
            *(word for name, value in {**options, **changes}.items() for word in (f"--{name}", value)),
        )
        yield Row(f"{command}: {code} {number}", command_line.Given(words), code, field)
    closed = command_line.Given(
        ("refund", "--json", *_GOOD, *_MONEY), env={"REDIS_LEDGER_URL": "redis://127.0.0.1:1/1"}
    )
    yield Row("refund: nobody there", closed, "ledger_unavailable")
    taken = command_line.Given(("void", "--json", "--order-id", "KNOWN-1", "--payment-id", PAYMENT_ID))
    yield Row("void: the order is a charge", taken, "order_conflict", says="payment_id")


CALLED = [*_called()]
COMMANDED = [*_commanded()]


def knock(world: World, given: Any) -> Told:
    """Parse it."""
    kind, fields = given if isinstance(given, tuple) and len(given) == 2 else (given.kind, given.fields)
    try:
        parse_follow_up(kind, fields, now_ms=NOW_MS)
    except InvalidCommand as refusal:
        return refused(refusal)
    return Told(frozenset(), "an order")
