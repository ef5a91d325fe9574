"""The gateway's books: what it charged, what its list shows, and what is still on its way there.

Like the real one it has no idempotency: every request that arrives is a charge of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final

from cardinity_client import CreatePayment, Page, Payment
from cardinity_client.models.follow_ups import FollowUp, FollowUpStatus
from cardinity_client.models.links import PaymentLink
from cardinity_client.models.payments import Card, PaymentStatus
from cardinity_client.money import Money
from tests.simulation.chance import BEGIN_S
from tests.simulation.counts import Counts
from tests.simulation.faults import Buggify
from tests.simulation.followed import Followed
from tests.simulation.orders import ACCOUNT
from tests.simulation.processes import Scheduler
from tests.simulation.times import CLEAN_SCANS, LIST_LAG_S, LIST_LIMIT

_BEGIN: Final = datetime.fromtimestamp(BEGIN_S, UTC)
#: How old the payments of an account are with which a world begins, seconds.
OLD_S: Final = 60.0
#: What a card declined for want of money is told.
DO_NOT_HONOR: Final = "3000: Do Not Honor"
FOREIGN: Final = "OTHER-"
#: Reads that leave out the same row at the most: one fewer than the clean reads of a proof. Foreign rows are in all of
#: them; without any a page would share no payment with the one before, and that is a hole and not an omission.
OMITTED_MAX: Final = CLEAN_SCANS - 1


@dataclass(slots=True)
class Entry:
    """A payment in the book. Lists show it from `visible_at` on; `omitted` reads have left it out so far."""

    payment: Payment
    visible_at: float
    omitted: int = 0


class GatewayDouble:
    """One merchant account. Times are the world's seconds; `skew_s` is how far the gateway's own clock is off.

    `nth` tells the accounts of a world apart; what they do for an order is counted in one place.
    """

    #: How old the list may be, seconds. A gateway that breaks its word is a subclass.
    lag_s: float = LIST_LAG_S

    def __init__(
        self,
        scheduler: Scheduler,
        buggify: Buggify,
        *,
        skew_s: float = 0.0,
        account: str = ACCOUNT,
        nth: int = 0,
        counts: Counts | None = None,
    ) -> None:
        self.account = account
        self.counts = counts or Counts()
        self._scheduler = scheduler
        self._buggify = buggify
        self._skew_s = skew_s
        self._nth = nth
        self._count = 0
        self.entries: list[Entry] = []
        self.by_id: dict[str, Entry] = {}
        self.links: dict[str, PaymentLink] = {}
        self.followed = Followed(scheduler, buggify, skew_s=skew_s, lag_s=self.lag_s)
        if "account.new" not in buggify.rates:
            for payment in _old_payments():
                self._keep(payment, -OLD_S)

    def decide(self, request: CreatePayment, status: PaymentStatus, *, amount: Money | None = None) -> Payment:
        """The payment that this request makes; it is nowhere yet."""
        instrument = request.instrument
        return Payment(
            id=self.new_id(),
            order_id=request.order_id,
            amount=amount or request.amount,
            created_at=_BEGIN,
            status=status,
            type="purchase" if request.settle else "authorization",
            live=False,
            last4=instrument.last4 if isinstance(instrument, Card) else None,
            brand="Visa",
            error=DO_NOT_HONOR if status == "declined" else None,
            merchant_advice_code=None,
            threeds_status_reason=None,
        )

    def new_id(self) -> str:
        """An id that no account of this world has given yet."""
        self._count += 1
        return f"{self._count:08x}-0000-4000-a000-{self._nth:012x}"

    def land(
        self,
        payment: Payment,
        at: float,
        *,
        order_id: str = "",
        finally_: PaymentStatus | None = None,
        finally_at: float = 0,
    ) -> None:
        """Book it at that moment; a pending one takes its final status later. `order_id` says whose it is where the
        payment does not.
        """
        order_id = order_id or payment.order_id or ""
        self.note(order_id, payment, finally_ or payment.status)
        self._scheduler.at(at, self._book, payment)
        if finally_ and finally_ != payment.status:
            self._scheduler.at(max(at, finally_at), self._finish, payment.id, finally_)

    def hold(self, payment: Payment) -> None:
        """A payment of long ago, which no list shows any more."""
        self.by_id[payment.id] = Entry(payment, -OLD_S)

    def land_made(
        self, order_id: str, made: FollowUp, at: float, *, finally_: FollowUpStatus, finally_at: float
    ) -> None:
        """Book what follows a payment; the order that it is made for is told of like a charge."""
        self.counts.decided(order_id, finally_)
        self.followed.land(made, at, finally_=finally_, finally_at=finally_at)

    def foreign(self, many: int) -> None:
        """Payments of the account that are none of ours."""
        for _ in range(many):
            self._count += 1
            self._book(_foreign_payment(self._count))

    def page(self, limit: int) -> Page:
        """The list as it is told now."""
        now, buggify = self._scheduler.now, self._buggify
        shown: list[Payment] = []
        for entry in reversed(self.entries):
            if len(shown) == limit:
                break
            if entry.visible_at > now:
                continue
            if "list.omits_row" in buggify.rates and entry.omitted < OMITTED_MAX and buggify("list.omits_row"):
                entry.omitted += 1
                continue
            shown.append(entry.payment)
        ids = tuple(payment.id for payment in shown)
        if shown and "list.disorder" in buggify.rates and buggify("list.disorder"):
            shown = self._disordered(shown[: limit - 1])
            ids = tuple(payment.id for payment in shown)
        count = len(shown)
        if shown and "list.unreadable_row" in buggify.rates and buggify("list.unreadable_row"):
            del shown[int(self._scheduler.random.random() * count)]
        return Page(tuple(shown), ids, count, count - len(shown))

    def _disordered(self, rows: list[Payment]) -> list[Payment]:
        rows = [*rows, rows[0]]
        self._scheduler.random.shuffle(rows)
        return rows

    def note(self, order_id: str, payment: Payment, status: str) -> None:
        """What the book will say of the payment in the end is known from now on."""
        if payment.type == "authorization" and status == "approved":
            self.counts.holds[payment.id] = order_id
        else:
            self.counts.decided(order_id, status)

    def _book(self, payment: Payment) -> None:
        now = self._scheduler.now
        created = _BEGIN + timedelta(milliseconds=int((now + self._skew_s) * 1000))
        lag_s = self._scheduler.random.random() * self.lag_s if "list.lags" in self._buggify.rates else 0.0
        # The list shows the past as a whole: what is shown later is shown on top.
        visible_at = max(now + lag_s, self.entries[-1].visible_at if self.entries else 0.0)
        self._keep(replace(payment, created_at=created), visible_at)

    def _keep(self, payment: Payment, visible_at: float) -> None:
        foreign = (payment.order_id or "").startswith(FOREIGN)
        entry = Entry(payment, visible_at, OMITTED_MAX if foreign else 0)
        self.entries.append(entry)
        self.by_id[payment.id] = entry

    def _finish(self, payment_id: str, status: PaymentStatus) -> None:
        entry = self.by_id[payment_id]
        error = DO_NOT_HONOR if status == "declined" else None
        entry.payment = replace(entry.payment, status=status, error=error)


@cache
def _old_payments() -> tuple[Payment, ...]:
    """What an account has been paid before a world begins; made once, for making it anew took a moment of each."""
    created = _BEGIN - timedelta(seconds=OLD_S)
    return tuple(replace(_foreign_payment(-number), created_at=created) for number in range(LIST_LIMIT, 0, -1))


def _foreign_payment(number: int) -> Payment:
    return Payment(
        id=f"pay-{number:04d}",
        order_id=f"{FOREIGN}{number}",
        amount=Money(500, "EUR"),
        created_at=_BEGIN,
        status="approved",
        type="purchase",
        live=False,
        last4="0000",
        brand="Visa",
        error=None,
        merchant_advice_code=None,
        threeds_status_reason=None,
    )
