"""Starts Python processes fast: by forking one that has imported everything and has done nothing yet.

A worker's start is mostly imports, 0.4 s of CPU; forked it takes a tenth. A run that loses a worker every second needs
that. What runs is the same: the module's own `__main__`, with its own environment, session, folder and log, and what is
to be done at its exit. Only what was imported is not taken apart afterwards: that is two thirds of a short command.
The nursery has one thread, opens no connection, and is the parent of those it starts: it says how each of them ended.

`python -m tests.nursery` is the process; everybody else uses `Nursery`, and mostly the `shared` one.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NoReturn, Protocol, Self

#: All that workers, producers, commands and the sandbox import. Not the modules that are started: those must run as
#: `__main__`, and the listener that strikes workers reads its plan as it is imported. Metrics are bound to a folder by
#: their import.
FAMILIAR = (
    "workers.main",
    "producers.enqueue",
    "tests.chaos.blow",
    "uvloop",
    "cardinity_client.sandbox.serving",
    "workers.cli.program",
    "workers.cli.batches",
    "workers.cli.subscriptions.renew",
    "workers.cli.subscriptions.subscriptions",
    "workers.cli.checkup.command",
    "sqlalchemy.dialects.sqlite",
    "sqlalchemy.dialects.postgresql.psycopg",
    "psycopg",
)
#: Descriptors that every process has.
STDIN, STDOUT, STDERR = 0, 1, 2
#: Seconds in which a process that was asked for is there.
START_S = 30.0


class Child(Protocol):
    """What a started process can be asked; `subprocess.Popen` can do all of it."""

    pid: int

    @property
    def returncode(self) -> int | None: ...

    def poll(self) -> int | None: ...

    def wait(self, timeout: float | None = None) -> int: ...

    def send_signal(self, number: int, /) -> None: ...

    def terminate(self) -> None: ...

    def kill(self) -> None: ...


class Forked:
    """A process of the nursery, as `subprocess.Popen` would show it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._ended = threading.Event()
        self._code: int | None = None

    @property
    def returncode(self) -> int | None:
        """As `poll`; the nursery tells by itself."""
        return self._code

    def poll(self) -> int | None:
        """The exit code, negative for a signal; None while it runs."""
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """The exit code, once it has ended."""
        if not self._ended.wait(timeout):
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0.0)
        assert self._code is not None
        return self._code

    def send_signal(self, number: int, /) -> None:
        """Nothing happens to one that has ended."""
        if self._code is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def end(self, code: int) -> None:
        """Told by the nursery."""
        self._code = code
        self._ended.set()


class Nursery:
    """Entered, it is warm; left, nobody can be started any more, and whoever still runs is killed."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self._env = dict(env)
        self._children: dict[int, Forked] = {}
        self._asking = threading.Lock()
        self._answer: Forked | None = None
        self._answered = threading.Event()

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.nursery"],
            env=self._env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        self._listener = threading.Thread(target=self._listen, name="nursery", daemon=True)
        self._listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()
        self._listener.join()

    def start(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        log: Path,
        errors: Path | None = None,
        given: Path | None = None,
    ) -> Forked:
        """`python -m` these words, in a session of its own, with that whole environment. It writes to `log`, unless
        its stderr has a file of its own, and reads what is `given`.
        """
        files = {"log": str(log), "errors": str(errors or log), "given": str(given or os.devnull)}
        log.touch()  # whoever has started somebody may look for it
        asked = {"argv": list(argv), "env": dict(env), "cwd": str(cwd), **files}
        with self._asking:
            self._answered.clear()
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(asked).encode() + b"\n")
            self._process.stdin.flush()
            assert self._answered.wait(START_S) and self._answer is not None, "the nursery does not answer"
            return self._answer

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                word, pid, *code = line.split()
                if word == b"began":
                    self._answer = self._children[int(pid)] = Forked(int(pid))
                    self._answered.set()
                else:
                    self._children.pop(int(pid)).end(int(code[0]))


@cache
def shared() -> Nursery:
    """The one of this process, warm from the first call until the process ends."""
    nursery = Nursery({"PATH": os.environ["PATH"], "PYTHONPATH": str(Path(__file__).parent.parent)}).__enter__()
    atexit.register(nursery.__exit__)
    return nursery


class _Exit:
    """How a forked process ends, once it knows."""

    code: int | None = None

    def leave(self) -> None:
        """Called last at its exit; until it knows, and in the nursery itself, nothing happens."""
        if self.code is not None:
            for stream in (sys.stdout, sys.stderr):
                if not stream.closed:
                    stream.flush()
            os._exit(self.code & 0xFF)


_EXIT = _Exit()


def main() -> None:
    """Import, and then fork for every line asked. Once nobody can ask any more, whoever still runs is killed."""
    atexit.register(_EXIT.leave)  # before whatever an import registers, so that it comes after that
    for name in FAMILIAR:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()  # so that no look for cycles touches, and copies, what all share
    readable, writable = os.pipe()
    for descriptor in (readable, writable):
        os.set_blocking(descriptor, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
    _serve(readable)


def _serve(woken: int) -> None:
    asked, running = b"", set[int]()
    while True:
        ready, _, _ = select.select([woken, STDIN], [], [])
        if woken in ready:
            os.read(woken, 1 << 12)
        running -= set(_ended())
        if STDIN in ready:
            if not (data := os.read(STDIN, 1 << 16)):
                break
            *lines, asked = (asked + data).split(b"\n")
            running |= {_fork(**json.loads(line)) for line in lines}
    for pid in running:
        os.kill(pid, signal.SIGKILL)
    while running:
        select.select([woken], [], [], 1.0)
        running -= set(_ended())


def _ended() -> Iterator[int]:
    with suppress(ChildProcessError):  # there is none at all
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            _say(f"ended {pid} {os.waitstatus_to_exitcode(status)}")
            yield pid


def _fork(argv: list[str], env: dict[str, str], cwd: str, **files: str) -> int:
    if pid := os.fork():
        _say(f"began {pid}")
        return pid
    _become(argv, env, cwd, **files)


def _become(argv: list[str], env: dict[str, str], cwd: str, *, log: str, errors: str, given: str) -> NoReturn:
    """Be that process; it ends as the module does."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    read = os.open(given, os.O_RDONLY)
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    complaints = output if errors == log else os.open(errors, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    for descriptor, place in ((read, STDIN), (output, STDOUT), (complaints, STDERR)):
        os.dup2(descriptor, place)
    os.closerange(STDERR + 1, max(read, output, complaints) + 1)
    sys.argv = ["", *argv[1:]]
    try:
        runpy.run_module(argv[0], run_name="__main__", alter_sys=True)
        sys.exit(0)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):  # the interpreter says whatever else it is
            _EXIT.code = end.code or 0
        raise


def _say(line: str) -> None:
    os.write(STDOUT, line.encode() + b"\n")


if __name__ == "__main__":
    main()
