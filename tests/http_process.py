"""`cardinity http` as a process of a system, with a caller who has a key."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.application import Caller, a_caller
from tests.eventually import eventually
from tests.nursery import Child
from tests.stack import Stack


@dataclass(frozen=True, slots=True)
class Process:
    """A running application, a client of it, and who may call it."""

    child: Child
    url: str
    client: httpx.Client
    caller: Caller

    def post(self, resource: str, fields: dict[str, Any]) -> httpx.Response:
        """One order."""
        return self.client.post(f"/v1/{resource}", json=fields, headers=self.caller.headers)

    def order(self, order_id: str) -> dict[str, Any]:
        """How it stands."""
        answer = self.client.get(f"/v1/charges/{order_id}", headers=self.caller.headers)
        told: dict[str, Any] = answer.json()
        return told

    def until(self, order_id: str, *states: str) -> dict[str, Any]:
        """The order once it is in one of these states."""
        wish = f"{order_id} is {' or '.join(states)}"
        return eventually(lambda: (told := self.order(order_id))["state"] in states and told, wish) or {}


@contextmanager
def http_process(stack: Stack, **settings: str) -> Iterator[Process]:
    """The process, on a free port, until the block ends."""
    caller, keys = a_caller(stack.directory)
    log = stack.directory / f"http-{secrets.token_hex(4)}.log"  # of this one: others may run beside it
    child = stack.start(
        "sh", "-c", f'exec "$0" -m workers.cli http --port 0 --json >{log}', sys.executable,
        env={"API_KEYS_FILE": str(keys), **settings},
    )  # fmt: skip
    lines = eventually(lambda: log.exists() and log.read_text().splitlines(), "the application listens")
    url = json.loads((lines or [""])[0])["url"]
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        yield Process(child, url, client, caller)
