"""Amounts: one spelling per value, every other refused with its code."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cardinity_client import EXPONENTS, Money, MoneyError

#: Arabic-Indic and full-width digits, which `int` and `Decimal` take for numbers.
ARABIC, WIDE = "\u0661\u0660.\u0660\u0660", "\uff11\uff10.\uff10\uff10"
OTHER_SPELLINGS = (
    *("NaN", "Infinity", "-0.00", "1e3", "0x10", "1_000.00", "1,000.00", "10,00", "+10.00", "010.00"),
    *("10.", ".50", "-", "--1.00", "-010.00", "\u00b2"),
    *("", " 10.00", "10.00\n", "10 .00", "10.00\x00", ARABIC, WIDE),
)


def code_of(text: object, currency: object) -> str:
    with pytest.raises(MoneyError) as caught:
        Money.parse(text, currency)
    return caught.value.code


@pytest.mark.parametrize("text", [10.0, 10, True, None, [], {}, b"10.00"])
def test_only_text_is_an_amount(text: object) -> None:
    """Numbers, booleans, null and containers are refused by type, so no float ever becomes money."""
    assert code_of(text, "EUR") == "amount_type"


@pytest.mark.parametrize(
    ("text", "currency"),
    [("10", "EUR"), ("10.5", "EUR"), ("10.005", "EUR"), ("10.00", "JPY"), ("1.00", "KWD")],
)
def test_decimals_must_be_the_currencys_own(text: str, currency: str) -> None:
    """An amount has exactly as many decimals as its currency."""
    assert code_of(text, currency) == "amount_scale"


@pytest.mark.parametrize("text", ["-5.00", "-0.01", "-5"])
def test_negative_amounts_are_refused_as_such(text: str) -> None:
    """A well-formed amount below zero is named by its sign."""
    assert code_of(text, "EUR") == "amount_sign"


@pytest.mark.parametrize("text", OTHER_SPELLINGS)
def test_other_spellings_are_no_amounts(text: str) -> None:
    """What Decimal, float or a Unicode-aware pattern would accept is refused by format."""
    assert code_of(text, "EUR") == "amount_format"


@pytest.mark.parametrize("text", ["10000000.00", "9" * 5000 + ".00", "9" * 5000])
def test_amounts_have_at_most_seven_digits_before_the_point(text: str) -> None:
    """The eighth digit, and the five-thousandth, is too many."""
    assert code_of(text, "EUR") == "amount_maximum"


@pytest.mark.parametrize("currency", ["eur", "EURO", "", "ZZZ", "€", "XXX", None, 978])
def test_currencies_are_active_iso_codes(currency: object) -> None:
    """Anything but an active upper-case ISO 4217 code is unknown."""
    assert code_of("10.00", currency) == "currency_unknown"


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("10.00", "EUR", 1000),
        ("0.00", "EUR", 0),
        ("0.05", "USD", 5),
        ("10", "JPY", 10),
        ("1.234", "KWD", 1234),
        ("9999999.99", "GBP", 999_999_999),
        ("0.0001", "CLF", 1),
    ],
)
def test_the_one_spelling_is_read(text: str, currency: str, minor: int) -> None:
    """The spelling with the currency's decimals is read into minor units."""
    assert Money.parse(text, currency) == Money(minor, currency)


@given(minor=st.integers(0, 99_999_999), currency=st.sampled_from(sorted(EXPONENTS)))
def test_text_and_parse_are_each_others_inverse(minor: int, currency: str) -> None:
    """What an amount is written as is read back as the same amount, in every currency."""
    money = Money(minor % 10 ** (7 + EXPONENTS[currency]), currency)
    assert Money.parse(money.text, currency) == money


@given(
    text=st.text(alphabet="0123456789.-+eE ,_\n\u0661", max_size=12),
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
)
def test_no_two_spellings_mean_the_same_amount(text: str, currency: str) -> None:
    """Whatever is accepted is exactly what would have been written."""
    try:
        money = Money.parse(text, currency)
    except MoneyError:
        return
    assert money.text == text


@pytest.mark.parametrize(
    ("minor", "code"),
    [(-1, "amount_sign"), (1.0, "amount_type"), (True, "amount_type"), ("1", "amount_type")],
)
def test_minor_units_are_whole_and_not_negative(minor: object, code: str) -> None:
    """Money cannot be made of floats, booleans or debts."""
    with pytest.raises(MoneyError) as caught:
        Money(minor, "EUR")  # type: ignore[arg-type]
    assert caught.value.code == code


def test_the_currencies_without_two_decimals_are_known() -> None:
    """Yen, won and peso have none, the dinars three, the Chilean unit of account four."""
    assert [EXPONENTS[code] for code in ("JPY", "KRW", "CLP", "BHD", "KWD", "CLF", "EUR")] == [
        0,
        0,
        0,
        3,
        3,
        4,
        2,
    ]
