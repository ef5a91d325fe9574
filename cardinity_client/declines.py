"""What a decline means for the next try, as data. Pure: it decides nothing, it says what the bank said.

A bank speaks in up to three codes: its own (`error`), the card scheme's advice (`merchant_advice_code`), and why 3-D
Secure failed (`threeds_status_reason`). The strictest of those that are known holds: a scheme that says "never again"
is not overruled by a bank that says "insufficient funds". A code that is not known says nothing, and is named, so that
somebody can look.

Of the gateway's own codes 3000 to 3008, 3013, 3014 and 33333 are known. The scheme's are Mastercard's merchant advice
codes; of the third kind, EMV 3-D Secure's reasons, the gateway has shown only 01.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, NamedTuple

from cardinity_client.models.payments import Payment

_HOUR_S: Final = 3600
_DAY_S: Final = 24 * _HOUR_S


class Remedy(IntEnum):
    """What could help. The higher, the stricter."""

    SOFT_TECHNICAL = 1  #: somebody's machine failed; the same again may do
    SOFT_WAIT = 2  #: the same card may do later: more money, another day
    UNSUITED = 3  #: this card does not do for this kind of charge, whenever it is tried
    NEEDS_CUSTOMER = 4  #: the customer must confirm, with 3-D Secure
    UPDATE_CARD = 5  #: what is known of the card is wrong or old; ask for it anew
    NEVER_AGAIN = 6  #: a further try of this card is forbidden


class Meaning(NamedTuple):
    """One code. `wait_s` is how long the scheme asks to wait before the next try."""

    remedy: Remedy
    text: str
    wait_s: int | None = None


#: The gateway's own codes, which stand before the colon in `error`.
DECLINE_CODES: Final[Mapping[str, Meaning]] = {
    "3000": Meaning(Remedy.SOFT_WAIT, "rejected by the issuer"),
    "3001": Meaning(Remedy.SOFT_WAIT, "insufficient funds"),
    "3002": Meaning(Remedy.SOFT_WAIT, "do not honour"),
    "3003": Meaning(Remedy.SOFT_WAIT, "exceeds the frequency limit"),
    "3004": Meaning(Remedy.UNSUITED, "transaction not permitted to the cardholder"),
    "3005": Meaning(Remedy.SOFT_WAIT, "exceeds the amount limit"),
    "3006": Meaning(Remedy.UPDATE_CARD, "invalid card number"),
    "3007": Meaning(Remedy.UNSUITED, "restricted card, cash machines only"),
    "3008": Meaning(Remedy.UNSUITED, "restricted card"),
    "3013": Meaning(Remedy.UPDATE_CARD, "invalid security code"),
    "3014": Meaning(Remedy.NEEDS_CUSTOMER, "strong customer authentication required"),
    "3333": Meaning(Remedy.NEEDS_CUSTOMER, "3-D Secure failed"),
    "33333": Meaning(Remedy.NEEDS_CUSTOMER, "3-D Secure failed"),
}

#: What 3000 stands for besides, going by its words: it was once the code of every decline.
_OLD_WORDS: Final[Mapping[str, Meaning]] = {
    "expired": Meaning(Remedy.UPDATE_CARD, "expired card"),
    "invalid card": Meaning(Remedy.UPDATE_CARD, "invalid card number"),
    "cvv": Meaning(Remedy.UPDATE_CARD, "invalid security code"),
}

#: Mastercard's merchant advice codes.
ADVICE_CODES: Final[Mapping[str, Meaning]] = {
    "01": Meaning(Remedy.UPDATE_CARD, "new account information is available"),
    "02": Meaning(Remedy.SOFT_WAIT, "cannot be approved now, try later"),
    "03": Meaning(Remedy.NEVER_AGAIN, "do not try again"),
    "04": Meaning(Remedy.UNSUITED, "token requirements are not fulfilled"),
    "21": Meaning(Remedy.NEVER_AGAIN, "the cardholder has cancelled the payment"),
    "24": Meaning(Remedy.SOFT_WAIT, "try again after 1 hour", _HOUR_S),
    "25": Meaning(Remedy.SOFT_WAIT, "try again after 24 hours", _DAY_S),
    "26": Meaning(Remedy.SOFT_WAIT, "try again after 2 days", 2 * _DAY_S),
    "27": Meaning(Remedy.SOFT_WAIT, "try again after 4 days", 4 * _DAY_S),
    "28": Meaning(Remedy.SOFT_WAIT, "try again after 6 days", 6 * _DAY_S),
    "29": Meaning(Remedy.SOFT_WAIT, "try again after 8 days", 8 * _DAY_S),
    "30": Meaning(Remedy.SOFT_WAIT, "try again after 10 days", 10 * _DAY_S),
    "40": Meaning(Remedy.UNSUITED, "a prepaid card that cannot be topped up"),
    "41": Meaning(Remedy.UNSUITED, "a virtual card number for one use"),
    "42": Meaning(Remedy.UNSUITED, "a prepaid or virtual card"),
    "43": Meaning(Remedy.UNSUITED, "a virtual card number for several uses"),
}

#: EMV 3-D Secure's transaction status reasons.
THREEDS_REASONS: Final[Mapping[str, Meaning]] = {
    "01": Meaning(Remedy.NEEDS_CUSTOMER, "card authentication failed"),
    "02": Meaning(Remedy.NEEDS_CUSTOMER, "unknown device"),
    "03": Meaning(Remedy.NEEDS_CUSTOMER, "unsupported device"),
    "04": Meaning(Remedy.SOFT_WAIT, "exceeds the frequency limit of authentications"),
    "05": Meaning(Remedy.UPDATE_CARD, "expired card"),
    "06": Meaning(Remedy.UPDATE_CARD, "invalid card number"),
    "07": Meaning(Remedy.UNSUITED, "invalid transaction"),
    "08": Meaning(Remedy.UPDATE_CARD, "no record of the card"),
    "09": Meaning(Remedy.SOFT_TECHNICAL, "security failure"),
    "10": Meaning(Remedy.NEVER_AGAIN, "stolen card"),
    "11": Meaning(Remedy.NEVER_AGAIN, "suspected fraud"),
    "12": Meaning(Remedy.UNSUITED, "transaction not permitted to the cardholder"),
    "13": Meaning(Remedy.UNSUITED, "cardholder not enrolled"),
    "14": Meaning(Remedy.SOFT_TECHNICAL, "the bank's page timed out"),
}

#: The code before the words, or alone.
_CODE: Final = re.compile(r"\s*([0-9]{1,5})\s*(?::.*)?", re.ASCII | re.DOTALL)

#: Characters of an unreadable text that are named.
_NAMED_MAX: Final = 40


@dataclass(frozen=True, slots=True)
class Decline:
    """What is known of one decline. `remedy` is None when no code of it is known.

    `known` has the meanings by where their code stood, and `unknown` what could not be understood, as
    `"merchant_advice_code 22"`. `wait_s` is the scheme's wish; it counts only where the remedy is to wait.
    """

    remedy: Remedy | None
    wait_s: int | None
    known: Mapping[str, Meaning]
    unknown: tuple[str, ...]


def read_decline(error: str | None, merchant_advice_code: str | None, threeds_status_reason: str | None) -> Decline:
    """What the three texts of a declined payment say together."""
    known: dict[str, Meaning] = {}
    unknown: list[str] = []
    for name, text, table in (
        ("error", error, DECLINE_CODES),
        ("merchant_advice_code", merchant_advice_code, ADVICE_CODES),
        ("threeds_status_reason", threeds_status_reason, THREEDS_REASONS),
    ):
        if text is None:
            continue
        code = _CODE.fullmatch(text)
        meaning = _old_meaning(text, table.get(code[1])) if code else None
        if meaning is not None:
            known[name] = meaning
        else:
            unknown.append(f"{name} {code[1] if code else text[:_NAMED_MAX]}")
    strictest = max(known.values(), key=lambda meaning: meaning.remedy, default=None)
    waits = [meaning.wait_s for meaning in known.values() if meaning.wait_s is not None]
    return Decline(strictest.remedy if strictest else None, max(waits, default=None), known, tuple(unknown))


def decline_of(payment: Payment) -> Decline:
    """The same for a payment."""
    return read_decline(payment.error, payment.merchant_advice_code, payment.threeds_status_reason)


def _old_meaning(text: str, meaning: Meaning | None) -> Meaning | None:
    if meaning is not DECLINE_CODES["3000"]:
        return meaning
    lower = text.lower()
    return next((old for words, old in _OLD_WORDS.items() if words in lower), meaning)
