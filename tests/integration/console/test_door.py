"""Logging in: what is tried, how often, at how much cost, and who learns of it."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path

import httpx
import pytest
from starlette.routing import Route, Router

from producers.runtime.metrics import Metrics
from producers.runtime.settings import Settings
from tests.console_process import CHEAP
from tests.integration.console.scene import (
    HEADER,
    PASSWORD,
    Scene,
    at_address,
    logged_in,
    made_scene,
    told,
    trail,
)
from workers.console.attempts import OF_NAME_MAX, Attempts
from workers.console.door import TRIED_AT_ONCE, WAITING_MAX, Door
from workers.console.guard import Guard, Proxy
from workers.console.passwords import hashed
from workers.console.sessions import Sessions
from workers.console.site import Site
from workers.console.tallies import Tallies
from workers.console.users import OPERATOR, VIEWER, User, add_user
from workers.console.visits import WRITTEN_MAX, Visits


@pytest.mark.parametrize(("name", "password"), [("ona", "wrong"), ("nobody", PASSWORD), ("rasa", ""), ("rasa", "-")])
async def test_a_wrong_login_is_told_the_same_whatever_is_wrong(
    browser: httpx.AsyncClient, name: str, password: str
) -> None:
    """A name that is not there, a wrong password, and a user of the proxy."""
    answer = await logged_in(browser, name, password)
    assert answer.status_code == 401
    assert "Name or password is wrong." in answer.text


async def test_passwords_are_not_tried_for_ever(scene: Scene, browser: httpx.AsyncClient) -> None:
    """Then not even the right one is looked at, from there; who comes from elsewhere gets in."""
    for _ in range(OF_NAME_MAX):
        await logged_in(browser, "ona", "wrong")
    answer = await logged_in(browser, "ona")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "300")
    async with at_address(scene.guard, "198.51.100.8") as other:
        assert (await logged_in(other, "ona")).status_code == 303
    numbers = scene.metrics.registry
    counted = {result: numbers.get_sample_value("cardinity_console_logins_total", {"result": result})
               for result in ("refused", "limited", "entered")}  # fmt: skip
    assert counted == {"refused": OF_NAME_MAX, "limited": 1, "entered": 1}


async def test_behind_a_proxy_every_source_has_its_own_tries(tmp_path: Path, queue_url: str, ledger_url: str) -> None:
    """One guesser does not lock the others out, and what he writes into the header himself gives him none more."""
    scene = made_scene(tmp_path, queue_url, ledger_url, proxies="192.0.2.0/24")
    async with at_address(scene.guard, "192.0.2.1") as proxied:
        for number in range(OF_NAME_MAX + 1):
            proxied.headers["X-Forwarded-For"] = f"10.0.0.{number}, 203.0.113.5"
            answer = await logged_in(proxied, "ona", "wrong")
        assert answer.status_code == 429
        proxied.headers["X-Forwarded-For"] = "203.0.113.6"
        assert (await logged_in(proxied, "ona")).status_code == 303


async def test_who_came_and_who_was_turned_away_is_in_the_trail(browser: httpx.AsyncClient, ledger_url: str) -> None:
    """From where; a name that is nobody's is not kept, for it may be a password, and nobody is blamed for it."""
    await logged_in(browser, "ona", "wrong")
    await logged_in(browser, PASSWORD, "wrong")
    await logged_in(browser, "ona")
    token = (await browser.get("/")).text.partition("\n")[2]
    await browser.post("/logout", data={"token": token})
    assert trail(ledger_url) == [
        ("nobody@console", "console.refused", "ona", "198.51.100.7"),
        ("nobody@console", "console.refused", "nobody", "198.51.100.7"),
        ("ona@console", "console.login", "ona", "198.51.100.7"),
        ("ona@console", "console.logout", "ona", ""),
    ]


async def test_guessing_does_not_fill_the_trail(scene: Scene, ledger_url: str) -> None:
    """From however many places, at however many names it comes."""
    for number in range(WRITTEN_MAX + 5):
        add_user(scene.users, User(f"name{number}", VIEWER, hashed(PASSWORD, CHEAP)))
    for number in range(WRITTEN_MAX + 5):
        async with at_address(scene.guard, f"203.0.113.{number}") as guesser:
            assert (await logged_in(guesser, f"name{number}", "wrong")).status_code == 401
    assert len(trail(ledger_url)) == WRITTEN_MAX


async def test_a_login_does_not_wait_for_a_ledger_that_is_away(tmp_path: Path, queue_url: str) -> None:
    """The console is also for looking why."""
    users = tmp_path / "users"
    add_user(users, User("ona", OPERATOR, hashed(PASSWORD, CHEAP)))
    away = {"REDIS_QUEUE_URL": queue_url, "REDIS_LEDGER_URL": "redis://127.0.0.1:1/1", "STATE_DIR": str(tmp_path / "s")}
    sessions, tallies = Sessions(time.time), Tallies(Metrics(accounts=["default"], version="1", shared=False))
    visits = Visits(Settings.from_environ(away), tallies, time.monotonic)
    door = Door(users, sessions, Attempts(time.monotonic), visits)
    routes = [Route("/login", told, methods=["GET"]), Route("/login", door.enter, methods=["POST"])]
    guard = Guard(Router(routes), users, Proxy((), HEADER), sessions, Site(), tallies)
    async with at_address(guard, "198.51.100.7") as browser:
        assert (await logged_in(browser, "ona")).status_code == 303


async def test_only_so_many_passwords_are_hashed_at_a_time(tmp_path: Path, queue_url: str, ledger_url: str) -> None:
    """Each takes 64 MiB; some wait for their turn, and more are told to come again."""
    running, most, turned_away, gate = 0, 0, 0, threading.Event()

    def slowly(password: str, given: str) -> bool:
        nonlocal running, most
        running += 1
        most = max(most, running)
        gate.wait(30)
        running -= 1
        return False

    scene = made_scene(tmp_path, queue_url, ledger_url, fits=slowly)

    async def tried(number: int) -> int:
        nonlocal turned_away
        async with at_address(scene.guard, f"203.0.113.{number}") as guesser:
            status = (await logged_in(guesser, f"name{number}")).status_code
        turned_away += status == 503
        if turned_away == 4:
            gate.set()  # all have come: the last that is turned away lets the others go on
        return status

    answers = await asyncio.gather(*(tried(number) for number in range(WAITING_MAX + 4)))
    assert (answers.count(401), answers.count(503)) == (WAITING_MAX, 4)
    assert most <= TRIED_AT_ONCE
