"""Limits of a file, and how amounts by currency are read."""

from __future__ import annotations

import pytest

from cardinity_client.money import Money
from producers.batches.limits import Limits
from producers.batches.manifest import Manifest
from producers.contract.totals import read_totals
from tests.unit.batches.files import a_row, csv_file, results


def manifest() -> Manifest:
    """Two rows, 30.00 EUR and 900 JPY."""
    made = Manifest()
    for result in results(csv_file(a_row(1, amount="30.00"), a_row(2, amount="900", currency="JPY"))):
        made.add(result)
    return made


@pytest.mark.parametrize(
    ("limits", "broken"),
    [
        (Limits(), []),
        (Limits(rows_max=2), []),
        (Limits(rows_max=1), ["it has 2 rows; at most 1 are allowed"]),
        (Limits(totals_max=read_totals("EUR=30.00,JPY=900")), []),
        (Limits(totals_max=read_totals("EUR=29.99,JPY=900")), ["it adds up to 30.00 EUR; at most 29.99 are allowed"]),
        (Limits(totals_max=read_totals("EUR=30.00")), ["it adds up to 900 JPY; at most 0 are allowed"]),
    ],
    ids=["none", "as many rows", "a row too many", "as much", "a cent too much", "a currency that nobody allowed"],
)
def test_every_limit_that_is_broken_is_told(limits: Limits, broken: list[str]) -> None:
    """At the limit is within it; where totals are given, other currencies have none to give."""
    assert list(limits.broken_by(manifest())) == broken


def test_a_total_has_more_digits_than_an_amount() -> None:
    """A million payments add up to more than one may be."""
    assert read_totals("EUR=123456789.01, BHD=0.500") == {
        "EUR": Money(12_345_678_901, "EUR"),
        "BHD": Money(500, "BHD"),
    }


@pytest.mark.parametrize(
    "text",
    ["", "EUR", "EUR=", "EUR=1", "EUR=1.0", "JPY=1.00", "XXX=1.00", "eur=1.00", "EUR=01.00", "EUR=1.00,EUR=2.00",
     "EUR=-1.00", "EUR=1e3", "EUR=1.00,", "EUR=1.00;USD=1.00"],
)  # fmt: skip
def test_what_is_no_total_is_refused(text: str) -> None:
    """One spelling per amount, each currency once; what was given is not repeated."""
    with pytest.raises(ValueError) as refused:
        read_totals(text)
    assert str(refused.value) == (
        "must be amounts by currency like EUR=50000.00,JPY=900000, each with the decimals of its currency"
    )
