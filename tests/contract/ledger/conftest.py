"""What the tests of the ledger's double share: a ledger and its double, on one clock."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from tests.contract.ledger.pair import Pair, settable_clock


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    """Both ledgers on the clock of the test."""
    with settable_clock():
        yield


@pytest.fixture
async def pair(ledger_url: str) -> AsyncIterator[Pair]:
    """An empty ledger and an empty double."""
    both = Pair(ledger_url)
    yield both
    await both.close()
