"""A system whose Redis knows the documented users and no other, for tests of what each may do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from producers.enqueue import Enqueuer
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.settings import Settings
from tests.eventually import eventually
from tests.house.deployment.files import directives
from tests.house.documents import ACL_PATH
from tests.house.tree import text
from tests.stack import CARD, Stack

ORDER = {"order_id": "ORD-1", "amount": "10.00", "currency": "EUR", "country": "LT", **CARD}
SETTINGS = {"DISPUTES_INTERVAL_S": "0.1"}
#: Beside the documented users one that reads what the server has refused, and does nothing else.
WATCHER = "user watcher on >watcher -@all +acl|log +hello +select\n"


@contextmanager
def restricted(
    directory: Path, *, settings: Mapping[str, str] | None = None, faults: Sequence[Mapping[str, Any]] = ()
) -> Iterator[Stack]:
    """A system whose Valkey knows the documented users and no other, each with its name for a password."""
    acl = directory / "users.acl"
    acl.write_text(re.sub(r"user (\w+) on #<sha256>", r"user \1 on >\1", text(ACL_PATH)) + WATCHER)
    config = {**directives("deploy/redis/ledger.conf"), "aclfile": str(acl)}
    server = EmbeddedValkey(directory / "valkey", config=config)
    with Stack(directory, valkey=server, settings={**SETTINGS, **(settings or {})}, faults=faults) as stack:
        stack.env |= urls(stack, "worker")
        stack.worker()
        eventually(lambda: client_of(stack, "worker").exists("pay:epoch"), "the worker founds the ledger")
        yield stack


def urls(stack: Stack, user: str) -> dict[str, str]:
    plain = {"REDIS_QUEUE_URL": stack.valkey.url(0), "REDIS_LEDGER_URL": stack.valkey.url(1)}
    return {name: url.replace("redis://", f"redis://{user}:{user}@") for name, url in plain.items()}


def client_of(stack: Stack, user: str) -> redis.Redis:
    return redis.Redis.from_url(urls(stack, user)["REDIS_LEDGER_URL"], driver_info=None)


def execute(stack: Stack, user: str, command: str) -> None:
    with client_of(stack, user) as client:
        client.execute_command(*command.split(" "))


def enqueuer_of(stack: Stack) -> Enqueuer:
    return Enqueuer(Settings.from_environ(stack.env | urls(stack, "producer")))


def refused(stack: Stack) -> list[tuple[str, str]]:
    """Who was refused what by the server since it started."""
    with client_of(stack, "watcher") as client:
        return [(entry["username"], entry["object"]) for entry in client.acl_log()]
