"""Which account's lane an order takes now: the first of those that may charge it and that sends at the moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from cardinity_client import CreatePayment
from producers.runtime.ledger.record import Record
from workers.payments.checks import Request
from workers.payments.lane import Closed, Lane
from workers.payments.routing import Route, Routing


@dataclass(frozen=True, slots=True)
class Way:
    """The lane of one attempt. `elsewhere`: another account may have the order once it is known that nothing left;
    `fresh`: no account was left so far.
    """

    lane: Lane
    elsewhere: bool = False
    fresh: bool = False

    @property
    def leaves(self) -> str:
        """The account that the order leaves when nothing of it was sent; empty where it can only come back."""
        return self.lane.account if self.elsewhere else ""

    def taken(self, record: Record, request: Request) -> tuple[Record, Request]:
        """The order and its request as they leave through this lane: one that says nothing of its mode takes that of
        the account. What may have left before keeps the mode that it left in.
        """
        lane = self.lane
        # An order of a chain is never held first: each of them ends with its own attempt.
        of_chain = record.further or record.root
        undecided = lane.holds_first and not (record.text("lane") or record.asks_direct or of_chain)
        # What only holds its amount has no second phase; what asks for two has said so to the checks.
        if undecided and isinstance(request, CreatePayment) and request.settle:
            return record.through(lane.account, held_first=True), replace(request, settle=False)
        return (record if record.lane == lane.account else record.through(lane.account)), request

    def rest_s(self, usual_s: float) -> float:
        """How long it then rests: the first to be left is left at once."""
        return 0.0 if self.elsewhere and self.fresh else usual_s


class Dispatch:
    """The lanes of one process under the rules of the deployment."""

    def __init__(self, lanes: Mapping[str, Lane], routing: Routing | None = None) -> None:
        self._lanes = lanes
        self._routing = routing or Routing(map(Route, lanes))

    async def way(self, record: Record, *, bound: bool) -> Way | Closed:
        """The way of this order now, or why there is none. It passes by an account that sends nothing for longer:
        nothing of it has left.

        Raises:
            Unroutable, NoSuchLane: as `Routing.of`.
        """
        accounts = self._routing.of(record, bound=bound)
        elsewhere = len(accounts) > 1
        shut: Closed | None = None
        for account in accounts:
            lane = self._lanes[account]
            if elsewhere and lane.blind and account != accounts[-1]:
                continue
            closed = await lane.closed(batch=record.is_of_batch)
            if closed is None:
                return Way(lane, elsewhere, elsewhere and not record.text("shunned"))
            shut = closed if shut is None or closed.wait_s < shut.wait_s else shut
            if not closed.lasting:
                break
        assert shut is not None  # a rule without an account is Unroutable
        return shut
