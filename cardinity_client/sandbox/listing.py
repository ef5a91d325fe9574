"""What all lists of the gateway have in common: how many rows, and how a fault puts them out of order."""

import re
from typing import Final
from urllib.parse import parse_qs

import msgspec

from cardinity_client.sandbox.form import FieldError
from cardinity_client.sandbox.plan import Rule

LIMIT_DEFAULT: Final = 10
LIMIT_MAX: Final = 100

_LIMIT: Final = re.compile(r"[0-9]{1,3}")


def read_limit(query: bytes) -> int | tuple[FieldError, ...]:
    """How many rows a list may have; a complaint when that is no number from 1 to 100."""
    text = parse_qs(query.decode("latin-1"), keep_blank_values=True).get("limit", [str(LIMIT_DEFAULT)])[0]
    if _LIMIT.fullmatch(text) and 1 <= int(text) <= LIMIT_MAX:
        return int(text)
    return (FieldError("limit", text, f"must be between 1 and {LIMIT_MAX}"),)


def disordered(page: bytes, rule: Rule) -> bytes:
    """The same rows, each of them twice and the oldest left out for it, or the oldest first."""
    rows = msgspec.json.decode(page, type=list[msgspec.Raw])
    told = rows[::-1] if rule.fault == "list_reordered" else [row for row in rows for _ in range(2)][: len(rows)]
    return msgspec.json.encode(told)
