"""The gateway's stand-in as a process: built from the C beside this file, where there is a compiler."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.stack import ROOT

#: Its sources, all in this folder.
SOURCES = tuple(sorted(Path(__file__).parent.glob("*.[ch]")))
#: What git ignores and `make clean` removes.
BUILD = ROOT / "build" / "benchmarks"
COMPILERS = ("cc", "gcc", "clang")
FLAGS = ("-O2", "-std=c11", "-Wall", "-Wextra", "-Werror")
#: Besides those: what finds reads and writes out of bounds, and leaks when it ends.
SANITIZED = ("-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


class StandInUnavailable(Exception):
    """It cannot be built or run on this machine; the message says why."""


def build(*flags: str) -> Path:
    """The program, compiled unless it was from the same sources and flags.

    Raises:
        StandInUnavailable: no Linux, no compiler, or one that refuses.
    """
    if sys.platform != "linux":
        raise StandInUnavailable("the stand-in needs Linux: epoll")
    compiler = next(filter(None, map(shutil.which, COMPILERS)), None)
    if compiler is None:
        raise StandInUnavailable(f"no C compiler: none of {', '.join(COMPILERS)} is on PATH")
    command = [*FLAGS, *flags]
    mark = hashlib.sha256("\0".join(command).encode() + b"".join(path.read_bytes() for path in SOURCES)).hexdigest()
    program = BUILD / f"standin-{mark[:16]}"
    if program.exists():
        return program
    BUILD.mkdir(parents=True, exist_ok=True)
    fresh = program.with_suffix(f".{os.getpid()}")
    units = [str(path) for path in SOURCES if path.suffix == ".c"]
    done = subprocess.run([compiler, *command, "-o", str(fresh), *units], capture_output=True, text=True)
    if done.returncode:
        raise StandInUnavailable(f"{compiler} refused:\n{done.stderr}")
    fresh.replace(program)
    return program


def why_not(*flags: str) -> str:
    """Why it cannot be built like this here; empty when it can."""
    try:
        build(*flags)
    except StandInUnavailable as reason:
        return str(reason)
    return ""


class StandIn:
    """A running one. `url` is the API's, as the product is told it."""

    def __init__(self, latency_ms: float, program: Path | None = None) -> None:
        self._command = command(latency_ms, program)

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, start_new_session=True
        )
        assert self._process.stdout is not None
        self.pid = self._process.pid
        self.url: str = json.loads(self._process.stdout.readline())["url"]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> int:
        """End it; its exit code."""
        self._process.terminate()
        code = self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        return code

    def admin(self, route: str, *, post: bool = False) -> Any:
        """What its admin route answers."""
        url = f"{self.url.removesuffix('/v1')}/_sandbox/{route}"
        request = urllib.request.Request(url, method="POST" if post else "GET")  # noqa: S310 - loopback
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - loopback
            return json.loads(answer.read())


def command(latency_ms: float, program: Path | None = None) -> list[str]:
    """Its command line; the first line it prints is JSON with its `url`."""
    return [str(program or build()), f"{latency_ms:g}"]
