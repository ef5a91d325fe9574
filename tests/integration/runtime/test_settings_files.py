"""Secrets come from files that only their owner may read."""

import stat
from pathlib import Path

import pytest

from cardinity_client.secret import Secret
from producers.errors import SettingsError
from producers.runtime.settings import Settings
from producers.runtime.settings_kinds import is_private


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


def test_what_root_has_laid_out_for_one_group_is_private() -> None:
    """Secrets of a pod in Kubernetes and credentials of systemd: root's, readable by a group, writable by nobody."""
    laid_out = stat.S_IFREG | 0o440
    assert is_private(laid_out, 0)
    assert not is_private(laid_out, 10_001)


@pytest.mark.parametrize("mode", [0o640, 0o444, 0o460, 0o550])
def test_anything_wider_is_not(tmp_path: Path, mode: int) -> None:
    """Whoever it belongs to."""
    with pytest.raises(SettingsError, match="others may read"):
        Settings.from_environ({"CARDINITY_CONSUMER_SECRET_FILE": written(tmp_path / "secret", mode=mode)})
