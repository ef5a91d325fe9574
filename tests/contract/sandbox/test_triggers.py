"""Every trigger of the gateway's test mode, one row each, as section 9 of the reference lists them."""

from typing import Any

import pytest

from tests.contract.sandbox.caller import Caller
from tests.unit.sandbox.bodies import THREEDS2, card, charge, recurring

HONOR = {"status": "declined", "error": "3000: Do Not Honor"}
FAILED = {"status": "declined", "error": "33333: 3D Secure Authorization Failed."}
REASON = {**FAILED, "threeds_status_reason": "01: Card authentication failed"}
APPROVED = {"status": "approved"}
PENDING = {"status": "pending"}

#: What is posted, the status of the answer, and what the payment says.
CHARGES: dict[str, tuple[dict[str, Any], int, dict[str, Any]]] = {
    "pan 4111": (charge(pan="4111111111111111"), 201, APPROVED),
    "pan 4222": (charge(pan="4222222222222"), 201, APPROVED),
    "pan 5555": (charge(pan="5555555555554444"), 201, APPROVED),
    "frictionless": (charge(pan="4111111111111111", threeds2_data=THREEDS2), 201, APPROVED),
    "150.00 is the limit": (charge(amount="150.00"), 201, APPROVED),
    "150.01": (charge(amount="150.01"), 402, HONOR),
    "200": (charge(amount="200.00"), 402, HONOR),
    "151 yen are above it": (charge(amount="151", currency="JPY"), 402, HONOR),
    "pan 5454 v2": (charge(pan="5454545454545454", threeds2_data=THREEDS2), 202, PENDING),
    "pan 5454 v1": (charge(pan="5454545454545454"), 202, PENDING),
    "pan 5454 above the limit": (charge(pan="5454545454545454", amount="150.23", threeds2_data=THREEDS2), 402, HONOR),
    "pan 4200": (charge(pan="4200000000000000", threeds2_data=THREEDS2), 202, PENDING),
    "pan 0109": (charge(pan="5454545454540109", amount="150.23", threeds2_data=THREEDS2), 402, REASON),
    "pan 0109 below the limit": (charge(pan="5454545454540109"), 402, REASON),
    "pan 0018": (
        charge(pan="5454545454540018", amount="150.23"),
        402,
        {**HONOR, "merchant_advice_code": "03: Do not try again"},
    ),
    "description 3ds2-pass": (charge(description="3ds2-pass", threeds2_data=THREEDS2), 202, PENDING),
    "description 3d-pass": (charge(description="3d-pass"), 202, PENDING),
    "description 3d-fail": (charge(description="3d-fail"), 202, PENDING),
    "description 3d-pass, v2 data": (charge(description="3d-pass", threeds2_data=THREEDS2), 202, PENDING),
    "3ds2-Testing-for-pass": (
        charge(pan="5454545454545454", description="3ds2-Testing-for-pass", threeds2_data=THREEDS2),
        202,
        PENDING,
    ),
    "zero": (
        charge(amount="0.00", settle=False, pan="5555555555554444", threeds2_data=THREEDS2),
        201,
        {**APPROVED, "amount": "0.00", "type": "authorization"},
    ),
    "no cvc by telephone": (
        charge(description="CRD-MOTO 7", payment_instrument=card(cvc=None)),
        201,
        APPROVED,
    ),
}
#: What is posted first, what is sent to finalize it, the status of that answer, and what the payment then says.
FINALIZES: dict[str, tuple[dict[str, Any], dict[str, str], int, dict[str, Any]]] = {
    "5454, own creq": (CHARGES["pan 5454 v2"][0], {"cres": "3ds2-pass"}, 200, APPROVED),
    "4200, 3ds2-fail": (CHARGES["pan 4200"][0], {"cres": "3ds2-fail"}, 402, FAILED),
    "description, 3ds2-pass": (CHARGES["description 3ds2-pass"][0], {"cres": "3ds2-pass"}, 200, APPROVED),
    "description, 3ds2-fail": (CHARGES["description 3ds2-pass"][0], {"cres": "3ds2-fail"}, 402, FAILED),
    "3d-pass": (CHARGES["description 3d-pass"][0], {"authorize_data": "3d-pass"}, 200, APPROVED),
    "3d-fail": (CHARGES["description 3d-fail"][0], {"authorize_data": "3d-fail"}, 402, FAILED),
    "5454 v1": (CHARGES["pan 5454 v1"][0], {"authorize_data": "3d-pass"}, 200, APPROVED),
    "fallback": (CHARGES["pan 5454 v2"][0], {"cres": "3d-pass"}, 202, PENDING),
}


@pytest.mark.parametrize("name", CHARGES)
async def test_a_charge_ends_as_its_trigger_says(caller: Caller, name: str) -> None:
    """The status, and the payment object in every case."""
    body, status, members = CHARGES[name]
    reply = await caller.post(body)
    assert (reply.status, {key: reply.json.get(key) for key in members}) == (status, members)
    extras = {"error", "merchant_advice_code", "threeds_status_reason"} & set(reply.json)
    assert extras == {"error", "merchant_advice_code", "threeds_status_reason"} & set(members)


@pytest.mark.parametrize("name", FINALIZES)
async def test_a_finalize_ends_as_the_bank_says(caller: Caller, name: str) -> None:
    """The status, the payment object, and challenge data only while there is a challenge."""
    body, answer, status, members = FINALIZES[name]
    pending = (await caller.post(body)).json
    reply = await caller.call("PATCH", f"/payments/{pending['id']}", answer)
    assert (reply.status, {key: reply.json.get(key) for key in members}) == (status, members)
    data = {"threeds2_data", "authorization_information"} & set(reply.json)
    assert len(data) == (2 if name == "fallback" else 0)


@pytest.mark.parametrize(
    ("name", "version", "told"),
    [
        ("pan 5454 v2", "threeds2_data", "3ds2-pass"),
        ("description 3ds2-pass", "threeds2_data", "3ds2-pass"),
        ("pan 4200", "threeds2_data", "3ds2-fail"),
        ("pan 5454 v1", "authorization_information", "3d-pass"),
        ("description 3d-fail", "authorization_information", "3d-fail"),
        ("description 3d-pass, v2 data", "authorization_information", "3d-pass"),
    ],
)
async def test_a_challenge_carries_what_the_shopper_takes_along(
    caller: Caller, name: str, version: str, told: str
) -> None:
    """One object of one version, whose page is the sandbox's own."""
    payment = (await caller.post(CHARGES[name][0])).json
    data = payment[version]
    assert {"threeds2_data", "authorization_information"} & set(payment) == {version}
    assert data.get("creq", data.get("data")) == told
    assert data.get("acs_url", data.get("url")) == f"{caller.running.origin}/acs/{payment['id']}"


@pytest.mark.parametrize(("amount", "status"), [("20.00", 201), ("160.00", 402)])
async def test_the_limit_holds_for_recurring_charges_too(caller: Caller, amount: str, status: int) -> None:
    """160 is declined without the shopper as well; both are told as card payments."""
    parent = (await caller.post(charge())).json["id"]
    reply = await caller.post(recurring(parent, order_id="order-2", amount=amount))
    assert (reply.status, reply.json["payment_method"]) == (status, "card")


@pytest.mark.parametrize(
    ("instrument", "field"),
    [
        (card(pan="4242424242424241"), "payment_instrument.pan"),
        (card(exp_month=13), "payment_instrument.exp_month"),
        (card(exp_month=14), "payment_instrument.exp_month"),
    ],
)
async def test_a_card_that_cannot_be_is_a_validation_error(
    caller: Caller, instrument: dict[str, Any], field: str
) -> None:
    """400 that names the field."""
    reply = await caller.post(charge(payment_instrument=instrument))
    assert (reply.status, reply.json["errors"][0]["field"]) == (400, field)


@pytest.mark.parametrize("year", [2025, 2222])
async def test_any_year_is_taken(caller: Caller, year: int) -> None:
    """Whether the gateway minds a year gone by is unknown; clients with such fixtures exist."""
    assert (await caller.post(charge(payment_instrument=card(exp_year=year)))).status == 201
