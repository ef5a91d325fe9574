"""Every row of a file is a charge or everything that is wrong with it; one bad row never spoils another."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.batches.files import Format, RowResult, read_rows
from producers.contract.commands import BATCH_COLUMNS, MORE_COLUMNS, Charge
from producers.contract.commands import FIELDS as CHARGE_FIELDS
from tests.unit.batches.files import a_row, complaints, csv_file, json_file, results
from tests.unit.contract.builders import (
    CARD,
    FIELDS,
    NOW_MS,
    PAN,
    PAYMENT_ID,
    nested_fields,
    parsed,
    reference_fields,
)

GOOD_LINE = csv_file(a_row(2)).splitlines(keepends=True)[1]


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_good_rows_are_charges(format: Format) -> None:
    """Both formats give the charges the fields mean, numbered from 1."""
    rows = [a_row(1), a_row(2, description='Kettle, "blue"', amount="1.00")]
    data = csv_file(*rows) if format == "csv" else json_file(*rows)
    assert results(data, format) == [RowResult(1, parsed(rows[0])), RowResult(2, parsed(rows[1]))]


def test_json_lines_may_nest_the_instrument() -> None:
    """The gateway's own request is a row too."""
    assert results(json_file(nested_fields()), "jsonl") == [RowResult(1, parsed(nested_fields()))]


def test_cards_and_references_mix() -> None:
    """A row without a card but with a payment_id is a recurring charge."""
    data = csv_file(a_row(1), reference_fields(order_id="ORD-2"))
    assert [isinstance(result.content, Charge) for result in results(data)] == [True, True]


def test_columns_come_in_any_order_and_may_be_left_out() -> None:
    """Only what a charge needs must be there."""
    columns = ["payment_id", "country", "currency", "amount", "order_id"]
    assert complaints(csv_file(reference_fields(), columns=columns)) == []


@pytest.mark.parametrize("format", ["csv", "jsonl"])
@pytest.mark.parametrize(
    "more",
    [
        {"mode": "two_phase"},
        {"mode": "direct"},
        {"mode": ""},
        {"settle": "false"},
        {"statement_descriptor_suffix": "Kettles"},
        {"customer": "cust-42", "customer_ip": "2001:db8::7"},
        {"expires_at_ms": str(NOW_MS + 60_000)},
        {"payment_method": "card"},
    ],
    ids=lambda more: "-".join(map(str, more.values())) if isinstance(more, dict) else None,
)
def test_a_row_says_what_few_charges_have(format: Format, more: dict[str, object]) -> None:
    """By a column, or by a member, beside rows that leave it empty."""
    rows = [a_row(1, **more), a_row(2)]
    data = csv_file(*rows, columns=(*BATCH_COLUMNS, *more)) if format == "csv" else json_file(*rows)
    assert results(data, format) == [RowResult(1, parsed(rows[0])), RowResult(2, parsed(rows[1]))]


def test_every_field_that_fits_a_cell_is_a_column() -> None:
    """A charge's field that is missing here could be asked for by programs only."""
    objects = {"payment_instrument", "threeds2_data", "backup"}
    assert {*BATCH_COLUMNS, *MORE_COLUMNS} == {*CHARGE_FIELDS} - objects


def test_a_wrong_mode_is_told_by_its_row() -> None:
    """And no mode stands beside an amount that is only held."""
    columns = (*BATCH_COLUMNS, "mode", "settle")
    rows = [a_row(1, mode="both"), a_row(2), a_row(3, mode="two_phase", settle="false")]
    assert complaints(csv_file(*rows, columns=columns)) == [(1, "mode", "mode_unknown"), (3, "mode", "mode_settle")]


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_line_ends_and_blank_lines_do_not_matter(end: bytes) -> None:
    """Unix and Windows files read alike; blank lines are not rows, and the last line end may be missing."""
    header, row, *_ = csv_file(a_row(1)).splitlines()
    data = end.join([b"", header, b"", row, b"  ", GOOD_LINE.strip()])
    assert [(result.row, result.errors) for result in results(data)] == [(1, ()), (2, ())]


def test_excels_byte_order_mark_is_taken() -> None:
    """CSV in UTF-8 from Excel starts with one."""
    assert complaints(b"\xef\xbb\xbf" + csv_file(a_row(1))) == []


def test_every_wrong_field_of_every_row_is_told() -> None:
    """Rows are judged whole, and each by itself."""
    data = csv_file(a_row(1, amount="1e3", cvc="12"), a_row(2), a_row(3, country="USA"))
    assert complaints(data) == [
        (1, "amount", "amount_format"),
        (1, "cvc", "card_cvc_length"),
        (3, "country", "country_unknown"),
    ]


def test_an_order_id_stands_once_in_a_file() -> None:
    """The second row is refused and names the first, even when that one is wrong itself."""
    rows = [a_row(1), a_row(2, amount="x"), a_row(2), a_row(1, amount="9.99"), a_row(1)]
    assert complaints(csv_file(*rows)) == [
        (2, "amount", "amount_format"),
        (3, "order_id", "order_id_duplicate"),
        (4, "order_id", "order_id_duplicate"),
        (5, "order_id", "order_id_duplicate"),
    ]
    assert [result.errors[0].message for result in results(csv_file(*rows))[2:]] == [
        "stands in row 2 already",
        "stands in row 1 already",
        "stands in row 1 already",
    ]


@given(st.lists(st.lists(st.text(max_size=20), min_size=12, max_size=12), min_size=1, max_size=4))
def test_any_cells_are_rows(cells: list[list[str]]) -> None:
    """Under a good header, any cells are judged and none raises."""
    columns = csv_file().strip().decode().split(",")
    assert results(csv_file(*(dict(zip(columns, row, strict=True)) for row in cells)))


def test_no_complaint_repeats_a_card() -> None:
    """Not even when the card stands where the order_id should."""
    shifted = {**a_row(1), "order_id": PAN, "pan": "ORD-1", "description": f"{PAN} 04/31 123", "holder": PAN}
    told = repr([result.errors for result in results(csv_file(shifted))])
    assert PAN[:6] not in told and "1111" not in told


class Endless(io.RawIOBase):
    """A file that is made while it is read, and counts how much of it was."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self.chunks = chunks
        self.lines_read = 0

    def readline(self, size: int | None = -1, /) -> bytes:
        self.lines_read += 1
        return next(self.chunks, b"")


def test_rows_are_read_one_by_one() -> None:
    """Nothing is read ahead: an endless file gives its first rows at once."""
    header, _ = csv_file(a_row(1)).splitlines(keepends=True)

    def lines() -> Iterator[bytes]:
        yield header
        number = 0
        while True:
            number += 1
            yield csv_file(a_row(number)).splitlines(keepends=True)[1]

    stream = Endless(lines())
    rows = read_rows(stream, "csv", now_ms=NOW_MS, mode="test")  # type: ignore[arg-type]
    assert ([next(rows).row for _ in range(3)], stream.lines_read) == ([1, 2, 3], 4)


def test_both_formats_mean_the_same() -> None:
    """A row of strings gives the same charge from CSV and from JSON lines."""
    row = {name: str(value) for name, value in {**FIELDS, **CARD}.items()}
    assert results(csv_file(row)) == results(json_file(row), "jsonl")
    assert json.dumps(PAYMENT_ID) not in repr(results(csv_file(row)))


def test_a_json_line_may_say_what_continues_it() -> None:
    """A second instrument and a link; in a cell stands the link alone."""
    row = a_row(1, description="Kettle", backup={"payment_id": PAYMENT_ID}, needs_customer="link")
    assert results(json_file(row), "jsonl") == [RowResult(1, parsed(row))]
    cell = a_row(1, description="Kettle", needs_customer="link")
    assert results(csv_file(cell, columns=[*cell])) == [RowResult(1, parsed(cell))]
