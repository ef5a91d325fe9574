"""What the commands of risk look up alike."""

from __future__ import annotations

from pathlib import Path

from producers.errors import OrderUnknown, SettingsError
from producers.runtime.ledger import keys, risk_calls
from producers.runtime.ledger.record import Record, record_from
from workers.operations.reading import Reader
from workers.risk.rules import RuleSet
from workers.risk.rules_file import read_rules


def rules_of(path: Path | None) -> RuleSet:
    """The rules of that file, or those that are shipped.

    Raises:
        SettingsError: the file is wrong.
    """
    made, problems = read_rules(path)
    if problems:
        raise SettingsError(problems)
    return made


def looked_up(ledger: Reader, order_id: str) -> tuple[Record, str]:
    """The order, and how its review stands; empty where it has none.

    Raises:
        OrderUnknown: no such order.
    """
    row, status = ledger.ask(("HGETALL", keys.order(order_id)), ("HGET", risk_calls.order(order_id), "review"))
    if not row:
        raise OrderUnknown(order_id)
    return record_from(order_id, row), status.decode() if status else ""
