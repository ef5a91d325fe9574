"""How a split stands, read off its parts: nothing else is remembered of it, so nothing can disagree with them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from producers.contract.states import ACCEPTED, APPROVED, CLAIMED, NOT_CHARGED, TERMINAL

#: Nothing was taken yet, and something may be.
PENDING: Final = "pending"
#: Something was taken, and not all. An end only when no part is open any more.
PARTIAL: Final = "partial"
#: All was taken.
COMPLETED: Final = "completed"
#: Nothing was taken, and nothing will be.
FAILED: Final = "failed"
#: A part has failed, and what was taken of the others is being given back.
COMPENSATING: Final = "compensating"
#: All that was taken was given back.
COMPENSATED: Final = "compensated"

#: Stands for the state of an order that gives a part back, where another order has its name.
NAME_TAKEN: Final = "name_taken"

#: What giving a part back has ended in where it is not given back.
_NOT_UNDONE: Final = (TERMINAL | {NAME_TAKEN}) - {APPROVED}

State: TypeAlias = Literal["pending", "partial", "completed", "failed", "compensating", "compensated"]


@dataclass(frozen=True, slots=True)
class PartStanding:
    """A part's order, and the last of those that undo it, if there is one: their states in the ledger."""

    order_id: str
    state: str
    undo_state: str | None = None
    #: Whether a further order may give it back, where this one is proven not to have.
    may_retry: bool = True

    @property
    def open(self) -> bool:
        """Whether money may still be taken."""
        return self.state not in TERMINAL

    @property
    def unsent(self) -> bool:
        """Whether it can still be called back."""
        return self.state in (ACCEPTED, CLAIMED)

    @property
    def to_undo(self) -> bool:
        """Whether an order is to give it back. What is proven not to have happened may be tried again."""
        return self.undo_state is None or (self.undo_state == NOT_CHARGED and self.may_retry)

    @property
    def stuck(self) -> bool:
        """Whether giving it back has failed: a machine cannot know whether to try again."""
        return self.undo_state in _NOT_UNDONE and not self.to_undo

    @property
    def taken(self) -> bool:
        """Whether money was taken."""
        return self.state == APPROVED


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of the whole; `undo` and `call_back` are the parts to give back and to call back next, and `stuck`
    those whose giving back has failed: a human must look."""

    state: State
    final: bool
    undo: tuple[str, ...] = ()
    call_back: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()


def progress(parts: Sequence[PartStanding], *, all_or_nothing: bool) -> Progress:
    """How the split of these parts stands."""
    taken = [part for part in parts if part.taken]
    still_open = any(part.open for part in parts)
    failed = any(not part.open and not part.taken for part in parts)
    # Whatever was begun to be undone is undone to the end.
    if all_or_nothing and (failed or any(part.undo_state is not None for part in taken)):
        return _compensation(parts, taken, still_open=still_open)
    if still_open:
        return Progress(PARTIAL if taken else PENDING, final=False)
    if not failed:
        return Progress(COMPLETED, final=True)
    return Progress(PARTIAL if taken else FAILED, final=True)


def _compensation(parts: Sequence[PartStanding], taken: Sequence[PartStanding], *, still_open: bool) -> Progress:
    """A part failed, so no other is to be kept. What may still be taken is waited for: it is never called failed."""
    undo = _ids(part for part in taken if part.to_undo)
    stuck = _ids(part for part in taken if part.stuck)
    call_back = _ids(part for part in parts if part.unsent)
    if still_open or any(part.undo_state != APPROVED for part in taken):
        return Progress(COMPENSATING, final=False, undo=undo, call_back=call_back, stuck=stuck)
    return Progress(COMPENSATED if taken else FAILED, final=True)


def _ids(parts: Iterable[PartStanding]) -> tuple[str, ...]:
    return tuple(part.order_id for part in parts)
