"""Who may use the console, where there is one."""

from __future__ import annotations

from collections.abc import Iterator

from producers.errors import SettingsError
from producers.runtime.settings import Settings
from workers.cli.checkup.finding import Finding
from workers.console.users import outdated_users, read_users


def of_console(settings: Settings) -> Iterator[Finding]:
    """Whether its users can be read, and whose passwords are kept with older parameters."""
    path = settings.console_users_file
    if path is None:
        return
    try:
        users, outdated = read_users(path), outdated_users(path)
    except SettingsError as error:
        yield from (Finding("console", "wrong", f"{p.field}: {p.message}") for p in error.problems)
        return
    acting = sum(user.acts for user in users.values())
    if not users:
        yield Finding("console", "wrong", "CONSOLE_USERS_FILE: nobody is in it", "`cardinity console user add`")
        return
    yield Finding("console", "ok", f"{len(users)} users, {acting} of them operators")
    for name in outdated:
        message = f"the password of {name} is kept with older parameters"
        yield Finding("console", "note", message, f"give another: `cardinity console user password {name}`")
