"""A peer with its stand-in and, if it works from a queue, its own Redis, set up as one finds it: nothing on disk."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import redis

from producers.runtime.embedded import EmbeddedValkey
from tests.benchmarks.peers.environment import prepare
from tests.benchmarks.standin.process import StandIn
from tests.benchmarks.system import QUEUE_DB, RESULTS_DB, STAGING_DB, Loaded
from tests.stack import ROOT

#: The stream that peers tell their results in; see `peers/payment.py`, which runs in another environment.
EVENTS = "bench:events"
MODULES = "tests.benchmarks.peers"


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a peer is started: its module in `peers/`, and the command lines of its processes, `{}` the module."""

    module: str
    workers: tuple[tuple[str, ...], ...]
    queue: bool = True


class Peer:
    """One peer, from its Redis to its workers; everything it started is gone when it is left."""

    def __init__(self, recipe: Recipe, directory: Path, latency_ms: float) -> None:
        self._recipe = recipe
        self._directory = directory
        self._commands = prepare()
        self._standin = StandIn(latency_ms)
        self._valkey = EmbeddedValkey(directory / "valkey", config={"appendonly": "no"})
        self._children: list[subprocess.Popen[bytes]] = []
        self._open = ExitStack()
        self._client: redis.Redis | None = None
        self._env: dict[str, str] = {}
        self._log = directory / "workers.log"

    def __enter__(self) -> Self:
        try:
            self._open.enter_context(self._standin)
            if self._recipe.queue:
                self._open.enter_context(self._valkey)
                self._client = self._open.enter_context(redis.Redis.from_url(self._valkey.url(RESULTS_DB)))
        except BaseException:
            self._open.close()
            raise
        self._env = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "BENCH_GATEWAY": self._standin.url,
            "BENCH_REDIS": self._valkey.url(0).rpartition("/")[0],
        }
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._children:
            child.terminate()
        for child in self._children:
            _reap(child)
        self._open.close()

    @property
    def redis_pid(self) -> int | None:
        return self._valkey.pid if self._recipe.queue else None

    @property
    def gateway_pid(self) -> int:
        return self._standin.pid

    def stage(self, warm_up: int, count: int) -> Loaded:
        self._env |= {"BENCH_WARM_UP": str(warm_up), "BENCH_PAYMENTS": str(count)}
        if not self._recipe.queue:
            return Loaded(count, 0.0)
        self._load(1, warm_up, QUEUE_DB)
        return Loaded(count, self._load(1 + warm_up, count, STAGING_DB))

    def start(self) -> list[int]:
        with self._log.open("ab") as log:
            for program, *arguments in self._recipe.workers:
                words = [word.replace("{}", f"{MODULES}.{self._recipe.module}") for word in arguments]
                child = subprocess.Popen(
                    [str(self._commands / program), *words],
                    cwd=ROOT,
                    env=self._env,
                    stdin=subprocess.PIPE,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
                self._children.append(child)
        return [child.pid for child in self._children]

    def release(self) -> None:
        if self._client is not None:
            self._client.swapdb(QUEUE_DB, STAGING_DB)
            return
        for child in self._children:
            assert child.stdin is not None
            child.stdin.write(b"go\n")
            child.stdin.flush()

    def done(self) -> int:
        for child in self._children:
            assert child.poll() is None, self._log.read_text("utf-8", "replace")[-3000:]
        if self._client is not None:
            return int(self._client.xlen(EVENTS))
        told = self._log.read_text("utf-8", "replace")
        warm_up, count = int(self._env["BENCH_WARM_UP"]), int(self._env["BENCH_PAYMENTS"])
        return warm_up * ("warm\n" in told) + count * ("done\n" in told)

    def books(self) -> Mapping[str, Any]:
        books: Mapping[str, Any] = self._standin.admin("books")
        return books

    def redis(self) -> redis.Redis | None:
        return self._client

    def _load(self, first: int, count: int, queue_db: int) -> float:
        """Place orders on the queue in that database; the producer's CPU microseconds for one."""
        loading = subprocess.run(
            [str(self._commands / "python"), "-m", f"{MODULES}.{self._recipe.module}", str(first), str(count)],
            cwd=ROOT,
            env={**self._env, "BENCH_QUEUE_DB": str(queue_db)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert loading.returncode == 0, loading.stderr
        return float(loading.stdout.split()[-1])


def _reap(child: subprocess.Popen[bytes], within_s: float = 10.0) -> None:
    """Wait until it has stopped; what does not stop in time is killed with its children."""
    try:
        child.wait(within_s)
    except subprocess.TimeoutExpired:
        os.killpg(child.pid, 9)
        child.wait()
    if child.stdin:
        child.stdin.close()
