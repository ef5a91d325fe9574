"""A manifest counts a file and knows its content again, without knowing its cards."""

from __future__ import annotations

import pytest

from cardinity_client.money import Money
from producers.batches.files import Format
from producers.batches.manifest import Manifest, Summary, differences
from producers.contract.commands import BATCH_COLUMNS, MORE_COLUMNS
from tests.unit.batches.files import a_row, csv_file, json_file, results
from tests.unit.contract.builders import ABSENT, NOW_MS, reference_fields

REFERENCE, OTHER = ({"payment_id": f"3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c{end}"} for end in ("10", "11"))


def manifest(data: bytes, format: Format = "csv") -> Manifest:
    """Of the whole file."""
    made = Manifest()
    for result in results(data, format):
        made.add(result)
    return made


def test_a_summary_counts_rows() -> None:
    """Valid and invalid rows make up all rows."""
    summary = manifest(csv_file(a_row(1), a_row(2, amount="x"), a_row(3))).summary
    assert (summary, summary.ok) == (Summary(rows=3, valid=2, invalid=1), False)


def test_a_good_file_is_ok() -> None:
    """Without an invalid row the file may be submitted."""
    assert manifest(csv_file(a_row(1))).summary.ok


def test_a_file_that_is_wrong_as_a_whole_is_not_ok() -> None:
    """It has no rows and one thing that is invalid."""
    assert manifest(b"").summary == Summary(rows=0, valid=0, invalid=1)


def test_the_hash_is_of_the_content_not_of_the_bytes() -> None:
    """CSV and JSON lines, other column orders and line ends: same charges, same hash."""
    rows = [a_row(1), a_row(2, description=ABSENT)]
    columns = sorted(a_row(1))
    hashes = {
        manifest(csv_file(*rows)).manifest_hash,
        manifest(csv_file(*rows, columns=columns).replace(b"\r\n", b"\n\n")).manifest_hash,
        manifest(json_file(*rows), "jsonl").manifest_hash,
    }
    assert len(hashes) == 1


@pytest.mark.parametrize(
    "rows",
    [
        [a_row(1)],
        [a_row(2), a_row(1)],
        [a_row(1, amount="25.51"), a_row(2)],
        [a_row(1, currency="USD"), a_row(2)],
        [a_row(1, country="LV"), a_row(2)],
        [a_row(1, description="x"), a_row(2)],
        [a_row(1, account="x"), a_row(2)],
        [a_row(1, settle="false"), a_row(2)],
        [a_row(1, mode="two_phase"), a_row(2)],
        [a_row(1, mode="direct"), a_row(2)],
        [a_row(1, statement_descriptor_suffix="Kettles"), a_row(2)],
        [a_row(1, customer="cust-42"), a_row(2)],
        [a_row(1, customer_ip="192.0.2.7"), a_row(2)],
        [a_row(1, expires_at_ms=str(NOW_MS + 1000)), a_row(2)],
        [a_row(1, amount="x"), a_row(2)],
        [reference_fields(order_id="ORD-1"), a_row(2)],
    ],
    ids=[
        "shorter",
        "swapped",
        "amount",
        "currency",
        "country",
        "description",
        "account",
        "settle",
        "two_phase",
        "direct",
        "suffix",
        "customer",
        "customer_ip",
        "expires",
        "invalid",
        "reference",
    ],
)
def test_other_content_has_another_hash(rows: list[dict[str, object]]) -> None:
    """Order, amounts, texts and payment_ids all count."""
    columns = (*BATCH_COLUMNS, *MORE_COLUMNS)
    other = manifest(csv_file(*rows, columns=columns)).manifest_hash
    assert other != manifest(csv_file(a_row(1), a_row(2))).manifest_hash


def test_each_mode_has_a_hash_of_its_own() -> None:
    """What says nothing of its mode is taken as the account does: that is another file than either."""
    columns = (*BATCH_COLUMNS, *MORE_COLUMNS)
    files = (csv_file(a_row(1, mode=mode), columns=columns) for mode in ("", "direct", "two_phase"))
    assert len({manifest(data).manifest_hash for data in files}) == 3


def test_what_continues_a_charge_counts() -> None:
    """A link, a second instrument, and which earlier payment that is."""
    rows = (a_row(1, **more) for more in ({}, {"needs_customer": "link"}, {"backup": REFERENCE}, {"backup": OTHER}))
    assert len({manifest(json_file(row), "jsonl").manifest_hash for row in rows}) == 4


def test_the_hash_knows_no_card() -> None:
    """Another card, expiry, CVC or holder leaves the hash as it is: nobody can find cards by trying."""
    other = a_row(1, pan="5555555555554444", exp_month=1, exp_year=2027, cvc="9999", holder="Bo")
    assert manifest(csv_file(a_row(1))).manifest_hash == manifest(csv_file(other)).manifest_hash


def test_a_hash_never_changes() -> None:
    """Hashes are kept with batches: computed today as on the first day."""
    assert (
        manifest(csv_file(a_row(1), reference_fields())).manifest_hash
        == "e6a71ff6a8518b8d165881b02edf9c5f83e3965200a0159db6539737b489ef77"
    )


def test_totals_are_of_the_valid_rows_by_currency() -> None:
    """What limits are held against."""
    rows = [
        a_row(1, amount="10.50"),
        a_row(2, amount="900", currency="JPY"),
        a_row(3, amount="0.50"),
        a_row(4, pan="x"),
    ]
    assert manifest(csv_file(*rows)).totals == (Money(1100, "EUR"), Money(900, "JPY"))


def kept(data: bytes) -> dict[str, str]:
    """As the ledger keeps a manifest."""
    return {name: str(value) for name, value in manifest(data).as_fields().items()}


def test_the_same_content_differs_in_nothing() -> None:
    """Whatever the file looks like."""
    assert differences(kept(csv_file(a_row(1))), manifest(json_file(a_row(1)), "jsonl")) == ()


def test_a_difference_is_named() -> None:
    """Counts and totals where they differ, and where the first difference is."""
    before, now = csv_file(a_row(1), a_row(2)), csv_file(a_row(1), a_row(2, amount="20.00"), a_row(3))
    assert differences(kept(before), manifest(now)) == (
        "rows 2 before, 3 now",
        "valid 2 before, 3 now",
        "totals 51.00 EUR before, 71.00 EUR now",
        "the first difference is in rows 1 to 1000",
    )


@pytest.mark.parametrize("row", [1, 1000, 1001, 2000, 2001, 2500])
def test_a_difference_far_behind_is_found(row: int) -> None:
    """By the thousand rows in which it is, in eight bytes each."""
    rows = [a_row(number) for number in range(1, 2501)]
    before = kept(csv_file(*rows))
    rows[row - 1]["country"] = "LV"
    first = (row - 1) // 1000 * 1000 + 1
    told = f"the first difference is in rows {first} to {first + 999}"
    assert differences(before, manifest(csv_file(*rows))) == (told,)


def test_a_shorter_file_differs_where_it_ends() -> None:
    """Rows that are missing at the end are a difference too."""
    rows = [a_row(number) for number in range(1, 2001)]
    told = differences(kept(csv_file(*rows)), manifest(csv_file(*rows[:1000])))
    assert told[-1] == "the first difference is in rows 1001 to 2000"
