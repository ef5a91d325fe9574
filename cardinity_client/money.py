"""Amounts of money: whole minor units and a currency, read strictly, never through a float.

`Decimal` and `float` accept `1e3`, `NaN`, ` 10.00\\n`, `1_0` and Arabic digits; a gateway that reads such an
amount differently from us charges another sum. So there is one spelling per amount and currency, in ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Self

from cardinity_client.errors import MoneyError

_TWO_DECIMALS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE
CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD
HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP
MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD
SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS
VED VES WST XCD XCG YER ZAR ZMW ZWG
"""
_NO_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND"
_FOUR_DECIMALS = "CLF UYW"

#: Decimals of every active ISO 4217 currency. Metals, funds units without a minor unit and test codes are
#: left out.
EXPONENTS: Mapping[str, int] = MappingProxyType(
    dict.fromkeys(_TWO_DECIMALS.split(), 2)
    | dict.fromkeys(_NO_DECIMALS.split(), 0)
    | dict.fromkeys(_THREE_DECIMALS.split(), 3)
    | dict.fromkeys(_FOUR_DECIMALS.split(), 4)
)

#: ISO 4217's code where no currency is involved. No amount is read in it; `NO_MONEY` alone has it.
NO_CURRENCY = "XXX"

#: Digits before the point. The gateway's own SDKs send no more.
WHOLE_DIGITS_MAX = 7

_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Money:
    """`minor` whole minor units (cents, yen, fils) of `currency`. Never negative.

    Raises MoneyError `amount_type`, `amount_sign` or `currency_unknown`.
    """

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise MoneyError("amount_type", "minor units must be a whole number")
        if self.minor < 0:
            raise MoneyError("amount_sign", "must be positive")
        if self.minor or self.currency != NO_CURRENCY:
            _exponent(self.currency)

    @classmethod
    def parse(cls, text: object, currency: object) -> Self:
        """Reads the one accepted spelling, `"10.00"` for EUR and `"10"` for JPY.

        Raises MoneyError: `currency_unknown`, `amount_type`, `amount_format`, `amount_sign`,
        `amount_maximum`, `amount_scale`; the first that applies, in this order.
        """
        exponent = _exponent(currency)
        if not isinstance(text, str):
            raise MoneyError("amount_type", 'amount must be a string like "10.00"')
        whole, decimals = _digits(text)
        if len(whole) > WHOLE_DIGITS_MAX:
            raise MoneyError("amount_maximum", f"at most {WHOLE_DIGITS_MAX} digits before the point")
        if len(decimals) != exponent:
            raise MoneyError("amount_scale", _scale_rule(str(currency), exponent))
        return cls(int(whole + decimals), str(currency))

    @property
    def text(self) -> str:
        """The spelling `parse` reads and the gateway's wire carries."""
        exponent = EXPONENTS.get(self.currency, 0)
        digits = str(self.minor)
        if not exponent:
            return digits
        digits = digits.zfill(exponent + 1)
        return f"{digits[:-exponent]}.{digits[-exponent:]}"


#: What a void asks for.
NO_MONEY = Money(0, NO_CURRENCY)


def _exponent(currency: object) -> int:
    exponent = EXPONENTS.get(currency) if isinstance(currency, str) else None
    if exponent is None:
        raise MoneyError("currency_unknown", "currency must be an active ISO 4217 code like EUR")
    return exponent


def _digits(text: str) -> tuple[str, str]:
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise MoneyError("amount_format", "digits and one point only, like 10.00")
    sign, whole, decimals = match.groups(default="")
    if sign and (whole + decimals).strip("0"):
        raise MoneyError("amount_sign", "must be positive")
    if sign:
        raise MoneyError("amount_format", "zero has no sign")
    return whole, decimals


def _scale_rule(currency: str, exponent: int) -> str:
    return f"{currency} needs exactly {exponent} decimals" if exponent else f"{currency} has 0 decimals"
