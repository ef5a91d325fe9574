"""What a newcomer is told of the demo that stays: where everything is, and what to try. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from workers.cli.demo.opening import USERS, Doubts, Rooms
from workers.cli.demo.traffic import PAUSED, RUNNING


def welcome(rooms: Rooms, doubts: Doubts, story: str) -> Iterator[str]:
    """Line by line; `story` is an order whose story is worth reading."""
    yield "demo: it stays until Ctrl-C, and then holds the books once more"
    yield ""
    users = " or ".join(f"{name} ({role})" for name, role in USERS)
    yield f"  console   {rooms.console}"
    yield f"            {users}, password {rooms.password}"
    yield f"  metrics   {rooms.metrics}"
    yield "  commands  in another terminal, after"
    yield f"            . {rooms.env}"
    yield ""
    for why, commands in _worth_a_try(doubts, story):
        yield f"    # {why}"
        yield from (f"    {command}" for command in commands)
    yield ""


def _worth_a_try(doubts: Doubts, story: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield "how everything stands, and what became of one order", ("cardinity status", f"cardinity explain {story}")
    yield "two orders that nobody answered for: unknown at first, soon parked", ("cardinity parked list",)
    because = '--not-charged --because "the gateway has no such payment"'
    yield "the gateway never had the first", (f"cardinity parked resolve {doubts.uncharged} {because}",)
    approved = f"--approved {doubts.payment_id}"
    yield (
        "it charged the second, and its list leaves that out",
        (f"cardinity parked resolve {doubts.charged} {approved}",),
    )
    yield f"a batch that is paused in a moment; {RUNNING}-1 goes on", (f"cardinity batch resume {PAUSED}",)
    month = ("cardinity sandbox clock --advance 31d", "cardinity renew run")
    yield "a month passes, and what falls due is charged", month
