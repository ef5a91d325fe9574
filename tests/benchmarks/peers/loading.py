"""Places orders on a peer's queue, one by one as a service would, and prints what one cost: `FIRST COUNT`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

from tests.benchmarks.peers.payment import payment


def load(send: Callable[[dict[str, Any]], object]) -> None:
    """Send so many orders from that number on; the CPU microseconds of one go to stdout."""
    first, count = int(sys.argv[1]), int(sys.argv[2])
    began = time.process_time()
    for number in range(first, first + count):
        send(payment(number))
    sys.stdout.write(f"{(time.process_time() - began) / count * 1e6:.1f}\n")
