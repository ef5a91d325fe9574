"""Queueing disciplines on the loopback of a private network: a narrow line (htb) and a slow, uneven one (netem).

Packets of one port are led into the shaped class by their priority, which a filter sets as they leave; all others
pass as before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from tests.campaign.system import netns, tools
from tests.campaign.system.nft import need as need_nft

#: The root's number and the shaped class; unclassified packets are not shaped.
_ROOT, _CLASS = "1:", "1:10"
#: Bits per second of a class that is not meant to be narrow.
_WIDE = "10gbit"


@contextmanager
def narrowed(port: int, rate: str) -> Iterator[None]:
    """What goes to or from the port takes a line of that rate, for example `256kbit`, until the block ends."""
    with _classed(port, rate):
        yield


@contextmanager
def slowed(port: int, delay_ms: int, jitter_ms: int) -> Iterator[None]:
    """What goes to or from the port comes later, by about that much, until the block ends."""
    with _classed(port, _WIDE):
        delay = ("delay", f"{delay_ms}ms", f"{jitter_ms}ms")
        tools.run("tc", "qdisc", "add", "dev", "lo", "parent", _CLASS, "netem", *delay)
        yield


@cache
def need_narrowed() -> str | None:
    """Whether the kernel has htb."""
    return _need("htb")


@cache
def need_slowed() -> str | None:
    """Whether the kernel has htb and netem."""
    return _need("htb", "netem")


def _need(*kinds: str) -> str | None:
    if reason := tools.lacks("tc", "iproute2") or need_nft():
        return reason
    with netns.private_network():
        for kind in kinds:
            if tools.works("tc", "qdisc", "replace", "dev", "lo", "root", kind):
                return f"{kind}: the kernel is built without this queueing discipline"
    return None


@contextmanager
def _classed(port: int, rate: str) -> Iterator[None]:
    if not netns.is_private():
        raise tools.ToolError("queueing disciplines are for private networks only")
    tools.run("tc", "qdisc", "add", "dev", "lo", "root", "handle", _ROOT, "htb")
    try:
        tools.run("tc", "class", "add", "dev", "lo", "parent", _ROOT, "classid", _CLASS, "htb", "rate", rate)
        marks = "".join(f"    tcp {side} {port} meta priority set {_CLASS}\n" for side in ("dport", "sport"))
        chain = f"  chain leaving {{\n    type filter hook output priority 0;\n{marks}  }}\n"
        tools.run("nft", "-f", "-", told=f"table inet shaped {{\n{chain}}}\n")
        try:
            yield
        finally:
            tools.run("nft", "delete", "table", "inet", "shaped")
    finally:
        tools.run("tc", "qdisc", "del", "dev", "lo", "root")
