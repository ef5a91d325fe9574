"""`python -m tests.alerts`: record what a system's numbers say while faults last, and see which alerts that raises."""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from tests.alerts.beyond import EVERY
from tests.alerts.playing import play
from tests.alerts.recorder import record
from tests.alerts.recording import FOLDER, read
from tests.campaign.fault import Fault
from tests.chaos.remains import descendants


def main(argv: list[str] | None = None) -> int:
    """0 when every recording that was asked for was made."""
    parser = argparse.ArgumentParser(prog="tests.alerts", description=__doc__)
    parser.add_argument("--record", action="store_true", help="anew; otherwise those that are there are played")
    parser.add_argument("--faults", metavar="NAME,NAME", help="these; otherwise all that can be made here")
    parser.add_argument("--into", type=Path, default=FOLDER, metavar="DIR", help="where recordings are")
    options = parser.parse_args(argv)
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))  # so that nothing is left running
    names = options.faults.split(",") if options.faults else [name for name, f in EVERY.items() if f.need() is None]
    options.into.mkdir(parents=True, exist_ok=True)
    try:
        if options.record and len(names) > 1:
            return _each_apart(names, options.into)
        return _each(names, options)
    finally:
        for pid in descendants(os.getpid()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _each_apart(names: Sequence[str], into: Path) -> int:
    """Record each in a process of its own: some live in a network of their own, with everybody they start."""
    command = (sys.executable, "-m", "tests.alerts", "--record", "--into", str(into), "--faults")
    codes = [subprocess.run((*command, name)).returncode for name in names]
    return max(codes, default=0)


def _each(names: Sequence[str], options: argparse.Namespace) -> int:
    failed = False
    for name in names:
        path = options.into / f"{name}.json"
        if options.record:
            failed |= not _record(EVERY[name], path)
        if path.exists():
            with tempfile.TemporaryDirectory() as place:
                fired = play([read(path)], Path(place))[name]
            early = f", and before it {' '.join(sorted(fired.before))}" if fired.before else ""
            print(f"{name}: {' '.join(sorted(fired.during)) or 'nothing'}{early}", flush=True)
    return failed


def _record(fault: Fault, path: Path) -> bool:
    directory = Path(tempfile.mkdtemp(prefix="alerts-"))
    try:
        record(fault, directory).write(path)
    except Exception:  # told, and the next one is recorded
        print(f"{fault.name} could not be recorded: {traceback.format_exc()}", flush=True)
        return False
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
