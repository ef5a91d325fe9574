"""`make bench`: a large batch through the whole product, and what each payment cost.

Everything is on: sealed cards, authenticated envelopes, claim, durable intent, OAuth, one POST, atomic outcome with
event, mirror, metrics; Valkey with `appendfsync always`; the gateway's sandbox on the same machine. The batch is
accepted first and the workers are started then, so that what is timed is the workers.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import tempfile
import time
from pathlib import Path

import redis

from producers.contract.commands import Charge, parse_charge
from producers.runtime.ledger import keys
from tests.benchmarks.accounting import RedisWork, Spent
from tests.eventually import eventually
from tests.stack import CARD, Stack

#: The product's own defaults, where the stack for tests scales them down.
DEFAULTS = {
    "ATTEMPT_DEADLINE_S": "40",
    "WATCHDOG_S": "5",
    "LEASE_S": "60",
    "TCP_USER_TIMEOUT_S": "20",
    "GATEWAY_LATE_S": "900",
    "LIST_LAG_S": "60",
    "ABSENCE_MARGIN_S": "75",
    "ABSENCE_HORIZON_S": "1200",
    "CONNECT_TIMEOUT_S": "5",
    "READ_DEADLINE_S": "10",
    "PRESENCE_S": "3",
    "LEADER_LEASE_S": "2",
    "SWEEP_INTERVAL_S": "0.5",
    "DUE_GRACE_S": "30",
    "HOLD_BACK_S": "5",
    "HEARTBEAT_TIMEOUT_S": "6",
    "SHUTDOWN_TIMEOUT_S": "50",
    "IN_FLIGHT_MAX": "512",
    "REDIS_CONNECTIONS_MAX": "600",
    "BREAKER_FAILURES": "5",
    "BREAKER_RESET_S": "30",
    "LOG_LEVEL": "warning",
}
#: Seconds after which a run has failed.
PATIENCE_S = 600.0


def main() -> int:
    """Run it and print a line per figure; 1 if an order was not charged exactly once."""
    options = _options()
    with tempfile.TemporaryDirectory() as directory:
        settings = {**DEFAULTS, "PROMETHEUS_MULTIPROC_DIR": f"{directory}/metrics"}
        (Path(directory) / "metrics").mkdir()
        args = ["--latency-ms", str(options.latency_ms)]
        with Stack(Path(directory), sandbox_args=args, settings=settings) as stack:
            return _run(stack, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.benchmarks", description=__doc__)
    parser.add_argument("--payments", type=int, default=20_000)
    parser.add_argument("--latency-ms", type=int, default=300)
    parser.add_argument("--processes", type=int, default=2)
    return parser.parse_args()


def _run(stack: Stack, options: argparse.Namespace) -> int:
    count = options.payments
    began = time.process_time()
    charges = [_charge(number) for number in range(count)]
    with stack.enqueuer() as enqueuer:
        for order in enqueuer.charge_many(charges):
            assert not isinstance(order, Exception), order
    producer_us = (time.process_time() - began) / count * 1e6
    ledger = redis.Redis.from_url(stack.valkey.url(1), protocol=2)
    before = RedisWork.of(ledger)
    redis_before, gateway_before = Spent.by(stack.valkey.pid), Spent.by(stack.sandbox_pid)
    workers = [stack.worker() for _ in range(options.processes)]
    first_at, done_at, memory = _watch(ledger, count, [worker.pid for worker in workers])
    spent = [Spent.by(worker.pid) for worker in workers]
    work = RedisWork.of(ledger).since(before)
    redis_cpu_s = Spent.by(stack.valkey.pid).cpu_s - redis_before.cpu_s
    gateway_cpu_s = Spent.by(stack.sandbox_pid).cpu_s - gateway_before.cpu_s
    books = stack.charges()
    once = sum(1 for row in books.values() if row["approved"] == 1 and row["posts"] == 1)
    for worker in workers:
        worker.send_signal(signal.SIGTERM)
    codes = [worker.wait() for worker in workers]
    figures = {
        "payments": count,
        "charged exactly once": once,
        "latency of the gateway, ms": options.latency_ms,
        "worker processes": options.processes,
        "payments/s": round(count / (done_at - first_at)),
        "worker CPU, us/payment": round(sum(s.cpu_s for s in spent) / count * 1e6),
        "Redis CPU, us/payment": round(redis_cpu_s / count * 1e6),
        "gateway stand-in CPU, us/payment": round(gateway_cpu_s / count * 1e6),
        "producer CPU, us/payment": round(producer_us),
        "Redis scripts/payment": round(work.scripts / count, 2),
        "other Redis commands/payment": round(work.others / count, 2),
        "Redis socket reads/payment": round(work.reads / count, 3),
        "worker memory, MiB, at tenths of the run": memory,
        "exit codes": codes,
    }
    for name, value in figures.items():
        sys.stdout.write(json.dumps({name: value}) + "\n")
    return 0 if once == count and set(codes) == {0} else 1


def _charge(number: int) -> Charge:
    fields = {"order_id": f"BENCH-{number}", "amount": "10.00", "currency": "EUR", "country": "LT", **CARD}
    return parse_charge(fields, now_ms=int(time.time() * 1000), mode="test")


def _watch(ledger: redis.Redis, count: int, pids: list[int]) -> tuple[float, float, list[int]]:
    """When the first and the last order ended (the ledger's books), and the workers' memory on the way."""
    started: list[float] = []
    memory: list[int] = []

    def look() -> bool:
        done = int(ledger.hget(keys.STATS, "orders:approved") or 0)
        if done and not started:
            started.append(time.monotonic())
        if done and done >= len(memory) * count / 10:
            memory.append(round(sum(Spent.by(pid).resident_mib for pid in pids)))
        return done >= count

    eventually(look, f"{count} orders are charged", within_s=PATIENCE_S)
    return started[0], time.monotonic(), memory


if __name__ == "__main__":
    raise SystemExit(main())
