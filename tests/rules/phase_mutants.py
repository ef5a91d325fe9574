"""The rules of two-phase charges left out one by one, and the harm that must come of it. D4 is the model's name."""

from __future__ import annotations

from dataclasses import dataclass

from tests.rules.changing import Change
from tests.rules.phases import (
    HoldHarm,
    Story,
    a_choice_is_lost_in_a_failover,
    a_hold_lands_when_its_order_was_given_up,
    a_settlement_is_not_heard_of,
    a_settlement_lands_after_another_was_refused,
    a_settlement_lands_when_its_order_is_parked,
    an_adopted_order_is_answered_late,
)


@dataclass(frozen=True, slots=True)
class PhaseMutant:
    """The product without a rule; `sentence` says what it does instead."""

    name: str
    sentence: str
    story: Story
    harm: HoldHarm
    changes: tuple[Change, ...]


_SECOND = "workers/payments/two_phase.py"

MUTANTS = (
    PhaseMutant(
        "D4_each_settles_its_own",
        "Each worker settles the hold that it was answered.",
        an_adopted_order_is_answered_late,
        HoldHarm.TWICE,
        (
            Change(
                "workers/payments/charge.py",
                "            await self._pending(record.order_id)\n\n    async def _record",
                "            await lane.client.create_settlement("
                "__import__('cardinity_client').CreateSettlement(answer.resource.id, record.amount))"
                "\n\n    async def _record",
            ),
        ),
    ),
    PhaseMutant(
        "choices_need_not_be_durable",
        "A hold is settled whose choice is on no replica yet.",
        a_choice_is_lost_in_a_failover,
        HoldHarm.TWICE,
        (
            Change(
                "producers/runtime/ledger/hold_calls.py",
                'Call("turn", args, moved, durable=True)',
                'Call("turn", args, moved)',
            ),
        ),
    ),
    PhaseMutant(
        "strays_are_not_voided",
        "Strays are looked at and left alone.",
        a_hold_lands_when_its_order_was_given_up,
        HoldHarm.LEFT,
        (Change("workers/resolver/strays.py", "await self._client.create_void(", "(lambda _: None)("),),
    ),
    PhaseMutant(
        "late_holds_are_not_strays",
        "A hold that lands after its order has ended is nobody's.",
        a_hold_lands_when_its_order_was_given_up,
        HoldHarm.LEFT,
        (
            Change(
                "producers/runtime/ledger/lua/sight.lua",
                "if known[3] and (known[2] or not is_open(state)) then",
                "if known[3] and not is_open(state) then",
            ),
            Change(
                "producers/runtime/ledger/lua/sight.lua",
                "if known[2] ~= payment_id and may_hold(row) then stray(payment_id, ARGV[2], id) end",
                "",
            ),
        ),
    ),
    PhaseMutant(
        "doubled_holds_are_not_strays",
        "Other holds of an order that has chosen are forgotten.",
        an_adopted_order_is_answered_late,
        HoldHarm.LEFT,
        (
            Change(
                "producers/runtime/ledger/lua/settle.lua",
                "if rows[i] ~= row[1] and may_hold(rows[i + 1]) then stray(rows[i], row[2], id) end",
                "",
            ),
        ),
    ),
    PhaseMutant(
        "refused_is_declined_at_once",
        "An order is declined while its hold still holds.",
        a_settlement_lands_after_another_was_refused,
        HoldHarm.GHOST,
        (
            Change(
                _SECOND,
                "                    refused = settlement\n",
                "                    return bool(await self._end(record, hold, Unpaid(settlement)))\n",
            ),
        ),
    ),
    PhaseMutant(
        "parked_holds_are_not_looked_at",
        "What becomes of the hold of a parked order is not seen.",
        a_settlement_lands_when_its_order_is_parked,
        HoldHarm.LOST,
        (Change("workers/resolver/resolver.py", "isinstance(standing, Ask | Astray) else", "standing else"),),
    ),
    PhaseMutant(
        "settlements_are_overlooked",
        "A settlement that stands under the hold is not seen.",
        a_settlement_is_not_heard_of,
        HoldHarm.LOST,
        (
            Change(
                "workers/payments/holds.py",
                "    if settled := taken(hold.settlements):",
                "    if settled := taken(hold.settlements) and []:",
            ),
        ),
    ),
)
#: What they are played in, each once.
STORIES: tuple[Story, ...] = tuple(dict.fromkeys(each.story for each in MUTANTS))
