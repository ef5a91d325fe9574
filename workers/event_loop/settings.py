"""The limits of the event loop, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoopSettings:
    """Every bound of one process's loop. Seconds where the name ends in `_s`."""

    #: Messages held at once, handlers running and acknowledgements not yet confirmed together.
    in_flight_max: int = 512
    #: Messages asked for in one fetch: keeps one script run short and one process from emptying the queue.
    fetch_max: int = 128
    #: Between looks at a queue that stands behind one that has messages, and was found empty.
    behind_look_s: float = 0.1
    #: Percent of the slots that a queue behind another gets while both have messages: it must not starve.
    behind_share: int = 10
    #: Pause between looks at an empty queue: first, and doubling up to. A pick-up takes a pause at the most.
    idle_min_s: float = 0.005
    idle_max_s: float = 0.012
    #: Acknowledgements in one pipeline, and how long the first of them waits for company.
    ack_batch_max: int = 256
    ack_wait_s: float = 0.005
    #: Between signs of life while busy. Dramatiq calls a worker dead after its `heartbeat_timeout`.
    heartbeat_s: float = 1.0
    #: Between looks for messages of dead workers.
    maintenance_s: float = 5.0
    #: Between audits of what we hold unacknowledged; after a lost fetch at once, then after this, doubling.
    audit_s: float = 30.0
    audit_after_loss_s: float = 1.0
    #: Pause after a failed command: first, and doubling up to.
    retry_min_s: float = 0.05
    retry_max_s: float = 1.0
    #: Until stopping is over, handlers waited for. At least D + 5 s, and below Dramatiq's shutdown timeout.
    shutdown_timeout_s: float = 50.0

    def __post_init__(self) -> None:
        if not 1 <= self.fetch_max <= 999:
            raise ValueError("fetch_max must be 1..999: Dramatiq's script unpacks the batch on Lua's stack")
        if self.in_flight_max < 1:
            raise ValueError("in_flight_max must be at least 1")
        if self.heartbeat_s > self.maintenance_s:
            raise ValueError("maintenance_s must not be below heartbeat_s: it happens with a heartbeat")

    def backoff_s(self, failures: int) -> float:
        """The pause after that many failures in a row."""
        return min(self.retry_min_s * float(2 ** min(failures - 1, 16)), self.retry_max_s)
