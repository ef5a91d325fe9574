"""What follows payments in the gateway's books: refunds, settlements and voids, and the lists that show them.

Nothing guards their sums: nobody has published that the real gateway does. What is too much is the product's to refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cardinity_client import CreateRefund, CreateSettlement, CreateVoid
from cardinity_client.models.follow_ups import FollowUp, FollowUpStatus, Listing, Refund, Settlement, Void
from producers.contract import names
from tests.simulation.chance import BEGIN_S
from tests.simulation.faults import Buggify
from tests.simulation.processes import Scheduler
from tests.simulation.times import CLEAN_SCANS

Request = CreateRefund | CreateSettlement | CreateVoid

_BEGIN: Final = datetime.fromtimestamp(BEGIN_S, UTC)
#: Looks that leave out the same row at the most: one fewer than those of a proof.
OMITTED_MAX: Final = CLEAN_SCANS - 1
#: What is declined is told.
DO_NOT_HONOR: Final = "3000: Do Not Honor"


def kind_of(asked: Request | FollowUp) -> str:
    """Which of `names.FOLLOW_UPS` it is."""
    match asked:
        case CreateRefund() | Refund():
            return names.REFUND
        case CreateSettlement() | Settlement():
            return names.SETTLEMENT
        case _:
            return names.VOID


@dataclass(slots=True)
class _Entry:
    made: FollowUp
    visible_at: float
    omitted: int = 0


class Followed:
    """The records under all payments. `lag_s` is how old a list may be."""

    def __init__(self, scheduler: Scheduler, buggify: Buggify, *, skew_s: float, lag_s: float) -> None:
        self._scheduler = scheduler
        self._buggify = buggify
        self._skew_s = skew_s
        self._lag_s = lag_s
        self._count = 0
        self._entries: dict[tuple[str, str], list[_Entry]] = {}
        self._by_id: dict[str, _Entry] = {}

    def decide(self, asked: Request, status: FollowUpStatus, *, more_minor: int = 0) -> FollowUp:
        """What this request makes; it is nowhere yet. `more_minor`: of another amount than was asked for."""
        self._count += 1
        error = DO_NOT_HONOR if status == "declined" else None
        fields = (f"fol-{self._count:04d}", asked.payment_id, _BEGIN, status, False, None, asked.description, error)
        if isinstance(asked, CreateVoid):
            return Void(*fields)
        amount = replace(asked.amount, minor=asked.amount.minor + more_minor)
        return (Refund if isinstance(asked, CreateRefund) else Settlement)(*fields, amount)

    def land(self, made: FollowUp, at: float, *, finally_: FollowUpStatus, finally_at: float) -> None:
        """Book it at that moment; one in processing takes its final status later."""
        self._scheduler.at(at, self._book, made)
        if finally_ != made.status:
            self._scheduler.at(max(at, finally_at), self._finish, made.id, finally_)

    def listing(self, kind: str, payment_id: str) -> Listing[FollowUp]:
        """The list as it is told now, newest first."""
        now, buggify = self._scheduler.now, self._buggify
        shown: list[FollowUp] = []
        for entry in reversed(self._entries.get((kind, payment_id), ())):
            if entry.visible_at > now:
                continue
            if "list.omits_row" in buggify.rates and entry.omitted < OMITTED_MAX and buggify("list.omits_row"):
                entry.omitted += 1
                continue
            shown.append(entry.made)
        if shown and "list.disorder" in buggify.rates and buggify("list.disorder"):
            shown = [shown[0], *shown[::-1]]
        count = len(shown)
        if shown and "list.unreadable_row" in buggify.rates and buggify("list.unreadable_row"):
            del shown[int(self._scheduler.random.random() * count)]
        return Listing(tuple(shown), count, count - len(shown))

    def get(self, made_id: str) -> FollowUp | None:
        """The record of that id."""
        entry = self._by_id.get(made_id)
        return None if entry is None else entry.made

    def every(self, where: Callable[[FollowUp], bool]) -> list[FollowUp]:
        """All records of which that is so."""
        return [entry.made for entry in self._by_id.values() if where(entry.made)]

    def _book(self, made: FollowUp) -> None:
        now = self._scheduler.now
        created = _BEGIN + timedelta(milliseconds=int((now + self._skew_s) * 1000))
        lag_s = self._scheduler.random.random() * self._lag_s if "list.lags" in self._buggify.rates else 0.0
        entry = _Entry(replace(made, created_at=created), now + lag_s)
        self._by_id[made.id] = entry
        self._entries.setdefault((kind_of(made), made.payment_id), []).append(entry)

    def _finish(self, made_id: str, status: FollowUpStatus) -> None:
        entry = self._by_id[made_id]
        error = DO_NOT_HONOR if status == "declined" else None
        entry.made = replace(entry.made, status=status, error=error)
