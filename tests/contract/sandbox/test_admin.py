"""The routes that only tests use."""

import httpx
import pytest

from cardinity_client.sandbox import SandboxSettings, create_app
from tests.contract.sandbox.caller import Caller
from tests.unit.sandbox.bodies import charge


async def test_charges_are_counted_per_order(caller: Caller) -> None:
    """One row per order with what was posted, approved and declined."""
    await caller.post(charge())
    await caller.post(charge(amount="160.00"))
    await caller.post(charge(order_id="order-2", currency="EGR"))
    assert (await caller.admin("/charges")).json == {
        "charges": [
            {
                "order_id": "order-1",
                "amount": "160.00",
                "currency": "EUR",
                "approved": 1,
                "declined": 1,
                "posts": 2,
            },
            {
                "order_id": "order-2",
                "amount": "10.00",
                "currency": "EGR",
                "approved": 0,
                "declined": 0,
                "posts": 1,
            },
        ],
        "aborted": 0,
    }


async def test_the_payments_of_an_order_are_told(caller: Caller) -> None:
    """All payment objects of one order; an order must be named."""
    payment = (await caller.post(charge())).json
    await caller.post(charge(order_id="order-2"))
    assert (await caller.admin("/payments?order_id=order-1")).json == [payment]
    assert (await caller.admin("/payments?order_id=order-3")).json == []
    assert (await caller.admin("/payments")).status == 400


async def test_the_records_and_links_of_the_account_are_told(caller: Caller) -> None:
    """What the API tells by payment or not at all an oracle sees at once: records by kind, links and their takings."""
    ids = [(await caller.post(charge(order_id=f"order-{number}"))).json["id"] for number in range(2)]
    made = [(await caller.call("POST", f"/payments/{one}/refunds", {"amount": "1.00"})).json for one in ids]
    assert (await caller.admin("/records?type=refund")).json == made
    assert (await caller.admin("/records?type=void")).json == []
    assert (await caller.admin("/records?type=payment")).status == 400
    body = {"amount": "40.00", "currency": "EUR", "description": "Invoice 77"}
    link = (await caller.call("POST", "/paymentLinks", body)).json
    assert (await caller.admin("/links")).json == [{"link": link, "payments": 0}]


async def test_a_rotated_secret_is_the_only_one(caller: Caller) -> None:
    """Nothing signed with the one before is taken, no read and no charge; what is no credential changes nothing."""
    assert (await caller.admin("/credentials", b'{"consumer_key": "k"}')).status == 400
    assert (await caller.post(charge())).status == 201
    await caller.admin("/credentials", b'{"consumer_key": "k", "consumer_secret": "another"}')
    assert ((await caller.post(charge())).status, (await caller.call("GET", "/payments")).status) == (401, 401)


async def test_orders_are_forgotten(caller: Caller) -> None:
    """What they had come to is told once more; their payments are nowhere any more."""
    payment_id = (await caller.post(charge())).json["id"]
    assert (await caller.admin("/forget", b'{"order_ids": "order-1"}')).status == 400
    told = (await caller.admin("/forget", b'{"order_ids": ["order-1"]}')).json["charges"]
    assert [(row["order_id"], row["approved"], row["posts"]) for row in told] == [("order-1", 1, 1)]
    assert (await caller.admin("/charges")).json["charges"] == []
    assert (await caller.call("GET", f"/payments/{payment_id}")).status == 404


async def test_a_plan_is_replaced_and_counts_from_one(caller: Caller) -> None:
    """The same plan again strikes the same order again."""
    for _ in range(2):
        await caller.plan({"fault": "http_500_before", "order_id": "order-1", "times": 1})
        assert [(await caller.post(charge())).status for _ in range(2)] == [500, 201]


@pytest.mark.parametrize("body", [b"", b"{}", b'[{"fault":"nonsense"}]', b"\xff", b"[" * 100_000])
async def test_a_bad_plan_is_refused_and_the_old_one_stays(caller: Caller, body: bytes) -> None:
    """400 with the reason, and nothing changes."""
    await caller.plan({"fault": "http_500_before"})
    reply = await caller.admin("/faults", body)
    assert reply.status == 400
    assert "not a list of rules" in reply.json["error"]
    assert (await caller.post(charge())).status == 500


async def test_a_reset_forgets_everything(caller: Caller) -> None:
    """An empty book and the plan of the start."""
    await caller.plan({"fault": "http_500_after"})
    await caller.post(charge())
    assert (await caller.admin("/reset", b"")).status == 200
    assert (await caller.admin("/charges")).json == {"charges": [], "aborted": 0}
    assert await caller.listed() == []
    assert (await caller.post(charge())).status == 201


async def test_the_sandbox_says_that_it_lives(caller: Caller) -> None:
    """The health route needs no credentials."""
    reply = await caller.admin("/healthz")
    assert (reply.status, reply.json) == (200, {"status": "ok"})


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1", 200), ("::1", 200), ("192.0.2.7", 403), ("", 403)])
async def test_only_this_machine_may_ask(host: str, status: int) -> None:
    """A client from elsewhere gets nothing, whatever address the sandbox listens on."""
    transport = httpx.ASGITransport(create_app(SandboxSettings()), client=(host, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        assert (await client.get("/_sandbox/charges")).status_code == status
