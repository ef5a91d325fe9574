"""Reads the fields of a mapping by their rules and keeps what was wrong: a caller learns all at once."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeVar

from producers.contract.fields import Refusal, is_absent
from producers.errors import FieldError

#: Unknown fields that are named in one answer, at the most.
UNKNOWN_NAMED_MAX: Final = 8

#: Names an unknown field may have to be repeated: in a file without a header, card data are the names.
_SHOWN = re.compile(r"[A-Za-z_][A-Za-z_.-]{0,31}[0-9]{0,2}")

T = TypeVar("T")


@dataclass(slots=True)
class Form:
    """Fields being read. `path` leads to them from what the caller gave; nested forms share `errors`."""

    values: Mapping[str, object]
    path: str = ""
    errors: list[FieldError] = field(default_factory=list)

    def gives(self, name: str) -> bool:
        """Whether the field is there and neither null nor empty."""
        return not is_absent(self.values.get(name))

    def read(self, name: str, rule: Callable[[object], T]) -> T | None:
        """The value by its rule; None and one more error when the rule refuses."""
        try:
            return rule(self.values.get(name))
        except Refusal as refusal:
            self.refuse(name, refusal.code, refusal.message)
            return None

    def read_if_given(self, name: str, rule: Callable[[object], T]) -> T | None:
        """As `read`; None without an error when the field is not given."""
        return self.read(name, rule) if self.gives(name) else None

    def refuse(self, name: str, code: str, message: str) -> None:
        """Keep one more error, about the field of that name."""
        self.errors.append(FieldError(self.path + name, code, message))

    def refuse_others(self, known: Sequence[str]) -> None:
        """Refuse the fields that are not known."""
        unknown = (name for name in self.values if name not in known)
        self.errors += (unknown_field(name, known, self.path) for name in islice(unknown, UNKNOWN_NAMED_MAX))


def unknown_field(name: object, known: Sequence[str], path: str = "") -> FieldError:
    """The error for a field nobody knows, with the one it resembles. A name that may be data is hidden."""
    if not isinstance(name, str) or not _SHOWN.fullmatch(name):
        return FieldError(f"{path}?", "field_unknown", "a field whose name is not shown here does not exist")
    close = difflib.get_close_matches(name.lower(), known, n=1)
    hint = f'; did you mean "{close[0]}"?' if close else ""
    return FieldError(path + name, "field_unknown", f"does not exist{hint}")
