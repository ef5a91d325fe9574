"""How the client tells what it did. It imports no logger and no metrics: the caller hands in an observer."""

from __future__ import annotations

from typing import Protocol


class Hooks(Protocol):
    """Called on the event loop between the steps of a write: implementations return at once, never raise."""

    def attempt_finished(self, operation: str, kind: str, duration_s: float) -> None:
        """One HTTP attempt ended. `kind`: of a write its answer's, of a read `ok` or the error's code."""

    def retry_scheduled(self, operation: str, wait_s: float) -> None:
        """The attempt before was never sent, or was a read; the next starts in `wait_s` seconds."""

    def breaker_changed(self, account: str, old: str, new: str) -> None:
        """`closed`, `open` or `half-open`."""


class _NoHooks:
    def attempt_finished(self, operation: str, kind: str, duration_s: float) -> None:
        """Nobody listens."""

    def retry_scheduled(self, operation: str, wait_s: float) -> None:
        """Nobody listens."""

    def breaker_changed(self, account: str, old: str, new: str) -> None:
        """Nobody listens."""


#: For callers that do not observe.
NO_HOOKS: Hooks = _NoHooks()
