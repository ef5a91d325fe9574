"""The shim of the power cut keeps exactly what was synced. Not collected where it cannot be built (see conftest)."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.redis_faults.powercut import AOF, Disk, build

#: Syncs one file half-way and the directory, renames a file and makes another after that, and dies by `kill -9`.
PROGRAM = """
import os, sys
os.chdir(sys.argv[1])
synced, unsynced = open("synced", "wb", buffering=0), open("unsynced", "wb", buffering=0)
synced.write(b"kept")
os.fdatasync(synced.fileno())
synced.write(b"lost")
unsynced.write(b"lost")
os.fsync(os.open(".", os.O_RDONLY))
os.rename("unsynced", "renamed")
open("late", "wb").close()
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A server's files after the program."""
    files = tmp_path / "server" / AOF
    files.mkdir(parents=True)
    return files


def cut(files: Path, seed: int) -> dict[str, bytes]:
    """What is there after the program, its end, and a power cut; bytes by name."""
    for path in files.iterdir():
        path.unlink()
    disk = Disk(files.parent, build(files.parent.parent / "shim"))
    subprocess.run([*disk.wrap, sys.executable, "-c", PROGRAM, str(files)], check=False)
    assert {path.name for path in files.iterdir()} == {"synced", "renamed", "late"}
    disk.cut(random.Random(seed))
    return {path.name: path.read_bytes() for path in files.iterdir()}


def test_what_was_synced_is_kept_and_the_rest_is_not_whole(files: Path) -> None:
    """Over many cuts: the synced half always, the unsynced one never as it was written."""
    for seed in range(8):
        found = cut(files, seed)
        assert found["synced"][:4] == b"kept"
        assert b"lost" not in (found["synced"][4:], found.get("unsynced"), found.get("renamed"))


def test_names_are_as_the_last_sync_of_their_directory_left_them(files: Path) -> None:
    """In some cuts: the rename is undone and the late file was never made; in others both have happened."""
    assert {tuple(sorted(cut(files, seed))) for seed in range(8)} == {
        ("synced", "unsynced"),
        ("late", "renamed", "synced"),
    }
