"""How a process settles a hold of a two-phase order, or lets one go: once at the most, whoever asks, however often.

That is the one thing which the product assumes of the gateway (decision 17). What is asked of a payment that was made
before the world has no such guard.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cardinity_client import Approved, CreateSettlement, Decision, Declined, Pending, Rejected
from cardinity_client.models.follow_ups import FollowUp
from tests.simulation import times
from tests.simulation.asking import AskingLink
from tests.simulation.followed import Request
from tests.simulation.orders import HELD, PAID, Verdict

#: The share of settlements and voids that the gateway takes its time for.
SLOWLY = 0.2
_MOVED = Rejected(400, "Validation Failed", ())


class HoldingLink(AskingLink):
    """The connection to a gateway that holds."""

    async def _make(self, asked: Request, deadline_s: float | None) -> Decision[FollowUp]:
        if asked.payment_id in (PAID, HELD):
            return await super()._make(asked, deadline_s)
        decided: Decision[FollowUp] = await self._later(
            deadline_s, lambda: self._second_phase(asked), late_s=times.HOLD_LATE_S
        )
        return decided

    def _second_phase(self, asked: Request) -> Any:
        """What a settlement or a void of a hold comes to, now."""
        gateway, now = self._gateway, self._scheduler.now
        entry = gateway.by_id.get(asked.payment_id)
        if entry is None or (entry.payment.type, entry.payment.status) != ("authorization", "approved"):
            return _MOVED
        if gateway.followed.every(lambda made: made.payment_id == asked.payment_id and made.status != "declined"):
            return _MOVED
        order_id = entry.payment.order_id or ""
        refuses = self._verdicts(order_id) is Verdict.HELD_DECLINED and not gateway.counts.declines[order_id]
        if isinstance(asked, CreateSettlement) and refuses:
            declined = gateway.followed.decide(asked, "declined")
            gateway.counts.declines[order_id] += 1
            gateway.followed.land(declined, now, finally_="declined", finally_at=now)
            return Declined(declined)
        gateway.counts.holds.pop(asked.payment_id, None)
        if isinstance(asked, CreateSettlement):
            gateway.counts.decided(order_id, "approved")
        slowly = self._chance() < SLOWLY
        made = gateway.followed.decide(asked, "processing" if slowly else "approved")
        done_at = now + (self._chance() * times.HORIZON_S if slowly else 0)
        gateway.followed.land(made, now, finally_="approved", finally_at=done_at)
        return Pending(made) if slowly else Approved(replace(made))
