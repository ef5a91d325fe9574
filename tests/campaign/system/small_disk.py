"""A small disk of our own: a tmpfs at a directory, that can be filled up, emptied again, and made read-only."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.campaign.system import tools

#: What takes all the room that is left; its name is nobody else's.
_BALLAST = "ballast"
_BLOCK = bytes(4096)


class SmallDisk:
    """A mounted one."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def fill(self) -> None:
        """Take all room that is left. Files that exist keep what they have, and cannot grow by another block."""
        with (self.place / _BALLAST).open("ab", buffering=0) as file:
            try:
                while file.write(_BLOCK):
                    pass
            except OSError as error:
                if error.errno != errno.ENOSPC:
                    raise

    def clear(self) -> None:
        """Give the room back."""
        (self.place / _BALLAST).unlink(missing_ok=True)

    @contextmanager
    def full(self) -> Iterator[None]:
        """No room until the block ends."""
        self.fill()
        try:
            yield
        finally:
            self.clear()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """Nothing can be written until the block ends; needs that no file is open for writing."""
        tools.run("mount", "-o", "remount,ro", str(self.place))
        try:
            yield
        finally:
            tools.run("mount", "-o", "remount,rw", str(self.place))


@contextmanager
def small_disk(place: Path, size: str) -> Iterator[SmallDisk]:
    """An empty disk of that size (`512k`, `8m`) at that directory until the block ends; what is on it is then gone.

    Raises:
        ToolError: the mount is refused.
    """
    place.mkdir(parents=True, exist_ok=True)
    tools.run("mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(place))
    try:
        yield SmallDisk(place)
    finally:
        tools.run("umount", "--lazy", str(place))  # lazily: a process that still has a file open must not keep it


@cache
def need() -> str | None:
    """Whether such a disk can be mounted here."""
    with TemporaryDirectory() as place:
        try:
            with small_disk(Path(place, "disk"), "64k"):
                return None
        except tools.ToolError as error:
            return f"tmpfs: {str(error).splitlines()[0].rsplit(': ', 1)[-1]} (needs CAP_SYS_ADMIN)"
