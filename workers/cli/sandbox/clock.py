"""`cardinity sandbox clock`: what the sandbox's clock shows, and how it is moved on."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

import click

from cardinity_client.timeline import Timeline
from producers.moments import rfc3339
from producers.runtime.clock_door import ClockDoor
from producers.subscriptions.clock import real_ms
from producers.subscriptions.values import milliseconds
from workers.cli.shell.environment import settings_here
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen
from workers.cli.shell.speaking import speaking

_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_SPAN: Final = re.compile(r"([0-9]{1,6})([smhdw])")


class Span(click.ParamType[int]):
    """A span of time in milliseconds: 90s, 15m, 6h, 30d, 2w."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        found = _SPAN.fullmatch(str(value))
        if found is None:
            self.fail("it must be like 90s, 15m, 6h, 30d or 2w", param, ctx)
        return int(found[1]) * _SECONDS[found[2]] * 1000


class Moment(click.ParamType[int]):
    """A moment in milliseconds since 1970 UTC, given as RFC 3339 with its offset."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError:
            at = None
        if at is None or at.tzinfo is None:
            self.fail("it must be like 2026-03-01T00:00:00Z", param, ctx)
        return milliseconds(at)


@click.command("clock")
@click.option("--advance", "by_ms", type=Span(), metavar="SPAN", help="Move it on by so much: 90s, 15m, 6h, 30d, 2w.")
@click.option("--to", "to_ms", type=Moment(), metavar="MOMENT", help="Move it on to then: 2026-03-01T00:00:00Z.")
@speaking
def clock(screen: Screen, by_ms: int | None, to_ms: int | None) -> None:
    """Show the sandbox's clock at CLOCK_URL, or move it on. It only goes forward.

    Renewals go by it where they have the same CLOCK_URL; in the sandbox holds and links age by it.
    """
    if by_ms is not None and to_ms is not None:
        raise click.UsageError("give --advance or --to, not both")
    url = settings_here().clock_url
    if url is None:
        raise CommandError("clock_missing", "say where the sandbox's clock is: set CLOCK_URL", ExitCode.CONFIG)
    door = ClockDoor(url)
    if by_ms is not None:
        _tell(screen, door.advance(by_ms))
    elif to_ms is not None:
        _tell(screen, door.move_to(to_ms))
    else:
        _tell(screen, door.timeline())


def _tell(screen: Screen, timeline: Timeline) -> None:
    now = rfc3339(timeline.at(real_ms()))
    screen.result({"now": now, "ahead_ms": timeline.moves[-1].ahead_ms}, now)
