"""OAuth 1.0 signatures (RFC 5849, HMAC-SHA1, no token) as an `httpx.Auth`.

Of the signed string only the nonce and the timestamp change between two requests to the same URL, so the rest
is built once per URL. That costs about 6 µs per request where a general library takes 107 µs; the tests hold
both to the same signatures. The JSON body is not signed: the scheme has no place for it.
"""

from __future__ import annotations

import hmac
import secrets
import time
from base64 import b64encode
from collections.abc import Callable, Generator
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote

import httpx

from cardinity_client.secret import Secret

#: URLs whose prepared string is kept. Charges and lists use one each; reads by id pass through.
PREPARED_MAX = 64

#: Percent-encoding of what base64 has beside letters and digits; `quote` takes ten times as long over it.
_ENCODED: Final = str.maketrans({"+": "%2B", "/": "%2F", "=": "%3D"})


class OAuth1(httpx.Auth):
    """Signs every request that passes, each with its own nonce; a re-sent request is signed again.

    `nonce` makes texts of characters that need no percent-encoding.
    """

    def __init__(
        self,
        consumer_key: str,
        consumer_secret: Secret[str],
        *,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._consumer_key = consumer_key
        self._signing_key = Secret(f"{_encode(consumer_secret.reveal())}&".encode())
        self._clock = clock
        self._nonce = nonce
        self._prepared = lru_cache(maxsize=PREPARED_MAX)(self._prepare)

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = self.header(request.method, str(request.url))
        yield request

    def header(self, method: str, url: str) -> str:
        """The `Authorization` header for one request, valid for its method, path and query."""
        prepared = self._prepared(method, url)
        nonce, timestamp = self._nonce(), str(int(self._clock()))
        base = prepared.until_nonce + nonce + prepared.until_timestamp + timestamp + prepared.rest
        digest = hmac.digest(self._signing_key.reveal(), base.encode(), "sha1")
        signature = b64encode(digest).decode().translate(_ENCODED)
        fields = f'oauth_nonce="{nonce}", oauth_timestamp="{timestamp}", oauth_signature="{signature}"'
        return f"{prepared.header}, {fields}"

    def _prepare(self, method: str, url: str) -> _Prepared:
        fixed = {
            "oauth_consumer_key": self._consumer_key,
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_version": "1.0",
        }
        header = "OAuth " + ", ".join(f'{name}="{_encode(value)}"' for name, value in fixed.items())
        base_url, parameters = _split(url)
        pairs = [(_encode(name), _encode(value)) for name, value in [*fixed.items(), *parameters]]
        marks = [("oauth_nonce", ""), ("oauth_timestamp", "")]
        ordered = sorted(pairs + marks)
        nonce_at, timestamp_at = (ordered.index(mark) for mark in marks)
        joined = [f"{name}={value}" for name, value in ordered]
        return _Prepared(
            header,
            f"{method.upper()}&{_encode(base_url)}&" + _encode("&".join(joined[: nonce_at + 1])),
            _encode("&" + "&".join(joined[nonce_at + 1 : timestamp_at + 1])),
            _encode("".join("&" + pair for pair in joined[timestamp_at + 1 :])),
        )


class _Prepared(NamedTuple):
    header: str
    until_nonce: str
    until_timestamp: str
    rest: str


def _encode(text: str) -> str:
    return quote(text, safe="-._~")


def _split(url: str) -> tuple[str, list[tuple[str, str]]]:
    # Lower-cases scheme and host and drops the scheme's own port, as the base string wants it.
    parsed = httpx.URL(url)
    path = parsed.raw_path.partition(b"?")[0].decode("ascii")
    authority = parsed.netloc.decode("ascii")
    query = parse_qsl(parsed.query.decode("ascii"), keep_blank_values=True, strict_parsing=False)
    return f"{parsed.scheme}://{authority}{path}", query
