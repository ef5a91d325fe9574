"""Enough open files for every order in flight: many systems start a process with 1,024, and each order has a socket."""

from __future__ import annotations

import resource

from producers.errors import FieldError, SettingsError

#: Beyond one for each connection to the gateway: Redis, logs, keys, metrics, the interpreter's own.
SPARE = 128


def allow_open_files(connections: int) -> None:
    """Raise this process' own limit as far as that takes.

    Raises:
        SettingsError: the system's limit is lower; orders would be turned back one by one, each after its claim.
    """
    needed = connections + SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        message = f"{needed} open files are needed and the system allows {hard}: lower it, or raise `ulimit -Hn`"
        raise SettingsError([FieldError("IN_FLIGHT_MAX", "open_files_too_few", message)])
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
