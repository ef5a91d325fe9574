"""Small disks are full, or read-only, for as long as they are told to be; names do not resolve for who is to fail."""

from __future__ import annotations

import errno
import subprocess
import sys
from pathlib import Path

import pytest

from tests.campaign.system import dns, netns, small_disk

#: Prints what the resolver makes of a name.
ASK = """
import socket
try: print(socket.gethostbyname("gateway.example"))
except OSError as error: print(error.__class__.__name__)
"""


def _error_of_writing(path: Path) -> int:
    """The number of the error of writing a block there, 0 for none."""
    try:
        path.write_bytes(bytes(4096))
    except OSError as error:
        return error.errno or -1
    return 0


@pytest.mark.needs(tool=small_disk.need)
def test_a_full_disk_refuses_until_there_is_room(tmp_path: Path) -> None:
    """ENOSPC while it is full, and none before and after; its files are gone with it."""
    place = tmp_path / "disk"
    with small_disk.small_disk(place, "64k") as disk:
        before = _error_of_writing(place / "before")
        with disk.full():
            during = _error_of_writing(place / "during")
        after = _error_of_writing(place / "after")
    assert (before, during, after) == (0, errno.ENOSPC, 0)
    assert not list(place.iterdir())


@pytest.mark.needs(tool=small_disk.need)
def test_a_read_only_disk_refuses_to_write_and_still_shows(tmp_path: Path) -> None:
    """EROFS, while what was written before can be read."""
    with small_disk.small_disk(tmp_path / "disk", "64k") as disk:
        kept = disk.place / "kept"
        kept.write_text("kept")
        with disk.read_only():
            refused = _error_of_writing(disk.place / "new")
            seen = kept.read_text()
        assert (refused, seen, _error_of_writing(disk.place / "new")) == (errno.EROFS, "kept", 0)


@pytest.mark.needs(tool=dns.need)
def test_names_resolve_by_our_server_only(tmp_path: Path) -> None:
    """An address, or none, as its mood is; and the files of this process are as they were."""
    hosts = Path("/etc/hosts").read_bytes()
    with netns.private_network(), dns.NameServer() as names:
        assert _asked(tmp_path) == "127.0.0.1"
        with names.moody("nxdomain"):
            assert _asked(tmp_path) == "gaierror"
        with names.moody("servfail"):
            assert _asked(tmp_path) == "gaierror"
        assert names.failed
        assert _asked(tmp_path) == "127.0.0.1"
    assert Path("/etc/hosts").read_bytes() == hosts


def _asked(directory: Path) -> str:
    command = [*dns.own_names(directory / "etc"), sys.executable, "-c", ASK]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
