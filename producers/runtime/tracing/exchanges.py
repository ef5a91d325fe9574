"""The gateway client's reports as spans: each request for an order is a part of that order's trace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from cardinity_client.hooks import Hooks
from cardinity_client.operations import OPERATIONS
from producers.runtime.tracing import facts
from producers.runtime.tracing.spans import Attributes
from producers.runtime.tracing.tracer import Tracer

_METHODS: Final[Mapping[str, str]] = {operation.name: operation.method for operation in OPERATIONS}
#: Ends that say which status was answered. Of the others the status is told where the outcome is recorded, if at all.
_STATUS: Final[Mapping[str, int]] = {"approved": 201, "declined": 402, "rate_limited": 429}
#: Ends that are nobody's fault.
_FINE: Final = frozenset({"approved", "declined", "pending", "done", "ok"})


class TracedHooks:
    """The `Hooks` of one account's client, passed on, and told to a tracer. No address of a request is told: what is in
    a URL is somebody's secret sooner or later."""

    def __init__(self, hooks: Hooks, tracer: Tracer, base_url: str) -> None:
        self._hooks = hooks
        self._tracer = tracer
        self._server = _server(base_url)
        self._breaker = "closed"
        self.retry_scheduled = hooks.retry_scheduled

    def attempt_finished(self, operation: str, kind: str, duration_s: float) -> None:
        """As `Hooks.attempt_finished`."""
        self._hooks.attempt_finished(operation, kind, duration_s)
        answered = {facts.HTTP_STATUS: _STATUS[kind]} if kind in _STATUS and operation == "create_payment" else {}
        attributes = {
            **self._server,
            facts.HTTP_METHOD: _METHODS.get(operation, "GET"),
            facts.ANSWER: kind,
            facts.BREAKER: self._breaker,
            **answered,
        }
        self._tracer.exchanged(operation, duration_s, attributes, error="" if kind in _FINE else kind)

    def breaker_changed(self, account: str, old: str, new: str) -> None:
        """As `Hooks.breaker_changed`."""
        self._breaker = new
        self._hooks.breaker_changed(account, old, new)


def _server(base_url: str) -> Attributes:
    parts = urlsplit(base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    return {facts.SERVER_ADDRESS: parts.hostname or "", facts.SERVER_PORT: port}
