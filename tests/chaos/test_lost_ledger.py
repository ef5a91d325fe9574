"""A ledger is lost while orders are under way: lockdown, rebuilding, and nobody pays twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import redis

from producers.enqueue import Enqueuer
from producers.runtime.settings import Settings
from tests.archives import upgraded
from tests.eventually import eventually
from tests.stack import CARD, Stack
from workers.events.archive.service import event_archiver, pinned_ledger

#: Those that are sent one after the other, and those that wait until after the loss, however long it takes to come: for
#: them nobody is woken, and no sweep finds them.
SENT, UNSENT = [f"ORD-{number:03}" for number in range(50)], [f"ORD-{number:03}" for number in range(50, 60)]
ORDERS = [*SENT, *UNSENT]
NOBODY_WOKEN = {"REDIS_QUEUE_URL": "redis://127.0.0.1:9/0", "DUE_GRACE_S": "600"}
FINAL = {"approved", "declined", "not_charged"}


def test_a_flush_in_the_middle_of_a_batch_charges_nobody_twice(tmp_path: Path) -> None:
    """Some orders have ended and are archived, some ended since, some are on their way and some were never sent. After
    the rebuilding each has one end, and handing all of them in again charges nobody.
    """
    with Stack(tmp_path, sandbox_args=["--latency-ms=300"]) as stack:
        upgraded(stack.settings()).close()
        _enqueue(stack.settings(), SENT)
        _enqueue(Settings.from_environ({**stack.env, **NOBODY_WOKEN}), UNSENT)
        stack.worker(env={"IN_FLIGHT_MAX": "4"})
        eventually(lambda: len(_approved(stack)) >= 20, "some are charged")
        _archive(stack.settings())
        eventually(lambda: len(_approved(stack)) >= 30, "more are charged, which the archive is not told of")
        with redis.Redis.from_url(stack.valkey.url()) as client:
            client.flushall()
        stack.kill_workers()
        diagnosis, *_ = _recover(stack, "plan", "--all-hosts")
        assert diagnosis["what"] == "forgotten"
        charged = set(_approved(stack))
        told = _recover(stack, "run", "--all-hosts")
        stack.worker()
        with stack.enqueuer() as enqueuer:
            for order_id in ORDERS:
                order = enqueuer.wait(order_id, timeout_s=30)
                assert (order.state == "approved") == (order_id in _approved(stack)), order
                assert order.state in FINAL
            again = _charge(enqueuer, ORDERS)
        assert not any(order.new for order in again)
        assert set(_approved(stack)) >= charged
        assert {row["approved"] for row in stack.charges().values()} <= {0, 1}
        assert {row["posts"] for row in stack.charges().values()} == {1}
        steps = {line["step"]: line["orders"] for line in told if "step" in line}
        assert steps["end"] > 0 and steps["ask"] > 0 and steps["never_sent"] > 0, steps


def _enqueue(settings: Settings, order_ids: list[str]) -> None:
    with Enqueuer(settings) as enqueuer:
        _charge(enqueuer, order_ids)


def _charge(enqueuer: Any, order_ids: list[str]) -> list[Any]:
    return [
        enqueuer.charge(order_id=order_id, amount="10.00", currency="EUR", country="LT", **CARD)
        for order_id in order_ids
    ]


def _approved(stack: Stack) -> list[str]:
    return [order_id for order_id, row in stack.charges().items() if row["approved"]]


def _archive(settings: Settings) -> None:
    with upgraded(settings) as archive, pinned_ledger(settings) as ledger:
        event_archiver(settings, ledger, archive).catch_up()


def _recover(stack: Stack, *argv: str) -> list[dict[str, Any]]:
    ran = subprocess.run(
        [sys.executable, "-m", "workers.cli", "recover", *argv, "--json"],
        env=stack.env,
        cwd=stack.directory,
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return [json.loads(line) for line in ran.stdout.splitlines()]
