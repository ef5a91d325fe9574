"""What the orders of a world want, and at which merchant accounts: drawn from its seed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from random import Random
from typing import Final

from producers.acceptance import Acceptance
from tests.simulation.orders import (
    ACCOUNT,
    ACCOUNTS,
    FIRST,
    WISHES,
    Form,
    Kind,
    Paying,
    Verdict,
    Wish,
    acceptance,
    following,
    is_of_batch,
    linking,
)


class Scene(Enum):
    """What a world is mainly about."""

    CHARGES = "charges"
    FOLLOWING = "orders that follow payments"
    ASKED = "customers whom the bank asks"
    TWO_PHASE = "two-phase charges"
    LINKS = "payment links"


#: The share of worlds of each scene; the rest are about charges.
SCENES: Final[Mapping[Scene, float]] = {
    Scene.FOLLOWING: 1 / 6,
    Scene.ASKED: 1 / 12,
    Scene.TWO_PHASE: 1 / 8,
    Scene.LINKS: 1 / 14,
}
#: The share of worlds with two accounts, and of their orders that name one.
DIVIDED: Final = 1 / 10
NAMED: Final = 0.2
#: The share of a world's orders that are of its scene. All are in worlds of customers.
MOSTLY: Final = 0.8
#: What the gateway makes of a plain charge, of one whose customer is asked, and of a hold.
_CHARGED: Final = (
    Verdict.APPROVED,
    Verdict.DECLINED,
    Verdict.PENDING_APPROVED,
    Verdict.PENDING_DECLINED,
    Verdict.REJECTED,
)
_ASKED: Final = (Verdict.ASKED_APPROVED, Verdict.ASKED_APPROVED, Verdict.ASKED_DECLINED)
_HELD: Final = (*_CHARGED, *_ASKED, Verdict.HELD_DECLINED, Verdict.HELD_DECLINED)


@dataclass(slots=True)
class Content:
    """The orders of a world by their ids. `wishes` are of those that follow a payment, `payings` of links; `named` has
    the account of those that name one. `accounts` come by priority.
    """

    kinds: dict[str, Kind] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    forms: dict[str, Form] = field(default_factory=dict)
    wishes: dict[str, Wish] = field(default_factory=dict)
    payings: dict[str, Paying] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)
    accounts: tuple[str, ...] = (ACCOUNT,)

    def form(self, order_id: str) -> Form:
        """How the order wants to be paid."""
        return self.forms.get(order_id, Form.CHARGE)

    def is_of_batch(self, number: int, order_id: str) -> bool:
        """Whether nobody waits for the order."""
        return is_of_batch(number) and order_id not in self.wishes and order_id not in self.payings

    def acceptance(self, number: int, order_id: str, amount: str = "") -> Acceptance:
        """The order, ready to be accepted; with an amount another one of the same id."""
        kind, account = self.kinds[order_id], self.named.get(order_id, ACCOUNT)
        if amount:
            return acceptance(number, kind, amount)
        if wish := self.wishes.get(order_id):
            return following(number, wish, kind, account)
        if paying := self.payings.get(order_id):
            return linking(number, paying, kind, account)
        return acceptance(number, kind, form=self.form(order_id), account=account)


def content_of(seed: int, random: Random, scenes: Mapping[Scene, float], divided: float, orders: int) -> Content:
    """Draw it. What makes a world special is drawn apart from `random`, so that all others stay what they are;
    `orders` 0 leaves their number to the seed.
    """
    content, apart = Content(), Random(-1 - seed)
    scene = _drawn(scenes, apart)
    for number in range(orders or random.choice((1, 1, 1, 2, 2, 3))):
        order_id = f"ORD-{number}"
        plain = random.random() < 0.92
        content.kinds[order_id] = Kind.PLAIN if plain else random.choice((Kind.SHORT_LIVED, Kind.FORGED))
        content.verdicts[order_id] = Verdict.APPROVED if random.random() < 0.7 else random.choice(_CHARGED)
    match scene:
        case Scene.FOLLOWING:
            _follow(content, apart)
        case Scene.ASKED:
            content.verdicts = {order_id: apart.choice(_ASKED) for order_id in content.kinds}
        case Scene.TWO_PHASE:
            for order_id in _most(content, apart):
                content.forms[order_id] = Form.TWO_PHASE
                content.verdicts[order_id] = Verdict.APPROVED if apart.random() < 0.6 else apart.choice(_HELD)
        case Scene.LINKS:
            for order_id in _most(content, apart):
                content.forms[order_id] = Form.LINK
                content.payings[order_id] = apart.choice(list(Paying))
        case Scene.CHARGES:
            pass
    if apart.random() < divided:
        _divide(content, apart)
    return content


def _drawn(scenes: Mapping[Scene, float], apart: Random) -> Scene:
    drawn = apart.random()
    for scene, share in scenes.items():
        if drawn < share:
            return scene
        drawn -= share
    return Scene.CHARGES


def _most(content: Content, apart: Random) -> list[str]:
    return [order_id for order_id in content.kinds if apart.random() < MOSTLY]


def _follow(content: Content, apart: Random) -> None:
    """Most follow a payment of before, and at least two of them meet."""
    for number in range(len(content.kinds), 2):
        content.kinds[f"ORD-{number}"], content.verdicts[f"ORD-{number}"] = Kind.PLAIN, Verdict.APPROVED
    content.wishes = {order_id: apart.choice(WISHES) for order_id in _most(content, apart)}


def _divide(content: Content, apart: Random) -> None:
    """Two accounts. What follows a payment must name that payment's; of the others some name one."""
    content.accounts = ACCOUNTS
    for order_id in content.kinds:
        if order_id in content.wishes:
            content.named[order_id] = FIRST
        elif apart.random() < NAMED:
            content.named[order_id] = apart.choice(content.accounts)
