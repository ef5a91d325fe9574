"""What a table of bad inputs is made of: rows, answers of doors, and the door itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from tests.inputs.world import World

#: Characters of an answer, unless the door says otherwise.
TEXT_MAX = 4000

#: A stable code, and the field it is about as the caller wrote it; empty when the whole is meant.
Complaint = tuple[str, str]


class Row(NamedTuple):
    """One bad input and how it must be answered.

    `says`: words the answer must hold beside code and field. `also`: what else is wrong with it; nothing more may be.
    """

    name: str
    given: Any
    code: str
    field: str = ""
    says: str = ""
    also: tuple[Complaint, ...] = ()

    def __repr__(self) -> str:
        return self.name  # what was given may be ten megabytes

    @property
    def complaints(self) -> frozenset[Complaint]:
        """Everything that must be complained about."""
        return frozenset(((self.code, self.field), *self.also))


class Told(NamedTuple):
    """A door's answer: every complaint, and all the text that anybody may see of it."""

    complaints: frozenset[Complaint]
    text: str


def told(code: str, field: str = "", text: str = "") -> Told:
    """An answer with one complaint."""
    return Told(frozenset({(code, field)}), text)


@dataclass(frozen=True, slots=True)
class Door:
    """A way in. `knock` puts an input through the real code; only errors that the door documents are caught there.

    `keeps`: there is state behind it, which no bad input may change. `repeats`: it plays the gateway, which tells
    back what it rejects; that none of it is kept is judged at the door of the gateway's answers. `text_max` bounds an
    answer: who sends a book gets no book back.
    """

    name: str
    rows: Sequence[Row]
    knock: Callable[[World, Any], Told]
    keeps: bool = False
    repeats: bool = False
    text_max: int = TEXT_MAX
