"""What declines mean: the strictest known code holds, and what is not known is named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client.declines import ADVICE_CODES, DECLINE_CODES, THREEDS_REASONS, Remedy, decline_of, read_decline
from cardinity_client.wire import parse_payment
from tests.unit.client.builders import encoded, payment_row

HOUR_S = 3600

TEXTS = st.none() | st.text(max_size=20) | st.from_regex(r"[0-9]{1,5}(: [A-Za-z ]{0,20})?", fullmatch=True)


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        ("3000: Do Not Honor", Remedy.SOFT_WAIT),
        ("3000: Expired card", Remedy.UPDATE_CARD),
        ("3000: Invalid card number", Remedy.UPDATE_CARD),
        ("3000: N7 (Visa), decline, CVV2 failure", Remedy.UPDATE_CARD),
        ("3001: Insufficient funds", Remedy.SOFT_WAIT),
        ("3004: Transaction not permitted to cardholder", Remedy.UNSUITED),
        ("3006: Invalid Card Number", Remedy.UPDATE_CARD),
        ("3013: Invalid CVV", Remedy.UPDATE_CARD),
        ("3014: SCA Required", Remedy.NEEDS_CUSTOMER),
        ("33333: 3D Secure Authorization Failed.", Remedy.NEEDS_CUSTOMER),
        ("3333: 3D Secure Authorization Failed", Remedy.NEEDS_CUSTOMER),
        ("3001", Remedy.SOFT_WAIT),
    ],
)
def test_the_banks_own_code_has_a_remedy(error: str, remedy: Remedy) -> None:
    """The number before the colon decides; only 3000 was once everybody's, and has its words read."""
    assert read_decline(error, None, None).remedy is remedy


@pytest.mark.parametrize(
    ("code", "remedy", "wait_s"),
    [
        ("01", Remedy.UPDATE_CARD, None),
        ("02", Remedy.SOFT_WAIT, None),
        ("03", Remedy.NEVER_AGAIN, None),
        ("04", Remedy.UNSUITED, None),
        ("21", Remedy.NEVER_AGAIN, None),
        ("24", Remedy.SOFT_WAIT, HOUR_S),
        ("25", Remedy.SOFT_WAIT, 24 * HOUR_S),
        ("26", Remedy.SOFT_WAIT, 48 * HOUR_S),
        ("27", Remedy.SOFT_WAIT, 96 * HOUR_S),
        ("28", Remedy.SOFT_WAIT, 144 * HOUR_S),
        ("29", Remedy.SOFT_WAIT, 192 * HOUR_S),
        ("30", Remedy.SOFT_WAIT, 240 * HOUR_S),
        *((code, Remedy.UNSUITED, None) for code in ("40", "41", "42", "43")),
    ],
)
def test_the_schemes_advice_has_a_remedy(code: str, remedy: Remedy, wait_s: int | None) -> None:
    """Each advice code is known, with the wait it asks for."""
    decline = read_decline(None, f"{code}: words", None)
    assert (decline.remedy, decline.wait_s) == (remedy, wait_s)


def test_every_advice_code_is_tried_above() -> None:
    """The table has the codes 01 02 03 04 21 24 to 30 and 40 to 43, no more and no fewer."""
    assert [*ADVICE_CODES] == [f"{code:02}" for code in (1, 2, 3, 4, 21, *range(24, 31), *range(40, 44))]


def test_the_strictest_word_holds() -> None:
    """A scheme that forbids is not overruled by a bank that only asks to wait, and the other way round."""
    assert read_decline("3001: Insufficient funds", "03: Do not try again", None).remedy is Remedy.NEVER_AGAIN
    assert read_decline("3006: Invalid Card Number", "02: Try later", None).remedy is Remedy.UPDATE_CARD
    assert read_decline("33333: Failed", None, "10: Stolen card").remedy is Remedy.NEVER_AGAIN


def test_what_is_not_known_stays_visible() -> None:
    """A code of no table has no remedy, and is named with the place it stood in."""
    decline = read_decline("3009: New", "22: New", "odd words " * 10)
    assert (decline.remedy, decline.known) == (None, {})
    assert decline.unknown == (
        "error 3009",
        "merchant_advice_code 22",
        "threeds_status_reason odd words odd words odd words odd words ",
    )


def test_a_known_code_beside_an_unknown_one_is_used() -> None:
    """What is understood counts, what is not is named beside it."""
    decline = read_decline("3009: New", "25: Later", None)
    assert (decline.remedy, decline.wait_s, decline.unknown) == (Remedy.SOFT_WAIT, 24 * HOUR_S, ("error 3009",))


def test_codes_survive_the_reading_of_the_wire() -> None:
    """The reader hides digits of cards, and none of the codes."""
    for error in DECLINE_CODES:
        for advice, reason in zip(ADVICE_CODES, [*THREEDS_REASONS, "01", "01"], strict=True):
            row = payment_row(
                status="declined",
                error=f"{error}: x",
                merchant_advice_code=f"{advice}: x",
                threeds_status_reason=f"{reason}: x",
            )
            assert decline_of(parse_payment(encoded(row))).unknown == ()


@given(error=TEXTS, advice=TEXTS, reason=TEXTS)
def test_any_texts_can_be_read(error: str | None, advice: str | None, reason: str | None) -> None:
    """Each text that is given is either known or named, whatever it says."""
    decline = read_decline(error, advice, reason)
    given_texts = [text for text in (error, advice, reason) if text is not None]
    assert len(decline.known) + len(decline.unknown) == len(given_texts)
    assert (decline.remedy is None) == (not decline.known)
