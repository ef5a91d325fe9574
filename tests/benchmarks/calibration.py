"""A loop of fixed work, timed beside each run: how fast this machine's cores are at that moment.

Cores of a shared machine are not the same cores from minute to minute. CPU times of runs are made comparable by what
the same loop took right before and after them.
"""

from __future__ import annotations

import hmac
import json
import time

#: Turns of the loop: some tenths of a second.
TURNS = 20_000


def loop_us() -> float:
    """CPU microseconds of one turn: the kind of work a payment is, JSON, a hash, a dict, in the interpreter."""
    body = {"order_id": "BENCH-1", "amount": "10.00", "currency": "EUR", "list": list(range(8))}
    began = time.process_time()
    for turn in range(TURNS):
        body["order_id"] = f"BENCH-{turn}"
        text = json.dumps(body)
        hmac.digest(b"key", text.encode(), "sha1")
        json.loads(text)
    return (time.process_time() - began) / TURNS * 1e6
