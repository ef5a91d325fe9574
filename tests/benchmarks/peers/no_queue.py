"""What runs without a queue is told over pipes: `warm` and `done` on its stdout, the word to go on its stdin."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from tests.benchmarks.peers.payment import payment


def serve(run: Callable[[Sequence[dict[str, Any]]], None]) -> None:
    """Pay BENCH_WARM_UP orders, wait for the word, pay BENCH_PAYMENTS more, and stay until stopped."""
    warm_up, count = int(os.environ["BENCH_WARM_UP"]), int(os.environ["BENCH_PAYMENTS"])
    run([payment(number) for number in range(1, warm_up + 1)])
    wishes = [payment(number) for number in range(warm_up + 1, warm_up + count + 1)]
    _tell("warm")
    sys.stdin.readline()
    run(wishes)
    _tell("done")
    sys.stdin.read()


def _tell(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()
