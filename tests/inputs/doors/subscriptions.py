"""Subscriptions: what is given instead of plans, subscriptions, changes and rows of an import."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from producers.errors import InvalidCommand, ProducerError
from producers.subscriptions.imports import read_rows
from tests.inputs.cards import SPACED
from tests.inputs.charge_fields import ODD
from tests.inputs.doors.charges import refused
from tests.inputs.rows import Row, Told, told
from tests.inputs.world import CANCELLED_SUBSCRIPTION, KNOWN_PLAN, KNOWN_SUBSCRIPTION, World
from tests.unit.contract.builders import PAN


class Given(NamedTuple):
    """A call: the method's name, whom it is about, and its fields; `import` reads the text as a file."""

    method: str
    fields: Mapping[str, Any]
    name: str = ""


GOOD: Mapping[str, Any] = {
    "subscription_id": "new", "amount": "9.90", "currency": "EUR", "unit": "month", "country": "LT",
    "zone": "Europe/Vilnius", "start": "2026-02-01",
}  # fmt: skip
FIELDS: list[tuple[dict[str, Any], str, str]] = [
    *(({"subscription_id": text}, "subscription_id_format", "subscription_id")
      for text in (None, "", "a.b", "a b", "x" * 33, "ä", 7, ODD)),
    ({"subscription_id": PAN}, "card_number_in_text", "subscription_id"),
    *(({"unit": text}, "unit_unknown", "unit") for text in (None, "months", "MONTH", 1, ODD)),
    *(({"every": text}, "every_range", "every") for text in ("0", "-1", "1.5", "121", 0, 121, True, 1.0, ODD)),
    *(({"zone": text}, "zone_unknown", "zone")
      for text in (None, "Vilnius", "europe/vilnius", "../../etc/passwd", "UTC+2", 2, ODD)),
    *(({"start": text}, "start_format", "start") for text in ("31.1.2026", "2026-02-30", "soon", 20260131, ODD)),
    *(({"start": text}, "start_format", "start") for text in ("1969-12-31", "3000-01-01", "9999-12-31", "0001-01-01")),
    ({"start": "2020-01-31"}, "start_past", "start"),
    *(({"anchor_day": text}, "anchor_day_range", "anchor_day") for text in ("0", "32", 0, True, "first", ODD)),
    ({"anchor_day": "15"}, "anchor_day_start", "anchor_day"),
    *(({"trial_d": given, "start": None}, "trial_range", "trial_d") for given in ("0", "366", 0, True, 1.5, ODD)),
    ({"trial_d": 14}, "trial_start", "trial_d"),
    ({"consent": 7}, "consent_type", "consent"),
    ({"consent": "x" * 256}, "consent_format", "consent"),
    ({"consent": "a\x1b[2J"}, "consent_format", "consent"),
    ({"consent": f"card {SPACED}"}, "card_number_in_text", "consent"),
    ({"consent_at": "2026-01-01T00:00:00Z"}, "consent_alone", "consent"),
    ({"consent": "a", "consent_at": "yesterday"}, "consent_at_format", "consent_at"),
    ({"consent": "a", "consent_at": "2026-01-01T00:00:00"}, "consent_at_format", "consent_at"),
    ({"consent": "a", "consent_at": "0001-01-01T00:00:00+14:00"}, "consent_at_format", "consent_at"),
    ({"consent": "a", "consent_at": "2099-01-01T00:00:00Z"}, "consent_at_future", "consent_at"),
    ({"customer": "two words"}, "customer_format", "customer"),
    ({"plan_id": "a/b"}, "plan_id_format", "plan_id"),
    ({"plan_id": "nobody"}, "plan_unknown", ""),
    ({"amount": 9.9}, "amount_type", "amount"),
    ({"amount": "9.9"}, "amount_scale", "amount"),
    ({"currency": "eur"}, "currency_unknown", "currency"),
    ({"country": "UK"}, "country_unknown", "country"),
    ({"payment_id": PAN}, "payment_id_format", "payment_id"),
    ({"account": "a:b"}, "account_format", "account"),
    ({"pan": PAN}, "field_unknown", "pan"),
    ({PAN: "1"}, "field_unknown", "?"),
    ({"subscription_id": KNOWN_SUBSCRIPTION, "amount": "8.00"}, "subscription_conflict", ""),
]  # fmt: skip
CHANGES: list[tuple[dict[str, Any], str, str]] = [
    ({}, "change_empty", ""),
    ({"amount": "5.00"}, "consent_required", "consent"),
    ({"amount": 5, "consent": "a"}, "amount_type", "amount"),
    ({"amount": "5", "consent": "a"}, "amount_scale", "amount"),
    ({"currency": "USD", "consent": "a"}, "currency_alone", "currency"),
    ({"zone": "Mars/Olympus"}, "zone_unknown", "zone"),
    ({"zonne": "UTC", "consent": "a"}, "field_unknown", "zonne"),
]
CONSENTS: list[tuple[dict[str, Any], str, str]] = [
    ({}, "consent_required", "consent"),
    ({"consent": 7}, "consent_type", "consent"),
    ({"consent_at": "2026-01-01T00:00:00Z"}, "consent_alone", "consent"),
    ({"consent": "a", "consent_at": "2099-01-01T00:00:00Z"}, "consent_at_future", "consent_at"),
    ({"consent": "a", "zone": "UTC"}, "field_unknown", "zone"),
]
DUNNING: list[tuple[dict[str, Any], str, str]] = [
    *(({"waits_d": given}, "dunning_list", "waits_d") for given in (7, {"a": 1}, "1," * 15 + "1", ODD)),
    *(({"waits_d": given}, "dunning_number", "waits_d") for given in ("0", "31", "1;2", "x", [1.5], [True], [ODD])),
    *(({"from_hour": given}, "dunning_number", "from_hour") for given in ("-1", 24, 9.0, True, ODD)),
    ({"to_hour": "25"}, "dunning_number", "to_hour"),
    ({"from_hour": "20", "to_hour": "20"}, "dunning_hours", "from_hour"),
    *(({"pay_days": given}, "dunning_number", "pay_days") for given in ("0", "-2", [32])),
    ({"pay_days": 15}, "dunning_list", "pay_days"),
    ({"pay_day_reach_d": 31}, "dunning_number", "pay_day_reach_d"),
    ({"warning_d": "soon"}, "dunning_number", "warning_d"),
    *(({"when_over": given}, "when_over_unknown", "when_over") for given in ("Cancel", 1, ODD)),
    *(({"link": given}, "link_type", "link") for given in ("yes", 1.5, ["true"], ODD)),
    ({"wait_d": "1"}, "field_unknown", "wait_d"),
]
_HEAD = "subscription_id,amount,currency,unit,country,zone,start"
_GOOD_ROW = "new,9.90,EUR,month,LT,UTC,2026-02-01"
FILES: list[tuple[str, str, str]] = [
    ("subscription_id,country", "header_missing", "zone"),
    (f"{_HEAD},pan", "field_unknown", "pan"),
    (f"{_HEAD},zone", "header_duplicate", "zone"),
    (f"{_HEAD}\nnew,9.90", "row_columns", ""),
    (f'{_HEAD}\n"new,9.90', "csv_invalid", ""),
    (f"{_HEAD}\n{_GOOD_ROW}\n{_GOOD_ROW}", "subscription_duplicate", "subscription_id"),
]


def _rows() -> Iterator[Row]:
    for number, (change, code, field) in enumerate(FIELDS):
        given = {name: value for name, value in {**GOOD, **change}.items() if value is not None}
        yield Row(f"create {number}", Given("create", given), code, field)
    for number, (change, code, field) in enumerate(CHANGES):
        yield Row(f"change {number}", Given("change", change, KNOWN_SUBSCRIPTION), code, field)
    for number, (change, code, field) in enumerate(CONSENTS):
        yield Row(f"consent {number}", Given("consent", change, KNOWN_SUBSCRIPTION), code, field)
    for number, (change, code, field) in enumerate(DUNNING):
        yield Row(f"dunning {number}", Given("set_dunning", change, KNOWN_PLAN), code, field)
    for number, (text, code, field) in enumerate(FILES):
        yield Row(f"import {number}", Given("import", {"text": text}), code, field)
    plan = {"plan_id": KNOWN_PLAN, "amount": "1.00", "currency": "EUR", "unit": "month"}
    yield Row("another plan", Given("add_plan", plan), "plan_conflict")
    yield Row("a plan without a name", Given("add_plan", {**plan, "plan_id": "a b"}), "plan_id_format", "plan_id")
    yield Row("nobody's dunning", Given("set_dunning", {}, "nobody"), "plan_unknown")
    yield Row("nobody's trial", Given("convert", {}, "nobody"), "subscription_unknown")
    yield Row("nobody's", Given("pause", {}, "nobody"), "subscription_unknown")
    yield Row("a card's", Given("pause", {}, PAN), "subscription_unknown")
    yield Row("a cancelled one", Given("resume", {}, CANCELLED_SUBSCRIPTION), "subscription_cancelled")
    yield Row("no card", Given("save_card", {"payment_id": PAN}, KNOWN_SUBSCRIPTION), "payment_id_format", "payment_id")


ROWS = tuple(_rows())


def knock(world: World, given: Given) -> Told:
    """What the call raises, or what is wrong with the rows of the file."""
    try:
        if given.method == "import":
            rows = list(read_rows(io.StringIO(given.fields["text"]), world.subscriptions))
            errors = [error for row in rows for error in row.errors]
            return refused(InvalidCommand(errors)) if errors else told("")
        method = getattr(world.subscriptions, given.method)
        method(*([given.name] if given.name else []), **given.fields)
    except InvalidCommand as error:
        return refused(error)
    except ProducerError as error:
        return told(error.code, text=str(error))
    return told("")
