"""One worker process without Dramatiq's master: `python -m workers.process`, started by our supervisor.

Does what the master's child does, in the same order, so middleware cannot tell the difference. SIGTERM stops
it; the exit code is 0 only if it holds nothing any more.
"""

from __future__ import annotations

import argparse
import importlib
import logging
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import FrameType
from typing import cast

import dramatiq

from workers.host.parent_death import stop_with_parent

#: Makes the broker and sets it as Dramatiq's own.
BOOT = "workers.main:boot"
#: Milliseconds until a stopping worker is left as it is. The event loop's own limit is shorter.
SHUTDOWN_TIMEOUT_MS = 55_000


def main(argv: Sequence[str] | None = None) -> int:
    """Boot, work until told to stop, and return the exit code."""
    options = _parser().parse_args(argv)
    stop_requests = _listen()
    if options.parent:
        stop_with_parent(options.parent)
    _load(options.boot)()
    broker = dramatiq.get_broker()
    broker.emit_after("process_boot")
    worker = dramatiq.Worker(broker, queues=set(options.queues) or None, worker_threads=1)
    worker.start()
    os.read(stop_requests, 1)
    try:
        worker.stop(timeout=options.shutdown_timeout_ms)
    except SystemExit as end:
        return cast(int, end.code)
    finally:
        broker.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="workers.process", description=__doc__)
    parser.add_argument("--boot", default=BOOT, help="module:function that sets the broker")
    parser.add_argument("--queues", nargs="*", default=[], help="listen to these queues only")
    parser.add_argument("--shutdown-timeout-ms", type=int, default=SHUTDOWN_TIMEOUT_MS)
    parser.add_argument("--parent", type=int, default=0, help="stop when this process, our parent, is gone")
    return parser


def _listen() -> int:
    """A pipe that becomes readable when somebody asks to stop. Ctrl-C is the supervisor's to answer."""
    readable, writable = os.pipe()

    def ask(number: int, frame: FrameType | None) -> None:
        os.write(writable, b"\0")

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, ask)
    signal.signal(signal.SIGHUP, ask)
    return readable


def _load(path: str) -> Callable[[], object]:
    module, _, name = path.partition(":")
    return cast("Callable[[], object]", getattr(importlib.import_module(module), name))


if __name__ == "__main__":
    code = main()
    logging.shutdown()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):  # a full disk behind it must not change the exit code
            stream.flush()
    # As Dramatiq's children end: the interpreter's own ending would tear down handlers still in flight.
    os._exit(code)
