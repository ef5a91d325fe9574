"""The shop of these tests, once on each archive database."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.subscriptions.shop import Shop, shop


@pytest.fixture(name="shop")
def _shop(tmp_path: Path, archive_url: str, queue_url: str, ledger_url: str) -> Iterator[Shop]:
    """A merchant with nothing yet."""
    with shop(tmp_path, archive_url, queue_url, ledger_url) as opened:
        yield opened
