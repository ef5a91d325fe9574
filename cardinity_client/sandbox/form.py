"""Reads a decoded JSON object field by field and collects every complaint in the gateway's own words.

Unknown members are ignored, as the gateway ignores them; `null` counts as absent.
"""

import re
from collections.abc import Collection
from typing import Any, Final

import msgspec

_ABSENT: Final = "is required"


class FieldError(msgspec.Struct, frozen=True):
    """One entry of the error object's `errors`; `rejected` is a scalar: clients choke on anything else."""

    field: str
    rejected: str | int | float | bool | None
    message: str


#: The complaint about a body that is no JSON at all.
MALFORMED_BODY: Final = (FieldError("body", None, "malformed JSON"),)


class Form:
    """A view of one JSON object. After a complaint readers return a harmless stand-in: look at `errors`."""

    __slots__ = ("_members", "_prefix", "errors")

    def __init__(self, members: dict[str, Any], prefix: str = "", errors: list[FieldError] | None = None) -> None:
        self._members = members
        self._prefix = prefix
        self.errors: list[FieldError] = [] if errors is None else errors

    def value(self, name: str) -> Any:
        """The member as decoded, None when it is absent."""
        return self._members.get(name)

    def refuse(self, name: str, message: str) -> None:
        """Adds a complaint about a member, or `is required` when it is absent."""
        value = self._members.get(name)
        scalar = value if isinstance(value, str | int | float | bool) else None
        self.errors.append(FieldError(self._prefix + name, scalar, _ABSENT if value is None else message))

    def text(self, name: str, pattern: re.Pattern[str], message: str) -> str:
        """A string that the pattern matches whole."""
        value = self._members.get(name)
        if isinstance(value, str) and pattern.fullmatch(value):
            return value
        self.refuse(name, message)
        return ""

    def text_or_none(self, name: str, pattern: re.Pattern[str], message: str) -> str | None:
        """The same for a member that may be absent."""
        return None if self._members.get(name) is None else self.text(name, pattern, message)

    def choice(self, name: str, allowed: Collection[str], message: str) -> str:
        """A string out of a closed set."""
        value = self._members.get(name)
        if isinstance(value, str) and value in allowed:
            return value
        self.refuse(name, message)
        return ""

    def integer(self, name: str, low: int, high: int) -> int:
        """An integer in [low, high]; true and false are no integers here."""
        value = self._members.get(name)
        if type(value) is int and low <= value <= high:
            return value
        self.refuse(name, f"must be between {low} and {high}")
        return low

    def flag(self, name: str, *, default: bool) -> bool:
        """A boolean that may be absent."""
        value = self._members.get(name)
        if value is None:
            return default
        if type(value) is bool:
            return value
        self.refuse(name, "must be a boolean")
        return default

    def child(self, name: str) -> "Form":
        """The object under a member; complaints from it carry the dotted path."""
        value = self._members.get(name)
        if not isinstance(value, dict):
            self.refuse(name, "must be an object")
            # What is inside an object that is not there needs no complaints of its own.
            return Form({}, f"{self._prefix}{name}.", [])
        return Form(value, f"{self._prefix}{name}.", self.errors)
