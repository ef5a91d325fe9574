"""Envelopes of what only few charges have: holds, suffixes, 3-D Secure data. In the version with words for them, and
of that order alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from producers.contract.data_keys import DataKey
from producers.contract.header import Facts
from tests.unit.contract.builders import SEALING, a_charge, facts, sealed, threeds_fields
from tests.unit.contract.envelopes import CHARGE, PLAINTEXT, assembled, parts
from tests.unit.contract.tokens import a_charge_by_token, the_token

_PLAIN = sealed(CHARGE)
_HEADER = parts(_PLAIN)[0]
_HOLD, _NAMED = a_charge(settle=False), a_charge(statement_descriptor_suffix="Kettles")
_ASKED = a_charge(threeds2_data=threeds_fields())
_GOES_ON = a_charge(needs_customer="link")
_KNOWN = a_charge(customer="cust-42", customer_ip="192.0.2.7")
_TOKEN = a_charge_by_token()
_DATA_KEY = DataKey(SEALING, "shop")
#: What is no 3-D Secure data.
_WRONG = (b"{}", b"[]", b"7", b'{"notification_url":"ftp://x","browser_info":{}}')


def _rows() -> Iterator[tuple[str, bytes, Facts, str, str]]:
    yield "a charge for a hold", _PLAIN, facts(CHARGE, settle=False), "envelope_mismatch", "settle"
    yield "a hold for a charge", sealed(_HOLD), facts(CHARGE), "envelope_mismatch", "settle"
    yield "another suffix", sealed(_NAMED), facts(_NAMED, suffix="Kettle"), "envelope_mismatch", "suffix"
    yield "a suffix for none", sealed(_NAMED), facts(CHARGE), "envelope_mismatch", "suffix"
    yield "3-D Secure data cut", sealed(_ASKED)[:-40], facts(_ASKED), "envelope_auth_failed", ""
    old = _HEADER.replace(b'"mode":"test"', b'"mode":"test","settle":false')
    data = assembled(old, _DATA_KEY.seal(PLAINTEXT, old))
    yield "a hold in words that the version lacks", data, facts(_HOLD), "envelope_auth_failed", ""
    data = assembled(_HEADER, _DATA_KEY.seal(_with(msgspec.json.encode(_ASKED.threeds)), _HEADER))
    yield "3-D Secure data that the version lacks", data, facts(CHARGE), "envelope_auth_failed", ""
    yield (
        "a charge that ends for one that goes on",
        _PLAIN,
        facts(CHARGE, further="link"),
        "envelope_mismatch",
        "further",
    )
    yield (
        "one that goes on otherwise",
        sealed(_GOES_ON),
        facts(_GOES_ON, further="backup"),
        "envelope_mismatch",
        "further",
    )
    yield "one that goes on for one that ends", sealed(_GOES_ON), facts(CHARGE), "envelope_mismatch", "further"
    header = parts(sealed(_ASKED))[0].replace(b'"mode":"test"', b'"mode":"test","further":"link"')
    data = assembled(header, _DATA_KEY.seal(PLAINTEXT, header), version=3)
    yield "one that goes on in words that the version lacks", data, facts(_GOES_ON), "envelope_auth_failed", ""
    yield "another customer", sealed(_KNOWN), facts(_KNOWN, customer="cust-43"), "envelope_mismatch", "customer"
    yield "another address", sealed(_KNOWN), facts(_KNOWN, customer_ip="192.0.2.8"), "envelope_mismatch", "customer_ip"
    yield "no customer any more", sealed(_KNOWN), facts(_KNOWN, customer=None), "envelope_mismatch", "customer"
    yield "a customer for nobody", _PLAIN, facts(CHARGE, customer="cust-42"), "envelope_mismatch", "customer"
    header = parts(sealed(_GOES_ON))[0].replace(b'"further":"link"', b'"further":"link","customer":"cust-42"')
    data = assembled(header, _DATA_KEY.seal(PLAINTEXT, header), version=4)
    yield "a customer in words that the version lacks", data, facts(_KNOWN), "envelope_auth_failed", ""
    yield "another customer of a token", sealed(_TOKEN), facts(_TOKEN, customer="c"), "envelope_mismatch", "customer"
    header = parts(sealed(_KNOWN))[0]
    data = assembled(header, _DATA_KEY.seal(_by_token(the_token()), header), version=5)
    yield "a token that the version lacks", data, facts(_KNOWN), "envelope_auth_failed", ""
    header = parts(sealed(_TOKEN))[0]
    for name, text in (("of nothing", ""), ("cut", the_token()[:40]), ("of a card", "4111111111111111")):
        data = assembled(header, _DATA_KEY.seal(_by_token(text), header), version=6)
        yield f"a token {name}", data, facts(_TOKEN), "token_format", ""
    header = parts(sealed(_ASKED))[0]
    for number, wrong in enumerate(_WRONG):
        data = assembled(header, _DATA_KEY.seal(_with(wrong), header), version=3)
        yield f"wrong 3-D Secure data {number}", data, facts(_ASKED), "envelope_auth_failed", ""


def _by_token(text: str) -> bytes:
    return msgspec.json.encode({"kind": "token", "token": text, "cvc": "123"})


def _with(threeds: bytes) -> bytes:
    return PLAINTEXT[:-1] + b',"threeds":' + threeds + b"}"


#: Name, envelope, what the worker knows of the order, code and field.
WITH_MORE = [*_rows()]
