"""What each order of a run asks for: decided by its id alone, so that whoever repeats a call repeats its content."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime

from tests.campaign.forms import DESCRIPTION
from tests.chaos.canary import Planted
from tests.stack import CARD
from tests.unit.contract.builders import threeds_fields

#: Published test cards: one that is approved and one that never is, with codes and holders that nothing else has.
CARDS = (
    Planted("5555555555554444", "973", "Xenophilia Quartermain"),
    Planted("5454545454540109", "846", "Zebulon Featherstonehaugh"),
)
#: The card of orders that a lost producer (`tests.chaos.producer`) accepts.
LOST_CARD = Planted(str(CARD["pan"]), str(CARD["cvc"]), str(CARD["holder"]))
PLANTED = (*CARDS, LOST_CARD)
#: Shares of orders that the bank declines for their amount, and for their card.
TOO_MUCH, BAD_CARD = 0.08, 0.04
#: What is asked for on links: no bank declines it.
LINK_AMOUNT = "40.00"


def order_ids(seed: int, payments: int) -> tuple[str, ...]:
    """The ids of a run; of equal length, so that none is the beginning of another."""
    return tuple(f"C{seed}-{number:06d}" for number in range(payments))


def is_declined(order_id: str) -> bool:
    """Whether the bank declines its charge, were nothing else the matter."""
    return random.Random(order_id).random() < TOO_MUCH + BAD_CARD


def wish(order_id: str) -> Mapping[str, object]:
    """The fields of the charge."""
    rng = random.Random(order_id)
    drawn = rng.random()
    amount = "160.00" if drawn < TOO_MUCH else f"{rng.randint(1, 149)}.{rng.randint(0, 99):02d}"
    card = CARDS[TOO_MUCH <= drawn < TOO_MUCH + BAD_CARD]
    return {"order_id": order_id, "amount": amount, "currency": "EUR", "country": "LT", **card.fields}


def asked_wish(order_id: str) -> Mapping[str, object]:
    """The same for an order whose customer the bank asks, by the description that the test mode knows."""
    return {**wish(order_id), "description": "3ds2-pass", "threeds2_data": threeds_fields()}


def held_wish(order_id: str) -> Mapping[str, object]:
    """The same for an order of two phases."""
    return {**wish(order_id), "mode": "two_phase"}


def link_wish(order_id: str, ends_at: datetime) -> Mapping[str, object]:
    """The fields of a payment link."""
    common = {name: wish(order_id)[name] for name in ("order_id", "currency", "country")}
    ends = ends_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return {**common, "amount": LINK_AMOUNT, "description": DESCRIPTION, "expires_at": ends}


def lost_wish(order_id: str) -> Mapping[str, object]:
    """The fields that a lost producer uses; its caller repeats them."""
    return {"order_id": order_id, "amount": "10.00", "currency": "EUR", "country": "LT", **CARD}
