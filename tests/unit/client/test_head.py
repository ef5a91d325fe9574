"""The head of a request: exactly what httpx built, and never two."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client import Secret
from cardinity_client.oauth import OAuth1
from cardinity_client.transport import PreparedHead
from cardinity_client.transport.head import request_head

URL = "https://api.cardinity.com/v1/payments"
HEADERS = {"Accept": "application/json", "User-Agent": "test"}


def test_a_head_is_what_httpx_built() -> None:
    """Request line with path and query, every header in its place, an empty line."""
    request = httpx.Request("GET", f"{URL}?limit=3", headers=HEADERS)
    assert request_head(request) == (
        b"GET /v1/payments?limit=3 HTTP/1.1\r\n"
        b"Host: api.cardinity.com\r\n"
        b"Accept: application/json\r\n"
        b"User-Agent: test\r\n"
        b"\r\n"
    )


@given(key=st.text(min_size=1), secret=st.text(min_size=1), body=st.binary(max_size=100))
def test_a_prepared_head_says_the_same(key: str, secret: str, body: bytes) -> None:
    """Completed with any account's signature and a length, it has the lines of the request that httpx would send."""
    auth = OAuth1(key, Secret(secret), clock=lambda: 0.0, nonce=lambda: "n")
    request = next(auth.sync_auth_flow(httpx.Request("POST", URL, headers=HEADERS, content=body)))
    prepared = PreparedHead(httpx.Request("POST", URL, headers=HEADERS))
    ours, theirs = prepared.complete(auth.header("POST", URL), len(body)), request_head(request)
    assert ours.splitlines()[0] == theirs.splitlines()[0]
    assert sorted(ours.split(b"\r\n")) == sorted(theirs.split(b"\r\n"))
    assert ours.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("text", ["a\r\nX: y", "a\nb", "a\rb", "a\0b"])
def test_a_header_holds_no_line_break(text: str) -> None:
    """A value that would begin another header is refused."""
    with pytest.raises(ValueError, match="line break"):
        request_head(httpx.Request("GET", URL, headers={"X-Odd": text}))


@pytest.mark.parametrize("method", ["GET /x HTTP/1.1\r\nX: y\r\n\r\nGET", "G\nT"])
def test_a_method_holds_no_line_break(method: str) -> None:
    """Neither does the request line."""
    with pytest.raises(ValueError, match="line break"):
        request_head(httpx.Request(method, URL))


def test_a_request_is_not_sent_in_chunks() -> None:
    """A body of unknown length has a head that we would not keep to."""
    with pytest.raises(ValueError, match="chunks"):
        request_head(httpx.Request("POST", URL, content=iter([b"a"])))
