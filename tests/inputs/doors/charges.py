"""The charge of a service: `parse_charge`, which every way to ask for money ends in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from producers.contract.commands import parse_charge
from producers.errors import InvalidCommand
from tests.inputs.charge_customers import CUSTOMERS
from tests.inputs.charge_fields import AMOUNT, COUNTRY, CURRENCY, MODE, ODDITIES, ORDER_ID, TEXTS, Bad
from tests.inputs.charge_instruments import CARDS, INSTRUMENT
from tests.inputs.charge_succession import SUCCESSION
from tests.inputs.charge_threeds import MORE
from tests.inputs.rows import Row, Told
from tests.inputs.token_fields import BY_TOKEN
from tests.inputs.world import World
from tests.unit.contract.builders import NOW_MS


def _rows(cases: Sequence[Bad]) -> list[Row]:
    return [
        Row(f"{bad.code}-{number}", (bad.charge, bad.mode), bad.code, bad.field) for number, bad in enumerate(cases)
    ]


ROWS = [
    *_rows(
        [
            *(*AMOUNT, *CURRENCY, *COUNTRY, *ORDER_ID, *TEXTS, *MODE, *CARDS, *INSTRUMENT, *ODDITIES, *MORE),
            *(*SUCCESSION, *CUSTOMERS, *BY_TOKEN),
        ]
    ),
    *(
        Row(f"payload_type-{kind}", (given, "test"), "payload_type")
        for kind, given in {
            "none": None,
            "list": [("order_id", "ORD-1")],
            "text": '{"order_id": "ORD-1"}',
            "bytes": b"{}",
            "number": 1,
        }.items()
    ),
]


def knock(world: World, given: tuple[Any, Any]) -> Told:
    """Parse it."""
    fields, mode = given
    try:
        parse_charge(fields, now_ms=NOW_MS, mode=mode)
    except InvalidCommand as refusal:
        return refused(refusal)
    return Told(frozenset(), "a charge")


def refused(refusal: InvalidCommand) -> Told:
    """Every field error, and all that a caller may print of it."""
    complaints = frozenset((error.code, error.field) for error in refusal.errors)
    return Told(complaints, f"{refusal} {refusal.errors!r} {refusal.code} {refusal!r}")
