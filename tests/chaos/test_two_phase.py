"""Two-phase charges at a gateway and behind a network that keep to no time: charged once, and nothing stays held.

Late landings come after H, proxies deliver twice, lost requests of both phases land when everybody has given them up.
H and `ABSENT=park` are set, and mean nothing here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cardinity_client import Approved, CardinityClient, CreateSettlement, CreateVoid
from cardinity_client.money import Money
from producers import Enqueuer
from producers.contract import states
from producers.contract.follow_ups import token_of
from tests.chaos.holds import Held, read_holds, takings
from tests.chaos.oracle import Books, read_books, until_closed, violations
from tests.chaos.phases import accept, until_let_go
from tests.eventually import eventually
from tests.stack import Stack
from tests.unit.contract.builders import threeds_fields

pytestmark = pytest.mark.slow

#: H, and when a hold lands that its order was given up for: late enough that a busy machine has given it up before.
H_MS, BEYOND_H_MS = 8_000, 10_000
#: Orders, what befalls them, and their ends.
TIMES: dict[str, tuple[Sequence[dict[str, Any]], str]] = {
    "well": ((), states.APPROVED),
    "held-twice": ([{"fault": "delivered_twice"}], states.APPROVED),
    "settled-twice": ([{"fault": "delivered_twice", "operation": "settlement"}], states.APPROVED),
    "all-twice": (
        [{"fault": "delivered_twice"}, {"fault": "delivered_twice", "operation": "settlement"}],
        states.APPROVED,
    ),
    "held-late": ([{"fault": "late_landing", "delay_ms": BEYOND_H_MS}], states.NOT_CHARGED),
    "held-unheard": ([{"fault": "charge_then_reset"}], states.APPROVED),
    "held-slowly": ([{"fault": "processing", "delay_ms": 1500}], states.APPROVED),
    "settled-late": (
        [{"fault": "late_landing", "operation": "settlement", "delay_ms": 5000, "times": 1}],
        states.APPROVED,
    ),
    "settled-slowly": ([{"fault": "processing", "operation": "settlement", "delay_ms": 1500}], states.APPROVED),
    "refused": ([{"fault": "declined", "operation": "settlement"}], states.DECLINED),
    "refused-before-it-lands": (
        [
            {"fault": "late_landing", "operation": "settlement", "delay_ms": 5000, "times": 1},
            {"fault": "declined", "operation": "settlement"},
        ],
        states.DECLINED,
    ),
    "voided-unheard": (
        [
            {"fault": "declined", "operation": "settlement"},
            {"fault": "charge_then_reset", "operation": "void", "times": 1},
        ],
        states.DECLINED,
    ),
}


@dataclass(frozen=True, slots=True)
class Aftermath:
    """What the run left behind, once the last late request had landed."""

    books: Books
    holds: Sequence[Held]


@pytest.fixture(scope="module")
def aftermath(tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    """One run of all orders."""
    faults = [{**fault, "order_id": name} for name, (befalls, _) in TIMES.items() for fault in befalls]
    with _system(tmp_path_factory.mktemp("phases"), faults, ABSENT="park", ABSENCE_HORIZON_S=str(H_MS // 1000)) as (
        stack,
        enqueuer,
    ):
        for name in TIMES:
            accept(enqueuer, name)
        until_closed(stack)
        eventually(lambda: read_holds(stack, ["held-late"]), "the late hold has landed")
        until_let_go(stack, list(TIMES))
        return Aftermath(read_books(stack), read_holds(stack, TIMES))


@pytest.mark.parametrize("name", TIMES)
def test_the_order_ends_as_the_gateway_decided(aftermath: Aftermath, name: str) -> None:
    """Held and settled is approved; refused is declined; not seen to be held is not charged, H or no H."""
    assert aftermath.books.orders[name].state == TIMES[name][1]


def test_the_whole_amount_is_taken_once_or_not_at_all(aftermath: Aftermath) -> None:
    """The gateway's books know one settlement per approved order, and none of any other."""
    approved = [name for name, (_, end) in TIMES.items() if end == states.APPROVED]
    assert takings(aftermath.holds) == {name: ["10.00"] for name in approved}


def test_no_hold_is_left_holding(aftermath: Aftermath) -> None:
    """Doubled holds, the late one, and those whose settlement was refused are let go."""
    assert [hold for hold in aftermath.holds if hold.still_holds] == []


def test_the_doubled_order_had_two_holds(aftermath: Aftermath) -> None:
    """One of them was settled and the other let go: the run has shown what it is there for."""
    told = sorted((bool(hold.settled), bool(hold.voided)) for hold in aftermath.holds if hold.order_id == "all-twice")
    assert told == [(False, True), (True, False)]


def test_the_late_hold_landed_after_its_order_had_ended(aftermath: Aftermath) -> None:
    """Its order was given up before H; the hold came after, and went."""
    order = aftermath.books.orders["held-late"]
    ended_after_ms = order.history[-1].at_ms - order.intent_at_ms
    assert ended_after_ms < H_MS < BEYOND_H_MS
    assert [hold.voided for hold in aftermath.holds if hold.order_id == "held-late"] == [1]


def test_the_books_agree(aftermath: Aftermath) -> None:
    """One final event per order, histories are paths, one authorisation per intent, and no alarm."""
    assert violations(aftermath.books) == []


def test_what_others_do_to_the_chosen_hold_is_for_a_human(tmp_path: Path) -> None:
    """Voided by somebody, or settled for less: parked with the evidence, and nothing is taken beyond that."""
    faults = [
        {"fault": "hang_before", "operation": "settlement", "description": token_of(name)}
        for name in ("voided", "part")
    ]
    with _system(tmp_path, faults) as (stack, enqueuer):
        for name in ("voided", "part"):
            accept(enqueuer, name)
            eventually(lambda name=name: enqueuer.get(name).reason == states.HELD, f"{name} is held")  # type: ignore[misc]
        asyncio.run(_meddle(stack, enqueuer))
        until_closed(stack, open_states=[states.PARKED])
        books, holds = read_books(stack), read_holds(stack, ["voided", "part"])
    whys = {name: record.text("reason") for name, record in books.orders.items()}
    assert whys == {"voided": "voided_by_another", "part": "settled_otherwise"}
    assert takings(holds) == {"part": ["4.00"]}
    assert all(record.text("evidence") for record in books.orders.values())


def test_a_stray_that_took_money_is_an_alarm(tmp_path: Path) -> None:
    """Somebody settles the second hold of a doubled authorisation before it could be let go (rule R13)."""
    faults = [
        {"fault": "delivered_twice", "order_id": "twice"},
        {"fault": "http_503_before", "operation": "void", "order_id": "twice"},
    ]
    with _system(tmp_path, faults) as (stack, enqueuer):
        accept(enqueuer, "twice")
        until_closed(stack)
        (stray,) = [hold.payment_id for hold in read_holds(stack, ["twice"]) if not hold.settled]
        asyncio.run(_settle(stack, stray, "10.00"))
        eventually(lambda: read_books(stack).alarms, "the alarm is there")
        assert violations(read_books(stack)) == ["twice: is approved and was charged 2 times", "1 alarms"]


def test_a_customer_who_is_asked_is_asked_once(tmp_path: Path) -> None:
    """3-D Secure comes before the hold; what the customer answered makes it one, and it is settled at once."""
    with _system(tmp_path, []) as (stack, enqueuer):
        accept(enqueuer, "asked", threeds2_data=threeds_fields(), pan="5454545454545454")
        eventually(lambda: enqueuer.get("asked").continuation, "the customer is wanted")
        enqueuer.finalize("asked", cres="3ds2-pass")
        until_closed(stack)
        order, books, holds = enqueuer.get("asked"), read_books(stack), read_holds(stack, ["asked"])
        told = [event.id for _, event in enqueuer.events("0", idle_s=0.1)]
    assert (order.state, order.continuation, violations(books)) == (states.APPROVED, None, [])
    assert takings(holds) == {"asked": ["10.00"]}
    assert told == ["asked:accepted", "asked:pending", "asked:pending:held", "asked:approved"]


@contextmanager
def _system(directory: Path, faults: Sequence[dict[str, Any]], **settings: str) -> Iterator[tuple[Stack, Enqueuer]]:
    with Stack(directory, faults=faults, settings=settings) as stack, stack.enqueuer() as enqueuer:
        stack.worker()
        stack.worker()
        yield stack, enqueuer


async def _meddle(stack: Stack, enqueuer: Enqueuer) -> None:
    async with CardinityClient(stack.settings().client_settings("default")) as client:
        assert isinstance(await client.create_void(CreateVoid(str(enqueuer.get("voided").payment_id))), Approved)
    await _settle(stack, str(enqueuer.get("part").payment_id), "4.00")


async def _settle(stack: Stack, payment_id: str, amount: str) -> None:
    async with CardinityClient(stack.settings().client_settings("default")) as client:
        answer = await client.create_settlement(CreateSettlement(payment_id, Money.parse(amount, "EUR")))
        assert isinstance(answer, Approved), answer
