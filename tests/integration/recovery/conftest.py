"""A host with an archive of either kind."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.archives import archive_settings, upgraded
from tests.integration.recovery.hosts import Host


@pytest.fixture
def host(tmp_path: Path, ledger_url: str, archive_url: str) -> Iterator[Host]:
    with upgraded(archive_settings(tmp_path, archive_url)) as archive:
        host = Host(tmp_path, ledger_url, archive)
        yield host
        host.log.close()
        host.client.close()
