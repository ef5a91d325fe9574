"""From a wish to pay in parts to what the ledger is asked, and from its answer to what the caller is told. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cardinity_client.money import Money
from producers.acceptance import Acceptance
from producers.contract.splits import Split, undo_ids
from producers.contract.states import ACCEPTED
from producers.errors import FieldError, InvalidCommand, OrderConflict
from producers.moments import rfc3339
from producers.runtime.ledger import split_calls
from producers.runtime.ledger.call import Call
from producers.runtime.ledger.split_calls import Known, Made, PartTaken
from producers.splits.made_of import MadeOf, PartMade, differing, made_of, read, written
from producers.splits.progress import PartStanding, Progress, progress
from producers.vault import Sealer


@dataclass(frozen=True, slots=True)
class SplitPart:
    """One recipient's part, and how its order stands. Once it is given back: by which order, and the state of that.
    `undo_next` is what the next order would be called that gives it back, if there may be one.
    """

    recipient: str
    order_id: str
    amount: Money
    state: str
    undone_by: str | None = None
    undone: str | None = None
    undo_next: str | None = None


@dataclass(frozen=True, slots=True)
class SplitPayment:
    """A payment in parts as its owner sees it. States: see `progress`."""

    split_id: str
    total: Money
    all_or_nothing: bool
    created_at_ms: int
    parts: tuple[SplitPart, ...]
    standing: Progress
    #: Whether this call made it. An answer that was lost on the way is told as an earlier call's.
    new: bool = field(default=False, compare=False)

    @property
    def state(self) -> str:
        """Of the whole."""
        return self.standing.state

    @property
    def final(self) -> bool:
        """Whether no part changes any more."""
        return self.standing.final


@dataclass(frozen=True, slots=True)
class SplitAcceptance:
    """A split ready to be accepted: the call, and what it is made of, to hold against an earlier one."""

    split: Split
    made: MadeOf
    call: Call[Made | Known | PartTaken]

    def told(self, answer: Made | Known | PartTaken) -> SplitPayment | None:
        """The new split; None when it was there before and its parts must be read.

        Raises:
            OrderConflict: the name is taken by another split.
            InvalidCommand: `part_taken`, another order is called as one of its parts would be.
        """
        match answer:
            case Made(at_ms):
                first = [undo_ids(part.order_id)[0] if self.made.all_or_nothing else None for part in self.made.parts]
                parts = [
                    split_part(self.made, part, ACCEPTED, undo_next=undo_next)
                    for part, undo_next in zip(self.made.parts, first, strict=True)
                ]
                return split_payment(self.split.split_id, self.made, at_ms, parts, new=True)
            case PartTaken(order_id):
                message = f"another order is called {order_id}, as one of its parts would be: choose another name"
                raise InvalidCommand([FieldError("split_id", "part_taken", message)])
            case Known(earlier, at_ms):
                if names := differing(self.made, read(earlier)):
                    raise OrderConflict(self.split.split_id, names, rfc3339(at_ms))
                return None


def prepare_split(split: Split, parts: Sequence[Acceptance], sealer: Sealer, *, grace_ms: int) -> SplitAcceptance:
    """Lay out the split; `parts` are the acceptances of its charges, each as it would be alone."""
    made = made_of(split, sealer)
    call = split_calls.split(split.split_id, written(made), [part.call for part in parts], grace_ms=grace_ms)
    return SplitAcceptance(split, made, call)


def split_part(
    made: MadeOf,
    part: PartMade,
    state: str,
    *,
    undone_by: str | None = None,
    undone: str | None = None,
    undo_next: str | None = None,
) -> SplitPart:
    """The part in that state; the rest as `SplitPart` has it."""
    return SplitPart(part.recipient, part.order_id, made.amount(part), state, undone_by, undone, undo_next)


def split_payment(
    split_id: str, made: MadeOf, at_ms: int, parts: Sequence[SplitPart], *, new: bool = False
) -> SplitPayment:
    """The payment of these parts."""
    standing = progress(
        [PartStanding(part.order_id, part.state, part.undone, part.undo_next is not None) for part in parts],
        all_or_nothing=made.all_or_nothing,
    )
    total = Money(made.total_minor, made.currency)
    return SplitPayment(split_id, total, made.all_or_nothing, at_ms, tuple(parts), standing, new)
