"""`cardinity console`: the operators' pages in a process of their own, and who may use them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import click
import uvloop

from producers.errors import LedgerUnavailable
from producers.http.app import metrics_of
from producers.http.serving import listen, serve
from producers.runtime.logs import configure_logging
from producers.runtime.settings import Settings
from workers.cli.processes.http import SHARED_NUMBERS
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.console.app import application
from workers.console.passwords import BY_PROXY, PASSWORD_MAX, PASSWORD_MIN, hashed
from workers.console.users import NAME, ROLES, User, add_user, outdated_users, read_users, replace_user
from workers.host.parent_death import stop_with_parent
from workers.operations.reading import reading
from workers.release import release

#: A handful of people with a few tabs each, and machines.
CONNECTIONS_MAX: Final = 256


@click.group("console", invoke_without_command=True)
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8088, show_default=True, help="0 takes a free one.")
@click.option("--parent", type=int, default=0, hidden=True, help="Stop when this process, our parent, is gone.")
@speaking
def command(screen: Screen, host: str, port: int, parent: int) -> None:
    """Serve pages for operators until Ctrl-C or SIGTERM, and say who may use them.

    How everything stands, orders, and what an operator can do about it. CONSOLE_USERS_FILE says who may use it. TLS is
    the business of a proxy in front. Acts on the ledger, so it needs a worker's password.
    """
    if click.get_current_context().invoked_subcommand:
        return
    os.environ.pop(SHARED_NUMBERS, None)
    settings = settings_here()
    if parent:
        stop_with_parent(parent)
    metrics = metrics_of(settings, release() or "unknown")
    app = application(settings, metrics)
    try:
        listener = listen(host, port)
    except OSError as error:
        message = f"cannot listen on {host}:{port}: {error.strerror}"
        raise CommandError("address_taken", message, ExitCode.UNAVAILABLE) from None

    for note in notes(settings):
        screen.say(note)

    async def main() -> None:
        stopped = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stopped.set)
        _tell(screen, host, listener)
        await serve(app, listener, stopped, connections_max=CONNECTIONS_MAX)

    with (
        configure_logging(settings, on_card_number=metrics.card_numbers_removed.inc),
        listener,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        runner.run(main())


def notes(settings: Settings) -> Iterator[str]:
    """What its operators should know when it starts. None of it keeps it from that: it is also for looking why Redis is
    away."""
    if users_file := settings.console_users_file:
        for name in outdated_users(users_file):
            yield f"the password of {name} is kept with older parameters: `cardinity console user password {name}`"
        if not any(user.acts for user in read_users(users_file).values()):
            yield "no user is an operator: everything can be looked at, and nothing done"
    try:
        with reading(settings.redis_ledger_url, settings) as ledger:
            ledger.now_ms()
    except LedgerUnavailable as error:
        yield f"{error.code}: {error.message}; the pages say so until it answers"


def _tell(screen: Screen, host: str, listener: socket.socket) -> None:
    url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
    screen.say(f"serving at {url}")
    if screen.as_json:
        screen.record({"event": "serving", "url": url})


@command.group("user")
def user() -> None:
    """Who may use the console."""


_FILE = click.option(
    "--file",
    "path",
    type=click.Path(path_type=Path),
    envvar="CONSOLE_USERS_FILE",
    required=True,
    help="The users file; made where there is none. Default: CONSOLE_USERS_FILE.",
)


@user.command("add")
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True, help="A viewer looks, an operator acts too.")
@_FILE
@click.option("--by-proxy", is_flag=True, help="Without a password: comes in through CONSOLE_PROXY only.")
@speaking
def add(screen: Screen, name: str, role: str, path: Path, by_proxy: bool) -> None:
    """Add a user. The password comes from the terminal, or from stdin; only its hash is kept."""
    if not NAME.fullmatch(name):
        raise click.UsageError("a name has letters, digits and . _ @ -, 64 characters at the most")
    add_user(path, User(name, role, BY_PROXY if by_proxy else hashed(_password())))
    screen.result({"name": name, "role": role}, f"{name} is {role}")


@user.command("password")
@click.argument("name")
@_FILE
@speaking
def password(screen: Screen, name: str, path: Path) -> None:
    """Give a user another password; whoever is logged in under that name is out. It comes as with `add`."""
    known = read_users(path).get(name)
    if known is None:
        raise click.UsageError("there is no user of that name")
    replace_user(path, User(name, known.role, hashed(_password())))
    screen.result({"name": name, "role": known.role}, f"{name} has another password")


def _password() -> str:
    if sys.stdin.isatty():
        given: str = click.prompt(
            f"Password, {PASSWORD_MIN} characters or more", hide_input=True, confirmation_prompt=True, err=True
        )
    else:
        given = sys.stdin.readline(PASSWORD_MAX + 2).removesuffix("\n")
    if not PASSWORD_MIN <= len(given) <= PASSWORD_MAX:
        raise click.UsageError(f"a password has {PASSWORD_MIN} to {PASSWORD_MAX} characters")
    return given
