"""What each field of a charge may be: one rule per field, from whatever was given to the value we mean.

A rule answers the value or raises `Refusal` with a stable code and what is expected. It never repeats what
it was given: card numbers turn up in the oddest fields, and refusals are printed, logged and sent back.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from cardinity_client.errors import MoneyError
from cardinity_client.money import EXPONENTS, Money
from producers.contract.card_numbers import contains_card_number
from producers.contract.countries import COUNTRIES

#: Characters of an order_id. The gateway allows 50; three are kept for `-a<k>` of a further attempt.
ORDER_ID_MIN, ORDER_ID_MAX = 2, 47
#: Characters of a description, by the gateway.
DESCRIPTION_MAX: Final = 255
#: Characters of an account's name: it is part of keys and metric labels.
ACCOUNT_MAX: Final = 64
#: The account of those who have only one.
ACCOUNT_DEFAULT: Final = "default"
#: Characters behind the merchant's name on a statement. The gateway's own clients say 20 and 25.
SUFFIX_MAX: Final = 20
#: The mode of a charge that is held first and then settled, once.
TWO_PHASE: Final = "two_phase"
#: That of one that is taken at once, by one request.
DIRECT: Final = "direct"
CHARGE_MODES: Final = (DIRECT, TWO_PHASE)

_ORDER_ID = re.compile(r"[A-Za-z0-9.-]+")
_RESERVED = re.compile(r".*-a[0-9]+")
_ACCOUNT = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{ACCOUNT_MAX - 1}}}")
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MILLISECONDS = re.compile(r"[0-9]{1,15}")

#: Looked through for card numbers, before a text is refused for its length anyway.
_SCAN_MAX: Final = 1024
#: Formatting characters that names and emoji need: zero-width non-joiner and joiner.
_JOINERS: Final = "\u200c\u200d"


class Refusal(Exception):
    """A field that is not what it must be, on its way to a `FieldError`; it never leaves the contract."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def read_order_id(value: object) -> str:
    """The merchant's name of the order."""
    expected = f"must be {ORDER_ID_MIN} to {ORDER_ID_MAX} characters"
    if is_absent(value):
        raise Refusal("order_id_length", f"is missing; it {expected}")
    text = read_text(value, "order_id_type")
    if not ORDER_ID_MIN <= len(text) <= ORDER_ID_MAX:
        raise Refusal("order_id_length", expected)
    if not _ORDER_ID.fullmatch(text):
        raise Refusal("order_id_charset", "may hold A-Z a-z 0-9 - and . only")
    if _RESERVED.fullmatch(text):
        raise Refusal("order_id_reserved", "must not end in -a and digits: that marks further attempts")
    return text


def read_currency(value: object) -> str:
    """An ISO 4217 code."""
    if isinstance(value, str) and value in EXPONENTS:
        return value
    raise Refusal("currency_unknown", "must be an ISO 4217 code in capitals, like EUR")


def read_amount(value: object, currency: str, *, settle: bool = True) -> Money:
    """A charge: at least half a unit of its currency, or nothing at all where nothing is to be taken."""
    if not isinstance(value, str):
        raise Refusal("amount_type", 'must be a string like "10.00"')
    try:
        amount = Money.parse(value, currency)
    except MoneyError as error:
        raise Refusal(error.code, error.message) from None
    if amount.minor * 2 < 10 ** EXPONENTS[currency] and (settle or amount.minor):
        raise Refusal("amount_minimum", "must be at least 0.50")
    return amount


def read_country(value: object) -> str:
    """The customer's country."""
    if isinstance(value, str) and value in COUNTRIES:
        return value
    raise Refusal("country_unknown", "must be an ISO 3166-1 alpha-2 code in capitals, like LT")


def read_description(value: object) -> str:
    """What the merchant calls the purchase."""
    text = read_text(value, "description_type")
    if len(text) > DESCRIPTION_MAX:
        raise Refusal("description_length", f"must be at most {DESCRIPTION_MAX} characters")
    if not is_printable(text):
        raise Refusal("description_charset", "must not hold control or direction characters")
    return text


def read_settle(value: object) -> bool:
    """Whether the amount is taken; false holds it. A cell of a file says it in words."""
    if isinstance(value, bool):
        return value
    if is_absent(value):
        return True
    if isinstance(value, str) and value in ("true", "false"):
        return value == "true"
    raise Refusal("settle_type", "must be true or false")


def read_mode(value: object) -> str:
    """How the amount is taken: at once, or in two phases; where nothing is said, as the account takes charges."""
    if isinstance(value, str) and value in CHARGE_MODES:
        return value
    raise Refusal("mode_unknown", f'must be "{DIRECT}" or "{TWO_PHASE}", or absent')


def read_suffix(value: object) -> str:
    """What stands behind the merchant's name on the customer's statement."""
    text = read_text(value, "suffix_type")
    if len(text) > SUFFIX_MAX:
        raise Refusal("suffix_length", f"must be at most {SUFFIX_MAX} characters")
    if not is_printable(text):
        raise Refusal("suffix_charset", "must not hold control or direction characters")
    return text


def read_account(value: object) -> str:
    """The merchant account to charge through, by our own name for it."""
    text = read_text(value, "account_type")
    if not _ACCOUNT.fullmatch(text):
        raise Refusal("account_format", f"must be 1 to {ACCOUNT_MAX} of A-Z a-z 0-9 _ -, no mark first")
    return text


def read_payment_id(value: object) -> str:
    """The gateway's id of an earlier approved payment, whose card is charged again."""
    if isinstance(value, str) and _UUID.fullmatch(value):
        return value
    raise Refusal("payment_id_format", "must be the gateway's payment id: a lower-case UUID")


def read_expires_at(value: object, now_ms: int) -> int:
    """When the order is no longer wanted, in ms since 1970 UTC."""
    if isinstance(value, str) and _MILLISECONDS.fullmatch(value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0 or value >= 10**15:
        raise Refusal("expires_format", "must be milliseconds since 1970 UTC, a whole number")
    if value <= now_ms:
        raise Refusal("expires_order", "must lie in the future")
    return value


def is_absent(value: object) -> bool:
    """Whether nothing was given. Only a text is compared: what data frames have for a gap answers oddly, or raises."""
    return value is None or (isinstance(value, str) and not value)


def read_text(value: object, code: str) -> str:
    """A string in which no card number stands; `code` is for what is no string."""
    if not isinstance(value, str):
        raise Refusal(code, "must be a string")
    if contains_card_number(value[:_SCAN_MAX]):
        raise Refusal("card_number_in_text", "holds a card number; card numbers belong in pan only")
    return value


def is_printable(text: str) -> bool:
    """No control, surrogate, line or direction characters: nothing that forges log lines or hides text."""
    if text.isascii():
        return text.isprintable()
    return not any(
        unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character not in _JOINERS
        for character in text
    )
