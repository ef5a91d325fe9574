"""What docs/first-steps.md has its reader do in a browser, over HTTP.

python -m tests.house.at_the_console URL PASSWORD
"""

from __future__ import annotations

import sys

import httpx

from tests.console_process import Console
from tests.eventually import eventually
from workers.console.deciding import NOTHING


def decide(console: Console, password: str) -> None:
    """Log in, see what the page says is there, and end the parked order: checked first, then done."""
    with console.entered("ona", password) as ona:
        assert "Outcomes per minute" in ona.page("/")
        assert "Renewals that fell due" in ona.page("/today")
        assert "told to the owner: PLAY-1:approved" in ona.page("/orders?order_id=PLAY-1")
        assert "about=PLAY-2" in ona.page("/doubtful")
        for step, answer in (("rehearse", "sure?"), ("do", "Order PLAY-2 is not_charged.")):
            said = {"decision": NOTHING, "because": "the sandbox has no such payment"}
            told = ona.act("order-resolve", "PLAY-2", step=step, **said).text
            assert answer in told, told


def listens(url: str) -> bool:
    """Whether the console is there yet."""
    try:
        return httpx.get(f"{url}/login", trust_env=False).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    url, password = sys.argv[1:]
    eventually(lambda: listens(url), "the console listens")
    decide(Console(url), password)
