"""`python -m tests.batches --rows N`: a file of N rows through every command about batches, and what each took."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from tests.batches.play import Told, play

#: Bytes that one row takes at the most, in Valkey's memory and on the disk: its order, its events, its message and the
#: append-only file, which is there twice while it is rewritten.
MEMORY_A_ROW, DISK_A_ROW = 5_000, 15_000
#: What each command may take, MB.
PEAK_MB_MAX = 200


def main() -> int:
    """The exit code is 1 when a command took too much memory; a number that is wrong raises."""
    parser = argparse.ArgumentParser(prog="tests.batches", description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--charged", type=int, help="how many of them workers charge; default a tenth, 20,000 at most")
    parser.add_argument("--keep", type=Path, metavar="DIR", help="leave the run's files there")
    options = parser.parse_args()
    charged = options.charged or min(options.rows // 10, 20_000)
    with tempfile.TemporaryDirectory(prefix="batches-") as directory:
        place = options.keep or Path(directory)
        _refuse_a_small_machine(place, options.rows)
        told = play(place, options.rows, charged)
    print(_table(options.rows, told))
    over = [ran.name for ran in told.steps if ran.peak_mb > PEAK_MB_MAX]
    if over:
        print(f"more than {PEAK_MB_MAX} MB: {', '.join(over)}")
    return 1 if over else 0


def _refuse_a_small_machine(place: Path, rows: int) -> None:
    place.mkdir(parents=True, exist_ok=True)
    memory = Path("/proc/meminfo").read_text("utf-8").split("MemAvailable:")[1].split()[0]
    for what, there, needed in (
        ("memory", int(memory) * 1024, rows * MEMORY_A_ROW),
        ("disk", shutil.disk_usage(place).free, rows * DISK_A_ROW),
    ):
        if there < needed:
            raise SystemExit(f"{rows:,} rows may take {needed / 1e9:.1f} GB of {what}, {there / 1e9:.1f} GB are free")


def _table(rows: int, told: Told) -> str:
    lines = [f"{rows:,} rows: {', '.join(f'{count:,} {state}' for state, count in told.states.items())}"]
    lines.append(f"{'':16}{'s':>9}{'rows/s':>10}{'CPU s':>9}{'peak MB':>9}")
    for ran in told.steps:
        pace = f"{rows / ran.wall_s:,.0f}" if ran.name not in ("pause", "watch") else ""
        lines.append(f"{ran.name:16}{ran.wall_s:9.1f}{pace:>10}{ran.cpu_s:9.1f}{ran.peak_mb:9.0f}")
    lines += [f"{name:16}{'':28}{peak:9.0f}" for name, peak in told.sizes.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
