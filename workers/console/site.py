"""By which names browsers reach the console, and what follows from it: whose forms count, and what a cookie is. Pure.

A console that answers to any name can be asked by any page: its maker lets a name of his own point to this machine. So
only two kinds of names count: those of this machine, and the one that CONSOLE_URL says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

#: Hosts that a browser takes for this machine: only there a cookie may go without TLS.
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
_COOKIE: Final = "cardinity_console"
_PORTS: Final = {"https": ":443", "http": ":80"}


@dataclass(frozen=True, slots=True)
class Site:
    """`url` is where browsers come to; without one they come to this machine only."""

    url: str = ""

    def knows(self, host: str) -> bool:
        """Whether a request to that `Host` is meant for us."""
        return _is_loopback(host) or self.is_public(host)

    def is_public(self, host: str) -> bool:
        """Whether it is the name that browsers use elsewhere."""
        return bool(self.url) and _origin(f"{urlsplit(self.url).scheme}://{host}") == _origin(self.url)

    def is_ours(self, origin: str, host: str) -> bool:
        """Whether a form that says that it stood on a page of that origin stood on one of ours."""
        if self.is_public(host):
            return _origin(origin) == _origin(self.url)
        return _is_loopback(host) and origin.partition("://")[2] == host

    def is_secret(self, host: str) -> bool:
        """Whether what goes to that host goes through TLS."""
        return self.is_public(host) and self.url.startswith("https://")

    def cookie_name(self, host: str) -> str:
        """The cookie's name; behind TLS one that a browser takes from this very host only, and never without TLS."""
        return f"__Host-{_COOKIE}" if self.is_secret(host) else _COOKIE

    def cookie(self, host: str, value: str) -> str:
        """The header that sets it."""
        secure = "; Secure" if self.is_secret(host) else ""
        return f"{self.cookie_name(host)}={value}; Path=/; HttpOnly; SameSite=Strict{secure}"


def _is_loopback(host: str) -> bool:
    name, _, port = host.rpartition(":")
    return (name if name and port.isdecimal() else host).lower() in _LOOPBACK


def _origin(url: str) -> str:
    scheme, _, rest = url.partition("://")
    place = rest.partition("/")[0].lower()
    return f"{scheme}://{place.removesuffix(_PORTS.get(scheme, ''))}"
