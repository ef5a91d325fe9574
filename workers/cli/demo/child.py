"""A process of the demo: its own session, its output in files, a line of JSON when it is ready."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from workers.cli.shell.exit_codes import ExitCode
from workers.cli.shell.failures import CommandError

#: Seconds a child may take to say that it is ready, on a busy machine.
READY_S = 60.0
#: Seconds between two looks at what it has said.
LOOK_S = 0.02
#: Characters of a log shown when something failed.
TAIL = 2000


class Child:
    """One child. What it says on stdout are JSON objects, one per line; the rest goes into its log."""

    def __init__(
        self, name: str, argv: Sequence[str], env: Mapping[str, str], directory: Path, *, grace_s: float
    ) -> None:
        self.name = name
        self._grace_s = grace_s
        self.log = directory / f"{name}.log"
        self._said = directory / f"{name}.jsonl"
        # Appended to, so that a log that is cut is written on from its new end.
        with self._said.open("wb") as said, self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command line, no shell
                argv,
                env=dict(env),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=log,
                start_new_session=True,
            )

    def said(self) -> list[dict[str, Any]]:
        """Everything it has said so far."""
        lines = self._said.read_bytes().split(b"\n")[:-1]
        return [json.loads(line) for line in lines]

    def await_word(self, wanted: str) -> Any:
        """The value under that name in the first object that has it.

        Raises:
            CommandError: it ended, or said nothing in time.
        """
        give_up_at = time.monotonic() + READY_S
        while time.monotonic() < give_up_at:
            for word in self.said():
                if wanted in word:
                    return word[wanted]
            self.check()
            time.sleep(LOOK_S)
        raise CommandError("demo_child_silent", f"{self.name} is not ready after {READY_S:g} s", ExitCode.UNAVAILABLE)

    def check(self) -> None:
        """Make sure that it runs.

        Raises:
            CommandError: it does not.
        """
        code = self._process.poll()
        if code is not None:
            raise CommandError("demo_child_died", f"{self.name} ended with code {code}", ExitCode.UNAVAILABLE)

    def stop(self) -> None:
        """Ask it to stop; kill it when it has not within its grace."""
        if self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(self._grace_s)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def cut_log(self, most: int) -> None:
        """Begin the log anew once it has more bytes than that."""
        if self.log.stat().st_size > most:
            os.truncate(self.log, 0)

    def tail(self) -> str:
        """The end of its log."""
        return self.log.read_text("utf-8", "replace")[-TAIL:]


def stop_all(stops: Sequence[Callable[[], None]]) -> list[Exception]:
    """Run every one of them in order, whatever the others do; what went wrong is returned."""
    failures = []
    for stop in stops:
        try:
            stop()
        except Exception as error:  # the others must be stopped all the same
            failures.append(error)
    return failures
