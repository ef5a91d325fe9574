"""What `cardinity doctor` says of the endpoints of outbound webhooks."""

from __future__ import annotations

from pathlib import Path

from tests.archives import archive_settings
from workers.cli.checkup import of_webhooks


def found(directory: Path, **settings: str) -> list[tuple[str, str]]:
    return [(each.verdict, each.message) for each in of_webhooks(archive_settings(directory, None, **settings))]


def test_endpoints_that_can_be_read_are_named(tmp_path: Path) -> None:
    """Nobody needs any; each thing that is wrong with one is told."""
    assert found(tmp_path) == []
    file, secret = tmp_path / "webhooks.toml", tmp_path / "secret"
    file.write_text(f"[endpoints.shop]\nurl = 'https://shop.example/'\nsecret_file = '{secret}'\n")
    ((verdict, said),) = found(tmp_path, WEBHOOKS_FILE=str(file))
    assert verdict == "wrong"
    assert said.startswith("WEBHOOKS_FILE endpoints.shop.secret_file: the file cannot be read")
    secret.touch(0o600)
    secret.write_text("whsec_" + "A" * 44)
    assert found(tmp_path, WEBHOOKS_FILE=str(file)) == [("ok", "endpoints: shop")]
