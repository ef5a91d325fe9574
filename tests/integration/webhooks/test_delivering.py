"""From the stream to the endpoints: order, retries, one beside the other; on both databases."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import redis
from sqlalchemy import func, select

from producers.runtime.archive.database import Archive
from producers.runtime.archive.readers import BEGINNING, position_of
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from tests.archiving import tell
from tests.integration.webhooks.office import DELIVERED, FAILED, Office, Receivers, delivered, told
from tests.unit.webhooks.builders import an_endpoint
from workers.events.archive.stream import LedgerStream
from workers.events.webhooks.desk import Desk, one, since
from workers.events.webhooks.endpoints import Endpoint
from workers.events.webhooks.pruning import forget, prune
from workers.events.webhooks.schedule import RETRIES_S, Health
from workers.events.webhooks.sending import Answer
from workers.events.webhooks.service import READER
from workers.events.webhooks.tables import DELIVERIES

WAY = ("accepted", "pending", "approved")


def entries_of(client: redis.Redis) -> list[tuple[bytes, dict[Any, Any]]]:
    """What is on the stream."""
    found: Any = client.xrange(keys.EVENTS)
    return list(found)


def ids(order_id: str, *states: str) -> list[str]:
    return [f"{order_id}:{state}" for state in states or WAY]


@pytest.fixture
def office(ledger: SyncLedger, client: redis.Redis, archive: Archive) -> Office:
    return Office(ledger, client, archive, {"shop": an_endpoint("shop", concurrency=8)})


async def test_events_of_an_order_come_in_their_order(office: Office) -> None:
    """One after the other, while those of other orders are under way beside them."""
    for number in range(20):
        office.tell(told(f"ORD-{number}", *WAY))
    receivers = await office.deliver(delivered, lambda so_far: len(so_far.heard) == 60)
    assert len(set(receivers.heard)) == 60
    for number in range(20):
        heard = [event_id for event_id in receivers.of("shop") if event_id.startswith(f"ORD-{number}:")]
        assert heard == ids(f"ORD-{number}")
    assert office.waiting() == 0


async def test_what_fails_keeps_back_what_comes_after_it(office: Office) -> None:
    """Of its own order; the others go on. Its time has come again, and all of it arrives in order."""
    office.tell([*told("ORD-1", *WAY), *told("ORD-2", *WAY)])

    async def answers(endpoint: Endpoint, event_id: str) -> Answer:
        return FAILED if event_id == "ORD-1:accepted" else DELIVERED

    first = await office.deliver(answers, lambda so_far: len(so_far.heard) == 4)
    assert sorted(first.of("shop")) == sorted(["ORD-1:accepted", *ids("ORD-2")])
    assert office.waiting() == 3
    office.now_s += RETRIES_S[0] * 0.9 - 1
    assert office.deliveries.due({"shop": 9}, {"shop": ()}, int(office.now_s * 1000))[0] == {"shop": []}
    office.now_s += RETRIES_S[0]
    again = await office.deliver(delivered, lambda so_far: len(so_far.heard) == 3)
    assert again.of("shop") == ids("ORD-1")


async def test_what_failed_for_a_day_is_given_up(office: Office) -> None:
    """What waited behind it goes out then, and it can still be seen."""
    office.tell(told("ORD-1", "accepted", "approved"))

    async def answers(endpoint: Endpoint, event_id: str) -> Answer:
        return FAILED if event_id == "ORD-1:accepted" else DELIVERED

    for wait_s in (*RETRIES_S, 0):
        receivers = await office.deliver(answers, lambda so_far: len(so_far.heard) == 1)
        assert receivers.of("shop") == ["ORD-1:accepted"]
        office.now_s += wait_s * 1.1 + 1
    receivers = await office.deliver(answers, lambda so_far: len(so_far.heard) == 1)
    assert receivers.of("shop") == ["ORD-1:approved"]
    (row,) = Desk(office.archive, READER, office.endpoints).open_rows("shop", 10)
    assert (row.event_id, row.state, row.tries, row.answer) == ("ORD-1:accepted", "failed", len(RETRIES_S) + 1, "500")


async def test_a_slow_endpoint_delays_no_other(ledger: SyncLedger, client: redis.Redis, archive: Archive) -> None:
    """It fills its own places, and all of the other's arrives before one of its own has ended."""
    office = Office(ledger, client, archive, {name: an_endpoint(name, concurrency=2) for name in ("slow", "shop")})
    for number in range(30):
        office.tell(told(f"ORD-{number}", *WAY))
    over = asyncio.Event()

    async def answers(endpoint: Endpoint, event_id: str) -> Answer:
        if endpoint.name == "slow":
            await over.wait()
        return DELIVERED

    def until(so_far: Receivers) -> bool:
        done = len(so_far.of("shop")) == 90
        if done:
            over.set()
        return done

    receivers = await office.deliver(answers, until)
    assert len(receivers.of("slow")) == 2
    assert (office.waiting("shop"), office.waiting("slow")) == (0, 88)


async def test_an_endpoint_that_says_it_is_gone_gets_nothing_more(office: Office) -> None:
    """It is disabled at once, and what comes waits for it until somebody enables it."""
    office.tell(told("ORD-1", "accepted"))

    async def gone(endpoint: Endpoint, event_id: str) -> Answer:
        return Answer(False, "410")

    await office.deliver(gone, lambda so_far: len(so_far.heard) == 1)
    assert office.disabled == ["shop: gone"]
    office.now_s += 60
    office.tell(told("ORD-2", "accepted"))
    found, healths = office.deliveries.due({"shop": 9}, {"shop": ()}, int(office.now_s * 1000))
    assert (found, healths["shop"].disabled_because) == ({}, "gone")
    assert Desk(office.archive, READER, office.endpoints).enable("shop")
    receivers = await office.deliver(delivered, lambda so_far: len(so_far.heard) == 2)
    assert sorted(receivers.of("shop")) == ["ORD-1:accepted", "ORD-2:accepted"]


def test_the_first_run_begins_at_the_end(ledger: SyncLedger, client: redis.Redis, archive: Archive) -> None:
    """Merchants are not told of what was before; from then on of everything, whoever starts again."""
    tell(client, told("ORD-1", "accepted"))
    office = Office(ledger, client, archive, {"shop": an_endpoint()})
    office.read()
    assert office.waiting() == 0
    tell(client, told("ORD-2", "accepted"))
    again = Office(ledger, client, archive, office.endpoints)
    again.read()
    assert again.waiting() == 1


def test_the_stream_is_kept_for_webhooks(office: Office, client: redis.Redis) -> None:
    """Their group stands where they have read to, so whoever trims waits for them."""
    office.tell(told("ORD-1", "accepted"))
    (group,) = client.xinfo_groups(keys.EVENTS)
    ((newest, _),) = entries_of(client)[-1:]
    assert (group["name"], group["last-delivered-id"], group["lag"]) == (READER.encode(), newest, 0)


async def test_a_stream_that_is_read_again_tells_nothing_twice(office: Office, client: redis.Redis) -> None:
    """After a failover, say: rows of what was delivered are still there."""
    office.tell(told("ORD-1", *WAY))
    await office.deliver(delivered, lambda so_far: len(so_far.heard) == 3)
    entries = entries_of(client)
    client.delete(keys.EVENTS)
    for _, fields in entries:
        client.xadd(keys.EVENTS, fields)
    office.read()
    assert office.waiting() == 0
    office.tell(told("ORD-2", "accepted"))
    assert office.waiting() == 1


async def test_an_event_is_told_again_under_its_id(office: Office, client: redis.Redis) -> None:
    """By its id or by time, to those who want it; what waits already is left alone."""
    office.tell(told("ORD-1", *WAY))
    await office.deliver(delivered, lambda so_far: len(so_far.heard) == 3)
    _archive(office, client)
    desk = Desk(office.archive, READER, office.endpoints)
    assert desk.wanted(since(0), ["shop"]) == {"shop": 3}
    assert desk.redeliver(one("ORD-1:pending"), ["shop"], int(office.now_s * 1000)) == {"shop": 1}
    assert desk.redeliver(one("ORD-7:pending"), ["shop"], int(office.now_s * 1000)) == {"shop": 0}
    receivers = await office.deliver(delivered, lambda so_far: len(so_far.heard) == 1)
    assert receivers.of("shop") == ["ORD-1:pending"]
    assert desk.redeliver(since(0), ["shop"], int(office.now_s * 1000)) == {"shop": 3}
    receivers = await office.deliver(delivered, lambda so_far: len(so_far.heard) == 3)
    assert receivers.of("shop") == ids("ORD-1")


async def test_rows_that_are_over_go_and_those_that_wait_stay(office: Office) -> None:
    """Of a disabled endpoint those go too that nobody fetched in time, and what comes after them is due."""
    office.tell(told("ORD-1", "accepted"))
    await office.deliver(delivered, lambda so_far: len(so_far.heard) == 1)
    office.tell(told("ORD-2", *WAY))
    later_ms = 2**50
    assert (prune(office.archive, later_ms, ["shop"]), office.waiting()) == (1, 3)
    desk = Desk(office.archive, READER, office.endpoints)
    assert (desk.disable("shop", 5), desk.disable("shop", 6)) == (True, False)
    assert office.deliveries.standing(("shop",))["shop"][1] == Health(0, None, 5, "operator")
    assert (prune(office.archive, later_ms, ["shop"]), office.waiting()) == (3, 0)


def test_rows_of_endpoints_that_are_no_more_go(office: Office) -> None:
    """Nobody fetches them."""
    office.tell(told("ORD-1", *WAY))
    assert (prune(office.archive, 2**50, ["other"]), office.waiting()) == (3, 0)


def test_who_is_forgotten_leaves_nothing(office: Office, ledger: SyncLedger) -> None:
    """No body stays in the archive, and nothing keeps the stream."""
    office.tell(told("ORD-1", *WAY))
    count = len(WAY)
    assert (forget(ledger, office.archive, 1), forget(ledger, office.archive, 1)) == (count, 0)
    with office.archive.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(DELIVERIES)) == 0
        assert position_of(connection, READER) == BEGINNING
    assert READER not in LedgerStream(ledger).groups()


def test_what_is_no_event_of_ours_is_put_aside(office: Office, client: redis.Redis) -> None:
    """And what somebody added to one does not leave."""
    (event,) = told("ORD-1", "accepted")
    tell(client, [event])
    client.xadd(keys.EVENTS, {"event": b'{"type": "payment.new"}'})
    body = entries_of(client)[0][1][b"event"].replace(b'{"type"', b'{"extra":"4111","type"', 1)
    client.xadd(keys.EVENTS, {"event": body.replace(b"ORD-1", b"ORD-2")})
    office.read()
    bodies = [each.body for each in office.deliveries.due({"shop": 9}, {"shop": ()}, 2**50)[0]["shop"]]
    assert [b"ORD-1" in each or b"ORD-2" in each for each in bodies] == [True, True]
    assert not any(b"extra" in each for each in bodies)


def _archive(office: Office, client: redis.Redis) -> None:
    """Have the archive write what is on the stream."""
    from tests.integration.archive.office import an_archiver

    an_archiver(office._ledger, office.archive).catch_up()
