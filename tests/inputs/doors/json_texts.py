"""JSON as text: one object, every key once, plain UTF-8, small and shallow."""

from __future__ import annotations

import codecs
import pickle

from producers.contract.strict_json import BYTES_MAX, DEPTH_MAX, decode_json_object
from producers.errors import InvalidCommand
from tests.inputs.doors.charges import refused
from tests.inputs.rows import Row, Told
from tests.inputs.world import World
from tests.unit.contract.builders import PAN

#: The text, the code, and where it says that the text is wrong.
_BAD: list[tuple[bytes | str, str, str]] = [
    (b"", "json_invalid", "(byte 0)"),
    (b"   ", "json_invalid", "(byte 3)"),
    (b'{"amount": NaN}', "json_invalid", "(byte 11)"),
    (b'{"amount": Infinity}', "json_invalid", "(byte 11)"),
    (b'{"amount": -Infinity}', "json_invalid", "(byte 11)"),
    (b'{"NaN": "NaN", "n": NaN}', "json_invalid", "(byte 20)"),
    (b'{"a": 1, "a": 2}', "json_invalid", "(byte 9)"),
    (b'{"a": {"b": 1, "c": [], "b": 1}}', "json_invalid", "(byte 24)"),
    (b'{"a": 1, "\\u0061": 2}', "json_invalid", "(byte 9)"),
    ('{"ä": 1, "ä": 2}'.encode(), "json_invalid", "(byte 10)"),
    (b'{"a": 1,}', "json_invalid", "(byte 8)"),
    (b'{"a": 1} // note', "json_invalid", "(byte 9)"),
    (b'/* note */ {"a": 1}', "json_invalid", "(byte 0)"),
    (b"{'a': 1}", "json_invalid", "(byte 1)"),
    (b'{"a": 01}', "json_invalid", "(byte 7)"),
    (b'{"a": +1}', "json_invalid", "(byte 6)"),
    (b'{"a": .5}', "json_invalid", "(byte 6)"),
    (b'{"a": 0x10}', "json_invalid", "(byte 7)"),
    (b'{"a": tru}', "json_invalid", "(byte 6)"),
    (b'{"a": "b', "json_invalid", "(byte 6)"),
    (b'{"a": "\n"}', "json_invalid", "(byte 7)"),
    (b'{"a": "\\x"}', "json_invalid", "(byte 7)"),
    (b'{"a": 1}{"a": 1}', "json_invalid", "(byte 8)"),
    (b'{"a": 1', "json_invalid", "(byte 7)"),
    (b'{"a": "\xff"}', "json_invalid", "(byte 7)"),
    (b'{"a": "\xed\xa0\x80"}', "json_invalid", "(byte 7)"),
    (b'{"a": "\xc0\xaf"}', "json_invalid", "(byte 7)"),
    (b'{"a": 1}\x00', "json_invalid", "(byte 8)"),
    (codecs.BOM_UTF8 + b'{"a": 1}', "json_invalid", "(byte 0)"),
    ('{"a": 1}'.encode("utf-16"), "json_invalid", "(byte 0)"),
    ('{"a": 1}'.encode("utf-16-le"), "json_invalid", "(byte 1)"),
    ('{"a": 1}'.encode("utf-32"), "json_invalid", "(byte 0)"),
    (b'{"a": ' + b"9" * 25 + b"}", "json_invalid", "(byte 6)"),
    (b'{"a": ' + b"9" * 5000 + b"}", "json_invalid", "(byte 6)"),
    (b'{"a": ' + b"[" * DEPTH_MAX + b"]" * DEPTH_MAX + b"}", "json_invalid", f"(byte {5 + DEPTH_MAX})"),
    (b"[" * (BYTES_MAX - 1), "json_invalid", f"(byte {DEPTH_MAX})"),
    (b'{"a":' * 2000, "json_invalid", f"(byte {5 * DEPTH_MAX})"),
    (b"[" * 10_000_000, "json_invalid", f"(byte {BYTES_MAX})"),
    (pickle.dumps({"a": 1}), "json_invalid", "(byte 0)"),
    (b"\x1f\x8b\x08\x00", "json_invalid", "(byte 1)"),
    (b"\x81\xa1a\x01", "json_invalid", "(byte 0)"),
    (b"[]", "payload_type", "expected a JSON object, {...}"),
    (b'"text"', "payload_type", "expected a JSON object, {...}"),
    (b"null", "payload_type", "expected a JSON object, {...}"),
    (b"1", "payload_type", "expected a JSON object, {...}"),
    (b"1e400", "payload_type", "expected a JSON object, {...}"),
    (b'{"' + PAN.encode() + b'": 1, "' + PAN.encode() + b'": 2}', "json_invalid", "(byte 24)"),
    (b'{"pan": ' + PAN.encode() * 2 + b"}", "json_invalid", "(byte 8)"),
    (b'"' + PAN.encode() + b'"', "payload_type", "expected a JSON object, {...}"),
    (PAN.encode(), "payload_type", "expected a JSON object, {...}"),
    (b"true", "payload_type", "expected a JSON object, {...}"),
    (b"-0", "payload_type", "expected a JSON object, {...}"),
    (b"-NaN", "json_invalid", "(byte 0)"),
    (b'{"a": Infinity1}', "json_invalid", "(byte 6)"),
    (b'{"a": -' + b"9" * 25 + b"}", "json_invalid", "(byte 7)"),
    (b'{"a": "\x00"}', "json_invalid", "(byte 7)"),
    (b'{"a": "\x1f"}', "json_invalid", "(byte 7)"),
    (b'{"a": 1, "b"}', "json_invalid", "(byte 12)"),
    (b'{"a" 1}', "json_invalid", "(byte 5)"),
    (b"{a: 1}", "json_invalid", "(byte 1)"),
    (b'{"a": }', "json_invalid", "(byte 6)"),
    (b'{"a": 1}}', "json_invalid", "(byte 8)"),
    (b'{"a": "\\u00g0"}', "json_invalid", "(byte 8)"),
    (b'{"a": "\\', "json_invalid", "(byte 6)"),
    (b"\x00" * 100, "json_invalid", "(byte 0)"),
    (b"\xf4\x90\x80\x80", "json_invalid", "(byte 0)"),
    (b"a=1&b=2", "json_invalid", "(byte 0)"),
    (b"<charge/>", "json_invalid", "(byte 0)"),
    (b"---\namount: 10.00\n", "json_invalid", "(byte 0)"),
    ("\ufeff{}", "json_invalid", "(byte 0)"),
    ("{\u2028}", "json_invalid", "(byte 1)"),
    ('{"ä": ä}', "json_invalid", "(byte 7)"),
    ("\ud800", "json_invalid", "(byte 0)"),
    ("{" * 20_000, "json_invalid", f"(byte {BYTES_MAX})"),
]

ROWS = [Row(f"{code}-{number}", text, code, says=where) for number, (text, code, where) in enumerate(_BAD)]


def knock(world: World, given: bytes | str) -> Told:
    """Decode it."""
    try:
        decode_json_object(given)
    except InvalidCommand as refusal:
        return refused(refusal)
    return Told(frozenset(), "an object")
