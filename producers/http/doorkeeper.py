"""Who may come to a door that needs no key: by where a request comes from, and how many come from there."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.requests import Request

from producers.http.buckets import Buckets
from producers.http.callers import too_many
from producers.http.refusals import HttpProblem
from producers.http.sources import name_of, source_of, within
from producers.runtime.settings import Settings
from producers.runtime.settings_kinds import Network


class Doorkeeper:
    """Lets requests in from `sources`, or from anywhere where that is None. Nothing is read of one before."""

    def __init__(self, settings: Settings, buckets: Buckets, *, sources: Sequence[Network] | None) -> None:
        self._settings = settings
        self._buckets = buckets
        self._sources = sources

    def admit(self, request: Request) -> None:
        """It may be read.

        Raises:
            HttpProblem: `source_forbidden` or `too_many_requests`.
        """
        settings = self._settings
        peer = request.client.host if request.client else ""
        source = source_of(peer, request.headers.getlist("x-forwarded-for"), settings.http_proxies or ())
        if self._sources is not None and (source is None or not within(source, self._sources)):
            raise HttpProblem("source_forbidden", "notifications are not taken from there", 403)
        per_s, burst = settings.webhook_rate, settings.webhook_burst
        if wait_s := self._buckets.wait_s(name_of(source), per_s=per_s, burst=burst):
            raise too_many(wait_s)
