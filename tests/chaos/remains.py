"""Everything a run leaves where somebody could read it: Redis, files, what is shown of processes, and metrics."""

from __future__ import annotations

import os
import re
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import redis

#: Where the kernel shows processes. On systems without it there is nothing to read.
PROC = Path("/proc")

Remain = tuple[str, bytes]

#: Where card data could be left, and how the names of such places begin; the first that fits counts.
SINKS: Mapping[str, str] = {
    "event stream": r"key \S+:events$",
    "quarantine": r"key \S+:quarantine$",
    "alarms": r"key \S+:alarms$",
    "dead letters": r"key dramatiq:\S+\.XQ",
    "queue": r"key dramatiq",
    "ledger rows": r"key \S+:order:",
    "other keys": r"key ",
    "slow log": r"slow log$",
    "client list": r"clients$",
    "append-only file": r"file valkey/appendonlydir/",
    "server log": r"file valkey/\S+\.log$",
    "core files": r"file (\S*/)?core(\.\d+)?$",
    "worker logs": r"file \d+\.log$",
    "gateway log": r"file sandbox\.log$",
    "spool": r"file state/spool/",
    "state": r"file state/",
    "metrics": r"http:|file metrics/",
    "command lines": r"cmdline of",
    "environments": r"environ of",
    "other files": r"file ",
}

#: How all of a key is read, by its type.
_READERS: Mapping[bytes, Callable[[Any, bytes], Any]] = {
    b"string": lambda client, key: client.get(key),
    b"hash": lambda client, key: client.hgetall(key),
    b"list": lambda client, key: client.lrange(key, 0, -1),
    b"set": lambda client, key: client.smembers(key),
    b"zset": lambda client, key: client.zrange(key, 0, -1, withscores=True),
    b"stream": lambda client, key: client.xrange(key),
}


def sink_of(where: str) -> str:
    """Which of the sinks a place belongs to."""
    return next(name for name, begins in SINKS.items() if re.match(begins, where))


def of_redis(url: str) -> Iterator[Remain]:
    """Every key of every type, names and values, and what the server remembers of commands and clients."""
    with redis.Redis.from_url(url, protocol=2) as client:
        for key in client.scan_iter(count=1000):
            value = _READERS[client.type(key)](client, key)
            yield f"key {key.decode(errors='replace')}", b"\n".join((key, *_flat(value)))
        for name, told in (("slow log", client.slowlog_get(100_000)), ("clients", client.client_list())):
            yield name, b"\n".join(_flat(told))


def of_files(directory: Path) -> Iterator[Remain]:
    """Every file below a directory: append-only files, logs, spool, state, shared metrics."""
    for path in sorted(directory.rglob("*")):
        with suppress(FileNotFoundError):  # one that was replaced by another since the folder was read
            if path.is_file():
                yield f"file {path.relative_to(directory)}", path.read_bytes()


def of_processes(ancestor: int | None = None) -> Iterator[Remain]:
    """Command line and environment of every process that descends from this one."""
    for pid in descendants(ancestor or os.getpid()):
        for what in ("cmdline", "environ"):
            yield f"{what} of process {pid}", _read(PROC / str(pid) / what)


def of_page(url: str) -> Iterator[Remain]:
    """What is served there."""
    with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
        yield url, answer.read()


def _flat(value: Any) -> Iterator[bytes]:
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, Mapping):
        yield from _flat(value.items())
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for part in value:
            yield from _flat(part)
    else:
        yield str(value).encode()


def descendants(ancestor: int) -> list[int]:
    """Process ids of its children, and of theirs."""
    parents = {int(entry.name): _parent(entry) for entry in PROC.glob("[0-9]*")}
    found = [ancestor]
    for pid in found:
        found.extend(child for child, parent in parents.items() if parent == pid)
    return found[1:]


def _parent(entry: Path) -> int:
    """The fourth field; the second is the name in brackets and may hold anything."""
    fields = _read(entry / "stat").rpartition(b")")[2].split()
    return int(fields[1]) if fields else 0


def _read(path: Path) -> bytes:
    """Empty when the process is gone or not ours."""
    try:
        return path.read_bytes()
    except OSError:
        return b""
