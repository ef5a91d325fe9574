"""R2, R5, R12 and R13 once more, for refunds, settlements and voids: found under their payment, by their token."""

from __future__ import annotations

from producers.contract import states
from producers.contract.follow_ups import token_of
from producers.contract.names import REFUND, SETTLEMENT
from producers.runtime.ledger import keys
from tests.rules.crew import Duties, hire
from tests.rules.landed import make
from tests.rules.mutants import Ground, Harm, mutant
from tests.rules.world import World, a_world
from workers.payments import observer as steps

#: The payment that everything follows, of 10.00 EUR, by its order_id; the order that follows it.
PAID, ONE = "PAID-1", "RET-1"


async def the_answer_to_a_refund_is_lost(ground: Ground) -> frozenset[Harm]:
    """It is made, and the connection breaks before the answer."""
    async with a_world(ground) as world:
        await unheard(world, world.land(PAID), "charge_then_reset")
        await Duties(world).recover()
        return world.harm()


async def somebody_quotes_the_token(ground: Ground) -> frozenset[Harm]:
    """The refund was never made; a refund by hand says which one it stands for."""
    async with a_world(ground) as world:
        payment = world.land(PAID)
        await unheard(world, payment, "reset_before")
        make(world.gateway.account, REFUND, payment, f"by hand for {token_of(ONE)}, lost")
        await Duties(world).recover()
        return world.harm()


async def a_refund_lands_late(ground: Ground) -> frozenset[Harm]:
    """The list is read at once and shows nothing, for the gateway is still at it."""
    async with a_world(ground) as world:
        payment = world.land(PAID)
        await unheard(world, payment, "reset_before")
        duties = Duties(world)
        for _ in range(3):
            await duties.resolver.round()
        make(world.gateway.account, REFUND, payment, token_of(ONE))
        await duties.recover()
        return world.harm()


async def a_list_of_refunds_leaves_out_a_row(ground: Ground) -> frozenset[Harm]:
    """The refund stands, H is over, and two reads in a row do not show it."""
    async with a_world(ground) as world:
        await unheard(world, world.land(PAID), "charge_then_reset")
        world.fault("list_missing_row", order_id=None, operation=REFUND, times=2)
        world.later(ONE)
        duties = Duties(world)
        for _ in range(3):
            await duties.resolver.round()
        return world.harm()


async def a_refund_cannot_be_read(ground: Ground) -> frozenset[Harm]:
    """It is in the list, in a row that makes no sense."""
    async with a_world(ground) as world:
        payment = world.land(PAID)
        await unheard(world, payment, "reset_before")
        make(world.gateway.account, REFUND, payment, token_of(ONE), created="yesterday")
        world.later(ONE)
        duties = Duties(world)
        for _ in range(3):
            await duties.resolver.round()
        return world.harm()


async def a_settlement_is_delivered_twice(ground: Ground) -> frozenset[Harm]:
    """A proxy sends it twice and hands on the second answer: the hold is settled already."""
    async with a_world(ground) as world:
        payment = world.land(PAID, type="authorization")
        world.follow(SETTLEMENT, ONE, payment)
        first = hire(world, "first")
        first.witness.at[steps.INTENDED] = lambda: make(world.gateway.account, SETTLEMENT, payment, token_of(ONE))
        await first.take(ONE)
        await Duties(world).recover()
        return world.harm()


async def a_refund_is_delivered_twice(ground: Ground) -> frozenset[Harm]:
    """Both are approved, and the answer speaks of one."""
    async with a_world(ground) as world:
        payment = world.land(PAID)
        world.follow(REFUND, ONE, payment)
        world.fault("delivered_twice", order_id=PAID, operation=REFUND)
        await hire(world, "first").take(ONE)
        await Duties(world).recover()
        return _silence(world)


async def two_refunds_are_there_before_the_outcome(ground: Ground) -> frozenset[Harm]:
    """While the order is unknown the payment has two approved refunds with its token."""
    async with a_world(ground) as world:
        payment = world.land(PAID)
        await unheard(world, payment, "charge_then_reset")
        make(world.gateway.account, REFUND, payment, token_of(ONE), nth=2)
        await Duties(world).recover()
        return _silence(world)


async def a_refund_is_made_and_the_gateway_asks_for_patience(ground: Ground) -> frozenset[Harm]:
    """The answer is a 429 although the refund was made; the first look under the payment leaves it out."""
    async with a_world(ground) as world:
        return await _a_false_429(world, unseen=1)


async def a_refund_behind_a_429_is_left_out_twice(ground: Ground) -> frozenset[Harm]:
    """The same, and the first two looks leave it out."""
    async with a_world(ground) as world:
        return await _a_false_429(world, unseen=2)


async def _a_false_429(world: World, *, unseen: int) -> frozenset[Harm]:
    payment = world.land(PAID)
    world.follow(REFUND, ONE, payment)
    world.fault("rate_limited_429", order_id=PAID, operation=REFUND)

    def answered() -> None:
        make(world.gateway.account, REFUND, payment, token_of(ONE))
        world.fault("list_missing_row", order_id=None, operation=REFUND, times=unseen)

    first = hire(world, "first")
    first.witness.at[steps.ANSWERED] = answered
    await first.take(ONE)
    await Duties(world).recover()
    return world.harm()


async def unheard(world: World, payment_id: str, fault: str, amount: str = "4.00") -> None:
    """A refund whose answer never came."""
    world.follow(REFUND, ONE, payment_id, amount)
    world.fault(fault, order_id=PAID, operation=REFUND)
    await hire(world, "first").take(ONE)
    world.gateway.account.install([])


def _silence(world: World) -> frozenset[Harm]:
    assert world.record(ONE).state == states.APPROVED
    return frozenset() if world.ledger.read("XLEN", keys.ALARMS) else frozenset({Harm.HIDDEN})


_LANE = "workers/payments/lane.py"
_LOOK = "workers/resolver/following.py"
_UNDER = "workers/payments/under_payment.py"

MUTANTS = (
    mutant(
        "R2",
        "an_unknown_refund_was_declined",
        "A refund whose answer was lost counts as declined.",
        the_answer_to_a_refund_is_lost,
        Harm.GHOST,
        (
            "workers/payments/charge.py",
            "end(record, states.UNKNOWN, reason, http_status=http_status)",
            "end(record, states.DECLINED, reason, http_status=http_status)",
        ),
    ),
    mutant(
        "R2",
        "patience_means_not_refunded",
        "A 429 to a refund is believed without a look under its payment.",
        a_refund_is_made_and_the_gateway_asks_for_patience,
        Harm.DOUBLE,
        (_LANE, "return await self._unseen_under_payment(record, ends_at - loop.time())", "return True"),
    ),
    mutant(
        "R2",
        "patience_takes_one_look",
        "A 429 to a refund is believed after a single look under its payment.",
        a_refund_behind_a_429_is_left_out_twice,
        Harm.DOUBLE,
        (_LANE, "if clean >= self._rules.clean_scans:", "if clean >= 1:"),
    ),
    mutant(
        "R5",
        "the_token_is_not_sent",
        "A refund goes out under the merchant's description alone.",
        the_answer_to_a_refund_is_lost,
        Harm.GHOST,
        (
            "workers/payments/checks.py",
            "description = description_with(record.ref, facts.description)",
            "description = facts.description",
        ),
    ),
    mutant(
        "R5",
        "refunds_are_absent_at_once",
        "Absence under a payment is proven whenever it is looked for.",
        a_refund_lands_late,
        Harm.GHOST,
        (_LOOK, "started_ms < record.last_left_ms + rules.horizon_ms:", "started_ms < record.last_left_ms:"),
    ),
    mutant(
        "R5",
        "one_look_is_enough",
        "A single look under the payment that shows nothing proves absence.",
        a_list_of_refunds_leaves_out_a_row,
        Harm.GHOST,
        (_LOOK, "if len(starts) < rules.clean_scans:", "if len(starts) < 1:"),
    ),
    mutant(
        "R5",
        "unread_refunds_are_overlooked",
        "A look under the payment counts although a row could not be read.",
        a_refund_cannot_be_read,
        Harm.GHOST,
        (
            _UNDER,
            "return len(ids) == listing.count and all(",
            "return len(ids) == len(listing.items) and all(",
        ),
    ),
    mutant(
        "R5",
        "a_refusal_is_always_believed",
        "What the gateway refuses was not made, even if it was delivered twice.",
        a_settlement_is_delivered_twice,
        Harm.GHOST,
        (_UNDER, "            if not taken:", "            if taken or not taken:"),
    ),
    mutant(
        "R12",
        "the_token_may_stand_anywhere",
        "Whatever mentions the token was made with it.",
        somebody_quotes_the_token,
        Harm.FALSEPAY,
        ("producers/contract/follow_ups.py", 'description.endswith(f" {token}")', "token in description"),
        (_UNDER, "(made.payment_id, amount, made.description) ==", "(made.payment_id, amount, words) =="),
    ),
    mutant(
        "R13",
        "an_approval_is_enough_to_see",
        "An approved refund is recorded without a look at what else was made with its token.",
        a_refund_is_delivered_twice,
        Harm.HIDDEN,
        (_UNDER, "also=also) if also else None", "also=also) if not taken else None"),
    ),
    mutant(
        "R13",
        "one_refund_is_enough_to_see",
        "The resolver takes the first refund with the token, and says nothing of the second.",
        two_refunds_are_there_before_the_outcome,
        Harm.HIDDEN,
        (_UNDER, "for made in ours[1:]", "for made in ours[9:]"),
    ),
)
