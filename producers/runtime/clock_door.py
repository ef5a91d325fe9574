"""The sandbox's clock from outside: what it showed when, and how it is moved on. For play."""

from __future__ import annotations

from http.client import HTTPConnection, HTTPException
from typing import Final
from urllib.parse import urlsplit

import msgspec

from cardinity_client.timeline import Move, Timeline
from producers.errors import ClockRefused, ClockUnavailable

#: Seconds that an answer may take: it comes from this machine.
TIMEOUT_S: Final = 5.0


class _Shown(msgspec.Struct):
    moves: tuple[Move, ...]


class _Refusal(msgspec.Struct):
    error: str = "the clock was not moved"


class ClockDoor:
    """The clock at that URL.

    Raises:
        ClockUnavailable: no clock answers there.
    """

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)

    def timeline(self) -> Timeline:
        """What the clock has shown so far."""
        return self._asked("GET", None)

    def advance(self, by_ms: int) -> Timeline:
        """Move it on by so much. Raises ClockRefused too."""
        return self._asked("POST", {"advance_ms": by_ms})

    def move_to(self, to_ms: int) -> Timeline:
        """Move it on to that moment. Raises ClockRefused too."""
        return self._asked("POST", {"to_ms": to_ms})

    def _asked(self, method: str, wish: dict[str, int] | None) -> Timeline:
        try:
            status, body = self._exchange(method, None if wish is None else msgspec.json.encode(wish))
            if status == 400 and wish is not None:
                raise ClockRefused(msgspec.json.decode(body, type=_Refusal).error)
            shown = msgspec.json.decode(body, type=_Shown) if status == 200 else None
        except (OSError, HTTPException, msgspec.MsgspecError, UnicodeDecodeError):
            shown = None
        if shown is None or not shown.moves:
            raise ClockUnavailable("no clock answers at CLOCK_URL: is `cardinity sandbox` running there?")
        return Timeline(shown.moves)

    def _exchange(self, method: str, body: bytes | None) -> tuple[int, bytes]:
        connection = HTTPConnection(self._url.hostname or "", self._url.port or 80, timeout=TIMEOUT_S)
        try:
            connection.request(method, self._url.path, body)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()
