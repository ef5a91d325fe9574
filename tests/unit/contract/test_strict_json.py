"""The JSON reader refuses whatever two readers could read differently, and says where."""

import codecs
import json
import pickle

import pytest

from producers.contract.strict_json import BYTES_MAX, DEPTH_MAX, decode_json_object
from producers.errors import InvalidCommand

BAD = [
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
]


@pytest.mark.parametrize(("data", "code", "where"), BAD, ids=[str(number) for number in range(len(BAD))])
def test_bad_json_is_refused_where_it_is_bad(data: bytes, code: str, where: str) -> None:
    """The code is stable and the offset counts bytes."""
    with pytest.raises(InvalidCommand) as caught:
        decode_json_object(data)
    assert (caught.value.code, caught.value.message[-len(where) :]) == (code, where)


def test_the_text_is_never_repeated() -> None:
    """Not even the key that stands twice is in the error."""
    with pytest.raises(InvalidCommand) as caught:
        decode_json_object(b'{"4111111111111111": 1, "4111111111111111": 2}')
    assert "4111" not in str(caught.value)


def test_good_json_is_read_as_the_standard_reads_it() -> None:
    """Escapes, numbers, nesting and every kind of value."""
    text = '{"a": [1, -2.5e3, true, false, null], "\\u00e9\\n": {"b": "NaN [[[ \\" }"}, "": ""}'
    assert decode_json_object(text) == json.loads(text)


def test_a_text_with_brackets_in_it_is_not_deep() -> None:
    """Brackets inside strings do not count as depth."""
    assert decode_json_object(b'{"a": "' + b"[{" * 100 + b'"}') == {"a": "[{" * 100}


def test_the_limit_is_the_callers() -> None:
    """Who knows that it is small may say so."""
    with pytest.raises(InvalidCommand):
        decode_json_object(b'{"a": 1}', bytes_max=7)
