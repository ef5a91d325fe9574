"""Control groups of our own: a freezer that stops a whole group of processes, and a limit of memory.

Both layouts are served: one hierarchy for all (version 2), or one per controller (version 1).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal

from tests.eventually import eventually

Controller = Literal["freezer", "memory"]

_MOUNT: Final = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class _Words:
    """What is written where, and read where, in one of the two versions."""

    switch: str
    frozen: str
    thawed: str
    told_by: str
    says_frozen: str
    limit: str
    kills: str


_V1: Final = _Words(
    "freezer.state", "FROZEN", "THAWED", "freezer.state", "FROZEN", "memory.limit_in_bytes", "memory.oom_control"
)
_V2: Final = _Words("cgroup.freeze", "1", "0", "cgroup.events", "frozen 1", "memory.max", "memory.events")


@dataclass(frozen=True, slots=True)
class Group:
    """One group of processes under one controller. Children of a process that is in it are in it too."""

    path: Path
    words: _Words

    def add(self, pid: int) -> None:
        """Take a process in, with all its threads."""
        (self.path / "cgroup.procs").write_text(str(pid))

    def freeze(self) -> None:
        """Not one of them executes another instruction; they are not told. Returns when that is so."""
        (self.path / self.words.switch).write_text(self.words.frozen)
        eventually(
            lambda: self.words.says_frozen in (self.path / self.words.told_by).read_text().splitlines(),
            f"{self.path} is frozen",
        )

    def thaw(self) -> None:
        """They go on, as if nothing had been."""
        (self.path / self.words.switch).write_text(self.words.thawed)

    def limit_memory(self, size: int) -> None:
        """Who makes the group need more than so many bytes is killed by the kernel."""
        (self.path / self.words.limit).write_text(str(size))

    def kills(self) -> int:
        """How many the kernel has killed for their need of memory."""
        lines = (self.path / self.words.kills).read_text().splitlines()
        return int(dict(line.split() for line in lines)["oom_kill"])


@contextmanager
def group(controller: Controller, name: str) -> Iterator[Group]:
    """A new group; at the end it is thawed, its members go back to where they were, and it is gone.

    Raises:
        OSError: the kernel does not let us.
    """
    parent, words = _layout(controller)
    made = Group(parent / f"{name}-{os.getpid()}", words)
    made.path.mkdir()
    try:
        yield made
    finally:
        if controller == "freezer":
            made.thaw()
        eventually(lambda: _left(made.path, parent), f"{made.path} is left by all")


@cache
def need_freezer() -> str | None:
    """Whether groups can be frozen here."""
    return _need("freezer", Group.thaw)


@cache
def need_memory() -> str | None:
    """Whether the memory of groups can be limited here."""
    return _need("memory", lambda made: made.limit_memory(1 << 30))


def _need(controller: Controller, trial: Callable[[Group], None]) -> str | None:
    try:
        with group(controller, "probe") as made:
            trial(made)
    except OSError as error:
        return f"cgroup {controller}: {error.strerror} ({error.filename})"
    return None


def _left(path: Path, parent: Path) -> bool:
    """Whether it could be removed; a member that is just ending keeps it for a moment."""
    for pid in (path / "cgroup.procs").read_text().split():
        with suppress(OSError):  # it has ended
            (parent / "cgroup.procs").write_text(pid)
    with suppress(OSError):
        path.rmdir()
    return not path.exists()


def _layout(controller: Controller) -> tuple[Path, _Words]:
    """Where groups are made; version 1 has a folder per controller."""
    if (_MOUNT / controller).is_dir():
        return _MOUNT / controller, _V1
    if controller == "memory":
        with suppress(OSError):  # where it is refused, the limit will be too, and says so
            (_MOUNT / "cgroup.subtree_control").write_text("+memory")
    return _MOUNT, _V2
