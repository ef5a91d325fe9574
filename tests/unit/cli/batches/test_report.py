"""One row of a batch report for every fate a row can have, safe to open in a spreadsheet."""

from __future__ import annotations

import pytest

from cardinity_client.models.payments import PaymentReference
from cardinity_client.money import Money
from producers.batches.files import RowResult
from producers.contract.commands import Charge
from producers.errors import FieldError
from producers.runtime.ledger.record import Record
from workers.cli.batches.report import COLUMNS, row_of

PARENT = PaymentReference("00000000-0000-4000-a000-000000000001")


def result(order_id: str = "A-1") -> RowResult:
    return RowResult(3, Charge(order_id, Money(1000, "EUR"), "LT", "shoes", PARENT))


def record(state: str = "approved", **fields: str) -> Record:
    values = {
        "state": state,
        "amount_minor": "1000",
        "currency": "EUR",
        "country": "LT",
        "description": "shoes",
        "account": "default",
        "since": "5",
        **fields,
    }
    return Record("A-1", {name: value.encode() for name, value in values.items()})


def test_a_row_keeps_its_number_and_tells_its_outcome() -> None:
    """The report's row number is the file's, and the outcome is that of the ledger."""
    row = row_of(result(), record("declined", payment_id="p-1", error="3000: Do Not Honor"))
    assert row.values["row"] == 3
    assert (row.state, row.final, row.values["payment_id"], row.values["error"]) == (
        "declined", True, "p-1", "3000: Do Not Honor",
    )  # fmt: skip


def test_an_open_order_is_not_final() -> None:
    """Unknown is told as unknown."""
    row = row_of(result(), record("unknown"))
    assert (row.state, row.final) == ("unknown", False)


def test_a_row_that_was_never_submitted_says_so() -> None:
    """An order the ledger does not have is not an outcome."""
    assert (row_of(result(), None).state, row_of(result(), None).final) == ("not_submitted", False)


def test_an_invalid_row_names_its_codes() -> None:
    """A row that cannot be submitted tells field and code, as `validate` does."""
    errors = (FieldError("amount", "amount_scale", "…"), FieldError("", "row_columns", "…"))
    row = row_of(RowResult(1, errors), None)
    assert (row.state, row.values["reason"]) == ("invalid", "amount:amount_scale :row_columns")


@pytest.mark.parametrize(
    ("field", "kept"), [("amount_minor", "1001"), ("country", "LV"), ("description", ""), ("account", "b")]
)
def test_an_order_with_other_content_is_a_conflict(field: str, kept: str) -> None:
    """The outcome of somebody else's order is never told as this row's."""
    assert row_of(result(), record(**{field: kept})).state == "conflict"


def test_an_archived_order_is_told_as_it_ended() -> None:
    """What its tombstone does not say is not held against the row; another amount is."""
    left = {"archived": "1", "country": "", "description": "", "account": "", "lane": "default", "payment_id": "p-1"}
    row = row_of(result(), record(**left))
    assert (row.state, row.final, row.values["payment_id"], row.values["reason"]) == ("approved", True, "p-1", None)
    assert row_of(result(), record(**left, amount_minor="1001")).state == "conflict"


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_no_cell_is_a_formula(text: str) -> None:
    """The gateway's words cannot run in a spreadsheet."""
    row = row_of(result(), record(error=text))
    assert row.cells()[COLUMNS.index("error")] == f"'{text}"


def test_what_does_not_apply_is_an_empty_cell() -> None:
    """None is nothing, and yes and no are words."""
    cells = dict(zip(COLUMNS, row_of(result(), None).cells(), strict=True))
    assert (cells["payment_id"], cells["final"]) == ("", "no")
