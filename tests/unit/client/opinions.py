"""What bytes from a gateway mean: our reading, and h11's, which shares no code with it."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import h11
import httpx

from cardinity_client.attempt import Attempt
from cardinity_client.transport.answer import FRAMING_MAX, AnswerReader

#: Bytes of a body that our reader takes here.
BODY_MAX = 1000


class Opinion(NamedTuple):
    """A whole answer, and whether another request may follow on its connection."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    reusable: bool


def ours(pieces: Iterable[bytes], *, method: str = "POST") -> Opinion | None:
    """Our reading of what came in these pieces, after which the connection ended; None for no whole answer."""
    reader = AnswerReader(Attempt(0.0, BODY_MAX), bodiless=method == "HEAD")
    whole, late = False, b""
    try:
        for piece in pieces:
            if whole:  # the connection throws itself away over these
                late += piece
            else:
                whole = reader.feed(piece)
    except httpx.RemoteProtocolError:
        return None
    if not whole:
        return None
    status, headers, body = reader.reply()
    return Opinion(status, tuple(map(_alike, headers)), body, reader.reusable and not late)


def theirs(raw: bytes, *, method: str = "POST") -> Opinion | None:
    """The same by h11, which hears of the end of the connection as well."""
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=FRAMING_MAX)
    connection.send(h11.Request(method=method, target="/v1/payments", headers=[("Host", "gateway")]))
    connection.send(h11.EndOfMessage())
    connection.receive_data(raw)
    head: h11.Response | None = None
    body = b""
    try:
        while not isinstance(event := connection.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                connection.receive_data(b"")
            elif isinstance(event, h11.Response):
                head = event
            elif isinstance(event, h11.Data):
                body += event.data
            elif not isinstance(event, h11.InformationalResponse):
                return None
    except h11.RemoteProtocolError:
        return None
    assert head is not None
    reusable = connection.their_state is h11.DONE and not connection.trailing_data[0]
    return Opinion(head.status_code, tuple(head.headers), bytes(body), reusable)


def split(raw: bytes, cuts: Iterable[int]) -> list[bytes]:
    """`raw` in pieces, as a network might deliver it."""
    places = [0, *sorted({cut for cut in cuts if 0 < cut < len(raw)}), len(raw)]
    return [raw[start:end] for start, end in pairwise(places)]


def _alike(header: tuple[bytes, bytes]) -> tuple[bytes, bytes]:
    """As h11 gives it."""
    name, value = header[0].lower(), header[1]
    return name, value.lower() if name == b"transfer-encoding" else value
