"""The JSON reader refuses whatever two readers could read differently, and says where."""

import json

import pytest

from producers.contract.strict_json import decode_json_object
from producers.errors import InvalidCommand


def test_good_json_is_read_as_the_standard_reads_it() -> None:
    """Escapes, numbers, nesting and every kind of value."""
    text = '{"a": [1, -2.5e3, true, false, null], "\\u00e9\\n": {"b": "NaN [[[ \\" }"}, "": ""}'
    assert decode_json_object(text) == json.loads(text)


def test_a_text_with_brackets_in_it_is_not_deep() -> None:
    """Brackets inside strings do not count as depth."""
    assert decode_json_object(b'{"a": "' + b"[{" * 100 + b'"}') == {"a": "[{" * 100}


@pytest.mark.parametrize("sign", ["", "-"])
def test_a_number_may_have_24_digits(sign: str) -> None:
    """The sign is none of them; one more is refused where it stands, sign or not."""
    assert decode_json_object(f'{{"a": {sign}{"9" * 24}}}') == {"a": int(sign + "9" * 24)}
    with pytest.raises(InvalidCommand, match=rf"byte {6 + len(sign)}"):
        decode_json_object(f'{{"a": {sign}{"9" * 25}}}')


def test_the_limit_is_the_callers() -> None:
    """Who knows that it is small may say so."""
    with pytest.raises(InvalidCommand):
        decode_json_object(b'{"a": 1}', bytes_max=7)
