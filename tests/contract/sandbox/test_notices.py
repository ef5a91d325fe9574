"""Notifications that the admin has sent: signed, and on request twice, late or out of order."""

import asyncio
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest

from cardinity_client.sandbox import SandboxSettings, running
from cardinity_client.sandbox.notices.messages import Notice
from cardinity_client.sandbox.notices.postman import postman
from tests.contract.sandbox.caller import Caller, Reply
from tests.contract.sandbox.door import Door
from tests.unit.sandbox.bodies import THREEDS2, charge


async def test_an_event_is_signed_over_its_raw_body(caller: Caller, door: Door) -> None:
    """The header is the hex HMAC-SHA256 of the bytes, and the object is the one that GET tells."""
    payment = (await caller.post(charge())).json
    reply = await _send(caller, door, [payment["id"]])
    ((body, signature),) = door.came
    assert signature == hmac.new(b"sandbox-webhook-secret", body, "sha256").hexdigest()
    assert json.loads(body) == {"type": "payment.approved", "data": payment}
    told = {"kind": "payment.approved", "object_id": payment["id"], "status": 200, "problem": None}
    assert reply.json == {"deliveries": [told]}


async def test_every_kind_of_event_can_be_had(caller: Caller, door: Door) -> None:
    """Approved, declined and pending payments, approved refunds and settlements; nothing about the rest."""
    purchase = (await caller.post(charge())).json["id"]
    hold = (await caller.post(charge(settle=False))).json["id"]
    ids = [
        purchase,
        (await caller.post(charge(amount="160.00"))).json["id"],
        (await caller.post(charge(description="3d-pass"))).json["id"],
        (await caller.call("POST", f"/payments/{purchase}/refunds", {"amount": "1.00"})).json["id"],
        (await caller.call("POST", f"/payments/{purchase}/refunds", {"amount": "1.00", "description": "fail"})).json[
            "id"
        ],
        (await caller.call("POST", f"/payments/{hold}/settlements", {"amount": "1.00"})).json["id"],
    ]
    await _send(caller, door, ids)
    assert door.types == [
        "payment.approved",
        "payment.declined",
        "payment.pending",
        "refund.approved",
        "settlement.approved",
    ]


async def test_events_come_twice_and_backwards(caller: Caller, door: Door) -> None:
    """All states of one payment, each twice, the last first: what a shop must bear."""
    payment = (await caller.post(charge(pan="5454545454545454", threeds2_data=THREEDS2))).json["id"]
    await caller.call("PATCH", f"/payments/{payment}", {"cres": "3ds2-pass"})
    await _send(caller, door, [payment], states="all")
    await _send(caller, door, [payment], states="all", copies=2, order="reversed")
    assert door.types == [
        *("payment.pending", "payment.approved"),
        *("payment.approved", "payment.pending", "payment.approved", "payment.pending"),
    ]


async def test_a_shuffle_repeats_with_its_seed(caller: Caller, door: Door) -> None:
    """The same order of the same events, and nothing lost."""
    ids = [(await caller.post(charge(order_id=f"order-{number}"))).json["id"] for number in range(8)]
    for _ in range(2):
        await _send(caller, door, ids, order="shuffled")
    came = [json.loads(body)["data"]["id"] for body, _ in door.came]
    assert came[:8] == came[8:] != ids
    assert sorted(came[:8]) == sorted(ids)


async def test_a_late_event_waits(caller: Caller, door: Door) -> None:
    """Nothing arrives before its delay; the answer comes after it."""
    payment = (await caller.post(charge())).json["id"]
    sending = asyncio.create_task(_send(caller, door, [payment], delay_ms=50))
    assert door.came == []
    await sending
    assert len(door.came) == 1


async def test_the_hosted_page_s_form_can_be_sent_again(caller: Caller, door: Door) -> None:
    """The signed fields of any payment, `live` empty and signed as the reference's vector has it."""
    payment = (await caller.post(charge(description="Demo order"))).json
    await _send(caller, door, [payment["id"]], scheme="form")
    fields = dict(parse_qsl(door.came[0][0].decode(), keep_blank_values=True))
    signature = fields.pop("signature")
    message = "".join(name + fields[name] for name in sorted(fields))
    assert signature == hmac.new(b"sandbox-project-secret", message.encode(), "sha256").hexdigest()
    assert (fields["live"], fields["status"], fields["id"]) == ("", "approved", payment["id"])


@pytest.mark.parametrize("status", [500, 307])
async def test_one_try_and_no_redirect(caller: Caller, door: Door, status: int) -> None:
    """A shop that fails or redirects is told of, and left alone."""
    door.status = status
    payment = (await caller.post(charge())).json["id"]
    reply = await _send(caller, door, [payment])
    assert ([delivery["status"] for delivery in reply.json["deliveries"]], len(door.came)) == ([status], 1)


async def test_a_shop_that_is_closed_is_told_of(caller: Caller, door: Door) -> None:
    """No connection is no status, and the kind of failure is named."""
    payment = (await caller.post(charge())).json["id"]
    reply = await caller.admin("/notifications", json.dumps({"url": "http://127.0.0.1:9/", "ids": [payment]}).encode())
    assert reply.json["deliveries"][0] | {"object_id": ""} == {
        "kind": "payment.approved",
        "object_id": "",
        "status": None,
        "problem": "ConnectError",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "http://192.0.2.7/hook"},
        {"url": "http://shop.example/hook"},
        {"url": "http://[::1/hook"},
        {"url": ""},
        {"ids": []},
        {"ids": ["nobody"]},
        {"scheme": "xml"},
        {"copies": 0},
        {"copies": 101},
        {"delay_ms": -1},
        {"delay_ms": 60_001},
        {"order": "sorted"},
        {"extra": 1},
    ],
)
async def test_a_bad_order_sends_nothing(caller: Caller, door: Door, changes: dict[str, Any]) -> None:
    """400 with the reason; another machine is refused before anything is looked up."""
    payment = (await caller.post(charge())).json["id"]
    reply = await _send(caller, door, [payment], **changes)
    assert (reply.status, set(reply.json)) == (400, {"error"})
    assert door.came == []


async def test_the_postman_goes_to_this_machine_only() -> None:
    """Wherever the address came from: a shop's form names one too."""
    notice = Notice("form", "id", "text/plain", b"")
    async with postman(elsewhere=False) as deliver:
        assert (await deliver("http://192.0.2.7/hook", notice)).problem == "only to this machine"


async def test_a_sandbox_can_be_allowed_to_notify_elsewhere(door: Door) -> None:
    """With that setting any name is looked up; this one happens to lead nowhere."""
    settings = SandboxSettings(notify_elsewhere=True)
    async with running(settings) as sandbox, aiohttp.ClientSession() as session:
        caller = Caller(sandbox, session)
        payment = (await caller.post(charge())).json["id"]
        reply = await _send(caller, door, [payment], url="http://shop.invalid./hook")
    assert reply.json["deliveries"][0]["problem"] == "ConnectError"


async def _send(caller: Caller, door: Door, wanted: list[str], **changes: Any) -> Reply:
    order = {"url": door.url, "ids": wanted} | changes
    return await caller.admin("/notifications", json.dumps(order).encode())
