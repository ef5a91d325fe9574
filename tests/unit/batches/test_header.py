"""A wrong header is told once, as row 0, instead of once per row."""

from tests.unit.batches.files import a_row, csv_file, results
from tests.unit.contract.builders import PAN


def test_a_file_without_a_header_does_not_show_its_cards() -> None:
    """Then the first row is taken for the header, and its cells are data: none is repeated."""
    (result,) = results(csv_file(a_row(1)).split(b"\r\n", 1)[1])
    assert PAN[:6] not in repr(result) and "Ona" not in repr(result) and "123" not in repr(result)
