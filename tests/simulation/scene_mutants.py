"""Worlds in which a rule is missing that plain charges do not need: of asked customers, holds, links and accounts."""

from __future__ import annotations

from typing import Any, Final

from producers.contract import states
from tests.rules.changing import Change
from tests.simulation.content import Scene
from tests.simulation.ledger import LedgerDouble
from tests.simulation.ledger_rows import Row
from tests.simulation.mutant import Mutant, rate, without


class _ForgetsDoubledHolds(LedgerDouble):
    def stray_from(self, order_id: str, row: Row, to: str, chosen: str) -> None:
        self.seen.pop(order_id, None)


class _ForgetsLateHolds(LedgerDouble):
    def stray(self, payment_id: str, account: str, order_id: str) -> None:
        if self.rows[order_id]["state"].decode() not in states.TERMINAL:
            super().stray(payment_id, account, order_id)


class _ForgetsPaidLinks(LedgerDouble):
    def move(self, order_id: str, row: Row, to: str, at: int, detail: str) -> None:
        super().move(order_id, row, to, at, detail)
        if to in states.TERMINAL:
            self.links = {token: whose for token, whose in self.links.items() if whose != order_id}


class _SendsToAnyAccount(LedgerDouble):
    def goes_there(self, row: Row, account: str) -> bool:
        return True


def _only(scene: Scene, **parts: Any) -> Any:
    return without(scenes={scene: 1.0}, divided=0.0, **parts)


def _divided(**parts: Any) -> Any:
    return without(scenes={}, divided=1.0, **parts)


_CHARGE: Final = "workers/payments/charge.py"
_FINALIZE: Final = "workers/payments/finalize.py"
_SECOND: Final = "workers/payments/two_phase.py"

ASKED: Final = (
    Mutant(
        "a_lost_answer_counts_as_told",
        "What a customer answered is not told again when it was lost.",
        _only(Scene.ASKED, faults=rate(0.5, "later.lost")),
        changes=(Change(_FINALIZE, 'answer=answer.name, what="tried", due', 'answer=answer.name, what="used", due'),),
    ),
    Mutant(
        "every_step_is_told_as_the_first",
        "A customer who is asked once more is told of it under the same event.",
        _only(Scene.ASKED),
        changes=(Change("workers/payments/endings.py", "further_step=True", "further_step=False"),),
    ),
    Mutant(
        "what_was_told_is_never_told_again",
        "An answer is told once, whatever came of it.",
        _only(Scene.ASKED, faults=rate(0.5, "later.lost")),
        changes=(Change(_FINALIZE, "if not tries or await self._still_pending(record):", "if not tries:"),),
    ),
)

HOLDING: Final = (
    Mutant(
        "each_settles_its_own_hold",
        "A worker settles the hold that it was answered, not the one that the ledger has chosen.",
        _only(Scene.TWO_PHASE, faults=rate(0.5, "post.charged_twice", "post.slow_answer", "ledger.away")),
        first=300,
        changes=(
            Change(
                _CHARGE,
                "            await self._pending(record.order_id)\n",
                "            await way.lane.client.create_settlement("
                "__import__('cardinity_client').CreateSettlement(answer.resource.id, record.amount))\n",
            ),
        ),
    ),
    Mutant(
        "strays_are_left",
        "Strays are looked at and not voided.",
        _only(Scene.TWO_PHASE, faults=rate(0.4, "post.charged_twice")),
        changes=(Change("workers/resolver/strays.py", "await self._client.create_void(", "(lambda _: None)("),),
    ),
    Mutant(
        "doubled_holds_are_forgotten",
        "Holds that were seen of an order count no more once it has chosen.",
        _only(Scene.TWO_PHASE, ledger=_ForgetsDoubledHolds, faults=rate(0.4, "post.charged_twice")),
    ),
    Mutant(
        "late_holds_are_forgotten",
        "A hold that lands when its order has ended is nobody's.",
        _only(Scene.TWO_PHASE, ledger=_ForgetsLateHolds, faults=rate(0.4, "post.late_landing")),
    ),
    Mutant(
        "refused_is_declined_at_once",
        "An order whose settlement was refused is declined while its hold still holds.",
        _only(Scene.TWO_PHASE, faults=rate(0.4, "later.late_landing", "later.lost")),
        first=400,
        changes=(
            Change(
                _SECOND,
                "                    refused = settlement\n",
                "                    return bool(await self._end(record, hold, Unpaid(settlement)))\n",
            ),
        ),
    ),
    Mutant(
        "settlements_are_overlooked",
        "A settlement that stands under the hold is not seen.",
        _only(Scene.TWO_PHASE, faults=rate(0.4, "later.taken_then_lost")),
        changes=(
            Change(
                "workers/payments/holds.py",
                "    if settled := taken(hold.settlements):",
                "    if settled := taken(hold.settlements) and []:",
            ),
        ),
    ),
)

LINKING: Final = (
    Mutant(
        "a_link_is_over_with_its_intent",
        "That nobody paid a link is proven from its intent on, not from when it was seen to be over.",
        _only(Scene.LINKS),
        changes=(
            Change(
                "workers/resolver/verdict.py",
                "return max(self.intent_at_ms, self.ends_at_ms)",
                "return self.intent_at_ms",
            ),
        ),
    ),
    Mutant(
        "a_paid_link_is_forgotten",
        "Payments on a link are led to its order only while that is open.",
        _only(Scene.LINKS, ledger=_ForgetsPaidLinks),
    ),
    Mutant(
        "a_withdrawn_link_stays",
        "Nobody deletes the link that the merchant has cancelled.",
        _only(Scene.LINKS),
        changes=(
            Change(
                "workers/resolver/linking.py",
                'if record.number("withdrawn_at"):',
                'if record.number("withdrawn_at") < 0:',
            ),
        ),
    ),
)

DIVIDED: Final = (
    Mutant(
        "a_refused_key_lets_its_orders_go",
        "What an account answered with 401 goes to the next account.",
        _divided(faults=rate(0.4, "post.unauthorized")),
        changes=(
            Change(
                _CHARGE,
                'f"account_problem_{status}", self._hold_back_s())',
                'f"account_problem_{status}", self._hold_back_s(), leaves=way.leaves)',
            ),
        ),
    ),
    Mutant(
        "any_account_will_do",
        "An order may be sent to another account than the one that may have it.",
        _divided(ledger=_SendsToAnyAccount, faults=rate(0.4, "post.unauthorized")),
        changes=(
            Change(
                "workers/payments/routing.py", 'if lane := record.text("lane"):', 'if lane := record.text("no_lane"):'
            ),
        ),
    ),
    Mutant(
        "every_resolver_judges",
        "What one account's list does not show was not charged at another.",
        _divided(faults=rate(0.4, "post.charged_then_lost")),
        changes=(
            Change(
                "workers/resolver/resolver.py",
                "states.PARKED) or record.lane != self._account:",
                "states.PARKED):",
            ),
        ),
    ),
)

SCENE_MUTANTS: Final = (*ASKED, *HOLDING, *LINKING, *DIVIDED)
