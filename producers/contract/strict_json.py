"""JSON as it must be: one object, every key once, plain UTF-8, small and shallow.

The standard decoder is generous where money must not be: the last of two equal keys wins, NaN is a number,
UTF-16 is guessed, and a deep text ends in RecursionError. Here each is `json_invalid` with the byte where
it starts.
"""

from __future__ import annotations

import json
import re
from typing import Any, Final, NoReturn

from producers.errors import FieldError, InvalidCommand

#: Bytes of one command at the most. A charge takes about 400.
BYTES_MAX: Final = 16 * 1024
#: Objects and arrays inside each other at the most. A charge takes two.
DEPTH_MAX: Final = 8
#: Digits of one number at the most; 64 bits have 20. Beyond 4,300 Python raises an error of another kind.
NUMBER_DIGITS_MAX: Final = 24

#: Strings (an unfinished one goes to the end, so that brackets in it never count), structure, odd numbers.
_TOKEN = re.compile(
    rf'"(?:[^"\\]|\\.)*(?:"|\Z)|[\[\]{{}}:,]|NaN|-?Infinity|[0-9]{{{NUMBER_DIGITS_MAX + 1},}}', re.DOTALL
)
_BYTE_ORDER_MARK = "\ufeff"


def decode_json_object(data: bytes | str, *, bytes_max: int = BYTES_MAX) -> dict[str, object]:
    """The members of a JSON object.

    Raises:
        InvalidCommand: `json_invalid` with the offset in bytes, or `payload_type` when it is not an object.
            The text itself is never repeated.
    """
    if len(data) > bytes_max:
        _refuse(f"the text is longer than {bytes_max} bytes", bytes_max)
    text = _decode_utf8(data) if isinstance(data, bytes) else data
    if text.startswith(_BYTE_ORDER_MARK):
        _refuse("the text starts with a byte order mark", 0)
    _check_depth(text)
    value = _parse(text)
    if not isinstance(value, dict):
        raise InvalidCommand([FieldError("", "payload_type", "expected a JSON object, {...}")])
    return value


class _DuplicateKey(ValueError):
    """Two members of one object have the same key."""


class _Number(ValueError):
    """A number JSON does not have, or one that is too long."""


def _parse(text: str) -> object:
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        _refuse(error.msg, _bytes_before(text, error.pos))
    except _DuplicateKey:
        _refuse("a key appears twice in one object", _bytes_before(text, _duplicate_key_at(text)))
    except _Number as error:
        _refuse(str(error), _bytes_before(text, _odd_number_at(text)))


def _decode_utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        offset = error.start
    _refuse("the text is not UTF-8", offset)


def _check_depth(text: str) -> None:
    if text.count("{") + text.count("[") <= DEPTH_MAX:
        return
    depth = 0
    for token in _TOKEN.finditer(text):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(token.group(), 0)
        if depth > DEPTH_MAX:
            _refuse(f"objects and arrays are more than {DEPTH_MAX} deep", _bytes_before(text, token.start()))


def _duplicate_key_at(text: str) -> int:
    """Where the first repeated key stands, in a text that is known to be JSON up to there."""
    seen: list[set[str]] = []
    last = (0, "")
    for token in _TOKEN.finditer(text):
        match token.group():
            case "{" | "[":
                seen.append(set())
            case "}" | "]":
                seen.pop()
            case ":":
                position, key = last
                if key in seen[-1]:
                    return position
                seen[-1].add(key)
            case ",":
                continue
            case string:
                last = (token.start(), str(json.loads(string)))
    return last[0]


def _odd_number_at(text: str) -> int:
    """Where the first thing stands that the decoder's hooks took for no number."""
    return next(token.start() for token in _TOKEN.finditer(text) if token.group()[0] in "NI-0123456789")


def _unique_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise _DuplicateKey
    return members


def _whole_number(digits: str) -> int:
    if len(digits.removeprefix("-")) > NUMBER_DIGITS_MAX:
        raise _Number(f"a number has more than {NUMBER_DIGITS_MAX} digits")
    return int(digits)


def _no_constant(name: str) -> NoReturn:
    raise _Number(f"{name} is no number of JSON")


def _refuse(message: str, offset: int) -> NoReturn:
    raise InvalidCommand([FieldError("", "json_invalid", f"{message} (byte {offset})")]) from None


def _bytes_before(text: str, position: int) -> int:
    return len(text[:position].encode("utf-8", "surrogatepass"))


_HOOKS: dict[str, Any] = {
    "object_pairs_hook": _unique_members,
    "parse_int": _whole_number,
    "parse_constant": _no_constant,
}
_DECODER = json.JSONDecoder(**_HOOKS)
