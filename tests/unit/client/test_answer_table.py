"""Answers by name, to our reader and to h11."""

from __future__ import annotations

import httpx
import pytest

from cardinity_client.attempt import Attempt, BodyTooLarge
from cardinity_client.transport.answer import FRAMING_MAX, AnswerReader
from tests.unit.client.opinions import BODY_MAX, ours, theirs
from tests.unit.client.raw_answers import ANSWERS, CHUNKED, DIFFERENCES, NONE, OK, TWO


@pytest.mark.parametrize("name", ANSWERS)
def test_what_is_an_answer(name: str) -> None:
    """Our reader and h11 find the same body; ours re-uses the connection only where h11 would."""
    raw, body, reusable = ANSWERS[name]
    mine, other = ours([raw]), theirs(raw)
    assert mine is not None
    assert other is not None
    assert (mine.body, mine.reusable) == (body, reusable)
    assert mine[:3] == other[:3]
    assert mine.reusable <= other.reusable


@pytest.mark.parametrize("name", NONE)
def test_what_is_none(name: str) -> None:
    """Neither reader finds an answer, whether the bytes come at once or one by one."""
    raw = NONE[name]
    assert theirs(raw) is None
    assert ours([raw]) is None
    assert ours([raw[at : at + 1] for at in range(len(raw))]) is None


@pytest.mark.parametrize("name", DIFFERENCES)
def test_where_ours_is_stricter(name: str) -> None:
    """h11 finds an answer and ours does not, whether the bytes come at once or one by one."""
    raw = DIFFERENCES[name]
    assert theirs(raw) is not None
    assert ours([raw]) is None
    assert ours([raw[at : at + 1] for at in range(len(raw))]) is None


@pytest.mark.parametrize(
    "beginning",
    [
        b"S",
        b"SSH-2.0-x",
        b"\r\n",
        b"\nHTTP/1.1 200",
        b"HTTP/2",
        b"HTTP/1.1 2x0 \r\n",
        b"HTTP/1.1 200 OK\nA: b",
        b"<html>",
    ],
)
def test_what_cannot_become_an_answer_is_refused_at_once(beginning: bytes) -> None:
    """Without waiting for the end of a head, which may never come."""
    with pytest.raises(httpx.RemoteProtocolError):
        AnswerReader(Attempt(0.0, BODY_MAX)).feed(beginning)


def test_the_answer_to_head_has_no_body() -> None:
    """Whatever length it declares, and then its connection is not used again."""
    mine = ours([OK + b"Content-Length: 2\r\n\r\n"], method="HEAD")
    assert mine is not None
    assert (mine.body, mine.reusable) == (b"", False)


@pytest.mark.parametrize(
    "flood",
    [
        b"HTTP/1.1 200 " + b"x" * FRAMING_MAX,
        OK + b"A: " + b"x" * FRAMING_MAX,
        OK + b"A: " + b"x" * FRAMING_MAX + b"\r\n" + TWO,
        b"HTTP/1.1 100 Continue\r\n\r\n" * (FRAMING_MAX // 25 + 1) + OK + TWO,
        CHUNKED + b"\r\n1;" + b"x" * FRAMING_MAX,
        CHUNKED + b"\r\n0\r\nA: " + b"x" * FRAMING_MAX,
        CHUNKED + b"\r\n" + b"00000001;abcdefghi=%b\r\na\r\n" % (b"x" * 200) * (FRAMING_MAX // 200),
    ],
    ids=["reason", "header", "whole_head", "interim", "chunk_extension", "trailer", "chunk_extensions"],
)
def test_what_is_no_body_is_bounded(flood: bytes) -> None:
    """64 KiB of heads, chunk sizes and trailers are more than any real answer has, at once or in small pieces."""
    assert ours([flood]) is None
    reader = AnswerReader(Attempt(0.0, BODY_MAX))
    with pytest.raises(httpx.RemoteProtocolError, match=r"framing|head without an end"):
        for at in range(0, len(flood), 100):
            assert not reader.feed(flood[at : at + 100])


@pytest.mark.parametrize("size", [BODY_MAX, BODY_MAX + 1])
@pytest.mark.parametrize("piece", [1, 100, 10_000])
@pytest.mark.parametrize("shape", ["length", "chunks", "neither"])
def test_a_body_is_bounded(shape: str, size: int, piece: int) -> None:
    """The limit itself is read, one byte more is not, however it is declared and delivered."""
    head, body, end = {
        "length": (OK + b"Content-Length: %d\r\n\r\n" % size, b"x" * size, b""),
        "chunks": (CHUNKED + b"\r\n%x\r\n" % size, b"x" * size, b"\r\n0\r\n\r\n"),
        "neither": (OK + b"\r\n", b"x" * size, b""),
    }[shape]
    raw = head + body + end
    reader = AnswerReader(Attempt(0.0, BODY_MAX))
    pieces = iter([raw[at : at + piece] for at in range(0, len(raw), piece)])
    if size > BODY_MAX:
        with pytest.raises(BodyTooLarge):
            any(reader.feed(one) for one in pieces)
    else:
        assert any(reader.feed(one) for one in pieces) == (shape != "neither")
