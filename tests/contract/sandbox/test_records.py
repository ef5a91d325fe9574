"""What follows a payment, over the wire: refunds, settlements and voids as the reference tells them."""

from typing import Any

import aiohttp
import pytest

from cardinity_client.sandbox import SandboxSettings, running
from tests.contract.sandbox.caller import Caller, Reply
from tests.unit.sandbox.bodies import THREEDS2, charge
from tests.unit.sandbox.clock import ManualClock

DAY_MS = 24 * 60 * 60 * 1000
NIL = "00000000-0000-0000-0000-000000000000"
KINDS = ("refund", "settlement", "void")


async def test_a_refund_is_told_back_whole(caller: Caller) -> None:
    """201 with every member: type, parent, the order of the payment, the token, and nothing null."""
    payment = await _paid(caller, order_id="ORD-1001.a1")
    reply = await _ask(caller, "refund", payment, amount="5.00", description="Returned lid R-77")
    refund = reply.json
    assert reply.status == 201
    assert len(refund.pop("id")) == 36
    assert refund.pop("created").endswith("Z")
    assert refund == {
        "amount": "5.00",
        "currency": "EUR",
        "type": "refund",
        "live": False,
        "parent_id": payment,
        "status": "approved",
        "order_id": "ORD-1001.a1",
        "description": "Returned lid R-77",
    }


async def test_what_other_clients_send_is_understood(caller: Caller) -> None:
    """A slash at the end, a body on GET, members that nobody knows, and no type of the body."""
    payment = await _paid(caller)
    body = {"amount": "1.00", "description": "t", "method": "POST", payment: payment}
    assert (await caller.call("POST", f"/payments/{payment}/refunds/", body)).status == 201
    for path in (f"/payments/{payment}/refunds/", "/payments/chargebacks/", f"/payments/{payment}/voids"):
        assert (await caller.call("GET", path, {"method": "GET", "trailing": "/"})).status == 200


async def test_a_void_has_no_amount(caller: Caller) -> None:
    """An empty object is enough for a void, and no amount is told back."""
    payment = await _paid(caller, settle=False)
    reply = await _ask(caller, "void", payment)
    assert (reply.status, reply.json["type"]) == (201, "void")
    assert not {"amount", "currency", "description"} & set(reply.json)


async def test_every_record_is_found_again(caller: Caller) -> None:
    """GET tells a record as its POST did, alone and in the list of its payment, newest first."""
    payment = await _paid(caller)
    made = [(await _ask(caller, "refund", payment, amount="1.00", description=f"t-{number}")).json for number in "123"]
    assert (await caller.call("GET", f"/payments/{payment}/refunds/")).json == made[::-1]
    for refund in made:
        assert (await caller.call("GET", f"/payments/{payment}/refunds/{refund['id']}")).json == refund


@pytest.mark.parametrize("kind", KINDS)
async def test_what_belongs_to_another_payment_or_kind_is_unknown(caller: Caller, kind: str) -> None:
    """404 for an unknown payment, an unknown record, and a record under a stranger."""
    payment, other = await _paid(caller, settle=kind == "refund"), await _paid(caller)
    record = (await _ask(caller, kind, payment, **_amount(kind))).json["id"]
    paths = [f"/payments/{NIL}/{kind}s", f"/payments/{payment}/{kind}s/{NIL}", f"/payments/{other}/{kind}s/{record}"]
    assert [(await caller.call("GET", path)).status for path in paths] == [404, 404, 404]
    assert (await _ask(caller, kind, NIL, amount="1.00")).status == 404
    elsewhere = "voids" if kind == "refund" else "refunds"
    assert (await caller.call("GET", f"/payments/{payment}/{elsewhere}/{record}")).status == 404
    assert (await caller.call("GET", f"/payments/{payment}/{elsewhere}")).json == []


async def test_several_partial_refunds_end_at_what_was_paid(caller: Caller) -> None:
    """10.00 can be refunded as 4 + 6 and not a cent more; a declined one takes nothing away."""
    payment = await _paid(caller)
    amounts = ["4.00", "6.01", "6.00", "0.01"]
    answers = [await _ask(caller, "refund", payment, amount=amount) for amount in amounts]
    assert [answer.status for answer in answers] == [201, 400, 201, 400]
    assert answers[1].json["errors"] == [{"field": "amount", "rejected": "6.01", "message": "must be at most 6.00"}]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_failure_can_be_had(caller: Caller, kind: str) -> None:
    """The description `fail` is declined with 402 and the object; the next try may pass."""
    payment = await _paid(caller, settle=kind == "refund")
    no = await _ask(caller, kind, payment, description="fail", **_amount(kind))
    assert (no.status, no.json["status"], no.json["type"]) == (402, "declined", kind)
    assert no.json["error"].startswith("3000: ")
    assert (await _ask(caller, kind, payment, description="fail again", **_amount(kind))).status == 201


async def test_an_authorization_is_settled_in_part_and_refunded(caller: Caller) -> None:
    """9.99 of 10 can be settled; what was settled can be refunded, and no more."""
    payment = await _paid(caller, settle=False)
    assert (await _ask(caller, "refund", payment, amount="1.00")).json["errors"][0]["field"] == "status"
    assert (await _ask(caller, "settlement", payment, amount="10.01")).status == 400
    assert (await _ask(caller, "settlement", payment, amount="9.99")).status == 201
    assert (await _ask(caller, "settlement", payment, amount="0.01")).json["errors"][0]["rejected"] == "approved"
    assert (await _ask(caller, "refund", payment, amount="10.00")).status == 400
    assert (await _ask(caller, "refund", payment, amount="9.99")).status == 201


async def test_a_void_and_a_settlement_exclude_each_other(caller: Caller) -> None:
    """A settled authorization is not voided, a voided one not settled, and neither is voided twice."""
    settled, voided = await _paid(caller, settle=False), await _paid(caller, settle=False)
    assert (await _ask(caller, "settlement", settled, amount="1.00")).status == 201
    assert (await _ask(caller, "void", settled)).status == 400
    assert (await _ask(caller, "void", voided)).status == 201
    assert (await _ask(caller, "settlement", voided, amount="1.00")).status == 400
    assert (await _ask(caller, "void", voided)).status == 400


@pytest.mark.parametrize(
    "parent",
    [charge(amount="160.00"), charge(description="3d-pass"), charge(pan="4200000000000000", threeds2_data=THREEDS2)],
)
async def test_what_was_never_paid_allows_nothing(caller: Caller, parent: dict[str, Any]) -> None:
    """A declined or pending payment is neither refunded nor settled nor voided, and a purchase is not settled."""
    payment, purchase = (await caller.post(parent)).json["id"], await _paid(caller)
    assert [(await _ask(caller, kind, payment, amount="1.00")).status for kind in KINDS] == [400, 400, 400]
    assert [(await _ask(caller, kind, purchase, amount="1.00")).status for kind in KINDS] == [201, 400, 400]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "amount"),
        ({"amount": "0.00"}, "amount"),
        ({"amount": "-1.00"}, "amount"),
        ({"amount": "1"}, "amount"),
        ({"amount": "1.00", "description": "x" * 256}, "description"),
        ({"amount": "1.00", "description": 7}, "description"),
        ([], "body"),
        (b"{", "body"),
        (b"", "body"),
    ],
)
@pytest.mark.parametrize("kind", ["refund", "settlement"])
async def test_a_bad_body_is_a_validation_error(caller: Caller, kind: str, body: Any, field: str) -> None:
    """400 that names the field, and nothing is booked."""
    payment = await _paid(caller, settle=kind == "refund")
    reply = await caller.call("POST", f"/payments/{payment}/{kind}s", body)
    assert (reply.status, reply.json["errors"][0]["field"]) == (400, field)
    assert (await caller.call("GET", f"/payments/{payment}/{kind}s")).json == []


async def test_a_cent_is_refunded_and_a_number_is_an_amount(caller: Caller) -> None:
    """0.01 is enough, as text or as a number; unknown members and a trailing slash do no harm."""
    payment = await _paid(caller)
    body = b'{"amount":0.01,"description":"t","method":"POST","trailing":"x"}'
    reply = await caller.call("POST", f"/payments/{payment}/refunds/", body)
    assert (reply.status, reply.json["amount"]) == (201, "0.01")


async def test_the_yen_has_no_decimals(caller: Caller) -> None:
    """Amounts of a record have the decimals of the payment's currency."""
    payment = await _paid(caller, amount="100", currency="JPY")
    assert (await _ask(caller, "refund", payment, amount="1.00")).status == 400
    assert (await _ask(caller, "refund", payment, amount="1")).json["currency"] == "JPY"


async def test_a_hold_expires(caller: Caller, clock: ManualClock) -> None:
    """After seven days a settlement is declined, and a void still frees what is held."""
    payment = await _paid(caller, settle=False)
    clock.advance(7 * DAY_MS - 1)
    caller = caller.at(clock)
    assert (await _ask(caller, "settlement", payment, amount="1.00", description="fail")).status == 402
    clock.advance(1)
    late = await _ask(caller.at(clock), "settlement", payment, amount="1.00")
    assert (late.status, late.json["error"]) == (402, "3000: Rejected by issuer")
    assert (await _ask(caller.at(clock), "void", payment)).status == 201


async def test_a_zero_amount_check_is_voided_at_most(caller: Caller) -> None:
    """A card check for 0.00 holds nothing that could be settled."""
    check = charge(amount="0.00", settle=False, pan="5555555555554444", threeds2_data=THREEDS2)
    reply = await caller.post(check)
    assert (reply.status, reply.json["amount"], reply.json["type"]) == (201, "0.00", "authorization")
    assert (await _ask(caller, "settlement", reply.json["id"], amount="0.01")).status == 400
    assert (await _ask(caller, "void", reply.json["id"])).status == 201


async def test_an_account_can_say_402_to_too_much() -> None:
    """With that setting an excess is a declined object instead of a validation error, and books nothing."""
    async with running(SandboxSettings(excess_status=402)) as sandbox, aiohttp.ClientSession() as session:
        caller = Caller(sandbox, session)
        payment = await _paid(caller)
        reply = await _ask(caller, "refund", payment, amount="10.01")
        assert (reply.status, reply.json["status"]) == (402, "declined")
        assert (await _ask(caller, "refund", payment, amount="10.00")).status == 201


async def test_an_account_can_settle_in_parts() -> None:
    """With that setting settlements add up to the authorized amount."""
    settings = SandboxSettings(several_settlements=True)
    async with running(settings) as sandbox, aiohttp.ClientSession() as session:
        caller = Caller(sandbox, session)
        payment = await _paid(caller, settle=False)
        statuses = [(await _ask(caller, "settlement", payment, amount=a)).status for a in ("6.00", "4.01", "4.00")]
        assert statuses == [201, 400, 201]
        assert (await _ask(caller, "refund", payment, amount="10.00")).status == 201


async def test_requests_and_effects_are_counted_per_token(caller: Caller) -> None:
    """One row per operation, parent and description: an oracle counts what each intent came to."""
    payment = await _paid(caller)
    for amount in ("1.00", "1.00", "100.00"):
        await _ask(caller, "refund", payment, amount=amount, description="token-1")
    await _ask(caller, "refund", payment, amount="1.00", description="fail")
    await _ask(caller, "void", payment)
    rows = (await caller.admin("/operations")).json["operations"]
    assert [tuple(row.values()) for row in rows] == [
        ("refund", payment, "token-1", 3, 2, 0),
        ("refund", payment, "fail", 1, 0, 1),
        ("void", payment, None, 1, 0, 0),
    ]


async def test_two_accounts_know_nothing_of_each_other(caller: Caller) -> None:
    """A payment is refunded and charged again only at the account that made it."""
    payment = await _paid(caller)
    async with running(SandboxSettings(seed=2)) as sandbox:
        stranger = Caller(sandbox, caller.session)
        assert (await _ask(stranger, "refund", payment, amount="1.00")).status == 404
        body = charge(payment_method="recurring", payment_instrument={"payment_id": payment})
        reply = await stranger.post(body)
        assert (reply.status, reply.json["errors"][0]["field"]) == (400, "payment_instrument.payment_id")


def _amount(kind: str) -> dict[str, str]:
    return {} if kind == "void" else {"amount": "1.00"}


async def _paid(caller: Caller, **changes: Any) -> str:
    """The id of a payment of 10.00 that was approved."""
    reply = await caller.post(charge(**changes))
    assert reply.status == 201
    return str(reply.json["id"])


async def _ask(caller: Caller, kind: str, payment_id: str, **body: Any) -> Reply:
    return await caller.call("POST", f"/payments/{payment_id}/{kind}s", body)
