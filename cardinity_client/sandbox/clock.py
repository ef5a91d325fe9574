"""The sandbox's clock: what ages there goes by it, and so does a scheduler that is told its address.

What ages are holds and links. All else stays in real time: a signature is made with it, `created` is what clients
prove an absence by, and what lags, lands late or is in processing is the network's affair. Since the clock never goes
slower than the real one, a hold or a link ends early by it and never late: what a client waited for is over then too.
"""

from collections.abc import Callable
from datetime import datetime

from cardinity_client.timeline import Timeline, began


class Clock:
    """Shows the real time until it is moved, or what it began with. `real_ms` is the host's."""

    def __init__(self, real_ms: Callable[[], int], starts_at: datetime | None = None) -> None:
        self._real_ms = real_ms
        real = real_ms()
        self.timeline: Timeline = began(real if starts_at is None else round(starts_at.timestamp() * 1000), real)

    def now_ms(self) -> int:
        """What it shows."""
        return self.timeline.at(self._real_ms())

    def age_ms(self, since_ms: int) -> int:
        """How long ago a moment of real time is by it."""
        return self.now_ms() - self.timeline.at(since_ms)

    def move_to(self, to_ms: int) -> None:
        """It shows that from now on. Raises ValueError as `Timeline.moved`."""
        self.timeline = self.timeline.moved(to_ms, self._real_ms())
