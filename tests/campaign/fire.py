"""The running system as a strike sees it: what it may look at, what it may do, and how it waits.

Everything here may be called from any strike's thread.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import redis

from producers.contract import states
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from tests.campaign.crew import Crew
from tests.campaign.following import Parents
from tests.campaign.plan import Link, Plan
from tests.campaign.second import Branches
from tests.nursery import Child
from tests.proxy import CuttingProxy

#: Seconds between two looks while waiting.
LOOK_S = 0.05


_ENDS = states.TERMINAL | {states.PARKED}


class Fire:
    """One run while it burns. `over` is set when strikes must come to their end.

    `server` is held by whoever makes Valkey come and go, or sets how it behaves: such strikes take turns.
    """

    def __init__(
        self, plan: Plan, stack: Branches, crew: Crew, proxies: Mapping[Link, CuttingProxy], parents: Parents
    ) -> None:
        self.plan = plan
        self.stack = stack
        self.crew = crew
        #: What the orders follow that are no charges.
        self.parents = parents
        self.over = threading.Event()
        self.server = threading.Lock()
        self.notes: list[str] = []
        self.wrongs: list[str] = []
        self.hits: Counter[str] = Counter()
        self._proxies = proxies
        #: Called by strikes that changed what producers are told: the feed renews its client.
        self.renew_producers: Callable[[], None] = lambda: None
        self._started = time.monotonic()
        self._guard = threading.Lock()
        self._reading = threading.Lock()
        self._charges: Mapping[str, Mapping[str, int]] = {}
        self._read_at = 0.0

    @property
    def valkey(self) -> EmbeddedValkey:
        """The server that keeps queue (database 0) and ledger (database 1)."""
        return self.stack.valkey

    def proxy(self, name: Link) -> CuttingProxy:
        """A link that the plan asked for in `use_proxies`; workers and producers speak through it."""
        return self._proxies[name]

    def workers(self) -> Sequence[Child]:
        """Those that are alive now."""
        return self.crew.alive()

    def restart_worker(self, worker: Child) -> None:
        """Ask it to stop and wait until it has; another one takes its place by itself."""
        self.crew.restart(worker)

    @property
    def done(self) -> float:
        """The share of all orders that have an outcome or wait for a human; what was known last while the ledger does
        not answer.
        """
        with suppress(redis.RedisError, OSError):
            with redis.Redis.from_url(self.valkey.url(1), protocol=2, socket_timeout=2.0) as client:
                counters = client.hgetall(keys.STATS)
            ended = sum(int(counters.get(f"orders:{state}".encode(), 0)) for state in _ENDS)
            self._done = ended / len(self.plan.orders)
        return self._done

    def holder(self, order_id: str) -> int | None:
        """The process id of the worker that may have sent this order; workers are called `<host>-<pid>-<random>`."""
        with suppress(redis.RedisError, OSError):
            with redis.Redis.from_url(self.valkey.url(1), protocol=2, socket_timeout=2.0) as client:
                state, worker = client.hmget(keys.order(order_id), "state", "worker")
            if state == states.SENDING.encode() and worker:
                return int(worker.decode().rsplit("-", 2)[1])
        return None

    def charges(self) -> Mapping[str, Mapping[str, int]]:
        """The gateway's books, not older than a look takes: those who watch for their orders share one reading."""
        with self._reading:
            if time.monotonic() > self._read_at + LOOK_S:
                self._charges, self._read_at = self.stack.charges(), time.monotonic()
            return self._charges

    def await_done(self, fraction: float) -> bool:
        """Wait until that share of the orders has an outcome; False when the run ended before."""
        return self.until(lambda: self.done >= fraction)

    def until(self, look: Callable[[], object]) -> bool:
        """Wait until something is so; False when the run ended before."""
        while not look():
            if self.over.wait(LOOK_S):
                return False
        return True

    def until_for(self, look: Callable[[], object], seconds: float) -> None:
        """The same, but no longer than that."""
        ends_at = time.monotonic() + seconds
        self.until(lambda: look() or time.monotonic() >= ends_at)

    def wait(self, seconds: float) -> None:
        """Let time pass; less of it when the run ends."""
        self.over.wait(seconds)

    def note(self, text: str) -> None:
        """Write into the run's ledger what was done, with the moment."""
        with self._guard:
            self.notes.append(f"{time.monotonic() - self._started:6.2f} {text}")

    def wrong(self, text: str) -> None:
        """Report that something did not hold which this fault demands beyond what is judged after every run."""
        with self._guard:
            self.wrongs.append(text)

    def hit(self, point: str, times: int = 1) -> None:
        """Count that something was really struck: a crash point, a command, a link."""
        with self._guard:
            self.hits[point] += times

    _done: float = 0.0
