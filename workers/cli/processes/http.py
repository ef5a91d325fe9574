"""`cardinity http`: the HTTP application in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import socket

import click
import uvloop

from producers.http.app import Services, application, metrics_of, opened
from producers.http.serving import listen, serve
from producers.runtime.logs import configure_logging
from producers.runtime.settings import Settings
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking
from workers.host.parent_death import stop_with_parent
from workers.release import release

#: Where the processes of a host share their numbers. This one counts by itself: workers empty the place when they
#: start, and whoever writes into it is added to their sums.
SHARED_NUMBERS = "PROMETHEUS_MULTIPROC_DIR"


@click.command("http")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="0 takes a free one.")
@click.option("--parent", type=int, default=0, hidden=True, help="Stop when this process, our parent, is gone.")
@speaking
def command(screen: Screen, host: str, port: int, parent: int) -> None:
    """Serve the HTTP API and the door for webhooks until Ctrl-C or SIGTERM.

    /v1 is there when API_KEYS_FILE is set, a door for notifications when its secret is. TLS is the business of a proxy
    in front; what it should let through is in docs/http.md.
    """
    os.environ.pop(SHARED_NUMBERS, None)
    settings = Settings.for_producer(os.environ)
    if parent:
        stop_with_parent(parent)
    metrics = metrics_of(settings, release() or "unknown")
    configure_logging(settings, on_card_number=metrics.card_numbers_removed.inc)
    try:
        listener = listen(host, port)
    except OSError as error:
        message = f"cannot listen on {host}:{port}: {error.strerror}"
        raise CommandError("address_taken", message, ExitCode.UNAVAILABLE) from None

    async def main() -> None:
        async with opened(settings, metrics) as services:
            await _served(screen, services, listener, host)

    with listener, asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


async def _served(screen: Screen, services: Services, listener: socket.socket, host: str) -> None:
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    url = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
    screen.say(f"serving at {url}")
    if screen.as_json:
        screen.record({"event": "serving", "url": url})
    await serve(application(services), listener, stopped)
