"""The processes of the demo: started in order, stopped in reverse, whatever happens. Ports are free ones."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

from cardinity_client.sandbox import Rule
from producers.runtime.embedded import EmbeddedValkey, EmbeddedValkeyError
from producers.runtime.settings import Settings
from producers.vault import generate_keys
from workers.cli.demo.child import TAIL, Child, stop_all
from workers.cli.demo.faults import LATENCY_MS, RULES
from workers.cli.demo.scale import PRODUCER, environment
from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError
from workers.cli.shell.output import Screen

#: Worker processes.
WORKERS = 2
#: Seconds a child gets to stop, the workers beyond their own timeout.
GRACE_S = 10.0
#: Seconds until the sandbox's books must be there.
BOOKS_TIMEOUT_S = 30.0
#: Bytes of a process' log at which it is begun anew.
LOG_MAX = 4_000_000


class Stage:
    """A directory, Valkey, the sandbox, worker processes and their metrics endpoint. A context manager.

    `keep`, or a failure, leaves the directory behind; its place is told. Who finds a failure sets `failed`. `env` is
    what every process is told, `settings` the same as read.
    """

    def __init__(self, screen: Screen, *, seed: int, faults: Sequence[Rule] = RULES, keep: bool = False) -> None:
        self.failed = False
        self._keep = keep
        self.directory = Path(tempfile.mkdtemp(prefix="cardinity-demo-"))
        self._screen = screen
        self._seed = seed
        self._faults = faults
        self.env: dict[str, str] = {}
        self.settings: Settings
        self._valkey: EmbeddedValkey | None = None
        self._children: list[Child] = []

    def __enter__(self) -> Self:
        try:
            self._open()
        except BaseException as error:
            self.failed = isinstance(error, Exception)
            self._close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.failed |= isinstance(error, Exception)
        self._close()

    def start_workers(self) -> None:
        """Start charging."""
        grace_s = self.settings.shutdown_timeout_s + 2 * GRACE_S
        self._workers = self.start("workers", "worker", "--processes", str(WORKERS), grace_s=grace_s)
        self.metrics_url = f"{self._workers.await_word('url')}/metrics"

    def start_workers_anew(self, changes: Mapping[str, str]) -> None:
        """Let the workers finish, and start others with these changes; who starts later is told of them too."""
        self._workers.stop()
        self._children.remove(self._workers)
        self.env |= changes
        self.settings = Settings.for_worker(self.env)
        self.start_workers()

    def start(self, name: str, *arguments: str, grace_s: float = GRACE_S) -> Child:
        """Start a command that goes on until it is stopped."""
        told = (sys.executable, "-m", "workers.cli", *arguments, "--json", "--parent", str(os.getpid()))
        child = Child(name, told, self.env, self.directory, grace_s=grace_s)
        self._children.append(child)
        return child

    def run(self, *arguments: str, given: str = "", fine: Collection[int] = (ExitCode.OK,)) -> None:
        """Run a command to its end, as an operator would; `given` is its stdin, `fine` are exit codes.

        Raises:
            CommandError: it ended otherwise.
        """
        told = (sys.executable, "-m", "workers.cli", *arguments)
        done = subprocess.run(  # noqa: S603 - our own command line, no shell
            told, env=self.env, input=given, capture_output=True, text=True, start_new_session=True
        )
        if done.returncode not in fine:
            message = f"cardinity {' '.join(arguments)}: {done.stderr.strip()[-TAIL:]}"
            raise CommandError("demo_command_failed", message, ExitCode.UNAVAILABLE)

    def deaths(self) -> dict[int, int]:
        """Worker processes that have died so far, by process id, with their exit codes."""
        return {word["pid"]: word["exit_code"] for word in self._workers.said() if word.get("event") == "died"}

    def kill_worker(self, present: set[int]) -> int | None:
        """`kill -9` one worker process that is at work; its process id, or None when there is none."""
        running: dict[int, int] = {}
        for word in self._workers.said():
            if word.get("event") in ("started", "died"):
                running[word["index"]] = word["pid"] if word["event"] == "started" else 0
        victim = next((pid for pid in running.values() if pid in present), None)
        if victim is not None:
            os.kill(victim, signal.SIGKILL)
        return victim

    def check(self) -> None:
        """Make sure that everything runs.

        Raises:
            CommandError: a child has ended.
        """
        for child in self._children:
            child.check()

    def cut_logs(self) -> None:
        """Keep what the processes write of themselves below a bound."""
        for child in self._children:
            child.cut_log(LOG_MAX)

    def charges(self) -> list[dict[str, Any]]:
        """The gateway's own books: per order what was asked for and what was charged."""
        rows: list[dict[str, Any]] = self.ask_gateway("charges")["charges"]
        return rows

    def ask_gateway(self, route: str, body: object = None) -> Any:
        """An answer of the door that the gateway's double has for its admin; a body is posted."""
        data = None if body is None else msgspec.json.encode(body)
        with urllib.request.urlopen(f"{self.door}/{route}", data, BOOKS_TIMEOUT_S) as answer:  # noqa: S310 - our own
            return json.load(answer)

    @property
    def door(self) -> str:
        """Where that door is."""
        parts = urlsplit(self.settings.cardinity_base_url)
        return f"{parts.scheme}://{parts.netloc}/_sandbox"

    def _open(self) -> None:
        self._valkey = _started(EmbeddedValkey(self.directory / "valkey"))
        plan = self.directory / "faults.json"
        plan.write_bytes(msgspec.json.encode(self._faults))
        keys = generate_keys(self.directory / "keys", producer=PRODUCER)
        self.env = dict(os.environ)
        told = ("--seed", str(self._seed), "--faults", str(plan), "--latency-ms", str(LATENCY_MS))
        sandbox = self.start("sandbox", "sandbox", *told)
        self.env = environment(
            os.environ,
            self.directory,
            keys,
            queue=self._valkey.url(0),
            ledger=self._valkey.url(1),
            gateway=sandbox.await_word("url"),
        )
        self.settings = Settings.for_worker(self.env)

    def _close(self) -> None:
        # From here on nobody interrupts: all that was started is stopped, the workers first and Valkey last.
        before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
        stops = [child.stop for child in reversed(self._children)]
        failures = stop_all([*stops, *([self._valkey.stop] if self._valkey else [])])
        for failure in failures:
            self._screen.say(f"demo: {failure}")
        if self.failed or failures:
            self._tell_logs()
        if self.failed or failures or self._keep:
            self._screen.say(f"demo: everything it left is in {self.directory}")
        else:
            shutil.rmtree(self.directory, ignore_errors=True)
        for number, handler in before.items():
            signal.signal(number, handler)

    def _tell_logs(self) -> None:
        for child in self._children:
            if tail := child.tail():
                self._screen.say(f"--- the end of {child.log}\n{tail}")


def _started(valkey: EmbeddedValkey) -> EmbeddedValkey:
    try:
        return valkey.start()
    except EmbeddedValkeyError as error:
        raise CommandError("valkey_failed", str(error), ExitCode.UNAVAILABLE) from None
