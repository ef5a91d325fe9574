"""Forms that a bank's page posts through a customer's browser, or somebody who pretends to be one."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from typing import Final

from cardinity_client import Secret
from producers import read_callback
from producers.contract.sessions import session_of
from producers.errors import InvalidCommand
from tests.inputs.cards import SPACED
from tests.inputs.doors.charges import refused
from tests.inputs.rows import Row, Told
from tests.inputs.world import World
from tests.unit.contract.builders import PAN


def _session(text: str) -> str:
    return urlsafe_b64encode(text.encode("utf-8", "surrogateescape")).decode()


#: What sessions are sealed with.
KEY: Final = Secret(b"k" * 32)
_V2, _V1 = {"threeDSSessionData": _session("ORD-1")}, {"MD": "ORD-1"}
_FORMS: list[tuple[Mapping[str, str], str, str]] = [
    ({}, "result_ambiguous", "cres"),
    ({"cres": ""}, "result_ambiguous", "cres"),
    (_V1, "result_ambiguous", "cres"),
    ({"cres": "{}", **_V2}, "result_charset", "cres"),
    ({"cres": "<script>", **_V2}, "result_charset", "cres"),
    ({"cres": "ä", **_V2}, "result_charset", "cres"),
    ({"cres": "a\x00", **_V2}, "result_charset", "cres"),
    ({"cres": SPACED + "%", **_V2}, "result_charset", "cres"),
    ({"cres": "\ud800", **_V2}, "result_charset", "cres"),
    ({"cres": "a" * 65_537, **_V2}, "result_length", "cres"),
    ({"cres": "a" * 10_000_000, **_V2}, "result_length", "cres"),
    ({"cres": " \r\n", **_V2}, "result_length", "cres"),
    ({"PaRes": "a" * 65_537, **_V1}, "result_length", "pares"),
    ({"PaRes": "a&b", **_V1}, "result_charset", "pares"),
    ({"cres": "eyJ9"}, "order_id_length", "threeDSSessionData"),
    ({"cres": "eyJ9", "MD": "ORD-1"}, "order_id_length", "threeDSSessionData"),
    ({"cres": "eyJ9", "threeDSSessionData": "%%%"}, "order_id_length", "threeDSSessionData"),
    ({"cres": "eyJ9", "threeDSSessionData": "ORD-1"}, "order_id_length", "threeDSSessionData"),
    ({"cres": "eyJ9", "threeDSSessionData": "ä"}, "order_id_length", "threeDSSessionData"),
    ({"cres": "eyJ9", "threeDSSessionData": "/w"}, "order_id_length", "threeDSSessionData"),
    ({"cres": "eyJ9", "threeDSSessionData": "A" * 10_000_000}, "order_id_length", "threeDSSessionData"),
    ({"cres": "eyJ9", "threeDSSessionData": _session("a b")}, "order_id_charset", "threeDSSessionData"),
    ({"cres": "eyJ9", "threeDSSessionData": _session(PAN)}, "card_number_in_text", "threeDSSessionData"),
    ({"cres": "eyJ9", "threeDSSessionData": _session("A-a2")}, "order_id_reserved", "threeDSSessionData"),
    ({"PaRes": "eyJ9"}, "order_id_length", "MD"),
    ({"PaRes": "eyJ9", "MD": "a\r\nb"}, "order_id_charset", "MD"),
    ({"PaRes": "eyJ9", "MD": PAN}, "card_number_in_text", "MD"),
    ({"PaRes": "eyJ9", **_V2}, "order_id_length", "MD"),
]
ROWS = [Row(f"{code} {number}", form, code, field) for number, (form, code, field) in enumerate(_FORMS)]

#: Of orders that a door open to everybody is told of: each with a name that would do elsewhere.
_UNSEALED: list[tuple[Mapping[str, str], str]] = [
    ({"cres": "eyJ9", **_V2}, "threeDSSessionData"),
    ({"cres": "eyJ9", "threeDSSessionData": ""}, "threeDSSessionData"),
    ({"cres": "eyJ9", "threeDSSessionData": _session(session_of("ORD-1", Secret(b"theirs")))}, "threeDSSessionData"),
    ({"cres": "eyJ9", "threeDSSessionData": _session(session_of("ORD-2", KEY)[:-1])}, "threeDSSessionData"),
    ({"cres": "eyJ9", "threeDSSessionData": _session(session_of("ORD-2", KEY).replace("2", "1", 1))},
     "threeDSSessionData"),
    ({"cres": "eyJ9", "threeDSSessionData": _session(f"{PAN}.{'0' * 32}")}, "threeDSSessionData"),
    ({"PaRes": "eyJ9", **_V1}, "MD"),
    ({"PaRes": "eyJ9", "MD": PAN}, "MD"),
    ({"PaRes": "eyJ9", "MD": f"ORD-1.{'0' * 32}"}, "MD"),
    ({"PaRes": "eyJ9", "MD": f" {session_of('ORD-1', KEY)}"}, "MD"),
    ({"PaRes": "eyJ9"}, "MD"),
]  # fmt: skip
SEALED = [Row(f"session_invalid {number}", form, "session_invalid", name)
          for number, (form, name) in enumerate(_UNSEALED)]  # fmt: skip


def knock_sealed(world: World, given: Mapping[str, str]) -> Told:
    """Read it as the door does that is open to everybody."""
    try:
        read_callback(given, key=KEY)
    except InvalidCommand as refusal:
        return refused(refusal)
    return Told(frozenset(), "a callback")


def knock(world: World, given: Mapping[str, str]) -> Told:
    """Read it."""
    try:
        read_callback(given)
    except InvalidCommand as refusal:
        return refused(refusal)
    return Told(frozenset(), "a callback")
