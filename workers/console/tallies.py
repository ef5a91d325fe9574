"""What the console counts: requests, logins, and what was done."""

from __future__ import annotations

from producers.runtime.metrics import Metrics
from producers.runtime.metrics_table import CONSOLE_PAGES, OTHER


class Tallies:
    """Counts into the numbers of this process."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def answered(self, path: str, status: int) -> None:
        """A request was answered."""
        page = path.split("/")[1] or "overview"
        self._metrics.console_requests.inc(page if page in CONSOLE_PAGES else OTHER, _answer(status))

    def login(self, result: str) -> None:
        """Somebody wanted in: `entered`, `refused`, `limited` or `busy`."""
        self._metrics.console_logins.inc(result)

    def done(self, action: str) -> None:
        """An operator did it."""
        self._metrics.console_actions.inc(action)

    def failed(self) -> None:
        """A bug of ours."""
        self._metrics.unexpected_errors.inc("console")


def _answer(status: int) -> str:
    match status:
        case 401 | 403 | 421:
            return "denied"
        case 429:
            return "limited"
        case 503:
            return "unavailable"
        case _:
            return "taken" if status < 400 else "refused" if status < 500 else "failed"
