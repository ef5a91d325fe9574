"""Payments in parts by the public API on a real server: both faces, and what a caller is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from producers import AsyncEnqueuer, Enqueuer, InvalidCommand, OrderConflict, Settings, SplitUnknown, WaitTimeout
from producers.runtime.ledger import keys
from producers.splits.made_of import read
from tests.integration.enqueuer.test_enqueuer import settings_for
from tests.stack import CARD
from tests.unit.contract.builders import PAN

SPLIT: dict[str, Any] = {
    "split_id": "INV-7",
    "total": "100.00",
    "currency": "EUR",
    "country": "LT",
    "parts": [{"recipient": "shop-a", "amount": "70.00"}, {"recipient": "shop-b", "amount": "30.00"}],
    **CARD,
}


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory, queue_url: str, ledger_url: str) -> Settings:
    return settings_for(tmp_path_factory.mktemp("splits"), queue_url, ledger_url)


@pytest.fixture
def enqueuer(settings: Settings) -> Iterator[Enqueuer]:
    with Enqueuer(settings) as subject:
        yield subject


def test_every_part_is_an_order_on_ledger_and_queue(enqueuer: Enqueuer, queue_url: str) -> None:
    """Like one that was accepted alone."""
    split = enqueuer.split(**SPLIT)
    assert (split.state, split.final, split.new, split.total.text) == ("pending", False, True, "100.00")
    assert [(part.recipient, part.order_id, part.state) for part in split.parts] == [
        ("shop-a", "INV-7.1", "accepted"),
        ("shop-b", "INV-7.2", "accepted"),
    ]
    assert enqueuer.get("INV-7.2").amount.text == "30.00"
    with redis.Redis.from_url(queue_url) as queue:
        assert queue.lrange("dramatiq:payments", 0, -1) == [b"INV-7.1", b"INV-7.2"]


def test_the_same_call_again_is_the_same_payment(enqueuer: Enqueuer) -> None:
    """A caller that timed out repeats itself; with all or nothing too, and whether by amounts or by shares."""
    first = enqueuer.split(**SPLIT, all_or_nothing=True)
    again = enqueuer.split(**SPLIT, all_or_nothing=True)
    assert (again, again.new) == (first, False)
    shares = [{"recipient": "shop-a", "share": 7}, {"recipient": "shop-b", "share": 3}]
    assert enqueuer.split(**{**SPLIT, "parts": shares}, all_or_nothing=True) == first


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"total": "100.01", "parts": [SPLIT["parts"][0], {"recipient": "shop-b", "amount": "30.01"}]}, "total"),
        ({"parts": [{"recipient": "shop-c", "amount": "70.00"}, SPLIT["parts"][1]]}, "parts"),
        ({"all_or_nothing": True}, "all_or_nothing"),
        ({"pan": "5555555555554444"}, "payment_instrument"),
        ({"settle": False}, "settle"),
        ({"country": "LV"}, "country"),
    ],
)
def test_other_content_under_the_name_is_a_conflict(enqueuer: Enqueuer, change: dict[str, Any], field: str) -> None:
    """The fields are named, and nothing of the other is stored."""
    enqueuer.split(**SPLIT)
    with pytest.raises(OrderConflict) as caught:
        enqueuer.split(**{**SPLIT, **change})
    assert field in caught.value.fields
    assert str(PAN) not in str(caught.value)


def test_an_order_that_has_the_name_of_a_part_is_left_alone(enqueuer: Enqueuer) -> None:
    """And no other part is made."""
    enqueuer.charge(order_id="INV-7.2", amount="5.00", currency="EUR", country="LT", **CARD)
    with pytest.raises(InvalidCommand) as caught:
        enqueuer.split(**SPLIT)
    assert [(error.field, error.code) for error in caught.value.errors] == [("split_id", "part_taken")]
    assert enqueuer.get("INV-7.2").amount.text == "5.00"
    with pytest.raises(SplitUnknown):
        enqueuer.get_split("INV-7")


def test_nothing_of_a_card_is_kept_beside_the_orders(enqueuer: Enqueuer, ledger_url: str) -> None:
    """What is remembered of the payment has a keyed fingerprint, and no digit of the card."""
    enqueuer.split(**SPLIT)
    with redis.Redis.from_url(ledger_url) as client:
        kept: Any = client.hgetall(keys.split("INV-7"))
    assert set(kept) == {b"made_of", b"created_at"}
    assert PAN.encode() not in kept[b"made_of"] and PAN[-4:].encode() not in kept[b"made_of"]
    assert [part.minor for part in read(kept[b"made_of"]).parts] == [7000, 3000]


def test_waiting_ends_with_the_time(enqueuer: Enqueuer) -> None:
    """The error says how it stands."""
    enqueuer.split(**SPLIT)
    with pytest.raises(WaitTimeout, match=r"split INV-7 is still pending") as caught:
        enqueuer.wait_split("INV-7", timeout_s=0)
    assert caught.value.state == "pending"


async def test_the_asyncio_face_says_the_same(settings: Settings, enqueuer: Enqueuer) -> None:
    """Made by one face it is the other's, and the same answers come of the same calls."""
    async with await AsyncEnqueuer.open(settings) as other:
        made = await other.split(**SPLIT)
        assert (made.new, await other.get_split("INV-7"), enqueuer.get_split("INV-7")) == (True, made, made)
        assert not (await other.split(**SPLIT)).new
        with pytest.raises(OrderConflict):
            await other.split(**{**SPLIT, "country": "LV"})
        with pytest.raises(WaitTimeout):
            await other.wait_split("INV-7", timeout_s=0)
        with pytest.raises(SplitUnknown):
            await other.get_split("NOPE")
        assert (await other.cancel("INV-7.1")).state == "accepted"
