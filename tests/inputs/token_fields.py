"""Charges by a token that must be refused, and cards of which no token is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from tests.inputs.cards import DASHED, LIVE_PAN
from tests.inputs.charge_fields import ODD, Bad
from tests.unit.contract.builders import CARD, FIELDS, PAN, PAYMENT_ID, card_fields
from tests.unit.contract.tokens import KEPT, SCOPE, a_token, bytes_of, text_of, the_token, token_fields


def _nested(**changes: object) -> dict[str, object]:
    return {**FIELDS, "payment_instrument": {"token": the_token(), "cvc": "123", **changes}}


def _made(**scope: Any) -> str:
    return a_token(replace(SCOPE, **scope)).text


_DATA = bytes_of(the_token())
#: What is no token, however like one it looks.
NO_TOKENS: Final[Mapping[str, Any]] = {
    "number": 42,
    "true": True,
    "list": [the_token()],
    "object": {"token": the_token()},
    "odd": ODD,
    "bytes": the_token().encode(),
    "blank": " ",
    "prefix alone": "tok_",
    "no prefix": the_token().removeprefix("tok_"),
    "another prefix": the_token().replace("tok_", "tok-"),
    "capitals": the_token().upper(),
    "a card": PAN,
    "a card behind the prefix": f"tok_{PAN}",
    "padded": the_token() + "=",
    "a line end": the_token() + "\n",
    "a space": " " + the_token(),
    "other base64": the_token() + "+/",
    "letters of elsewhere": "tok_\u0105" + the_token()[5:],
    "cut": the_token()[:40],
    "without what is sealed": text_of(_DATA[: 22 + _DATA[21]]),
    "a length that lies": text_of(_DATA[:21] + b"\xff" + _DATA[22:]),
    "nothing shown": text_of(_DATA[:21] + b"\0" + _DATA[22 + _DATA[21] :]),
    "another version": text_of(b"\x02" + _DATA[1:]),
    "another spelling": text_of(_DATA[:21] + bytes([_DATA[21] + 1]) + b" " + _DATA[22:]),
    "a card shown": text_of(_DATA.replace(b'"1111"', b'"' + PAN[:4].encode() * 4 + b'"')),
    "too long": "tok_" + "A" * 60_000,
}

BY_TOKEN = [
    *(Bad({"token": given}, "token", "token_format", token_fields) for given in NO_TOKENS.values()),
    Bad({"token": the_token()[:40]}, "payment_instrument.token", "token_format", _nested),
    Bad({"backup": {"token": "tok_", "cvc": "123"}}, "backup.token", "token_format", card_fields),
    Bad({"token": _made(account="other")}, "token", "token_scope", token_fields),
    Bad({"token": _made(account="other"), "account": "default"}, "token", "token_scope", token_fields),
    Bad({"token": _made(mode="live")}, "token", "token_scope", token_fields),
    Bad({}, "token", "token_scope", token_fields, mode="live"),
    Bad({"backup": {"token": _made(account="other"), "cvc": "123"}}, "backup.token", "token_scope", card_fields),
    Bad({"token": a_token(card=replace(KEPT, exp_year=2025)).text}, "token", "card_expired", token_fields),
    Bad({"pan": PAN}, "token", "instrument_ambiguous", token_fields),
    Bad({"holder": "Ona Petraityte"}, "token", "instrument_ambiguous", token_fields),
    Bad({"exp_month": 4}, "token", "instrument_ambiguous", token_fields),
    Bad({"payment_id": PAYMENT_ID}, "token", "instrument_ambiguous", token_fields),
    Bad({"payment_id": PAYMENT_ID}, "payment_instrument.token", "instrument_ambiguous", _nested),
    Bad({"payment_instrument": dict(CARD)}, "payment_instrument", "instrument_ambiguous", token_fields),
    Bad({"payment_method": "recurring"}, "payment_method", "instrument_ambiguous", token_fields),
    Bad({"cvc": ""}, "cvc", "card_cvc_missing", token_fields),
    Bad({"cvc": "12"}, "cvc", "card_cvc_length", token_fields),
    Bad({"cvc": 123}, "payment_instrument.cvc", "card_cvc_type", _nested),
    Bad({"backup": {"token": the_token(), "cvc": "123"}}, "backup", "backup_same", token_fields),
]

#: What no token is made of: changes to a card, the field, and the code.
NO_CARDS: Final[tuple[tuple[Mapping[str, Any], str, str], ...]] = (
    ({"cvc": "123"}, "cvc", "cvc_kept"),
    ({"cvc": PAN}, "cvc", "cvc_kept"),
    ({"pan": ""}, "pan", "card_number_missing"),
    ({"pan": int(PAN)}, "pan", "card_number_type"),
    ({"pan": DASHED}, "pan", "card_number_format"),
    ({"pan": LIVE_PAN}, "pan", "card_number_live_in_test"),
    ({"exp_month": 13}, "exp_month", "card_expiry_month"),
    ({"exp_year": 2020}, "exp_year", "card_expired"),
    ({"holder": ""}, "holder", "card_holder_missing"),
    ({"holder": f"O {PAN}"}, "holder", "card_number_in_text"),
    ({"account": "a b"}, "account", "account_format"),
    ({"account": PAN}, "account", "card_number_in_text"),
    ({"token": the_token()}, "token", "field_unknown"),
    ({PAN: "1"}, "?", "field_unknown"),
)
#: A card that is good for as long as tests are run.
GOOD: Final[Mapping[str, Any]] = {"pan": PAN, "exp_month": 4, "exp_year": 2040, "holder": "Ona Petraityte"}
