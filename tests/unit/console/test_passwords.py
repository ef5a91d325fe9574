"""Hashes of passwords, and the file that they are in."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import Parameters, Type

from producers.errors import SettingsError
from tests.console_process import CHEAP
from workers.console.passwords import BY_PROXY, MEMORY_MAX_KIB, PARAMETERS, PASSES_MAX, fits, hashed, outdated, readable
from workers.console.users import OPERATOR, VIEWER, User, add_user, outdated_users, read_users, replace_user

PASSWORD = "correct horse battery"


def test_a_password_fits_its_hash_and_no_other() -> None:
    """Two hashes of one password differ by their salt."""
    first, second = hashed(PASSWORD, CHEAP), hashed(PASSWORD, CHEAP)
    assert first != second
    assert fits(PASSWORD, first) and fits(PASSWORD, second)
    assert not fits(PASSWORD + "x", first)


@pytest.mark.parametrize(
    "given",
    [
        "", BY_PROXY, "scrypt$1024$8$1$AAAA$AAAA", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA",
        "$argon2i$v=19$m=128,t=1,p=1$c2FsdHNhbHRzYWx0c2FsdA$c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0c2FsdHNhbHQ",
    ],
)  # fmt: skip
def test_what_is_no_hash_fits_nothing(given: str) -> None:
    """Neither the empty password nor any other."""
    assert not readable(given)
    assert not fits("", given)


def test_a_hash_is_what_rfc_9106_recommends_where_memory_is_dear() -> None:
    """64 MiB, three passes, four lanes, in the form that others read too."""
    given = hashed(PASSWORD)
    assert given.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert fits(PASSWORD, given)


@pytest.mark.parametrize("greedy", [{"memory_cost": MEMORY_MAX_KIB + 8}, {"time_cost": PASSES_MAX + 1}])
def test_a_hash_may_not_ask_for_more_than_there_is(greedy: dict[str, int]) -> None:
    """A line of the file cannot make a login take gigabytes, or minutes."""
    asked = {"time_cost": 1, "memory_cost": 128, **greedy}
    line = f"$argon2id$v=19$m={asked['memory_cost']},t={asked['time_cost']},p=1$c2FsdHNhbHRzYWx0c2FsdA$"
    assert not readable(line + "c2FsdHNhbHRzYWx0c2FsdHNhbHRzYWx0c2FsdHNhbHQ")


def test_a_hash_of_other_parameters_is_good_and_outdated() -> None:
    """It still lets its user in; what is hashed today is not outdated, and what is no hash is not either."""
    assert fits(PASSWORD, hashed(PASSWORD, CHEAP))
    assert [outdated(given) for given in (hashed(PASSWORD, CHEAP), hashed(PASSWORD), BY_PROXY)] == [True, False, False]
    assert Parameters(Type.ID, 19, 16, 32, 3, 65_536, 4) == PARAMETERS


def test_a_user_that_was_added_is_read(tmp_path: Path) -> None:
    """The file is its owner's alone, and a name is there once."""
    path = tmp_path / "users"
    ona, jonas = User("ona", OPERATOR, hashed(PASSWORD, CHEAP)), User("jonas", VIEWER, BY_PROXY)
    add_user(path, ona)
    add_user(path, jonas)
    assert read_users(path) == {"ona": ona, "jonas": jonas}
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(SettingsError, match="ona already"):
        add_user(path, ona)


def test_another_password_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """Everything else in the file stays, comments too, and it stays its owner's alone."""
    path = tmp_path / "users"
    path.write_text(f"# people\njonas viewer {BY_PROXY}\nona operator {hashed(PASSWORD, CHEAP)}\n")
    path.chmod(0o600)
    assert outdated_users(path) == ["ona"]
    replace_user(path, User("ona", OPERATOR, hashed("another " + PASSWORD)))
    assert path.read_text().startswith(f"# people\njonas viewer {BY_PROXY}\nona operator $argon2id$")
    assert fits("another " + PASSWORD, read_users(path)["ona"].hash)
    assert (outdated_users(path), path.stat().st_mode & 0o777) == ([], 0o600)


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
