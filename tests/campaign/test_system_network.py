"""The packet filter and the shaper do to one connection what the catalogue says they do to the system."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.campaign.system import netns, nft, shaping
from tests.campaign.system.tools import ToolError
from tests.eventually import eventually

#: More than any buffer on the way holds at once.
PLENTY = bytes(1 << 18)


@pytest.fixture
def network() -> Iterator[None]:
    """A private one; pytest's own thread is in it meanwhile."""
    with netns.private_network():
        yield


class Line:
    """One connection, and what has arrived at its far end."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self.listener.getsockname()[1]
        self.near = socket.create_connection(("127.0.0.1", self.port))
        self.far, _ = self.listener.accept()
        self.far.setblocking(False)
        self.arrived = b""

    def hear(self) -> bytes:
        """All that has arrived by now."""
        try:
            while data := self.far.recv(1 << 20):
                self.arrived += data
        except BlockingIOError:
            pass
        return self.arrived

    def close(self) -> None:
        for each in (self.near, self.far, self.listener):
            each.close()


@pytest.fixture
def line(network: None) -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


@pytest.mark.needs(tool=netns.need)
def test_a_private_network_is_another_one() -> None:
    """Who listens outside is not reached from inside, by this thread and those it starts; it is reached afterwards."""
    found: list[bool] = []
    with socket.create_server(("127.0.0.1", 0)) as outside:
        address = outside.getsockname()

        def knock() -> None:
            with socket.socket() as caller:
                found.append(caller.connect_ex(address) == 0)

        with netns.private_network():
            assert netns.is_private()
            knock()
            thread = threading.Thread(target=knock)
            thread.start()
            thread.join()
        assert not netns.is_private()
        knock()
    assert found == [False, False, True]


@pytest.mark.needs(tool=nft.need)
def test_filters_keep_off_the_network_of_everybody() -> None:
    """Outside a private network no rule is set."""
    with pytest.raises(ToolError, match="private"), nft.filtered(nft.cut(1)):
        pass


@pytest.mark.needs(tool=nft.need)
def test_a_cut_line_carries_nothing_until_it_is_whole_again(line: Line) -> None:
    """While packets are dropped nothing arrives, and the kernel delivers it afterwards."""
    with nft.filtered(nft.cut(line.port)) as partition:
        line.near.sendall(b"late")
        eventually(partition.struck, "packets are dropped")
        assert line.hear() == b""
    eventually(lambda: line.hear() == b"late", "it arrives after all")


@pytest.mark.needs(tool=nft.need)
def test_a_one_way_cut_lets_the_other_way_through(line: Line) -> None:
    """With only answers dropped the question arrives."""
    with nft.filtered(nft.cut(line.port, ["from"])) as partition:
        line.near.sendall(b"asked")
        eventually(lambda: line.hear() == b"asked", "the question arrives")
        eventually(partition.struck, "its acknowledgement is dropped")


@pytest.mark.needs(tool=nft.need)
def test_a_half_open_line_connects_and_says_nothing(line: Line) -> None:
    """A new connection is made, and what is said on it does not arrive."""
    with nft.filtered(nft.half_open(line.port)) as filtered, socket.create_connection(("127.0.0.1", line.port)) as near:
        far, _ = line.listener.accept()
        far.setblocking(False)
        near.sendall(b"anybody there")
        eventually(filtered.struck, "words are dropped")
        with far, pytest.raises(BlockingIOError):
            far.recv(1)


@pytest.mark.needs(tool=nft.need)
@pytest.mark.parametrize("rules", [nft.lost, nft.policed], ids=["lost", "policed"])
def test_a_bad_line_loses_packets_and_the_kernel_repairs_it(line: Line, rules: object) -> None:
    """Packets are lost, and every byte arrives in the end."""
    assert callable(rules)
    with nft.filtered(rules(line.port, 20)) as bad:
        sender = threading.Thread(target=line.near.sendall, args=(PLENTY,))
        sender.start()
        eventually(bad.struck, "packets are lost")
    eventually(lambda: len(line.hear()) == len(PLENTY), "all of it arrives")
    sender.join()
    assert line.arrived == PLENTY


@pytest.mark.needs(tool=nft.need)
def test_a_reset_line_breaks_the_connection(line: Line) -> None:
    """The sender is told that the connection is gone, and what it said did not arrive."""
    with nft.filtered(nft.reset(line.port)):
        line.near.sendall(b"lost")
        with pytest.raises(ConnectionError):
            line.near.recv(1)
    assert line.hear() == b""


@pytest.mark.needs(tool=shaping.need_narrowed)
def test_a_narrow_line_takes_its_time(line: Line) -> None:
    """256 KiB need more than a second at 1 Mbit/s; nothing is lost."""
    with shaping.narrowed(line.port, "1mbit"):
        begun = time.monotonic()
        sender = threading.Thread(target=line.near.sendall, args=(PLENTY,))
        sender.start()
        eventually(lambda: len(line.hear()) == len(PLENTY), "all of it arrives")
        assert time.monotonic() - begun > 1
    sender.join()


@pytest.mark.needs(tool=shaping.need_slowed)
def test_a_slow_line_is_late(line: Line) -> None:
    """A word takes at least the delay."""
    with shaping.slowed(line.port, 300, 50):
        begun = time.monotonic()
        line.near.sendall(b"late")
        eventually(lambda: line.hear() == b"late", "it arrives")
        assert time.monotonic() - begun > 0.2
