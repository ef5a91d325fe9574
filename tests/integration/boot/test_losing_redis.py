"""Redis is lost in the middle of a start: the worker waits for it as it would later, and works when it is back."""

import sys
from pathlib import Path

from tests.eventually import eventually
from tests.stack import CARD, Stack


def test_a_worker_outlasts_a_redis_that_dies_as_it_starts(tmp_path: Path) -> None:
    """It neither ends nor forgets what it is there for: the order is charged by the same process."""
    with Stack(tmp_path) as stack:
        boot = ("--boot", "tests.integration.boot.losing_redis:boot")
        pid = str(stack.valkey.pid)
        worker = stack.start(sys.executable, "-m", "workers.process", *boot, env={"VALKEY_PID": pid})
        eventually(lambda: b"fetch_failed" in (tmp_path / "1.log").read_bytes(), "the worker misses Redis")
        stack.valkey.kill()
        stack.valkey.start()
        with stack.enqueuer() as enqueuer:
            enqueuer.charge(order_id="ORD-1", amount="10.00", currency="EUR", country="LT", **CARD)
            assert enqueuer.wait("ORD-1", timeout_s=30).state == "approved"
        worker.terminate()
        assert worker.wait() == 0
