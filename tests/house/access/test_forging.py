"""Whoever has a producer's password can take back nothing that was told, and have nothing told that never was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from producers.runtime.ledger import keys
from producers.runtime.ledger.scripts import NAMESPACE
from tests.eventually import eventually
from tests.house.access.system import ORDER, client_of, enqueuer_of, restricted
from tests.stack import Stack

PRODUCERS = ("producer", "scheduler", "http")
#: What ends, empties or hides a stream, and what says something in it.
BY_HAND: tuple[tuple[Any, ...], ...] = (
    *(("XADD", key, *how, "*", "id", "ORD-1:declined", "event", "{}")
      for key in (keys.EVENTS, keys.OUTBOX)
      for how in ((), ("MAXLEN", 0), ("MINID", f"{2**64 - 1}-0"))),
    ("XADD", keys.EVENTS, f"{2**64 - 1}-{2**64 - 1}", "by", "hand"),
    ("DEL", keys.EVENTS), ("UNLINK", keys.EVENTS), ("EXPIRE", keys.EVENTS, 1), ("RENAME", keys.EVENTS, "pay"),
    ("SET", keys.EVENTS, ""), ("SET", keys.REPLICATED, 1), ("XTRIM", keys.EVENTS, "MAXLEN", 0),
    ("XGROUP", "DESTROY", keys.EVENTS, "archive"), ("HSET", keys.order("ORD-1"), "told", 0),
    ("LPUSH", keys.UNTOLD, "ORD-1"), ("LPOP", keys.UNTOLD), ("LTRIM", keys.UNTOLD, 1, 0), ("DEL", keys.UNTOLD),
)  # fmt: skip


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with restricted(tmp_path_factory.mktemp("forging")) as stack, enqueuer_of(stack) as enqueuer:
        enqueuer.charge(**ORDER)
        enqueuer.wait("ORD-1", timeout_s=30)
        yield stack


def told(stack: Stack) -> list[Any]:
    """The stream, as its readers have it."""
    with client_of(stack, "reader") as reader:
        return list(reader.xrange(keys.EVENTS))


@pytest.mark.parametrize("user", PRODUCERS)
def test_what_was_told_stays(stack: Stack, user: str) -> None:
    """By a command, or by the same in a script."""
    before = told(stack)
    with client_of(stack, user) as client:
        for command in BY_HAND:
            with pytest.raises(redis.exceptions.NoPermissionError):
                client.execute_command(*command)
            with pytest.raises(redis.exceptions.ResponseError, match="ACL"):
                client.eval("return redis.call(unpack(ARGV))", 1, NAMESPACE, *command)
    assert told(stack) == before


@pytest.mark.parametrize("user", PRODUCERS)
def test_nothing_is_told_that_never_was(stack: Stack, user: str) -> None:
    """Ids of no order, of an order that was told, of rows that are none: whoever goes through them says nothing."""
    before = told(stack)
    with client_of(stack, user) as client, client_of(stack, "worker") as worker:
        client.hsetnx(keys.order(f"HALF-{user}"), "told", "0")
        client.hsetnx(keys.order("ORD-1"), "told", "0")
        client.rpush(keys.UNTOLD, "NOBODY", f"HALF-{user}", "ORD-1")
        eventually(lambda: not worker.exists(keys.UNTOLD), "the sweeper has gone through them")
    assert told(stack) == before
