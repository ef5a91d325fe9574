"""The reader of answers against h11: on proper ones they agree, on all others ours believes no more than h11 does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.client.opinions import BODY_MAX, Opinion, ours, split, theirs

NAMES = st.sampled_from([b"Content-Type", b"Date", b"Retry-After", b"X-Odd_Name!", b"Set-Cookie", b"Server"])
VALUES = st.sampled_from([b"", b"a", b"application/json", b"a \t b", b'"quoted"', b"\xe9t\xe9", b"close"])
SPACES = st.sampled_from([b"", b" ", b"\t ", b"  "])
HEADERS = st.lists(st.tuples(NAMES, SPACES, VALUES, SPACES), max_size=6)
REASONS = st.sampled_from([b"", b" ", b" Created", b" Zu viele Anfragen", b" \xff\t"])
STATUSES = st.sampled_from([200, 201, 202, 204, 299, 304, 400, 402, 404, 429, 500, 503, 599, 999])
INTERIM = st.lists(st.sampled_from([100, 102, 103, 199]), max_size=3)
CONNECTIONS = st.sampled_from(
    [b"", b"Connection: close\r\n", b"connection: Keep-Alive\r\n", b"Connection: x, CLOSE\r\n"]
)
BODIES = st.binary(max_size=BODY_MAX)
CUTS = st.lists(st.integers(0, 3000), max_size=40)


@st.composite
def proper(draw: st.DrawFn) -> bytes:
    """An answer by the book, of any shape that the book allows and a connection need not end for."""
    raw = b"".join(_head(draw, status) + b"\r\n" for status in draw(INTERIM))
    status = draw(STATUSES)
    raw += _head(draw, status) + draw(CONNECTIONS)
    body = draw(BODIES)
    if status in (204, 304):
        return raw + b"\r\n"
    if draw(st.booleans()):
        return raw + b"Content-Length:%b%d\r\n\r\n" % (draw(SPACES), len(body)) + body
    return raw + b"Transfer-Encoding: chunked\r\n\r\n" + _chunked(draw, body)


def _head(draw: st.DrawFn, status: int) -> bytes:
    lines = [b"HTTP/1.1 %d%b\r\n" % (status, draw(REASONS))]
    lines += [b"%b:%b%b%b\r\n" % header for header in draw(HEADERS)]
    return b"".join(lines)


def _chunked(draw: st.DrawFn, body: bytes) -> bytes:
    raw = b""
    for piece in split(body, draw(st.lists(st.integers(0, BODY_MAX), max_size=5))):
        extension = draw(st.sampled_from([b"", b";a", b";a=b", b';a="b;c"']))
        raw += b"%x%b\r\n%b\r\n" % (len(piece), extension, piece) if piece else b""
    trailers = draw(st.sampled_from([b"", b"Digest: x\r\n", b"Content-Type: text/html\r\n"]))
    return raw + draw(st.sampled_from([b"0", b"000"])) + b"\r\n" + trailers + b"\r\n"


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """One or two proper answers with bytes put in, taken out or changed, mostly such that mean something in HTTP."""
    raw = draw(proper()) + draw(st.sampled_from([b"", b"\r\n", b"\n", b"H", b"HTTP/1.1 400 Bad\r\n\r\n"]))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, min(len(raw) - 1, 400))))
        put = draw(st.sampled_from(DAMAGES) | st.binary(max_size=2))
        raw = raw[:at] + put + raw[at + draw(st.integers(0, 3)) :]
    return raw


DAMAGES = [
    b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\0", b" ", b"\t", b":", b";", b",", b"0", b"1", b"f", b"-", b"+", b"_",
    b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n",
    b"\r\n folded", b"HTTP/1.0", b"HTTP/1.1 100 \r\n\r\n", b"HTTP/1.1 101 \r\n\r\n", b"HTTP/2.0", b"RTSP/1.0",
]  # fmt: skip


@given(raw=proper(), cuts=CUTS)
def test_a_proper_answer_is_read_as_h11_reads_it(raw: bytes, cuts: list[int]) -> None:
    """Status, headers and body are the same, however the network cuts it up."""
    mine, other = ours(split(raw, cuts)), theirs(raw)
    assert mine is not None
    assert other is not None
    assert mine[:3] == other[:3]
    assert mine.reusable <= other.reusable


@given(raw=damaged() | st.binary(max_size=60).map(lambda junk: b"HTTP/1.1 " + junk), cuts=CUTS)
def test_nothing_is_believed_that_h11_does_not(raw: bytes, cuts: list[int]) -> None:
    """What our reader takes for a whole answer is one for h11, and the same one; and so for the connection."""
    mine = ours(split(raw, cuts))
    if mine is not None:
        other = theirs(raw)
        assert other is not None
        assert mine[:3] == other[:3]
        assert mine.reusable <= other.reusable


@given(raw=damaged(), first=CUTS, second=CUTS)
def test_the_network_does_not_change_what_is_read(raw: bytes, first: list[int], second: list[int]) -> None:
    """The same bytes in other pieces are the same answer, or none both times."""
    assert _answer(ours(split(raw, first))) == _answer(ours(split(raw, second)))


@given(raw=proper(), end=st.integers(0, 3000))
def test_half_an_answer_is_none(raw: bytes, end: int) -> None:
    """Whatever its shape, an answer that lacks its last byte is not whole."""
    assert ours([raw[: min(end, len(raw) - 1)]]) is None


def _answer(opinion: Opinion | None) -> Opinion | None:
    """Without what pieces may change: whether bytes came too late to be noticed."""
    return opinion and opinion._replace(reusable=False)
