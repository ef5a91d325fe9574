"""Who may use the console: a file with one `name role hash` a line. It is read again at every request."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from producers.errors import FieldError, SettingsError
from producers.runtime.settings_kinds import Refused, read_file
from workers.console.passwords import BY_PROXY, outdated, readable

VIEWER: Final = "viewer"
OPERATOR: Final = "operator"
ROLES: Final = (VIEWER, OPERATOR)

NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class User:
    """`hash` is `-` for those who come in through the proxy only."""

    name: str
    role: str
    hash: str

    @property
    def acts(self) -> bool:
        """Whether this one may change something."""
        return self.role == OPERATOR


def read_users(path: Path) -> Mapping[str, User]:
    """The users of a file, by name.

    Raises:
        SettingsError: it cannot be read, others can, or a line of it is wrong.
    """
    try:
        text = read_file(path, private=True)
    except Refused as refusal:
        raise SettingsError((FieldError("CONSOLE_USERS_FILE", refusal.code, str(refusal)),)) from None
    users: dict[str, User] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        user = _user(line)
        if user is None or user.name in users:
            raise _wrong(f"line {number} is no `name role hash`, or its name is there twice")
        users[user.name] = user
    return users


def add_user(path: Path, user: User) -> None:
    """Append a line; the file is made where there is none, for its owner only.

    Raises:
        SettingsError: the name is there, or the file is wrong.
        OSError: it cannot be written.
    """
    if path.exists() and user.name in read_users(path):
        raise _wrong(f"has {user.name} already: take that line out first")
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(f"{_line(user)}\n")


def replace_user(path: Path, user: User) -> None:
    """Put another line in the place of that user's; what reads the file sees the old one or the new one.

    Raises:
        SettingsError: the file is wrong.
        OSError: it cannot be written.
    """
    read_users(path)
    lines = path.read_text("utf-8").splitlines()
    written = [_line(user) if line.split()[:1] == [user.name] else line for line in lines]
    beside = path.with_name(f".{path.name}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("".join(f"{line}\n" for line in written))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def outdated_users(path: Path) -> list[str]:
    """Whose passwords are kept with older parameters than they would be today. Raises as `read_users`."""
    return [user.name for user in read_users(path).values() if outdated(user.hash)]


def _line(user: User) -> str:
    return f"{user.name} {user.role} {user.hash}"


def _user(line: str) -> User | None:
    match line.split():
        case [name, role, given] if NAME.fullmatch(name) and role in ROLES:
            return User(name, role, given) if given == BY_PROXY or readable(given) else None
        case _:
            return None


def _wrong(problem: str) -> SettingsError:
    return SettingsError((FieldError("CONSOLE_USERS_FILE", "setting_format", problem),))
