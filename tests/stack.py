"""A whole system on loopback for tests: Valkey, the gateway's sandbox, keys, settings scaled down, worker processes.

Times are scaled by settings, never by patches: D is 1.5 s here, H 3 s.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from producers.enqueue import Enqueuer
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.settings import Settings
from producers.vault import generate_keys, generate_vault_keys
from tests.eventually import eventually
from tests.nursery import Child, shared

ROOT = Path(__file__).parent.parent
#: A published test card.
CARD = {"pan": "4111111111111111", "exp_month": 4, "exp_year": 2031, "cvc": "123", "holder": "Ona Petraityte"}

#: D = 1.5 s, L = 0.4 s, lambda = 0.1 s, H = 3 s.
SCALED: Mapping[str, str] = {
    "ATTEMPT_DEADLINE_S": "1",
    "WATCHDOG_S": "0.5",
    "LEASE_S": "2",
    "TCP_USER_TIMEOUT_S": "0.2",
    "GATEWAY_LATE_S": "0.2",
    "LIST_LAG_S": "0.1",
    "ABSENCE_MARGIN_S": "0.1",
    "ABSENCE_HORIZON_S": "3",
    "CLOCK_SKEW_S": "1",
    "DUE_GRACE_S": "1",
    "HOLD_BACK_S": "0.3",
    "SWEEP_INTERVAL_S": "0.1",
    "PRESENCE_S": "1",
    "LEADER_LEASE_S": "1",
    "HEARTBEAT_TIMEOUT_S": "2",
    "SHUTDOWN_TIMEOUT_S": "4",
    "CONNECT_TIMEOUT_S": "0.5",
    "READ_DEADLINE_S": "2",
    "BREAKER_FAILURES": "1000",
    "BREAKER_RESET_S": "0.5",
    "IN_FLIGHT_MAX": "64",
    "LOG_FORMAT": "json",
}
#: For systems in which nothing may count as a stall, an answer too late, a lease that is over, or a lost worker.
PATIENT: Mapping[str, str] = {
    "ATTEMPT_DEADLINE_S": "5",
    "WATCHDOG_S": "5",
    "LEASE_S": "20",
    "PRESENCE_S": "10",
    "HEARTBEAT_TIMEOUT_S": "6",
    "SHUTDOWN_TIMEOUT_S": "15",
    "ABSENCE_HORIZON_S": "20",
}


class Stack:
    """Starts in order, stops in the other; everything it started is gone when it is left."""

    def __init__(
        self,
        directory: Path,
        *,
        faults: Sequence[Mapping[str, Any]] = (),
        sandbox_args: Sequence[str] = (),
        starts_at: str | None = None,
        sandbox_wrap: Sequence[str] = (),
        gateway: Sequence[str] = (),
        settings: Mapping[str, str] | None = None,
        valkey: EmbeddedValkey | None = None,
        scale: Mapping[str, str] = SCALED,
    ) -> None:
        self.directory = directory
        self.valkey = valkey or EmbeddedValkey(directory / "valkey")
        self._faults = list(faults)
        #: Another gateway's command, which prints its URL as the sandbox does.
        self._gateway = list(gateway)
        #: What the sandbox's clock shows at first, where renewals are to go by it.
        self._starts_at = starts_at
        self._sandbox_args = [*sandbox_args, *((f"--setting=starts_at={starts_at}",) if starts_at else ())]
        self._sandbox_wrap = list(sandbox_wrap)
        self._overrides = {**scale, **(settings or {})}
        self._children: list[Child] = []
        self._closing = ExitStack()
        self._numbers = itertools.count(1)  # the sandbox, the first child, has a log of its own
        self.gateway = ""
        self.sandbox_pid = 0
        self.env: dict[str, str] = {}

    def __enter__(self) -> Self:
        try:
            self.valkey.start()
            self._start_sandbox()
            keys = self.directory / "keys"
            generate_keys(keys)
            generate_vault_keys(keys)
            self.env = {
                **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
                "PYTHONPATH": str(ROOT),
                "CARDINITY_BASE_URL": self.gateway,
                "CARDINITY_CONSUMER_KEY": "test_sandbox_key",
                "CARDINITY_CONSUMER_SECRET": "sandbox-secret",
                "REDIS_QUEUE_URL": self.valkey.url(0),
                "REDIS_LEDGER_URL": self.valkey.url(1),
                "STATE_DIR": str(self.directory / "state"),
                "SEAL_PUBLIC_KEY_FILE": str(keys / "seal.public.json"),
                "SEAL_PRIVATE_KEYS_FILE": str(keys / "seal.private.json"),
                "VAULT_PUBLIC_KEY_FILE": str(keys / "vault.public.json"),
                "VAULT_PRIVATE_KEYS_FILE": str(keys / "vault.private.json"),
                "PRODUCER_KEY_FILE": str(keys / "producer.key"),
                "PRODUCERS_FILE": str(keys / "producers.json"),
                **({"CLOCK_URL": f"{self._origin}/_sandbox/clock"} if self._starts_at else {}),
                **self._overrides,
            }
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Stop everything, Valkey last."""
        for child in reversed(self._children):
            child.kill()
            child.wait()
        self._closing.close()
        self.valkey.stop()

    def settings(self) -> Settings:
        """What the processes are told, as a value."""
        return Settings.from_environ(self.env)

    def enqueuer(self) -> Enqueuer:
        """A producer of this system."""
        return Enqueuer(self.settings())

    def start(
        self, *argv: str, env: Mapping[str, str] | None = None, log_into: Path | None = None
    ) -> subprocess.Popen[bytes]:
        """A child in its own group, in the directory; its log is `<n>.log` there, unless it is told."""
        log = (log_into or self._next_log()).open("wb")
        child = subprocess.Popen(
            argv,
            env={**self.env, **(env or {})},
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        log.close()
        self._children.append(child)
        return child

    def module(self, *argv: str, env: Mapping[str, str] | None = None, log_into: Path | None = None) -> Child:
        """`python -m` these words; forked, so that it is there in a moment, unless a library must be loaded first."""
        if "LD_PRELOAD" in {**self.env, **(env or {})}:
            return self.start(sys.executable, "-m", *argv, env=env, log_into=log_into)
        log = log_into or self._next_log()
        child = shared().start(argv, env={**self.env, **(env or {})}, cwd=self.directory, log=log)
        self._children.append(child)
        return child

    def worker(
        self,
        plan: Mapping[str, Mapping[str, Any]] | None = None,
        *,
        env: Mapping[str, str] | None = None,
        wrap: Sequence[str] = (),
    ) -> Child:
        """A worker process; with a plan it dies where that says (see `tests/chaos/worker.py`).

        `wrap` is the beginning of a command line that `exec`s the rest, so the process id is the worker's.
        """
        argv, chaos = self._worker(plan)
        more = {**chaos, **(env or {})}
        return self.start(*wrap, sys.executable, "-m", *argv, env=more) if wrap else self.module(*argv, env=more)

    def _worker(self, plan: Mapping[str, Mapping[str, Any]] | None) -> tuple[list[str], dict[str, str]]:
        if plan is None:
            return ["workers.process"], {}
        self.markers.mkdir(exist_ok=True)
        chaos = {"CHAOS_PLAN": json.dumps(plan), "CHAOS_MARKERS": str(self.markers)}
        return ["workers.process", "--boot", "tests.chaos.worker:boot"], chaos

    def _next_log(self) -> Path:
        return self.directory / f"{next(self._numbers)}.log"

    def kill_workers(self) -> None:
        """`kill -9` for everything started by `start`, and wait until it is gone."""
        for child in self._children:
            if child.pid != self.sandbox_pid:
                child.kill()
                child.wait()

    @property
    def markers(self) -> Path:
        """Where plans leave word that they fired."""
        return self.directory / "markers"

    def charges(self) -> dict[str, dict[str, Any]]:
        """The gateway's own books: order_id to its counts. What was paid on a link has none."""
        return {row["order_id"]: row for row in self.admin("charges")["charges"] if row["order_id"]}

    def admin(self, route: str, body: object = None) -> Any:
        """A call to the sandbox's admin routes; a body makes it a POST."""
        url = f"{self._origin}/_sandbox/{route}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return json.loads(answer.read() or b"null")

    @property
    def _origin(self) -> str:
        return self.gateway.removesuffix("/v1")

    def _start_sandbox(self) -> None:
        plan = self.directory / "faults.json"
        self.directory.mkdir(parents=True, exist_ok=True)
        plan.write_text(json.dumps(self._faults))
        sandbox = ["cardinity_client.sandbox", "--faults", str(plan), *self._sandbox_args]
        argv = self._gateway or [sys.executable, "-m", *sandbox]
        env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
        says, log = self.directory / "sandbox.says", self.directory / "sandbox.log"
        child: Child
        if self._gateway or self._sandbox_wrap:
            with says.open("wb") as out, log.open("wb") as errors:
                child = subprocess.Popen(
                    [*self._sandbox_wrap, *argv],
                    cwd=ROOT,
                    env=env,
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=errors,
                    start_new_session=True,
                )
        else:
            child = shared().start(sandbox, env=env, cwd=ROOT, log=says, errors=log)
        self._children.append(child)
        self.sandbox_pid = child.pid
        self.gateway = json.loads(eventually(lambda: _first_line(says), "the gateway tells its address"))["url"]
        eventually(lambda: self.admin("healthz") is not None, "the sandbox answers")


def _first_line(file: Path) -> str:
    """Once it is there whole."""
    line, end, _ = file.read_text("utf-8").partition("\n") if file.exists() else ("", "", "")
    return line if end else ""
