"""The outcome of a charge cannot be recorded because Redis is away: it is kept on disk, and nothing is lost.

In these runs nobody resolves (the test holds that lease), so that only the spool can bring the outcome back.
"""

import contextlib
import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from producers.contract import states
from producers.runtime.ledger import calls
from producers.runtime.ledger.epoch import remembered
from producers.runtime.ledger.executors import SyncLedger
from tests.chaos.oracle import read_books, until_closed, violations
from tests.chaos.wire import gateway_wire
from tests.eventually import eventually
from tests.stack import CARD, Stack

pytestmark = pytest.mark.slow

ORDER = "ORD-spooled"
#: Redis has to be gone while the request is on its way: D is longer here, and all that must be longer than it.
PATIENT = {"ATTEMPT_DEADLINE_S": "2", "LEASE_S": "4", "ABSENCE_HORIZON_S": "5"}


def test_the_worker_itself_records_it_later(tmp_path: Path) -> None:
    """A worker that outlives the outage of Redis records from its spool what the gateway had said."""
    with _charged_while_redis_is_away(tmp_path) as stack:
        stack.valkey.start()
        _assert_recorded(stack)


def test_another_worker_records_it_when_the_first_is_lost(tmp_path: Path) -> None:
    """The spool of a killed worker is recorded by the next one on that host."""
    with _charged_while_redis_is_away(tmp_path) as stack:
        stack.kill_workers()
        stack.valkey.start()
        stack.worker()
        _assert_recorded(stack)


def test_a_worker_lost_while_it_replays_loses_nothing(tmp_path: Path) -> None:
    """The spool stays on disk until its calls are recorded, not just until somebody has read it."""
    with _charged_while_redis_is_away(tmp_path) as stack:
        eventually(lambda: _is_being_replayed(stack), "the replay has begun")
        stack.kill_workers()
        stack.valkey.start()
        stack.worker()
        _assert_recorded(stack)


@contextmanager
def _charged_while_redis_is_away(directory: Path) -> Iterator[Stack]:
    """One order, charged; Redis has died, and the worker has given up on it."""
    with (
        Stack(directory, settings=PATIENT) as stack,
        stack.enqueuer() as enqueuer,
        gateway_wire(stack) as (wire, over_it),
    ):
        wire.hold_request(ORDER.encode())
        with redis.Redis.from_url(stack.valkey.url(1), protocol=2) as client:
            _keep_from_resolving(stack, client)
            stack.worker(env=over_it)
            enqueuer.charge(order_id=ORDER, amount="10.00", currency="EUR", country="LT", **CARD)
            eventually(lambda: wire.matches, "the request is on its way")
            stack.valkey.kill()
        wire.release()
        eventually(lambda: _spooled(stack), "the outcome is on disk")
        yield stack


def _keep_from_resolving(stack: Stack, client: redis.Redis) -> None:
    """Take the resolver's lease, and hand out the send credits that it would."""
    pin = remembered(stack.settings().state_dir)
    assert pin is not None
    ledger = SyncLedger(client, pin.epoch)
    assert ledger.run(calls.lead("resolver-default", "the test", 600_000))
    ledger.run(calls.begin_scan("default", 60))


def _spooled(stack: Stack) -> set[str]:
    """Names of the spool's files that hold something."""
    folder = stack.settings().state_dir / "spool"
    return {path.name for path in folder.glob("*.jsonl") if path.stat().st_size}


def _is_being_replayed(stack: Stack) -> bool:
    """Whether a worker holds the lock on a file that was moved aside."""
    for name in _spooled(stack):
        # A worker may have moved it aside since.
        with (
            contextlib.suppress(FileNotFoundError),
            (stack.settings().state_dir / "spool" / name).open("rb") as file,
        ):
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


def _assert_recorded(stack: Stack) -> None:
    until_closed(stack)
    books = read_books(stack)
    assert (violations(books), books.orders[ORDER].state) == ([], states.APPROVED)
