"""Reads one answer from bytes in pieces of any size: pure, bounded, and stricter than HTTP asks.

A byte that can be read in two ways is how one answer is taken for another, so whatever has two readings is refused:
two lengths, a length beside a coding, a coding other than `chunked`, a folded line, a bare CR or LF. The status line
is matched here, because llhttp also takes RTSP, HTTP/2.0 and a NUL in the reason; header lines and chunks are llhttp's.

An answer that only the end of the connection ends is never whole: cut off, it would look the same.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import httpx
from httptools import HttpParserError, HttpResponseParser

from cardinity_client.attempt import Attempt, BodyTooLarge, Phase

#: Bytes of an answer that are not its body: heads, those of interim answers too, chunk sizes and trailers.
FRAMING_MAX: Final = 65_536

#: Header lines of one head. Real ones have about ten.
HEADERS_MAX: Final = 128

_STATUS_LINE: Final = re.compile(rb"HTTP/1\.([01]) ([1-9][0-9]{2})(?: [\t\x20-\x7e\x80-\xff]*)?\r\n")
_BEGINNING: Final = b"HTTP/1."
_HEAD_END: Final = b"\r\n\r\n"
#: The last five bytes of a chunked answer. llhttp passes over line breaks that follow it.
_CHUNKS_END: Final = re.compile(rb"[^\r\n]\r\n\r\n")
_SWITCHING: Final = 101
_BODILESS: Final = frozenset({204, 304})
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding"})
_CLOSING: Final = frozenset({b"connection", b"proxy-connection"})


class Reply(NamedTuple):
    """A whole answer. Header names are as they came, values without the space around them."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class AnswerReader:
    """The answer to one request; the attempt bounds its body and hears when its head is there.

    Raises httpx.RemoteProtocolError for what is no answer.
    """

    __slots__ = (
        "_attempt", "_bodiless", "_clean", "_framing", "_held", "_left", "_message", "_parser", "_status", "_tail",
        "reusable",
    )  # fmt: skip

    def __init__(self, attempt: Attempt, *, bodiless: bool = False) -> None:
        self._attempt = attempt
        self._bodiless = bodiless
        self._framing = 0
        self._held = b""
        #: Bytes of the body still to come; None when no length was given.
        self._left: int | None = None
        self._message = _Message()
        #: Reads the chunks, if there are any.
        self._parser: HttpResponseParser | None = None
        self._status = 0
        self._tail = b""
        #: Whether nothing so far speaks against another request on the connection.
        self._clean = False
        #: Whether another request may follow; said only of a whole answer.
        self.reusable = False

    def feed(self, data: bytes) -> bool:
        """Takes what came next; True once the answer is whole, and then it is not called again."""
        if not self._status:
            rest = self._after_heads(self._held + data if self._held else data)
            if rest is None:
                return False
            data = rest
        whole = self._take(data) if self._parser is None else self._take_chunks(self._parser, data)
        if len(self._message.body) > self._attempt.bytes_max:
            raise BodyTooLarge(f"more than {self._attempt.bytes_max} bytes")
        self.reusable = whole and self._clean
        return whole

    def reply(self) -> Reply:
        """The answer, once it is whole."""
        return Reply(self._status, self._message.headers, bytes(self._message.body))

    def _after_heads(self, data: bytes) -> bytes | None:
        """Reads past interim answers and the final head: what follows, None if that head is not all there."""
        while (end := data.find(_HEAD_END)) >= 0:
            end += len(_HEAD_END)
            self._count(end)
            status = self._read_head(data[:end])
            data = data[end:]
            if status >= 200:
                self._status = status
                self._attempt.phase = Phase.HEADERS_RECEIVED
                return data
        self._held = data
        begins_well = _STATUS_LINE.match(data) if b"\n" in data else data.startswith(_BEGINNING[: len(data)])
        if not begins_well:
            raise httpx.RemoteProtocolError("not an HTTP answer")
        if self._framing + len(data) > FRAMING_MAX:
            raise httpx.RemoteProtocolError("a head without an end")
        return None

    def _read_head(self, head: bytes) -> int:
        line = _STATUS_LINE.match(head)
        if line is None:
            raise httpx.RemoteProtocolError("not an HTTP answer")
        status = int(line[2])
        if status == _SWITCHING:
            raise httpx.RemoteProtocolError("another protocol, which nobody asked for")
        self._message = _Message()
        parser = HttpResponseParser(self._message)
        try:
            parser.feed_data(head)
        except HttpParserError as problem:
            raise httpx.RemoteProtocolError("a malformed head") from problem
        if len(self._message.headers) > HEADERS_MAX:
            raise httpx.RemoteProtocolError("too many header lines")
        if status >= 200:
            self._frame(status, parser, is_modern=line[1] == b"1")
        elif any(name.lower() in _FRAMING for name, _ in self._message.headers):
            raise httpx.RemoteProtocolError("an interim answer with a body")
        return status

    def _frame(self, status: int, parser: HttpResponseParser, *, is_modern: bool) -> None:
        """How the body ends. llhttp has refused repeated and unreadable lengths, and one beside a coding."""
        self._clean = is_modern
        codings = []
        for name, value in self._message.headers:
            key = name.lower()
            if key == b"content-length":
                self._left = int(value)
            elif key == b"transfer-encoding":
                codings.append(value.lower())
            elif key in _CLOSING and b"close" in value.lower():
                self._clean = False
        if codings and not (is_modern and codings == [b"chunked"]):
            raise httpx.RemoteProtocolError("a transfer coding that is not read")
        if self._bodiless or status in _BODILESS:
            # What it declares may follow all the same, and would then be the next answer's beginning.
            self._left, self._clean = 0, False
        elif codings:
            self._parser, self._message.in_trailers = parser, True
        elif self._left is not None and self._left > self._attempt.bytes_max:
            raise BodyTooLarge(f"more than {self._attempt.bytes_max} bytes declared")

    def _take(self, data: bytes) -> bool:
        if self._left is None:
            self._message.body += data
            return False
        if len(data) > self._left:
            self._clean = False
            data = data[: self._left]
        self._message.body += data
        self._left -= len(data)
        return not self._left

    def _take_chunks(self, parser: HttpResponseParser, data: bytes) -> bool:
        message = self._message
        length = len(message.body)
        try:
            parser.feed_data(data)
        except HttpParserError as problem:
            if not message.whole:
                raise httpx.RemoteProtocolError("a malformed chunk") from problem
        if message.misframed:
            raise httpx.RemoteProtocolError("a length after the body")
        self._tail = (self._tail + data[-5:])[-5:]
        if not message.whole:
            self._count(len(data) - (len(message.body) - length))
        elif message.followed or not _CHUNKS_END.fullmatch(self._tail):
            self._clean = False
        return message.whole

    def _count(self, framing: int) -> None:
        self._framing += framing
        if self._framing > FRAMING_MAX:
            raise httpx.RemoteProtocolError("more framing than any real answer has")


class _Message:
    """What llhttp finds. It does not know the parser, so that no cycle is left for the garbage collector."""

    __slots__ = ("body", "followed", "headers", "in_trailers", "misframed", "whole")

    def __init__(self) -> None:
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = bytearray()
        self.in_trailers = False
        self.misframed = False
        self.whole = False
        self.followed = False

    def on_message_begin(self) -> None:
        self.followed = self.whole

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self.in_trailers:
            self.headers.append((name, value.strip(b" \t")))
        elif not self.whole and name.lower() in _FRAMING:
            self.misframed = True

    def on_body(self, body: bytes) -> None:
        if not self.whole:
            self.body += body

    def on_message_complete(self) -> None:
        self.whole = True
