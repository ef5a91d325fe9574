"""A packet filter on the loopback of a private network: what is dropped, refused or lost on the way to a port.

Rules sit where packets come in, so the sender's kernel has sent them, and retries and times out as on a broken line.
Never used on the network the process was started in. Every rule counts what it strikes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Final, Literal

from tests.campaign.system import netns, tools

#: Which packets of a connection: what goes to the port, or what comes from it.
Way = Literal["to", "from"]
BOTH: Final[tuple[Way, ...]] = ("to", "from")

_numbers = count(1)


@dataclass(frozen=True, slots=True)
class Filter:
    """Rules that are in force."""

    table: str

    def struck(self) -> int:
        """How many packets they have met."""
        listed = json.loads(tools.run("nft", "-j", "list", "table", "inet", self.table))["nftables"]
        parts = [part for entry in listed for part in entry.get("rule", {}).get("expr", [])]
        return sum(part["counter"]["packets"] for part in parts if "counter" in part)


@contextmanager
def filtered(rules: Sequence[str]) -> Iterator[Filter]:
    """These rules until the block ends.

    Raises:
        ToolError: nft refuses them, or this is not a private network.
    """
    if not netns.is_private():
        raise tools.ToolError("packet filters are for private networks only")
    name = f"fire_{next(_numbers)}"
    lines = "".join(f"    {rule}\n" for rule in rules)
    chain = f"  chain incoming {{\n    type filter hook input priority 0;\n{lines}  }}\n"
    tools.run("nft", "-f", "-", told=f"table inet {name} {{\n{chain}}}\n")
    try:
        yield Filter(name)
    finally:
        tools.run("nft", "delete", "table", "inet", name)


def cut(port: int, ways: Sequence[Way] = BOTH) -> list[str]:
    """A partition: nothing gets through, and nobody is told."""
    return [f"{_to(port, way)} counter drop" for way in ways]


def half_open(port: int) -> list[str]:
    """Connections are made as always; what is then said on them is lost."""
    return [f"{_to(port, way)} tcp flags & psh == psh counter drop" for way in BOTH]


def lost(port: int, percent: int) -> list[str]:
    """A bad line: that share of the packets is lost, either way."""
    return [f"{_to(port, way)} {_share(percent)}counter drop" for way in BOTH]


def reset(port: int, percent: int = 100) -> list[str]:
    """Somebody on the way breaks connections: that share of the packets is answered by RST, and goes no further."""
    return [f"{_to(port, 'to')} {_share(percent)}counter reject with tcp reset"]


def policed(port: int, kbytes_per_s: int) -> list[str]:
    """A narrow line: what comes faster is lost, either way."""
    return [f"{_to(port, way)} limit rate over {kbytes_per_s} kbytes/second counter drop" for way in BOTH]


@cache
def need() -> str | None:
    """Whether every kind of rule can be set here."""
    if reason := tools.lacks("nft", "nftables") or netns.need():
        return reason
    try:
        with netns.private_network(), filtered([*half_open(1), *lost(1, 1), *reset(1, 1), *policed(1, 1)]):
            return None
    except tools.ToolError as error:
        return str(error).splitlines()[0]


def _share(percent: int) -> str:
    """Nothing for all of them: a share is less than the whole, to nft."""
    return "" if percent >= 100 else f"numgen random mod 100 < {percent} "


def _to(port: int, way: Way) -> str:
    return f"tcp {'dport' if way == 'to' else 'sport'} {port}"
