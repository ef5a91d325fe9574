"""A plan as it is shown: lines, totals per currency, and a hash that says that two plans are the same.

A plan is kept for a week, so that a run that is told to execute it can say what has changed since.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import unified_diff
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from cardinity_client.money import Money
from producers.errors import RenewalPlanChanged
from producers.subscriptions.book.tables import RENEWAL_PLANS
from producers.subscriptions.schedule.planning import Decision
from producers.subscriptions.values import milliseconds, moment

#: Milliseconds for which plans are kept.
KEPT_MS: Final = 7 * 24 * 3600 * 1000
#: Differences that are named, at the most.
NAMED_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class RenewalPlan:
    """What is to be done with every period that is due by `as_of`."""

    as_of: datetime
    decisions: tuple[Decision, ...]

    @property
    def lines(self) -> list[str]:
        """A line per decision."""
        return [decision.line for decision in self.decisions]

    @property
    def hash(self) -> str:
        """The same for the same decisions, whenever they were made."""
        return hashlib.sha256("\n".join(self.lines).encode()).hexdigest()

    @property
    def totals(self) -> tuple[Money, ...]:
        """What would be charged, per currency."""
        return totals(decision.amount for decision in self.decisions if decision.deed == "charge")

    @property
    def counts(self) -> dict[str, int]:
        """How many periods are charged, skipped and held."""
        counted = Counter(decision.deed for decision in self.decisions)
        return {"charge": counted["charge"], "skip": counted["skip"], "hold": counted["hold"]}


def totals(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """Sums per currency; currencies are never added up."""
    sums: Counter[str] = Counter()
    for amount in amounts:
        sums[amount.currency] += amount.minor
    return tuple(Money(sums[currency], currency) for currency in sorted(sums))


def keep(connection: Connection, plan: RenewalPlan, now_ms: int) -> None:
    """Remember a plan that was shown, and forget old ones."""
    connection.execute(delete(RENEWAL_PLANS).where(RENEWAL_PLANS.c.made_at_ms < now_ms - KEPT_MS))
    connection.execute(delete(RENEWAL_PLANS).where(RENEWAL_PLANS.c.plan_hash == plan.hash))
    connection.execute(
        insert(RENEWAL_PLANS).values(
            plan_hash=plan.hash,
            as_of_ms=milliseconds(plan.as_of),
            made_at_ms=now_ms,
            lines=zlib.compress("\n".join(plan.lines).encode()),
        )
    )


def kept(connection: Connection, plan_hash: str) -> tuple[datetime, list[str]]:
    """When that plan was made, and its lines.

    Raises:
        RenewalPlanChanged: no plan of that hash was shown within the last week.
    """
    query = select(RENEWAL_PLANS).where(RENEWAL_PLANS.c.plan_hash == plan_hash)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise RenewalPlanChanged("no plan of this hash is kept: make one with `cardinity renew plan`")
    text = zlib.decompress(row["lines"]).decode()
    return moment(row["as_of_ms"]), text.split("\n") if text else []


def compare(before: Sequence[str], plan: RenewalPlan) -> None:
    """Refuse a plan that is not the one that was shown.

    Raises:
        RenewalPlanChanged: it names the differences, the first of them in its text.
    """
    changed = [
        line for line in unified_diff(before, plan.lines, n=0, lineterm="") if line[:2] not in ("--", "++", "@@")
    ]
    if changed:
        named = "".join(f"\n  {line}" for line in changed[:NAMED_MAX])
        more = f"\n  and {len(changed) - NAMED_MAX} more" if len(changed) > NAMED_MAX else ""
        raise RenewalPlanChanged(f"the plan has changed since it was made:{named}{more}", changed)
