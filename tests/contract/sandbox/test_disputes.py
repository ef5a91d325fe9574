"""Chargebacks and RDR records: from the bank by the admin door, through the API as the vendor's Java client does it."""

import json
from typing import Any

import aiohttp
import pytest

from cardinity_client.sandbox import SandboxSettings, running
from tests.contract.sandbox.caller import Caller, Reply
from tests.unit.sandbox.bodies import charge
from tests.unit.sandbox.clock import ManualClock

DISPUTE = {
    "description": "First chargeback",
    "payment_method": "card",
    "reason_code": "10.4",
    "reason_message": "Other Fraud",
    "case_id": "C-1",
    "arn": "7400",
    "amount": "4.00",
}


@pytest.mark.parametrize("kind", ["chargeback", "rdr"])
async def test_the_bank_disputes_a_payment(caller: Caller, kind: str) -> None:
    """What comes in at the admin door is found under its payment, with its reason."""
    payment = await _paid(caller)
    made = (await _dispute(caller, payment_id=payment, type=kind, **DISPUTE)).json
    told = {"type": kind, "parent_id": payment, "status": "approved", "reason": "10.4: Other Fraud", "amount": "4.00"}
    assert told.items() <= made.items()
    assert (await caller.call("GET", f"/payments/{payment}/{kind}s/{made['id']}")).json == made
    assert (await caller.call("GET", f"/payments/{payment}/{kind}s")).json == [made]


@pytest.mark.parametrize("kind", ["chargeback", "rdr"])
async def test_the_api_takes_a_dispute_too(caller: Caller, kind: str) -> None:
    """201; without an amount it is about the whole payment."""
    payment = await _paid(caller)
    body = {name: value for name, value in DISPUTE.items() if name != "amount"}
    reply = await caller.call("POST", f"/payments/{payment}/{kind}s", body)
    assert (reply.status, reply.json["amount"], reply.json["case_id"]) == (201, "10.00", "C-1")


async def test_a_dispute_goes_its_way(caller: Caller) -> None:
    """An initiated chargeback is decided later; its list shows the present state once."""
    payment = await _paid(caller)
    made = (await _dispute(caller, payment_id=payment, status="initiated")).json
    decided = await caller.admin(f"/disputes/{made['id']}", b'{"status": "declined"}')
    assert decided.json == {**made, "status": "declined"}
    assert (await caller.call("GET", f"/payments/{payment}/chargebacks")).json == [decided.json]


async def test_the_list_of_all_chargebacks_is_newest_first(caller: Caller, clock: ManualClock) -> None:
    """Ten without a limit, at most as many as asked, over all payments; RDR records are not among them."""
    ids = []
    for number in range(12):
        payment = await _paid(caller, order_id=f"order-{number}")
        ids.append((await _dispute(caller, payment_id=payment)).json["id"])
        clock.advance(5)
    await _dispute(caller, payment_id=payment, type="rdr")
    for query, rows in (("", 10), ("?limit=2", 2), ("?limit=100", 12)):
        listed = (await caller.call("GET", f"/payments/chargebacks{query}")).json
        assert [row["id"] for row in listed] == ids[::-1][:rows]
    assert (await caller.call("GET", "/payments/chargebacks/?limit=0")).status == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_id": "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"},
        {"payment_id": None},
        {"type": "refund"},
        {"status": "processing"},
        {"amount": "10.01"},
        {"reason_code": "x" * 11},
        {"arn": 7},
    ],
)
async def test_a_bad_dispute_is_refused(caller: Caller, changes: dict[str, Any]) -> None:
    """400 with the reason, and no dispute."""
    payment = await _paid(caller)
    reply = await _dispute(caller, **{"payment_id": payment, **changes})
    assert reply.status == 400
    assert (await caller.call("GET", "/payments/chargebacks")).json == []


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff"])
async def test_a_dispute_is_an_object(caller: Caller, body: bytes) -> None:
    """Anything else is 400 at both admin routes."""
    assert (await caller.admin("/disputes", body)).status == 400
    assert (await caller.admin("/disputes/nobody", body)).status == 400


async def test_only_a_payment_that_was_made_is_disputed(caller: Caller) -> None:
    """A declined payment has nothing to give back."""
    payment = (await caller.post(charge(amount="160.00"))).json["id"]
    assert (await _dispute(caller, payment_id=payment)).status == 400


async def test_an_account_can_start_with_a_chargeback() -> None:
    """The vendor's suites expect one; it is there again after a reset."""
    async with running(SandboxSettings(seeded_chargeback=True)) as sandbox, aiohttp.ClientSession() as session:
        caller = Caller(sandbox, session)
        for _ in range(2):
            (listed,) = (await caller.call("GET", "/payments/chargebacks?limit=1")).json
            assert (await caller.call("GET", f"/payments/{listed['parent_id']}")).json["status"] == "approved"
            await caller.admin("/reset", b"")


async def _paid(caller: Caller, **changes: Any) -> str:
    return str((await caller.post(charge(**changes))).json["id"])


async def _dispute(caller: Caller, **body: Any) -> Reply:
    return await caller.admin("/disputes", json.dumps(body).encode())
