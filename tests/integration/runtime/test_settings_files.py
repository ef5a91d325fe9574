"""Secrets come from files that only their owner may read."""

import os
from pathlib import Path

import pytest

from cardinity_client.secret import Secret
from producers.errors import SettingsError
from producers.runtime.settings import Settings


def written(path: Path, content: bytes = b"shhh\n", mode: int = 0o600) -> str:
    """The path of a file with this content and these rights."""
    path.write_bytes(content)
    path.chmod(mode)
    return str(path)


def codes_of(environ: dict[str, str]) -> list[tuple[str, str]]:
    """Name and code of every problem."""
    with pytest.raises(SettingsError) as caught:
        Settings.from_environ(environ)
    return [(problem.field, problem.code) for problem in caught.value.problems]


@pytest.mark.parametrize("content", [b"shhh", b"shhh\n", b"shhh\r\n"])
def test_a_secret_is_the_line_in_its_file(tmp_path: Path, content: bytes) -> None:
    """The line end that editors leave is not part of the secret."""
    environ = {"CARDINITY_CONSUMER_SECRET_FILE": written(tmp_path / "secret", content)}
    assert Settings.from_environ(environ).cardinity_consumer_secret == Secret("shhh")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_secret_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    """Any right of group or others stops the boot, and the message says the way out."""
    environ = {"REDIS_LEDGER_URL_FILE": written(tmp_path / "url", b"redis://localhost/3", mode)}
    assert codes_of(environ) == [("REDIS_LEDGER_URL", "secret_permissions")]
    with pytest.raises(SettingsError, match="chmod 600"):
        Settings.from_environ(environ)


def test_a_public_key_may_be_readable(tmp_path: Path) -> None:
    """A twin that is no secret may be everybody's to read."""
    environ = {"SEAL_PUBLIC_KEY_FILE": written(tmp_path / "key", b'{"kid": "1"}\n', 0o644)}
    assert Settings.from_environ(environ).seal_public_key == '{"kid": "1"}'


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    """Variable and file together are a contradiction, whatever they hold."""
    environ = {"PRODUCER_KEY": "shhh", "PRODUCER_KEY_FILE": written(tmp_path / "key")}
    assert codes_of(environ) == [("PRODUCER_KEY", "setting_given_twice")]


def test_a_file_that_is_not_there_is_a_missing_secret(tmp_path: Path) -> None:
    """So is an empty one."""
    assert codes_of({"PRODUCER_KEY_FILE": str(tmp_path / "none")}) == [("PRODUCER_KEY", "secret_missing")]
    assert codes_of({"PRODUCER_KEY_FILE": written(tmp_path / "empty", b"\n")}) == [("PRODUCER_KEY", "secret_missing")]


@pytest.mark.parametrize("content", [b"two\nlines\n", b"\xff\xfe", b"nul\x00byte", b"x" * 70_000])
def test_a_file_holds_one_line_of_text(tmp_path: Path, content: bytes) -> None:
    """Another file than was meant is noticed."""
    environ = {"PRODUCER_KEY_FILE": written(tmp_path / "key", content)}
    assert codes_of(environ) == [("PRODUCER_KEY", "setting_format")]


def test_only_a_file_is_a_file(tmp_path: Path) -> None:
    """A directory and a pipe nobody writes to are refused at once."""
    os.mkfifo(tmp_path / "pipe", 0o600)
    assert codes_of({"PRODUCER_KEY_FILE": str(tmp_path / "pipe")}) == [("PRODUCER_KEY", "setting_format")]
    assert codes_of({"PRODUCER_KEY_FILE": str(tmp_path)})[0][0] == "PRODUCER_KEY"


def test_key_files_are_looked_at_before_the_boot_goes_on(tmp_path: Path) -> None:
    """Files that are read later must exist and be private now."""
    environ = {
        "SEAL_PRIVATE_KEYS_FILE": written(tmp_path / "keys", mode=0o644),
        "PRODUCERS_FILE": str(tmp_path / "none"),
    }
    assert codes_of(environ) == [
        ("SEAL_PRIVATE_KEYS_FILE", "secret_permissions"),
        ("PRODUCERS_FILE", "secret_missing"),
    ]
