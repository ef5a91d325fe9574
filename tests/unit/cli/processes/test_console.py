"""`cardinity console`: who may use it, and that it does not start for nobody."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from producers.runtime.settings import Settings
from tests.console_process import CHEAP
from workers.cli.checkup import of_console
from workers.cli.processes.console import notes
from workers.cli.program import main
from workers.console.passwords import BY_PROXY, fits, hashed
from workers.console.users import OPERATOR, VIEWER, User, add_user, read_users

PASSWORD = "correct horse battery"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the users are to be."""
    return tmp_path / "users"


def added(path: Path, *arguments: str, given: str = "") -> int:
    """The exit code of adding a user."""
    return CliRunner().invoke(main, ["console", "user", "add", "--file", str(path), *arguments], input=given).exit_code


def test_a_password_is_read_from_stdin_and_only_its_hash_is_kept(path: Path) -> None:
    """Users of the proxy have none."""
    assert added(path, "ona", "--role", OPERATOR, given=f"{PASSWORD}\n") == 0
    assert added(path, "rasa", "--role", VIEWER, "--by-proxy") == 0
    users = read_users(path)
    assert fits(PASSWORD, users["ona"].hash)
    assert users["rasa"] == User("rasa", VIEWER, BY_PROXY)
    assert PASSWORD not in path.read_text()


@pytest.mark.parametrize(("name", "given"), [("ona", "short"), ("ona", "x" * 300), ("o na", PASSWORD), ("", PASSWORD)])
def test_what_is_no_name_or_no_password_is_refused(path: Path, name: str, given: str) -> None:
    """And no file is made."""
    assert added(path, name, "--role", VIEWER, given=given) == 2
    assert not path.exists()


def test_a_name_is_added_once(path: Path) -> None:
    """The first line stays as it is."""
    assert added(path, "ona", "--role", VIEWER, "--by-proxy") == 0
    assert added(path, "ona", "--role", OPERATOR, "--by-proxy") == 78
    assert read_users(path)["ona"].role == VIEWER


def test_another_password_is_given_to_who_is_there(path: Path) -> None:
    """The role stays; nobody is made by it."""
    assert added(path, "ona", "--role", OPERATOR, given=f"{PASSWORD}\n") == 0
    change = ["console", "user", "password", "--file", str(path)]
    assert CliRunner().invoke(main, [*change, "ona"], input=f"another {PASSWORD}\n").exit_code == 0
    assert CliRunner().invoke(main, [*change, "jonas"], input=f"another {PASSWORD}\n").exit_code == 2
    users = read_users(path)
    assert (list(users), users["ona"].role) == (["ona"], OPERATOR)
    assert fits(f"another {PASSWORD}", users["ona"].hash) and not fits(PASSWORD, users["ona"].hash)


def test_doctor_looks_at_its_users(path: Path) -> None:
    """A file that others can read is wrong; an old hash is worth a note; where there is no console there is nothing."""
    added(path, "ona", "--role", OPERATOR, given=f"{PASSWORD}\n")
    add_user(path, User("jonas", VIEWER, hashed(PASSWORD, CHEAP)))
    settings = Settings.from_environ({"CONSOLE_USERS_FILE": str(path)})
    assert [(each.verdict, each.message) for each in of_console(settings)] == [
        ("ok", "2 users, 1 of them operators"),
        ("note", "the password of jonas is kept with older parameters"),
    ]
    path.chmod(0o644)
    assert [each.verdict for each in of_console(settings)] == ["wrong"]
    assert list(of_console(Settings.from_environ({}))) == []


def started(*arguments: str, users: str) -> tuple[int, str]:
    """What it exits with and says where it does not start."""
    result = CliRunner().invoke(main, ["console", "--port", "0", *arguments], env={"CONSOLE_USERS_FILE": users})
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("text", "mode", "said"),
    [
        (None, 0o600, "the file cannot be read: No such file or directory"),
        ("", 0o600, "nobody is in it: `cardinity console user add` adds somebody"),
        ("# nobody yet\n", 0o600, "nobody is in it"),
        ("ona operator -\n", 0o644, "others may read the file (mode 0644); chmod 600 it"),
        ("ona queen -\n", 0o600, "line 1 is no `name role hash`"),
    ],
)
def test_it_does_not_start_without_users(path: Path, text: str | None, mode: int, said: str) -> None:
    """One line names the setting and what is wrong with it."""
    if text is not None:
        path.write_text(text)
        path.chmod(mode)
    code, told = started(users=str(path))
    assert (code, told.count("\n")) == (78, 1)
    assert told.startswith("cardinity: settings_invalid: CONSOLE_USERS_FILE: ") and said in told


def test_it_does_not_start_without_the_setting() -> None:
    """It names the one that it wants."""
    code, told = started(users="")
    assert (code, told.startswith("cardinity: settings_invalid: CONSOLE_USERS_FILE: the console needs it")) == (
        78,
        True,
    )


def test_it_does_not_start_where_another_listens(path: Path) -> None:
    """As `cardinity http` does not."""
    add_user(path, User("rasa", VIEWER, BY_PROXY))
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, told = started("--port", str(port), users=str(path))
    assert (code, told) == (
        69,
        f"cardinity: address_taken: cannot listen on 127.0.0.1:{port}: Address already in use\n",
    )


def test_what_does_not_keep_it_from_starting_is_said(path: Path) -> None:
    """Nobody who acts, a ledger that is away: each in a line."""
    add_user(path, User("rasa", VIEWER, BY_PROXY))
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # nobody listens there, and nobody else gets it
        url = f"redis://127.0.0.1:{closed.getsockname()[1]}/1"
        settings = Settings.from_environ({"CONSOLE_USERS_FILE": str(path), "REDIS_LEDGER_URL": url})
        said = list(notes(settings))
        assert [line.partition(":")[0] for line in said] == ["no user is an operator", "ledger_unavailable"]
        add_user(path, User("ona", OPERATOR, BY_PROXY))
        assert len(list(notes(settings))) == 1
