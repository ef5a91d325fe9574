"""Delivers notices by HTTP: one try each, to this machine unless the sandbox was told otherwise."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

import httpx

from cardinity_client.sandbox.notices.messages import Notice

#: Seconds a shop may take to answer a notification; nobody knows the gateway's own patience.
TIMEOUT_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Delivered:
    """What became of one delivery: the status of the answer, or why there was none."""

    kind: str
    object_id: str
    status: int | None
    problem: str | None = None


Deliver = Callable[[str, Notice], Awaitable[Delivered]]


@asynccontextmanager
async def postman(*, elsewhere: bool) -> AsyncIterator[Deliver]:
    """Posts notices until the block ends. No answer's body is read, and no redirect is followed."""
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False) as client:

        async def deliver(url: str, notice: Notice) -> Delivered:
            if not elsewhere and not is_here(url):
                return Delivered(notice.kind, notice.object_id, None, "only to this machine")
            try:
                async with client.stream("POST", url, content=notice.body, headers=notice.headers) as answer:
                    return Delivered(notice.kind, notice.object_id, answer.status_code)
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                return Delivered(notice.kind, notice.object_id, None, type(error).__name__)

        yield deliver


def is_here(url: str) -> bool:
    """Whether a URL names this machine by `localhost` or a loopback address; other names are not looked up."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
