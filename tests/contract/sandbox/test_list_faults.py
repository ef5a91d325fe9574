"""Faults of the list: it lags, it fails, it leaves rows out, and the rest of the API knows better."""

from tests.contract.sandbox.caller import Caller
from tests.unit.sandbox.bodies import charge
from tests.unit.sandbox.clock import ManualClock


async def test_a_lagging_list_shows_rows_late(caller: Caller, clock: ManualClock) -> None:
    """A row appears `delay_ms` after its creation; by its id it is there at once."""
    await caller.plan({"fault": "list_lag", "delay_ms": 300})
    payment_id = (await caller.post(charge())).json["id"]
    clock.advance(299)
    assert await caller.listed() == []
    assert (await caller.call("GET", f"/payments/{payment_id}")).status == 200
    clock.advance(1)
    assert await caller.listed() == ["order-1"]


async def test_one_order_can_lag_behind_the_others(caller: Caller, clock: ManualClock) -> None:
    """A row that lags comes up behind newer ones, in its place by creation."""
    await caller.plan({"fault": "list_lag", "order_id": "order-1", "delay_ms": 300})
    await caller.post(charge())
    await caller.post(charge(order_id="order-2"))
    assert await caller.listed() == ["order-2"]
    clock.advance(300)
    assert await caller.listed() == ["order-2", "order-1"]


async def test_a_row_can_be_missing(caller: Caller) -> None:
    """A missing row makes room for an older one, and comes back when the plan is lifted."""
    for number in range(3):
        await caller.post(charge(order_id=f"order-{number}"))
    await caller.plan({"fault": "list_missing_row", "order_id": "order-1"})
    assert await caller.listed("?limit=2") == ["order-2", "order-0"]
    await caller.plan()
    assert await caller.listed("?limit=2") == ["order-2", "order-1"]


async def test_the_list_can_fail(caller: Caller) -> None:
    """500 with the error object for so many reads, then the list."""
    await caller.plan({"fault": "list_500", "times": 2})
    replies = [await caller.call("GET", "/payments") for _ in range(3)]
    assert [reply.status for reply in replies] == [500, 500, 200]
    assert replies[0].json["status"] == 500


async def test_faults_of_the_list_leave_posts_alone(caller: Caller) -> None:
    """A plan for the list strikes no post."""
    await caller.plan({"fault": "list_500"}, {"fault": "list_missing_row"})
    assert (await caller.post(charge())).status == 201
    assert await caller.counts() == (1, 1)


async def test_rows_can_come_twice(caller: Caller) -> None:
    """Each row is there twice, and the page is no longer for it: the oldest make room."""
    for number in range(4):
        await caller.post(charge(order_id=f"order-{number}"))
    await caller.plan({"fault": "list_repeated"})
    assert await caller.listed() == ["order-3", "order-3", "order-2", "order-2"]


async def test_rows_can_come_in_another_order(caller: Caller) -> None:
    """The page holds what it should, the oldest first."""
    for number in range(3):
        await caller.post(charge(order_id=f"order-{number}"))
    await caller.plan({"fault": "list_reordered"})
    assert await caller.listed("?limit=2") == ["order-1", "order-2"]
