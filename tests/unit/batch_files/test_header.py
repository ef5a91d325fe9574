"""A wrong header is told once, as row 0, instead of once per row."""

import pytest

from producers.contract.commands import BATCH_COLUMNS
from tests.unit.batch_files.files import a_row, complaints, csv_file, results
from tests.unit.contract.builders import PAN


def columns_with(*changes: tuple[str, str]) -> list[str]:
    """The documented columns, some of them under another name."""
    renamed = dict(changes)
    return [renamed.get(column, column) for column in BATCH_COLUMNS]


def test_a_typing_error_in_the_header_gets_a_suggestion() -> None:
    """`descripton` is answered with `description`, in one result for the whole file."""
    (result,) = results(csv_file(a_row(1), a_row(2), columns=columns_with(("description", "descripton"))))
    (error,) = result.errors
    assert (result.row, error.field, error.code) == (0, "descripton", "field_unknown")
    assert 'did you mean "description"?' in error.message


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (columns_with(("amount", "amout")), [("amout", "field_unknown"), ("amount", "header_missing")]),
        (columns_with(("amount", " amount")), [("?", "field_unknown"), ("amount", "header_missing")]),
        (columns_with(("amount", "Amount")), [("Amount", "field_unknown"), ("amount", "header_missing")]),
        ([*BATCH_COLUMNS, "holder"], [("holder", "header_duplicate")]),
        ([*BATCH_COLUMNS, "payment_instrument"], [("payment_instrument", "field_unknown")]),
        ([*BATCH_COLUMNS, ""], [("?", "field_unknown")]),
        (["order_id", "amount", "currency", "country"], [("pan", "header_missing")]),
        (["pan", "amount", "currency", "country"], [("order_id", "header_missing")]),
        (["order_id;amount;currency;country"], [("", "csv_delimiter")]),
        (["order_id\tamount\tcurrency\tcountry"], [("", "csv_delimiter")]),
    ],
    ids=str,
)
def test_a_wrong_header_is_told(columns: list[str], expected: list[tuple[str, str]]) -> None:
    """What is unknown, doubled or missing, each by its name."""
    assert complaints(csv_file(a_row(1), columns=columns)) == [(0, *error) for error in expected]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "file_empty"),
        (b"\n\r\n  \n", "file_empty"),
        (csv_file(), "file_empty"),
        (csv_file(a_row(1)).decode().encode("utf-16"), "row_encoding"),
        (b"\xff,\xfe\n", "row_encoding"),
        (b'"order_id,amount\n', "csv_invalid"),
        (b"x" * 100_000, "row_size"),
    ],
    ids=["nothing", "blank", "header only", "utf-16", "binary", "open quote", "endless"],
)
def test_a_file_that_is_none_is_told(data: bytes, code: str) -> None:
    """Empty, of another encoding, or no CSV at all."""
    assert complaints(data) == [(0, "", code)]


def test_an_empty_file_of_json_lines_is_told() -> None:
    """A batch without rows is a mistake in both formats."""
    assert complaints(b"\n", "jsonl") == [(0, "", "file_empty")]


def test_a_file_without_a_header_does_not_show_its_cards() -> None:
    """Then the first row is taken for the header, and its cells are data: none is repeated."""
    (result,) = results(csv_file(a_row(1)).split(b"\r\n", 1)[1])
    assert PAN[:6] not in repr(result) and "Ona" not in repr(result) and "123" not in repr(result)
