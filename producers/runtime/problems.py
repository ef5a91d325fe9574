"""What stops a boot, as values: settings that contradict each other, a Redis that forgets."""

from __future__ import annotations

from producers.errors import FieldError


class Problem(FieldError):
    """One thing an operator must mend: the settings concerned, what is wrong, and the way out."""

    __slots__ = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The settings concerned, each by itself."""
        return tuple(self.field.split(", "))


def problem(code: str, names: tuple[str, ...] | str, message: str) -> Problem:
    """A problem with one setting, or with several that disagree."""
    return Problem(names if isinstance(names, str) else ", ".join(names), code, message)
