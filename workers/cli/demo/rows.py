"""The payments of the demo: row n is always the same, so files of any length agree line by line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from cardinity_client.money import EXPONENTS, Money
from producers.contract.commands import BATCH_COLUMNS

#: The batch file that ships with the product.
SHIPPED: Final = Path(__file__).with_name("payments.csv")
#: Its rows.
SHIPPED_ROWS: Final = 2000

#: How the order_ids begin.
PREFIX: Final = "DEMO-"

#: Cards that the gateway's test mode approves, up to 150.00 of any currency.
_APPROVED: Final = ("4111111111111111", "5555555555554444", "4222222222222", "4200000000000000")
#: A card that fails authentication whatever the amount, and one that is declined with advice above 150.00.
_FAILS, _ADVISED = "5454545454540109", "5454545454540018"
_CURRENCIES: Final = ("EUR", "EUR", "EUR", "EUR", "GBP", "USD", "PLN", "JPY", "KWD")
_COUNTRIES: Final = ("LT", "LV", "EE", "PL", "DE", "FR", "GB", "US")
_HOLDERS: Final = (
    "Ona Petraitienė",
    "Jānis Bērziņš",
    "Mari Tamm",
    "Łukasz Nowak",
    "Zoë Müller",
    "Ada Lovelace",
)
#: Cards must stay valid for as long as the file is shipped.
_EXP_YEAR: Final = 2040
#: A payment the gateway has never seen: charging its card again is what it answers with 400.
_NO_SUCH_PAYMENT: Final = "00000000-0000-4000-a000-{:012d}"

#: Which rows are declined for their amount, for their card, and rejected: every n-th, from an early one on.
_OVER_EVERY, _OVER_AT = 20, 7
_FAILS_EVERY, _FAILS_AT = 90, 13
_REJECTED_EVERY, _REJECTED_AT = 1000, 29


def lines(count: int, first: int = 1) -> Iterator[str]:
    """The header of a batch file and `count` rows from number `first` on, each with its line end."""
    yield ",".join(BATCH_COLUMNS) + "\n"
    for number in range(first, first + count):
        fields = row(number)
        yield ",".join(fields.get(column, "") for column in BATCH_COLUMNS) + "\n"


def write_batch(path: Path, count: int) -> None:
    """A batch file of that many rows: the shipped one, cut or carried on."""
    with (
        SHIPPED.open(encoding="utf-8", newline="") as shipped,
        path.open("w", encoding="utf-8", newline="") as file,
    ):
        file.writelines(islice(shipped, count + 1))
        file.writelines(islice(lines(count), SHIPPED_ROWS + 1, None))


def row(number: int) -> dict[str, str]:
    """The fields of that payment."""
    currency = _CURRENCIES[number % len(_CURRENCIES)]
    common = {
        "order_id": f"{PREFIX}{number:06d}",
        "currency": currency,
        "country": _COUNTRIES[number % len(_COUNTRIES)],
        "description": f"Invoice {number}",
    }
    if number % _REJECTED_EVERY == _REJECTED_AT:
        return {**common, "amount": _amount(number, currency), "payment_id": _NO_SUCH_PAYMENT.format(number)}
    over, fails = number % _OVER_EVERY == _OVER_AT, number % _FAILS_EVERY == _FAILS_AT
    pan = _FAILS if fails else _ADVISED if over and number % 3 == 0 else _APPROVED[number % len(_APPROVED)]
    return {
        **common,
        "amount": _amount(number, currency, over=over),
        "pan": pan,
        "exp_month": str(1 + number % 12),
        "exp_year": str(_EXP_YEAR),
        "cvc": f"{number % 1000:03d}",
        "holder": _HOLDERS[number % len(_HOLDERS)],
    }


def _amount(number: int, currency: str, *, over: bool = False) -> str:
    """From 1.00 to 149.99, above 150 for those that are declined; whole units where there is no smaller."""
    hundredths = 15_001 + number * 7919 % 14_900 if over else 100 + number * 7919 % 14_900
    return Money(hundredths * 10 ** EXPONENTS[currency] // 100 + over, currency).text


if __name__ == "__main__":
    with SHIPPED.open("w", encoding="utf-8", newline="") as shipped_file:
        shipped_file.writelines(lines(SHIPPED_ROWS))
