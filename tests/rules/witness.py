"""Listens to everything a worker tells, remembers it, and strikes where a story says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Witness:
    """Every port through which workers tell of themselves. `at` is done when an order reaches that step."""

    at: dict[str, Callable[[], object]] = field(default_factory=dict)
    #: Done when an order entered a state.
    on_move: Callable[[], object] = lambda: None
    #: Done when a read of the gateway's list has ended in any way.
    on_scan: Callable[[], object] = lambda: None
    troubles: list[tuple[str, str]] = field(default_factory=list)
    #: Orders of which a charge came to light that is not their outcome.
    late: list[str] = field(default_factory=list)
    #: Results of reads of chargebacks with the rows that nobody could read, statuses told, accounts with a gap.
    chargeback_reads: list[tuple[str, int]] = field(default_factory=list)
    chargebacks: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    #: How payments in parts have ended, and parts that could not be given back.
    splits: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)
    #: Orders that are paid twice.
    doubled: list[str] = field(default_factory=list)

    def step(self, name: str, order_id: str) -> None:
        self.at.get(name, lambda: None)()

    def moved(self, before: str, state: str) -> None:
        self.on_move()

    def scanned(self, result: str) -> None:
        if result != "started":
            self.on_scan()

    def trouble(self, where: str, code: str, order_id: str) -> None:
        self.troubles.append((where, code))

    def chargebacks_read(self, result: str, unread_rows: int) -> None:
        self.chargeback_reads.append((result, unread_rows))

    def chargeback(self, status: str, payment_id: str) -> None:
        self.chargebacks.append(status)

    def chargebacks_missed(self, account: str) -> None:
        self.missed.append(account)

    def hinted(self, result: str) -> None:
        self.hints.append(result)

    def claim(self, result: str) -> None: ...

    def in_flight(self, count: int) -> None: ...

    def refused(self, code: str) -> None: ...

    def duplicates(self, order_id: str, count: int) -> None:
        self.doubled += [order_id] * count

    def stray(self, order_id: str, what: str) -> None: ...

    def hold_expiring(self, order_id: str) -> None: ...

    def split_ended(self, state: str, split_id: str) -> None:
        self.splits.append(state)

    def split_stuck(self, order_id: str) -> None:
        self.stuck.append(order_id)

    def hole(self, account: str) -> None: ...

    def contradicted(self, order_id: str) -> None:
        self.late.append(order_id)

    def attempt_finished(self, operation: str, kind: str, duration_s: float) -> None: ...

    def retry_scheduled(self, operation: str, wait_s: float) -> None: ...

    def breaker_changed(self, account: str, old: str, new: str) -> None: ...
