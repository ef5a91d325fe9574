"""How the gateway tells its paths apart: by their segments, with "*" for an id. Names win over ids."""

from collections.abc import Awaitable, Callable, Mapping

from cardinity_client.sandbox.account import Account
from cardinity_client.sandbox.exchange import Exchange
from cardinity_client.sandbox.wire import Answer

#: Gets the ids in the path; returns the answer, or None when the exchange is over.
Endpoint = Callable[[Account, Exchange, tuple[str, ...]], Awaitable[Answer | None]]
Methods = Mapping[str, Endpoint]
#: Every path of the API.
Routes = Mapping[tuple[str, ...], Methods]


def match(routes: Routes, segments: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The shape of a path, and the ids in it; a shape that is no key of the routes is no path of the API."""
    if segments in routes and "*" not in segments:
        return segments, ()
    # Ids sit at every second place behind the resource: v1/payments/*/refunds/*.
    shape = tuple("*" if place >= 2 and place % 2 == 0 else name for place, name in enumerate(segments))
    return shape, segments[2::2]
