"""The fields of a notification and what each may hold.

The signature covers names and values without anything between them, so text can be moved from one field into the next,
or a whole field into the text of another, and the signature still fits. What keeps the reading unique is the shape of
each value: only a few fields are words, and words that hold another field with a value of its shape are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_STATUS: Final = "approved|declined|pending|processing"
_TYPE: Final = "purchase|authorization"
_UUID: Final = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PRINTABLE: Final = r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]"

#: Words: a description, and whatever a field holds that only the operator knows.
WORDS: Final = re.compile(rf"{_PRINTABLE}{{0,255}}")

#: The shape of every field. What may be empty is: the gateway signs and sends empty fields too.
FIELDS: Final[Mapping[str, re.Pattern[str]]] = {
    name: re.compile(shape)
    for name, shape in {
        "amount": r"[0-9]{1,7}(?:\.[0-9]{1,4})?",
        "country": r"(?:[A-Z]{2})?",
        "created": r"(?:[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,3})?Z)?",
        "currency": r"[A-Z]{3}",
        "description": WORDS.pattern,
        "error": rf"(?:[0-9]{{3,5}}(?::{_PRINTABLE}{{0,250}})?)?",
        "id": _UUID,
        "live": r"(?:0|1|true|false)?",
        "merchant_advice_code": rf"(?:[0-9]{{2}}(?::{_PRINTABLE}{{0,100}})?)?",
        "order_id": r"[A-Za-z0-9'.-]{2,50}",
        "payment_method": r"[a-z]{0,20}",
        "project_id": r"[A-Za-z0-9_-]{1,64}",
        "status": _STATUS,
        "threeds_status_reason": rf"(?:[0-9]{{2}}(?::{_PRINTABLE}{{0,100}})?)?",
        "type": _TYPE,
    }.items()
}

#: What must be there. A hint without one of them could not be followed, and a field that is needed cannot be hidden.
REQUIRED: Final = ("amount", "currency", "id", "order_id", "project_id", "status", "type")

#: Another field inside words: its name, and right behind it a value of its shape. `error` may be empty and follows
#: `description` at once.
_SHIFTED: Final = re.compile(
    rf"amount[0-9]|country[A-Z]{{2}}|created[0-9]{{4}}-|currency[A-Z]{{3}}|id{_UUID}|live(?:0|1|true|false|order_id)"
    rf"|order_id|payment_method|project_id|status(?:{_STATUS})|type(?:{_TYPE})|signature[0-9a-f]{{64}}"
    r"|error(?:[0-9]{3,5}|\Z)|merchant_advice_code|threeds_status_reason"
)


def is_shifted(words: str) -> bool:
    """Whether a value holds what looks like another field."""
    return _SHIFTED.search(words) is not None
