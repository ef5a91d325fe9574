"""The test mode's triggers, one by one, and how a finalize ends."""

from typing import Any

import pytest
from msgspec.structs import replace

from cardinity_client.sandbox.charges import WantedCharge, read_charge
from cardinity_client.sandbox.rules import APPROVED, Verdict, brand, finalize, judge
from cardinity_client.sandbox.wire import Instrument, Payment, ThreedsV1, ThreedsV2
from tests.unit.sandbox.bodies import THREEDS2, charge, recurring

PARENT = "3f3a1b52-7c1e-4d0c-9a51-0b6f4e2d9c10"
DO_NOT_HONOR = "3000: Do Not Honor"
FAILED = "33333: 3D Secure Authorization Failed."
ADVICE = "03: Do not try again"
FAILED_AT_ONCE = Verdict("declined", FAILED, reason="01: Card authentication failed")
ACS_URL = "https://bank.example/acs"
V2_PASSED = Verdict("pending", v2="3ds2-pass")
V2_FAILED = Verdict("pending", v2="3ds2-fail")
V1_PASSED = Verdict("pending", v1="3d-pass")
V1_FAILED = Verdict("pending", v1="3d-fail")


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (charge(), APPROVED),
        (charge(pan="4222222222222"), APPROVED),
        (charge(pan="5555555555554444"), APPROVED),
        (charge(threeds2_data=THREEDS2), APPROVED),
        (charge(amount="150.00"), APPROVED),
        (charge(amount="150.01"), Verdict("declined", DO_NOT_HONOR)),
        (charge(amount="150.23"), Verdict("declined", DO_NOT_HONOR)),
        (charge(amount="200.00"), Verdict("declined", DO_NOT_HONOR)),
        (charge(amount="150", currency="JPY"), APPROVED),
        (charge(amount="151", currency="JPY"), Verdict("declined", DO_NOT_HONOR)),
        (charge(amount="150.001", currency="KWD"), Verdict("declined", DO_NOT_HONOR)),
        (recurring(PARENT, amount="20.00"), APPROVED),
        (recurring(PARENT, amount="160.00"), Verdict("declined", DO_NOT_HONOR)),
        (recurring(PARENT, description="3d-fail"), APPROVED),
        (charge(pan="5454545454545454", threeds2_data=THREEDS2), V2_PASSED),
        (charge(pan="5454545454545454", threeds2_data=THREEDS2, description="3ds2-Testing"), V2_PASSED),
        (charge(pan="5454545454545454"), V1_PASSED),
        (charge(pan="5454545454545454", amount="160.00"), Verdict("declined", DO_NOT_HONOR)),
        (charge(pan="4200000000000000", threeds2_data=THREEDS2), V2_FAILED),
        (charge(pan="5454545454540109", amount="150.23"), FAILED_AT_ONCE),
        (charge(pan="5454545454540109"), FAILED_AT_ONCE),
        (charge(pan="5454545454540018", amount="150.23"), Verdict("declined", DO_NOT_HONOR, advice=ADVICE)),
        (charge(pan="5454545454540018"), APPROVED),
        (charge(description="3ds2-pass", threeds2_data=THREEDS2), V2_PASSED),
        (charge(description="3ds2-pass"), APPROVED),
        (charge(description="3d-pass"), V1_PASSED),
        (charge(description="3d-fail"), V1_FAILED),
        (charge(description="3d-pass", threeds2_data=THREEDS2), V1_PASSED),
        (charge(amount="0.00", settle=False, pan="5555555555554444", threeds2_data=THREEDS2), APPROVED),
    ],
)  # fmt: skip
def test_a_trigger_has_its_verdict(body: dict[str, Any], verdict: Verdict) -> None:
    """Every trigger of the test mode decides as the reference says."""
    assert judge(_wanted(body)) == verdict


def test_an_account_without_version_1_declines_what_needs_it() -> None:
    """A card that would fall back to 3-D Secure 1 is declined where that is switched off."""
    wanted = _wanted(charge(pan="5454545454545454"))
    assert judge(wanted, threeds_v1=False) == Verdict("declined", "3014: SCA Required")


@pytest.mark.parametrize(
    ("pan", "name"),
    [
        ("4111111111111111", "Visa"),
        ("5454545454545454", "MasterCard"),
        ("2221", "MasterCard"),
        ("378282246310005", "American Express"),
        ("5018", "Maestro"),
        ("9999", "Unknown"),
    ],
)
def test_the_first_digits_name_the_scheme(pan: str, name: str) -> None:
    """The brand told back is decided by the number's prefix."""
    assert brand(pan[:4]) == name


@pytest.mark.parametrize(
    ("pending", "document", "status"),
    [
        ("v2", {"cres": "3ds2-pass"}, "approved"),
        ("v2", {"cres": "3ds2-fail"}, "declined"),
        ("v2", {"cres": "what another bank said"}, "declined"),
        ("v2", {"cres": "3ds2-pass", "<some-id>": "<some-id>"}, "approved"),
        ("v1", {"authorize_data": "3d-pass"}, "approved"),
        ("v1", {"authorize_data": "3d-fail"}, "declined"),
        ("both", {"cres": "3ds2-pass"}, "approved"),
        ("both", {"authorize_data": "3d-pass"}, "approved"),
        ("both", {"cres": "3d-pass"}, "pending"),
    ],
)
def test_a_finalize_ends_as_the_bank_said(pending: str, document: object, status: str) -> None:
    """A finalized payment has its final status, and 3-D Secure data only while it is pending."""
    payment = finalize(_pending(pending), document)
    assert isinstance(payment, Payment)
    assert payment.status == status
    assert payment.error == (FAILED if status == "declined" else None)
    assert bool(payment.threeds2_data or payment.authorization_information) == (status == "pending")


def test_a_technical_failure_without_version_1_is_a_decline() -> None:
    """Where the old protocol is switched off there is nothing to fall back to."""
    payment = finalize(_pending("v2"), {"cres": "3d-pass"}, threeds_v1=False)
    assert isinstance(payment, Payment)
    assert (payment.status, payment.error) == ("declined", FAILED)


def test_a_technical_failure_falls_back_to_version_1() -> None:
    """A version 2 challenge answered with a version 1 token stays pending, with both objects."""
    payment = finalize(_pending("v2"), {"cres": "3d-pass"})
    assert payment == _pending("both")


@pytest.mark.parametrize(
    ("pending", "document"),
    [
        ("v2", {}),
        ("v2", []),
        ("v2", {"cres": ""}),
        ("v2", {"cres": 1}),
        ("v2", {"cres": "3ds2-pass", "authorize_data": "3d-pass"}),
        ("v2", {"authorize_data": "3d-pass"}),
        ("v1", {"cres": "3ds2-pass"}),
        ("none", {"cres": "3ds2-pass"}),
    ],
)
def test_a_finalize_that_makes_no_sense_is_refused(pending: str, document: object) -> None:
    """Nothing, both, the wrong version or a payment that is not pending: a validation error, no change."""
    assert isinstance(finalize(_pending(pending), document), tuple)


def _wanted(body: dict[str, Any]) -> WantedCharge:
    wanted = read_charge(body)
    assert isinstance(wanted, WantedCharge), wanted
    return wanted


def _pending(version: str) -> Payment:
    """Pending on version "v1", "v2" or "both"; approved for "none"."""
    approved = Payment(
        id=PARENT,
        amount="10.00",
        currency="EUR",
        created="2026-01-15T10:00:00.123Z",
        type="purchase",
        live=False,
        status="approved",
        country="LT",
        payment_method="card",
        payment_instrument=Instrument("Visa", "1111", 2031, 4, "Ona Petraityte"),
    )
    v1 = ThreedsV1(ACS_URL, "3d-pass") if version in ("v1", "both") else None
    v2 = ThreedsV2(ACS_URL, "3ds2-pass") if version in ("v2", "both") else None
    status: Any = "pending" if v1 or v2 else "approved"
    return replace(approved, status=status, authorization_information=v1, threeds2_data=v2)
