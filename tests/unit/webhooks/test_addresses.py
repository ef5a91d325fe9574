"""Which addresses a webhook may go to, and that it goes to those that were looked at. Pure but for the look-up."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

import pytest
from aiohappyeyeballs import AddrInfoType

from workers.events.webhooks.addresses import AddressRefused, CheckedAddresses, is_local, is_public

#: Where a webhook that went there would reach something else than a merchant's public server.
REFUSED = (
    # this host, and what it calls itself
    "0.0.0.0", "0.1.2.3", "127.0.0.1", "127.8.8.8", "::", "::1",  # noqa: S104 - nobody listens here
    # networks of one's own
    "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "198.18.0.1", "fc00::1", "fd12:3456::1",
    "fec0::1",
    # link-local: the metadata of clouds above all
    "169.254.169.254", "169.254.170.2", "fe80::1", "fe80::1%eth0", "fd00:ec2::254",
    # an IPv4 address inside an IPv6 one: mapped, compatible, translated, 6to4, Teredo, NAT64
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:93.184.216.34", "::127.0.0.1", "::ffff:0:10.0.0.1",
    "2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:5db8:d822::1", "2001:0:5ef5:79fb::1", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b::10.1.2.3", "64:ff9b:1::5db8:d822",
    # everybody, nobody yet, examples, protocols
    "224.0.0.1", "239.255.255.250", "ff02::1", "255.255.255.255", "240.0.0.1", "192.0.2.7", "198.51.100.7",
    "203.0.113.7", "192.0.0.8", "192.88.99.1",
    "2001:db8::1", "3fff::1", "2001:2::1", "2001:20::1", "100::1", "5f00::1", "4000::1",
    # no addresses
    "", "localhost", "2130706433", "0x7f000001", "127.1", "0177.0.0.1", "1.2.3.4.5", "2606:4700::1111%1",
)  # fmt: skip
PUBLIC = (
    "93.184.216.34", "1.1.1.1", "8.8.8.8", "172.15.255.255", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111",
    "2a00:1450:4001:81b::200e", "64:ff9b::5db8:d822",
)  # fmt: skip


@pytest.mark.parametrize("address", REFUSED)
def test_what_is_no_public_host_is_refused(address: str) -> None:
    """Whatever it carries inside, and however it is written."""
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_hosts_are_taken(address: str) -> None:
    """Those that hosts with IPv6 alone reach over NAT64 too, if what is inside is public."""
    assert is_public(address)


def test_a_local_endpoint_is_on_this_machine_only() -> None:
    """Play does not open the networks around it."""
    assert [is_local(address) for address in ("127.0.0.1", "::1", "10.0.0.1", "93.184.216.34", "x")] == [
        True, True, False, False, False,
    ]  # fmt: skip


def answering(*answers: Sequence[str]) -> tuple[Callable[[str, int], Sequence[AddrInfoType]], list[str]]:
    """A name server that gives these answers, one after the other, and who asked."""
    asked: list[str] = []

    def look_up(host: str, port: int) -> Sequence[AddrInfoType]:
        addresses = answers[len(asked)]
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    return look_up, asked


@pytest.mark.parametrize("hidden", ["127.0.0.1", "169.254.169.254", "10.0.0.1"])
async def test_one_address_that_is_not_public_is_enough(hidden: str) -> None:
    """The public ones beside it are not tried either."""
    look_up, _ = answering(["93.184.216.34", hidden])
    with pytest.raises(AddressRefused):
        await CheckedAddresses("shop.example", 443, local=False, look_up=look_up).known()


async def test_a_name_that_turns_to_another_address_is_looked_at_again() -> None:
    """What it said first is what is used, and nobody asks again in between; the next connection is asked for anew."""
    look_up, asked = answering(["93.184.216.34"], ["127.0.0.1"])
    addresses = CheckedAddresses("shop.example", 443, local=False, look_up=look_up)
    known = await addresses.known()
    assert ([each[4] for each in known], asked) == ([("93.184.216.34", 443)], ["shop.example"])
    assert [each[4] for each in await addresses.known()] == [("93.184.216.34", 443)]
    later = CheckedAddresses("shop.example", 443, local=False, look_up=look_up)
    with pytest.raises(AddressRefused):
        await later.known()


@pytest.mark.parametrize("written", ["2130706433", "0x7f000001", "127.1", "0177.0.0.1", "localhost", "[::1]"])
async def test_the_systems_own_readings_are_looked_at(written: str) -> None:
    """However this machine is written, the address that comes of it is judged."""
    with pytest.raises(AddressRefused):
        await CheckedAddresses(written, 443, local=False).known()
