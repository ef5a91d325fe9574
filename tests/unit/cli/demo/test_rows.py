"""The demo's payments: the shipped file is what its script makes, and holds what the demo wants to show."""

from __future__ import annotations

from collections import Counter
from io import BytesIO

from producers.batches.files import read_rows
from producers.contract.commands import Charge
from workers.cli.demo.rows import SHIPPED, SHIPPED_ROWS, lines

#: The date of the check; the cards of the file are good for years after it.
NOW_MS = 1_790_000_000_000


def charges(count: int) -> list[Charge]:
    results = read_rows(BytesIO("".join(lines(count)).encode()), "csv", now_ms=NOW_MS, mode="test")
    return [result.content for result in results if isinstance(result.content, Charge)]


def test_the_shipped_file_is_what_the_script_makes() -> None:
    """Whoever changes the script runs it again: `python -m workers.cli.demo.rows`."""
    assert SHIPPED.read_text("utf-8") == "".join(lines(SHIPPED_ROWS))


def test_a_longer_batch_starts_like_the_shipped_one() -> None:
    """Row n does not depend on how many rows there are."""
    assert list(lines(30)) == list(lines(40))[:31]


def test_every_row_may_be_submitted() -> None:
    """Even the rows that the gateway declines or rejects are valid to us, and no order_id comes twice."""
    assert len({charge.order_id for charge in charges(SHIPPED_ROWS)}) == SHIPPED_ROWS


def test_the_batch_shows_every_kind_of_outcome() -> None:
    """Most rows are approved, a good many declined by amount or card, and a few are rejected."""
    kinds = Counter("reference" if not hasattr(charge.instrument, "pan") else "card" for charge in charges(2000))
    over = sum(charge.amount.minor > 15_000 for charge in charges(2000) if charge.amount.currency == "EUR")
    assert kinds["reference"] == 2
    assert 30 < over < 100


def test_the_smallest_demo_has_a_rejected_row() -> None:
    """Sixty payments are enough to see a rejection."""
    assert any(not hasattr(charge.instrument, "pan") for charge in charges(60))
