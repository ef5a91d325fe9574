"""Secrets come from files that only their owner may read."""

from pathlib import Path

import pytest

from cardinity_client.secret import Secret
from producers.runtime.settings import Settings


def written(path: Path, content: bytes = b"shhh\n", mode: int = 0o600) -> str:
    """The path of a file with this content and these rights."""
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


@pytest.mark.parametrize("content", [b"shhh", b"shhh\n", b"shhh\r\n"])
def test_a_secret_is_the_line_in_its_file(tmp_path: Path, content: bytes) -> None:
    """The line end that editors leave is not part of the secret."""
    environ = {"CARDINITY_CONSUMER_SECRET_FILE": written(tmp_path / "secret", content)}
    assert Settings.from_environ(environ).cardinity_consumer_secret == Secret("shhh")


def test_a_public_key_may_be_readable(tmp_path: Path) -> None:
    """A twin that is no secret may be everybody's to read."""
    environ = {"SEAL_PUBLIC_KEY_FILE": written(tmp_path / "key", b'{"kid": "1"}\n', 0o644)}
    assert Settings.from_environ(environ).seal_public_key == '{"kid": "1"}'
