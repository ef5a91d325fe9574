"""Tells whether two charges name the same instrument, without telling the instrument.

The fingerprint stays in the ledger after the charge, so it is keyed (a plain hash of a card number is the
card number: there are too few of them) and it leaves out the CVC, which must not survive the charge in any
form: whoever had key and card number would need a thousand tries to get it back.

Who has a token does not know its card, so a token is told by its own id. That stays when the token is sealed anew, and
says nothing of the card: the same card by its fields, or by another token, is another instrument.
"""

from __future__ import annotations

import hmac

import msgspec

from cardinity_client.models.payments import Card, PaymentReference
from cardinity_client.secret import Secret
from producers.contract.commands import Charge
from producers.contract.instruments import Instrument
from producers.contract.tokens import CardToken

#: Hex digits of a fingerprint: 128 bits, so that two instruments never share one by chance.
HEX_DIGITS = 32


def instrument_fingerprint(charge: Charge, key: Secret[bytes]) -> str:
    """The fingerprint of the charge's card (number, expiry, holder), of its token, or of its
    payment_id.

    Every producer of a ledger needs the same key: under another one the same card looks like a conflict.
    """
    return _fingerprint(charge.instrument, key)


def reference_fingerprint(payment_id: str, key: Secret[bytes]) -> str:
    """That of every charge that names this earlier payment."""
    return _fingerprint(PaymentReference(payment_id), key)


def _fingerprint(instrument: Instrument, key: Secret[bytes]) -> str:
    return hmac.digest(key.reveal(), _identity(instrument), "sha256").hex()[:HEX_DIGITS]


def _identity(instrument: Instrument) -> bytes:
    """One spelling per instrument; JSON keeps the parts apart."""
    match instrument:
        case Card(pan, exp_month, exp_year, _, holder):
            return msgspec.json.encode(("card", pan.reveal(), exp_month, exp_year, holder))
        case CardToken(token):
            return msgspec.json.encode(("token", token.token_id))
        case PaymentReference(payment_id):
            return msgspec.json.encode(("payment_id", payment_id))
