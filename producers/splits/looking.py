"""How a payment in parts is read: its definition first, then the orders that say how it stands. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from producers.contract.names import REFUND, VOID
from producers.contract.splits import undo_ids
from producers.contract.states import APPROVED
from producers.errors import SplitUnknown
from producers.runtime.ledger import keys
from producers.runtime.ledger.split_calls import known
from producers.splits.accepting import SplitPart, SplitPayment, split_part, split_payment
from producers.splits.made_of import MadeOf, PartMade, read
from producers.splits.progress import NAME_TAKEN

#: A command that only reads.
Question = tuple[Any, ...]
#: The fields of a row, as they were asked for.
_Row = Sequence[bytes | None]


@dataclass(frozen=True, slots=True)
class Look:
    """A payment in parts whose orders are to be asked for."""

    split_id: str
    made: MadeOf
    at_ms: int

    @property
    def questions(self) -> list[Question]:
        """What tells how its orders stand."""
        return [question for part in self.made.parts for question in self._questions(part)]

    def told(self, answers: Sequence[_Row]) -> SplitPayment:
        """How it stands, by the answers to `questions`.

        They need not be of one moment. No order leaves its end, so what is final here stays so; the rest is news of a
        moment ago, as it would be in any case.
        """
        left = iter(answers)
        parts = [self._part(part, left) for part in self.made.parts]
        return split_payment(self.split_id, self.made, self.at_ms, parts)

    def _questions(self, part: PartMade) -> Iterator[Question]:
        yield "HMGET", keys.order(part.order_id), "state", "payment_id"
        if self.made.all_or_nothing:
            for order_id in undo_ids(part.order_id):
                yield "HMGET", keys.order(order_id), "state", "kind", "parent", "amount_minor"

    def _part(self, part: PartMade, answers: Iterator[_Row]) -> SplitPart:
        state, payment_id = next(answers)
        assert state is not None, "every part was accepted with the whole"
        if not self.made.all_or_nothing:
            return split_part(self.made, part, state.decode())
        minor = part.minor if self.made.settle else 0
        wanted = [(REFUND if self.made.settle else VOID).encode(), payment_id, b"%d" % minor]
        undone_by = undone = undo_next = None
        for order_id in undo_ids(part.order_id):
            undo_state, *content = next(answers)
            if undo_state is None:
                undo_next = undo_next or order_id
            # What has succeeded counts, else the last that was tried.
            elif undone != APPROVED:
                undone_by, undone = order_id, undo_state.decode() if content == wanted else NAME_TAKEN
        return split_part(self.made, part, state.decode(), undone_by=undone_by, undone=undone, undo_next=undo_next)


def row_of(split_id: str) -> Question:
    """The question for its definition; text that no key can be made of names none."""
    if not str(split_id).isascii():
        raise SplitUnknown(split_id)
    return "HGETALL", keys.split(split_id)


def look(split_id: str, row: Mapping[bytes, bytes]) -> Look:
    """What to ask for next, by the answer to `row_of`."""
    found = known(row)
    return Look(split_id, read(found.made_of), found.at_ms)
