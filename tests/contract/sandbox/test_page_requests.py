"""What the pages refuse, and the headers they all carry. The way through them is in tests/e2e/test_pages.py."""

from typing import Any
from urllib.parse import parse_qsl

import aiohttp
import pytest

from cardinity_client.sandbox import SandboxSettings, running
from cardinity_client.sandbox.pages.fields import is_signed, signature
from tests.contract.sandbox.caller import Caller
from tests.contract.sandbox.door import Door
from tests.e2e.shop import ORDER, sign
from tests.eventually import eventually_async
from tests.unit.sandbox.bodies import THREEDS2, charge
from tests.unit.sandbox.clock import ManualClock

NIL = "00000000-0000-0000-0000-000000000000"
CARD = {"pan": "4111 1111 1111 1111", "expiry": "4/2031", "cvc": "123", "holder": "Ona"}
WANTED = {**ORDER, "return_url": "https://shop.example/return"}


def test_the_signature_is_the_reference_s() -> None:
    """The request vector of the reference, field by field."""
    fields = {
        "amount": "25.50",
        "cancel_url": "https://shop.example/cancel",
        "country": "LT",
        "currency": "EUR",
        "description": "Demo order",
        "notification_url": "https://shop.example/notify",
        "order_id": "ORD-1001",
        "project_id": "test_pr_demo",
        "return_url": "https://shop.example/return",
    }
    expected = "70ab784f86b8d0972321d608f64e4efd80fb2a2354c7925b9e5e467d6de6e779"
    assert signature(fields, "demo_project_secret") == expected
    assert is_signed({**fields, "signature": expected}, "demo_project_secret")
    assert not is_signed({**fields, "signature": expected, "extra": ""}, "demo_project_secret")
    assert not is_signed({**fields, "signature": "\u00e4"}, "demo_project_secret")


def test_an_empty_field_is_signed_too() -> None:
    """The callback vector of the reference, whose `live` is empty."""
    fields = {
        "amount": "25.50",
        "country": "LT",
        "created": "2026-01-15T10:00:00.123Z",
        "currency": "EUR",
        "description": "Demo order",
        "id": "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10",
        "live": "",
        "order_id": "ORD-1001",
        "payment_method": "card",
        "project_id": "test_pr_demo",
        "status": "approved",
        "type": "purchase",
    }
    expected = "7be9a7258c8a0be17e2822d05be163c59ae63f151bb0b4ce9ff05d01f589fe19"
    assert signature(fields, "demo_project_secret") == expected


@pytest.mark.parametrize(
    ("changes", "resigned"),
    [
        ({"amount": "1.00"}, False),
        ({"signature": "0" * 64}, False),
        ({"signature": ""}, False),
        ({"project_id": "test_pr_other"}, True),
        ({"amount": ""}, True),
        ({"description": ""}, True),
        ({"return_url": "javascript:alert(1)"}, True),
        ({"cancel_url": "ftp://shop.example"}, True),
        ({"notification_url": 'https://shop.example/"><script>'}, True),
    ],
)
async def test_a_request_that_is_not_the_shop_s_is_refused(
    caller: Caller, changes: dict[str, str], resigned: bool
) -> None:
    """400 with a page that says why, no visit, and no redirect."""
    fields = {**WANTED, "signature": sign(WANTED), **changes}
    if resigned:
        fields["signature"] = sign(fields)
    status, text = await _post(caller, "/checkout", fields)
    assert (status, "cannot be used" in text) == (400, True)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"amount=1&amount=2", "application/x-www-form-urlencoded"),
        (b"&".join(b"f%d=1" % number for number in range(100)), "application/x-www-form-urlencoded"),
        (b"a=" + b"x" * 70_000, "application/x-www-form-urlencoded"),
        (b"a=%ff", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"", ""),
    ],
)
async def test_a_body_that_is_no_form_is_refused(caller: Caller, body: bytes, kind: str) -> None:
    """Twice the same field, too many, too long, no UTF-8, or something else: 400."""
    url = f"{caller.running.origin}/checkout"
    async with caller.session.post(url, data=body, headers={"Content-Type": kind}) as answer:
        assert answer.status == 400


async def test_every_page_forbids_what_it_does_not_need(caller: Caller) -> None:
    """No foreign source, no cache, no referrer; styles and scripts only by their hashes."""
    for path in ("/checkout", f"/checkout/{NIL}", f"/checkout/link/{NIL}", f"/acs/{NIL}"):
        async with caller.session.get(caller.running.origin + path) as answer:
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'; style-src 'sha256-")
            assert "unsafe" not in policy
            assert (answer.headers["Cache-Control"], answer.status >= 400) == ("no-store", True)


async def test_what_is_not_there_is_a_page_too(caller: Caller) -> None:
    """404 for visits, links and challenges that nobody has, 405 for a checkout without a form."""
    origin = caller.running.origin
    statuses = []
    for path in ("/checkout", f"/checkout/{NIL}", f"/checkout/link/{NIL}", f"/acs/{NIL}"):
        async with caller.session.get(origin + path) as answer:
            statuses.append(answer.status)
    for path in (f"/checkout/{NIL}", f"/checkout/{NIL}/answer"):
        statuses.append((await _post(caller, path, {}))[0])
    assert statuses == [405, 404, 404, 404, 404, 404]


async def test_a_challenge_must_be_its_payment_s_own(caller: Caller) -> None:
    """Another creq, another version, no way back: 400; and once decided it is over."""
    pending = (await caller.post(charge(pan="5454545454545454", threeds2_data=THREEDS2))).json
    old = (await caller.post(charge(description="3d-pass", order_id="order-2"))).json
    path, old_path = f"/acs/{pending['id']}", f"/acs/{old['id']}"
    refused: list[tuple[str, dict[str, str]]] = [
        (path, {}),
        (path, {"creq": "other"}),
        (path, {"PaReq": "3d-pass", "TermUrl": "https://shop.example"}),
        (old_path, {"PaReq": "3d-pass"}),
        (old_path, {"PaReq": "3d-pass", "TermUrl": "javascript:alert(1)"}),
        (old_path, {"PaReq": "3d-fail", "TermUrl": "https://shop.example"}),
    ]
    assert [(await _post(caller, *one))[0] for one in refused] == [400] * 6
    assert (await _post(caller, path, {"creq": "3ds2-pass"}))[0] == 200
    await caller.call("PATCH", f"/payments/{pending['id']}", {"cres": "3ds2-pass"})
    assert (await _post(caller, path, {"creq": "3ds2-pass"}))[0] == 409


async def test_a_person_may_open_the_bank_s_page_by_hand(caller: Caller) -> None:
    """The address in a pending payment shows what its shopper would see."""
    pending = (await caller.post(charge(pan="5454545454545454", threeds2_data=THREEDS2))).json
    async with caller.session.get(pending["threeds2_data"]["acs_url"]) as answer:
        assert (answer.status, "Approve" in await answer.text()) == (200, True)


@pytest.mark.parametrize("case", ["deleted", "disabled", "expired"])
async def test_a_link_that_is_closed_cannot_be_paid(caller: Caller, clock: ManualClock, case: str) -> None:
    """410 on its page, and for a shopper who had it open already."""
    body = {"amount": "40.00", "currency": "EUR", "description": "Invoice 77", "country": "LT"}
    link = (await caller.call("POST", "/paymentLinks", body)).json
    async with caller.session.get(link["url"]) as answer:
        visit = str(answer.url)
    if case == "deleted":
        await caller.call("DELETE", f"/paymentLinks/{link['id']}")
    elif case == "disabled":
        await caller.call("PATCH", f"/paymentLinks/{link['id']}", {"enabled": False})
    else:
        clock.advance(8 * 24 * 60 * 60 * 1000)
    async with caller.session.get(link["url"]) as answer:
        assert answer.status == 410
    async with caller.session.post(visit, data={"pan": "4111111111111111"}) as answer:
        assert answer.status == 410


async def test_a_visit_pays_once(caller: Caller) -> None:
    """Posting the card again shows where the visit stands; the order is charged once."""
    url = f"{caller.running.origin}/checkout"
    async with caller.session.post(url, data={**WANTED, "signature": sign(WANTED)}) as answer:
        visit = str(answer.url)
    for _ in "12":
        status, text = await _post(caller, visit, CARD)
        assert (status, "Your payment was approved." in text) == (200, True)
    assert await caller.counts("ORD-1001") == (1, 1)


async def test_a_shop_is_notified_once(caller: Caller, door: Door) -> None:
    """However often the shopper reloads; and a bank that answers a second time changes nothing."""
    wanted = {**WANTED, "notification_url": door.url}
    async with caller.session.post(
        f"{caller.running.origin}/checkout", data={**wanted, "signature": sign(wanted)}
    ) as answer:
        visit = str(answer.url)
    for path, fields in ((visit, CARD), (visit, CARD), (f"{visit}/answer", {"cres": "3ds2-fail"}), (visit, CARD)):
        # One after the other on one connection: each ends with what it did in the background.
        assert (await _post(caller, path, fields))[0] == 200

    async def came() -> bool:
        return bool(door.came)

    await eventually_async(came, "the notification has arrived")
    (told,) = [dict(parse_qsl(body.decode())) for body, _ in door.came]
    assert (told["status"], await caller.counts("ORD-1001")) == ("approved", (1, 1))


@pytest.mark.parametrize(("multiple", "second"), [(False, 410), (True, 200)])
async def test_a_link_for_several_is_paid_several_times(caller: Caller, multiple: bool, second: int) -> None:
    """And a link for one by one."""
    body = {
        "amount": "40.00",
        "currency": "EUR",
        "description": "Invoice 77",
        "country": "LT",
        "multiple_use": multiple,
    }
    url = (await caller.call("POST", "/paymentLinks", body)).json["url"]
    statuses = []
    for _ in "12":
        async with caller.session.get(url) as answer:
            visit, opened = str(answer.url), answer.status
        statuses.append((await _post(caller, visit, CARD))[0] if opened == 200 else opened)
    assert statuses == [200, second]
    assert (await caller.admin("/links")).json[0]["payments"] == (2 if multiple else 1)


async def test_the_pages_can_have_an_address_of_their_own() -> None:
    """Behind a name the sandbox tells browsers that name."""
    settings = SandboxSettings(pages_url="https://pay.example")
    async with running(settings) as sandbox, aiohttp.ClientSession() as session:
        caller = Caller(sandbox, session)
        pending = (await caller.post(charge(description="3d-pass"))).json
        link = (
            await caller.call("POST", "/paymentLinks", {"amount": "1.00", "currency": "EUR", "description": "x"})
        ).json
    assert pending["authorization_information"]["url"].startswith("https://pay.example/acs/")
    assert link["url"].startswith("https://pay.example/checkout/link/")


async def _post(caller: Caller, path: str, fields: dict[str, Any]) -> tuple[int, str]:
    url = path if path.startswith("http") else caller.running.origin + path
    async with caller.session.post(url, data=fields) as answer:
        return answer.status, await answer.text()
