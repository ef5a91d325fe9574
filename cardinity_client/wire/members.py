"""Strict JSON, and the members that the gateway's objects are made of.

Reading is strict where money hangs on it. Python's `json` keeps the last of two equal keys, accepts NaN and
turns `1e400` into infinity; here each of these makes the body not believable. Members this package does not
know are ignored, because the gateway adds some now and then.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Final, NoReturn, cast

from cardinity_client.errors import MoneyError, ResponseInvalid
from cardinity_client.money import Money

#: Characters of a gateway text that are kept. Its own limits are below this.
TEXT_MAX: Final = 512

#: Ids are UUIDs so far. Any that is safe in a path is taken: a charge must not become unknown over its id's
#: shape.
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,63}", re.ASCII)

#: RFC 3339 in UTC with 0 to 3 fractional digits: `.3Z` is 300 ms.
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,3}))?(?:Z|\+00:00)", re.ASCII
)

#: What stands before the words of a refusal and is kept: "3000: Do Not Honor".
_CODE = re.compile(r"[0-9]{1,5}: ", re.ASCII)

#: What in the gateway's words may be a card number, however grouped, or a security code.
_CARD_DIGITS = re.compile(r"\d(?:[ -]?\d){2,}")

#: What in our own words may be a card number. Shorter runs are kept: a token may have some.
_CARD_NUMBER = re.compile(r"\d(?:[ -]?\d){11,}")

_LAST4 = re.compile(r"[0-9]{4}", re.ASCII)


class MemberInvalid(Exception):
    """A member is missing or not what it should be. The reader of the object says of which one."""

    def __init__(self, member: str) -> None:
        super().__init__(member)
        self.member = member


def parse_object(body: bytes) -> dict[str, object]:
    """One JSON object. Raises ResponseInvalid `json_invalid`, `duplicate_keys` or `not_an_object`."""
    try:
        value = _DECODER.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        raise ResponseInvalid("json_invalid", "the body is not JSON") from None
    if not isinstance(value, dict):
        raise ResponseInvalid("not_an_object", "the body is not a JSON object")
    return cast("dict[str, object]", value)


def without_card_digits(text: str) -> str:
    """Words of the gateway as they may be kept: it could repeat the card that it was sent."""
    code = _CODE.match(text)
    start = code.end() if code else 0
    return text[:start] + _CARD_DIGITS.sub("#", text[start:])


def valid_id(text: str) -> bool:
    """Whether an id may be put into a path."""
    return _ID.fullmatch(text) is not None


def text(row: Mapping[str, object], member: str) -> str | None:
    """Text, cut at TEXT_MAX; None when it is missing. Raises MemberInvalid, as all below do."""
    value = row.get(member)
    if value is None:
        return None
    if not isinstance(value, str) or not _encodable(value):
        raise MemberInvalid(member)
    return value[:TEXT_MAX]


def required(row: Mapping[str, object], member: str) -> str:
    """Text that must be there."""
    value = text(row, member)
    if not value:
        raise MemberInvalid(member)
    return value


def words(row: Mapping[str, object], member: str) -> str | None:
    """Words of the gateway."""
    value = text(row, member)
    return None if value is None else without_card_digits(value)


def own_words(row: Mapping[str, object], member: str) -> str | None:
    """Words that were ours: a token in them is found again, a card number is not."""
    value = text(row, member)
    return None if value is None else shown(value)


def shown(value: str) -> str:
    """Words of ours as they are kept."""
    return _CARD_NUMBER.sub("#", value[:TEXT_MAX])


def whole(row: Mapping[str, object], member: str) -> str:
    """Text that is used as it is, so never cut."""
    value = row.get(member)
    if not isinstance(value, str) or not _encodable(value):
        raise MemberInvalid(member)
    return value


def mapping(row: Mapping[str, object], member: str) -> Mapping[str, object] | None:
    """An object inside; None when it is missing."""
    value = row.get(member)
    if value is not None and not isinstance(value, dict):
        raise MemberInvalid(member)
    return value


def identifier(row: Mapping[str, object], member: str = "id") -> str:
    """An id."""
    value = required(row, member)
    if not valid_id(value):
        raise MemberInvalid(member)
    return value


def amount(row: Mapping[str, object]) -> Money:
    """`amount` and `currency`. What is not money asks for an alarm."""
    try:
        return Money.parse(row.get("amount"), row.get("currency"))
    except MoneyError as problem:
        raise ResponseInvalid("amount_invalid", "the amount is not money", alarm=True) from problem


def moment(row: Mapping[str, object], member: str = "created") -> datetime:
    """A time, aware UTC, exact to the millisecond."""
    match = _MOMENT.fullmatch(required(row, member))
    if match is None:
        raise MemberInvalid(member)
    seconds, fraction = match.groups(default="")
    try:
        found = datetime.fromisoformat(seconds)
    except ValueError:
        raise MemberInvalid(member) from None
    return found.replace(microsecond=int(fraction.ljust(6, "0")), tzinfo=UTC)


def status(row: Mapping[str, object], known: Collection[str]) -> str:
    """One of the known statuses."""
    value = required(row, "status")
    if value not in known:
        raise ResponseInvalid("status_unseen", "the status is none of the known ones")
    return value


def flag(row: Mapping[str, object], member: str) -> bool:
    """True or false, and nothing that could be taken for one of them."""
    value = row.get(member)
    if not isinstance(value, bool):
        raise MemberInvalid(member)
    return value


def last4(instrument: Mapping[str, object]) -> str | None:
    """The four digits of a card that may be kept; None when anything else is there."""
    value = instrument.get("pan")
    return value if isinstance(value, str) and _LAST4.fullmatch(value) else None


def written(found: datetime) -> str:
    """A time as the gateway wants it: UTC, three fractional digits, `Z`."""
    return found.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _encodable(value: str) -> bool:
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ResponseInvalid("duplicate_keys", "a JSON object names a member twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# A number with a point stays the bytes it was: neither text nor a number, so no member that is read takes it.
_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant, parse_float=str.encode)
