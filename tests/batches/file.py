"""The file of the run, and what is true of it: written and read line by line, so that no size is too large."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from cardinity_client.money import Money
from producers.contract.states import APPROVED
from workers.cli.demo.rows import lines


@dataclass(slots=True)
class Sums:
    """Rows that were seen, what they add up to by currency (minor units), and how many are in each state."""

    rows: int = 0
    minor: Counter[str] = field(default_factory=Counter)
    approved_minor: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)

    def add(self, amount: str, currency: str, state: str = "") -> None:
        """One more."""
        self.rows += 1
        minor = Money.parse(amount, currency).minor
        self.minor[currency] += minor
        self.approved_minor[currency] += minor * (state == APPROVED)
        self.states[state] += 1

    @property
    def texts(self) -> dict[str, str]:
        """The sums as the product tells them."""
        return {currency: Money(minor, currency).text for currency, minor in self.minor.items()}


def write(path: Path, rows: int, prefix: str) -> Sums:
    """A file of that many good rows; what it adds up to."""
    sums = Sums()
    with path.open("w", encoding="utf-8", newline="") as out:
        made = lines(rows)
        header = next(made)
        out.write(header)
        names = header.strip().split(",")
        amount, currency = names.index("amount"), names.index("currency")
        for line in made:
            out.write(line.replace("DEMO-", f"{prefix}-", 1))
            cells = line.split(",")
            sums.add(cells[amount], cells[currency])
    return sums


def read_report(report: Path, prefix: str) -> Sums:
    """What a report adds up to.

    Raises:
        AssertionError: a row is missing, doubled or out of order, or stands for another order than in the file.
    """
    sums = Sums()
    with report.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 1):
            assert (row["row"], row["order_id"]) == (str(number), f"{prefix}-{number:06d}"), f"row {number}: {row}"
            sums.add(row["amount"], row["currency"], row["state"])
    return sums
