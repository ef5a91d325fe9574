"""Checks OAuth 1.0 signatures (RFC 5849, HMAC-SHA1, consumer key only) from the server's side.

Written from the RFC and not shared with the client's signer, so one misreading cannot hide behind itself.
Extra `oauth_*` members of the header and all query parameters are part of the base string; header members
without the prefix (`realm`, and the query parameters one client repeats there) are not.
"""

import base64
import functools
import hmac
import re
from collections import deque
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

#: Seconds a timestamp may be off. The real gateway's window is unknown; this one forgives ordinary clocks.
WINDOW_S: Final = 300

# From the beginning of a name and never back into it: a long header without a "=" must not cost its square.
_MEMBER: Final = re.compile(r'(?<![^\s=,"])([^\s=,"]++)="([^"]*)"')
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~-]*")
_REQUIRED: Final = (
    "oauth_consumer_key",
    "oauth_nonce",
    "oauth_signature",
    "oauth_signature_method",
    "oauth_timestamp",
)
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443"}


class Verifier:
    """Knows one consumer. `strict_nonces` refuses a nonce of a POST or PATCH that was seen in the window."""

    def __init__(
        self,
        consumer_key: str,
        consumer_secret: str,
        now_s: Callable[[], float],
        *,
        strict_nonces: bool = False,
    ) -> None:
        self._consumer_key = consumer_key.encode()
        self._key = f"{_encoded(consumer_secret)}&".encode()
        self._now_s = now_s
        self._nonces = _Nonces() if strict_nonces else None

    def problem(self, method: str, url: str, query: bytes, authorization: str | None) -> str | None:
        """What is wrong with a request's credentials, None when nothing is. `url` as `base_url` gives it."""
        members = _members(authorization)
        if isinstance(members, str):
            return members
        if members["oauth_signature_method"] != "HMAC-SHA1" or members.get("oauth_version", "1.0") != "1.0":
            return "only OAuth 1.0 with HMAC-SHA1 is supported"
        if not hmac.compare_digest(members["oauth_consumer_key"].encode(), self._consumer_key):
            return "unknown consumer key"
        stamp, now_s = members["oauth_timestamp"], self._now_s()
        if not _TIMESTAMP.fullmatch(stamp) or abs(now_s - int(stamp)) > WINDOW_S:
            return "the timestamp is outside the window"
        signature = members.pop("oauth_signature")
        if not hmac.compare_digest(self._signature(method, url, query, members), _decoded(signature)):
            return "the signature does not match"
        if self._nonces and method in ("POST", "PATCH") and not self._nonces.fresh(members["oauth_nonce"], now_s):
            return "the nonce was used before"
        return None

    def _signature(self, method: str, url: str, query: bytes, members: dict[str, str]) -> bytes:
        pairs = [(_encoded(name), _encoded(value)) for name, value in members.items()]
        if query:
            given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
            pairs += [(_encoded(name), _encoded(value)) for name, value in given]
        parameters = "&".join([f"{name}={value}" for name, value in sorted(pairs)])
        # The parameters are encoded already: a second round has only these three characters left.
        again = parameters.replace("%", "%25").replace("=", "%3D").replace("&", "%26")
        return hmac.digest(self._key, f"{method}&{_encoded_url(url)}&{again}".encode(), "sha1")


def base_url(scheme: str, host: str, path: str) -> str:
    """The base string URI: lower-case scheme and host, no default port, the path as it was sent."""
    host = host.lower()
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORTS.get(scheme, ''))}{path}"


class _Nonces:
    """Remembers nonces for twice the window, which is as long as their timestamps can pass."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._arrivals: deque[tuple[float, str]] = deque()

    def fresh(self, nonce: str, now_s: float) -> bool:
        while self._arrivals and self._arrivals[0][0] < now_s - 2 * WINDOW_S:
            self._seen.discard(self._arrivals.popleft()[1])
        if nonce in self._seen:
            return False
        self._seen.add(nonce)
        self._arrivals.append((now_s, nonce))
        return True


def _members(authorization: str | None) -> dict[str, str] | str:
    """The header's oauth members, decoded; a string when it cannot be used."""
    scheme, _, rest = (authorization or "").partition(" ")
    if scheme.lower() != "oauth":
        return "the Authorization header is not OAuth"
    found = [(name, value) for name, value in _MEMBER.findall(rest) if name.startswith("oauth_")]
    members = {name: unquote(value) if "%" in value else value for name, value in found}
    if len(members) != len(found):
        return "an oauth member is given twice"
    missing = [name for name in _REQUIRED if not members.get(name)]
    return f"{missing[0]} is missing" if missing else members


def _encoded(text: str) -> str:
    """RFC 3986 unreserved characters stay, everything else is percent-encoded as UTF-8."""
    return text if _PLAIN.fullmatch(text) else quote(text, safe="-._~")


#: A handful of URLs make up all the traffic but for the single payments that are looked up.
_encoded_url = functools.lru_cache(maxsize=1024)(_encoded)


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature, validate=True)
    except ValueError:  # no base64, or no ASCII
        return b""
