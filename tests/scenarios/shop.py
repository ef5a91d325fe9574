"""Where stories of payments in parts and of batch files happen: a shop, its command line, a worker, the sandbox.

Nothing here goes by the calendar. A day is a step: it is over when all that was begun has ended, or rests.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import redis

from producers import Enqueuer
from producers.contract import states
from producers.contract.commands import BATCH_COLUMNS
from producers.runtime.ledger import keys
from producers.runtime.ledger.batch_calls import PAUSED
from tests.eventually import eventually
from tests.nursery import Child
from tests.stack import CARD, Stack
from workers.operations.tally import Tally


class Shop:
    """A merchant whose payments, files and orders are known by their names."""

    def __init__(self, stack: Stack, enqueuer: Enqueuer) -> None:
        self.stack = stack
        self.enqueuer = enqueuer
        self.splits: set[str] = set()
        #: What a command has said and what is to be told of it.
        self.said: list[str] = []
        self._orders: set[str] = set()
        self._batches: dict[str, Path] = {}
        self._faults: dict[str, str] = {}
        self._worker: Child | None = None
        self._ledger = redis.Redis.from_url(stack.valkey.url(1), protocol=2)
        self._runs = itertools.count(1)
        self.employ()

    # --- who works --------------------------------------------------------------------------------------------------

    def employ(self, dies_with: str | None = None) -> None:
        """A worker runs, in the place of whoever did; it may be one that dies with the answer for that order."""
        self.dismiss()
        plan = None if dies_with is None else {dies_with: {"at": "answered", "how": "KILL"}}
        self._worker = self.stack.worker(plan)

    def dismiss(self) -> None:
        """No worker runs."""
        if self._worker is not None:
            self._worker.kill()
            self._worker.wait()
            self._worker = None

    def settled(self) -> bool:
        """Whether all that was begun has ended and was told, or rests. A worker that has died is replaced."""
        if self._worker is None:
            return True
        if self._worker.poll() is not None:
            self.employ()
        return (
            not self._ledger.zcard(keys.SPLITS)
            and all(self.enqueuer.get(name).state in states.TERMINAL for name in self._orders)
            and all(self._rests(name) for name in self._batches)
        )

    # --- what goes wrong --------------------------------------------------------------------------------------------

    def strike(self, order_id: str, fault: str) -> None:
        """The gateway does that to the order from now on."""
        self._faults[order_id] = fault
        self.stack.admin("faults", [{"fault": fault, "order_id": name} for name, fault in self._faults.items()])

    def strike_once(self, paid: str, order_id: str, fault: str) -> None:
        """The same, as soon as another one is charged."""
        eventually(lambda: self.stack.charges().get(paid, {}).get("approved"), f"{paid} is charged")
        self.strike(order_id, fault)

    # --- what is asked for ------------------------------------------------------------------------------------------

    def pay(self, order_id: str, amount: str, currency: str) -> None:
        """One payment that nobody shares."""
        self.enqueuer.charge(order_id=order_id, amount=amount, currency=currency, country="LT", **CARD)
        self._orders.add(order_id)

    def share(self, split_id: str, total: str, currency: str, parts: list[dict[str, object]], **more: object) -> None:
        """One payment in parts; said again it is the same one."""
        parts = [{"recipient": f"shop-{number}", **part} for number, part in enumerate(parts, 1)]
        wish = {"split_id": split_id, "total": total, "currency": currency, "country": "LT", "parts": parts}
        self.enqueuer.split(**wish, payment_instrument=CARD, **more)
        self.splits.add(split_id)

    def submit(self, name: str, rows: int, amount: str, currency: str) -> None:
        """A file of that many rows."""
        path = self.stack.directory / f"{name}.csv"
        common = {"amount": amount, "currency": currency, "country": "LT", **CARD}
        cells = [{"order_id": f"{name}-{number}", **common} for number in range(1, rows + 1)]
        lines = [",".join(str(row.get(column, "")) for column in BATCH_COLUMNS) for row in cells]
        path.write_text("\n".join((",".join(BATCH_COLUMNS), *lines)) + "\n", "utf-8")
        self._submit(name, path)

    def submit_failed(self, name: str, suffix: str) -> None:
        """The rows of the file that failed, under other names."""
        again = self._batches[name].with_name(f"{name}{suffix}.csv")
        self.batch("report", str(self._batches[name]), "--failed", str(again), f"--suffix={suffix}")
        self._submit(f"{name}{suffix}", again)

    def report(self, name: str) -> None:
        """What became of each row, in the order of the file."""
        rows = self.batch("report", "--json", str(self._batches[name]))
        told = [row["state"] for row in rows if "row" in row]
        self.said.append(f"the report of {name} says {', '.join(told)}")

    def batch(self, *arguments: str) -> list[dict[str, Any]]:
        """A command about batches; the lines of JSON that it wrote."""
        log = self.stack.directory / f"batch-{next(self._runs)}.log"
        child = self.stack.module("workers.cli", "batch", *arguments, log_into=log)
        assert child.wait(60) == 0, log.read_text("utf-8")
        return [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.startswith("{")]

    def _submit(self, name: str, path: Path) -> None:
        self.batch("submit", "--name", name, str(path))
        self._batches[name] = path

    def _rests(self, name: str) -> bool:
        counters: Any = self._ledger.hgetall(keys.batch(name))
        tally, halt = Tally.read(counters), self._ledger.get(keys.halt(name))
        return not tally.open or (halt == PAUSED.encode() and tally.open == tally.counts[states.ACCEPTED])
