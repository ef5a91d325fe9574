"""Asks hosts for their numbers, as Prometheus does it."""

from __future__ import annotations

import math
import threading
import time
import urllib.request
from collections.abc import Mapping
from typing import Final

from tests.alerts.hosts import Hosts
from tests.alerts.recording import samples

#: Seconds between two scrapes, and for which one may take: those of `deploy/prometheus/prometheus.yml`.
EVERY_S, TIMEOUT_S = 1.0, 14.0
#: Scrapes of a phase at the least.
SCRAPES: Final = 5

Told = Mapping[str, float] | None


class Scraper(threading.Thread):
    """Asks every host every second, one question after the other, as Prometheus does it."""

    def __init__(self, hosts: Hosts) -> None:
        super().__init__(name="scraper", daemon=True)
        self._hosts = hosts
        self._began = time.monotonic()
        self.left = threading.Event()
        self.scrapes: dict[str, list[tuple[float, Told]]] = {}
        #: When the last scrape began.
        self.asked_s = 0.0

    @property
    def now_s(self) -> float:
        """Seconds since the recording began."""
        return time.monotonic() - self._began

    def run(self) -> None:
        """Until it is left."""
        while not self.left.is_set():
            next_s = self.now_s + EVERY_S
            for name, url in self._hosts.urls().items():
                self.asked_s = at_s = self.now_s
                self.scrapes.setdefault(name, []).append((at_s, asked(url)))
            self.left.wait(max(0.0, next_s - self.now_s))

    def has_seen(self, moment_s: float) -> bool:
        """Whether it has asked often enough since then, and whoever was hired has begun, or ended."""
        began = {name for name, told in self.scrapes.items() if any(page is not None for _, page in told)}
        return self.since(moment_s) >= SCRAPES and {*self._hosts.urls()} <= began | self._hosts.ended()

    def since(self, moment_s: float) -> int:
        """How often the first host was asked since then."""
        return sum(at_s > moment_s for at_s, _ in self.scrapes.get("a", ()))


def works(url: str, processes: int) -> bool:
    """Whether so many processes of the host count, and may send: the list was read."""
    numbers = asked(url) or {}
    lag_s = numbers.get('cardinity_mirror_lag_seconds{account="default"}', math.inf)
    return numbers.get('cardinity_breaker_state{account="default",state="closed"}') == processes and lag_s < math.inf


def asked(url: str) -> Told:
    """What is told there that the rules ask for; None without an answer."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as answer:  # noqa: S310 - loopback
            return dict(samples(answer.read().decode()))
    except OSError:
        return None
