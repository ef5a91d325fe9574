"""Who may call `/v1`, and how often: a key in `Authorization: Bearer …`, and the limits that stand beside its hash."""

from __future__ import annotations

import math

from starlette.requests import Request

from producers.contract.api_keys import ApiKeys
from producers.http.buckets import Buckets
from producers.http.refusals import HttpProblem

_CHALLENGE = {"WWW-Authenticate": "Bearer"}


class Callers:
    """Lets callers in. Nothing is read of a request before."""

    def __init__(self, keys: ApiKeys, buckets: Buckets) -> None:
        self._keys = keys
        self._buckets = buckets

    def admit(self, request: Request) -> None:
        """The caller may go on.

        Raises:
            HttpProblem: `api_key_missing`, `api_key_invalid`, `api_key_disabled` or `too_many_requests`.
        """
        key = self._keys.find(_presented(request))
        if key is None:
            raise HttpProblem("api_key_invalid", "there is no such key", 401, _CHALLENGE)
        if key.disabled:
            raise HttpProblem("api_key_disabled", "the key has been disabled", 403)
        wait_s = self._buckets.wait_s(key.producer, per_s=key.requests_per_s, burst=key.burst)
        if wait_s:
            raise too_many(wait_s)


def too_many(wait_s: float) -> HttpProblem:
    """The refusal of those who ask too often, with the whole seconds after which they may."""
    after = {"Retry-After": str(math.ceil(wait_s))}
    return HttpProblem("too_many_requests", "more requests than the limit allows", 429, after)


def _presented(request: Request) -> str:
    given = request.headers.getlist("authorization")
    scheme, _, key = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    if scheme.lower() != "bearer" or not key:
        raise HttpProblem("api_key_missing", "send one Authorization: Bearer header with the key", 401, _CHALLENGE)
    return key.strip()
