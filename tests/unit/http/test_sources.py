"""Where a request comes from is what our own proxies say, and nobody else."""

from __future__ import annotations

import pytest

from producers.http.sources import UNTOLD, name_of, source_of, within
from producers.runtime.settings_kinds import read_networks

PROXIES = read_networks("10.0.0.0/8,2001:db8::1")


@pytest.mark.parametrize(
    ("peer", "forwarded", "source"),
    [
        ("203.0.113.9", [], "203.0.113.9"),
        # Whoever is no proxy of ours may say what it likes.
        ("203.0.113.9", ["192.0.2.1"], "203.0.113.9"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["192.0.2.1"], "192.0.2.1"),
        # What stands before the first address that is not ours was written by its owner.
        ("10.0.0.1", ["192.0.2.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["192.0.2.1, 203.0.113.9, 10.0.0.2"], "203.0.113.9"),
        ("10.0.0.1", ["192.0.2.1", "203.0.113.9"], "203.0.113.9"),
        ("2001:db8::1", ["2001:db8:7::2"], "2001:db8:7::2"),
        ("::ffff:10.0.0.1", ["::ffff:192.0.2.1"], "192.0.2.1"),
        ("10.0.0.1", ["10.0.0.2,10.0.0.3"], "10.0.0.2"),
    ],
)
def test_the_source_is_the_first_that_is_no_proxy(peer: str, forwarded: list[str], source: str) -> None:
    """Read from the end."""
    assert str(source_of(peer, forwarded, PROXIES)) == source


@pytest.mark.parametrize("entry", ["", "unknown", "192.0.2.1:443", "[2001:db8::2]", "_hidden", "192.0.2.1, ", "1.2.3"])
def test_an_entry_that_is_no_address_hides_the_source(entry: str) -> None:
    """It is not guessed, and what stands before it is not read."""
    assert source_of("10.0.0.1", [f"192.0.2.1, {entry}"], PROXIES) is None


def test_a_peer_that_is_no_address_is_untold() -> None:
    """A UNIX socket has none."""
    assert (source_of("", ["192.0.2.1"], PROXIES), name_of(None)) == (None, UNTOLD)


def test_an_endless_header_is_read_from_its_end_alone() -> None:
    """A million commas cost nothing."""
    assert str(source_of("10.0.0.1", ["," * 1_000_000 + "192.0.2.1"], PROXIES)) == "192.0.2.1"


def test_a_network_holds_its_own_kind() -> None:
    """An address of the other version is in none."""
    source = source_of("192.0.2.1", [], PROXIES)
    assert source is not None
    assert [within(source, read_networks(text)) for text in ("192.0.2.0/24", "::/0")] == [True, False]


@pytest.mark.parametrize(
    ("peer", "name"), [("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("::1", "::/64")]
)
def test_a_whole_network_of_version_6_is_one_source(peer: str, name: str) -> None:
    """Whoever has one address there has all of them."""
    assert name_of(source_of(peer, [], ())) == name
