"""Hashes of passwords, and the file that they are in."""

from __future__ import annotations

from pathlib import Path

import pytest

from producers.errors import SettingsError
from workers.console.passwords import BY_PROXY, fits, hashed, readable
from workers.console.users import OPERATOR, VIEWER, User, add_user, read_users

PASSWORD = "correct horse battery"
#: Cheap enough for a test.
COST = 1 << 10


def test_a_password_fits_its_hash_and_no_other() -> None:
    """Two hashes of one password differ by their salt."""
    first, second = hashed(PASSWORD, cost=COST), hashed(PASSWORD, cost=COST)
    assert first != second
    assert fits(PASSWORD, first) and fits(PASSWORD, second)
    assert not fits(PASSWORD + "x", first)


@pytest.mark.parametrize("given", ["", BY_PROXY, "scrypt$1024$8$1$AAAA$", "md5$1$1$1$AAAA$AAAA"])
def test_what_is_no_hash_fits_nothing(given: str) -> None:
    """Neither the empty password nor any other."""
    assert not readable(given)
    assert not fits("", given)


def test_a_hash_may_not_ask_for_more_memory_than_there_is() -> None:
    """A line of the file cannot make a login take gigabytes."""
    _, _, block, lanes, salt, key = hashed(PASSWORD, cost=COST).split("$")
    assert not readable("$".join(("scrypt", str(1 << 30), block, lanes, salt, key)))


def test_a_user_that_was_added_is_read(tmp_path: Path) -> None:
    """The file is its owner's alone, and a name is there once."""
    path = tmp_path / "users"
    ona, jonas = User("ona", OPERATOR, hashed(PASSWORD, cost=COST)), User("jonas", VIEWER, BY_PROXY)
    add_user(path, ona)
    add_user(path, jonas)
    assert read_users(path) == {"ona": ona, "jonas": jonas}
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(SettingsError, match="ona already"):
        add_user(path, ona)


@pytest.mark.parametrize("line", ["ona", "ona admin -", "ona viewer plain-text", "o/na viewer -", "ona viewer - -"])
def test_a_wrong_line_is_refused_by_its_number(tmp_path: Path, line: str) -> None:
    """A users file that is half right lets nobody in."""
    path = tmp_path / "users"
    path.write_text(f"# people\n\n{line}\n")
    path.chmod(0o600)
    with pytest.raises(SettingsError, match="line 3"):
        read_users(path)


def test_a_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    """Hashes can be tried out by whoever has them."""
    path = tmp_path / "users"
    path.write_text(f"ona viewer {BY_PROXY}\n")
    path.chmod(0o644)
    with pytest.raises(SettingsError, match="others may read"):
        read_users(path)
