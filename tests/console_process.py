"""`cardinity console` as a process of a system, and a browser without scripts: a session of httpx."""

from __future__ import annotations

import html
import json
import re
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from argon2 import Parameters, Type

from tests.eventually import eventually
from tests.stack import Stack
from workers.console.passwords import BY_PROXY, hashed
from workers.console.users import OPERATOR, VIEWER, User, add_user

PASSWORD = "correct horse battery"
#: Cheap enough for a test: a hundred kilobytes, one pass.
CHEAP = Parameters(Type.ID, version=19, salt_len=16, hash_len=32, time_cost=1, memory_cost=128, parallelism=1)


@dataclass(frozen=True, slots=True)
class Console:
    """A running console."""

    url: str

    @contextmanager
    def entered(self, name: str, password: str = PASSWORD) -> Iterator[Visitor]:
        """Somebody who has logged in."""
        with httpx.Client(base_url=self.url, trust_env=False, timeout=30, follow_redirects=True) as client:
            visitor = Visitor(client)
            visitor.send("/login", "/login", name=name, password=password)
            yield visitor


@dataclass(frozen=True, slots=True)
class Visitor:
    """Fills in forms as a browser does."""

    client: httpx.Client

    def page(self, address: str) -> str:
        """A page's text."""
        answer = self.client.get(address)
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, shown_at: str, to: str, **fields: str) -> httpx.Response:
        """Send the form that a page has, with these fields."""
        token = re.search(r'name="token" value="([^"]+)"', self.page(shown_at))
        assert token
        return self.client.post(to, data={"token": html.unescape(token[1]), **fields})

    def act(self, action: str, about: str, *, step: str = "do", **fields: str) -> httpx.Response:
        """Rehearse an action, or do it."""
        at = f"/actions/{action}"
        return self.send(f"{at}?about={about}", at, about=about, step=step, **fields)


@contextmanager
def console_process(stack: Stack, **settings: str) -> Iterator[Console]:
    """The process on a free port, with ona and petras, operators, jonas, a viewer, and rasa, whom a proxy lets in."""
    users = stack.directory / f"users-{secrets.token_hex(4)}"
    given = hashed(PASSWORD, CHEAP)
    for name, role in (("ona", OPERATOR), ("petras", OPERATOR), ("jonas", VIEWER)):
        add_user(users, User(name, role, given))
    add_user(users, User("rasa", VIEWER, BY_PROXY))
    log = stack.directory / f"console-{secrets.token_hex(4)}.log"
    stack.start(
        "sh", "-c", f'exec "$0" -m workers.cli console --port 0 --json >{log}', sys.executable,
        env={"CONSOLE_USERS_FILE": str(users), **settings},
    )  # fmt: skip
    lines = eventually(lambda: log.exists() and log.read_text().splitlines(), "the console listens")
    yield Console(json.loads((lines or [""])[0])["url"])
