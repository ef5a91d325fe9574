"""A desk at an empty ledger."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.batches.desk import Desk


@pytest.fixture
def desk(tmp_path: Path, queue_url: str, ledger_url: str) -> Desk:
    """With keys of its own."""
    return Desk(tmp_path, queue_url, ledger_url)
