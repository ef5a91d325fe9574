"""One merchant account of the double: its credentials, its book and the faults in force."""

import time
from collections.abc import Callable, Sequence

from cardinity_client.sandbox.book import Book
from cardinity_client.sandbox.plan import Faults, Rule
from cardinity_client.sandbox.settings import SandboxSettings
from cardinity_client.sandbox.signature import Verifier


def wall_clock_ms() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


class Account:
    """What every endpoint works on. `now_ms` is the only clock."""

    def __init__(self, settings: SandboxSettings, now_ms: Callable[[], int] = wall_clock_ms) -> None:
        self.settings = settings
        self.now_ms = now_ms
        self.reset()

    def reset(self) -> None:
        """Back to the start: an empty book, no nonce seen, the plan of the settings counting from one."""
        self.book = Book(self.now_ms)
        self.verifier = Verifier(
            self.settings.consumer_key,
            self.settings.consumer_secret,
            lambda: self.now_ms() / 1000,
            strict_nonces=self.settings.strict_nonces,
        )
        self.install(self.settings.faults)

    def install(self, rules: Sequence[Rule]) -> None:
        """Replaces the plan; its counters start again."""
        self.faults = Faults(self.settings.seed, rules)
