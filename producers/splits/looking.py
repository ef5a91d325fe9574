"""How a payment in parts is read: its definition first, then the orders that say how it stands. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from producers.contract.names import REFUND, VOID
from producers.contract.splits import undo_ids
from producers.contract.states import APPROVED
from producers.errors import SplitUnknown
from producers.runtime.ledger import keys
from producers.runtime.ledger.record import Record
from producers.runtime.ledger.split_calls import known
from producers.runtime.ledger.tombstones import question, record_of
from producers.splits.accepting import SplitPart, SplitPayment, split_part, split_payment
from producers.splits.made_of import MadeOf, PartMade, read
from producers.splits.progress import NAME_TAKEN

#: A command that only reads.
Question = tuple[Any, ...]
#: The fields of a row that are asked for.
_FIELDS: Final = ("state", "payment_id", "kind", "parent", "amount_minor")


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

    def told(self, answers: Sequence[Any]) -> SplitPayment:
        """How it stands, by the answers to `questions`.

        They need not be of one moment. No order leaves its end, so what is final here stays so; the rest is news of a
        moment ago, as it would be in any case.

        Raises:
            ValueError: one was never accepted, though all are with the whole: somebody has written the row by hand.
        """
        left = iter(answers)
        parts = [self._part(part, left) for part in self.made.parts]
        return split_payment(self.split_id, self.made, self.at_ms, parts)

    def _questions(self, part: PartMade) -> Iterator[Question]:
        names = undo_ids(part.order_id) if self.made.all_or_nothing else ()
        for order_id in (part.order_id, *names):
            yield "HMGET", keys.order(order_id), *_FIELDS
            yield question(order_id)

    def _part(self, part: PartMade, answers: Iterator[Any]) -> SplitPart:
        order = _order(part.order_id, answers)
        if order is None:
            raise ValueError("a part was never accepted")
        if not self.made.all_or_nothing:
            return split_part(self.made, part, order.state)
        minor = part.minor if self.made.settle else 0
        wanted = (REFUND if self.made.settle else VOID, order.text("payment_id"), minor)
        undone_by = undone = undo_next = None
        for order_id in undo_ids(part.order_id):
            undo = _order(order_id, answers)
            if undo is None:
                undo_next = undo_next or order_id
            # What has succeeded counts, else the last that was tried.
            elif undone != APPROVED:
                content = (undo.kind, undo.parent, undo.number("amount_minor"))
                undone_by, undone = order_id, undo.state if content == wanted else NAME_TAKEN
        return split_part(self.made, part, order.state, undone_by=undone_by, undone=undone, undo_next=undo_next)


def _order(order_id: str, answers: Iterator[Any]) -> Record | None:
    """The next order of those that were asked for, in the ledger or out of it; None where there is none."""
    values, stone = next(answers), next(answers)
    if values[0] is None:
        return record_of(order_id, stone) if stone else None
    return Record(order_id, {name: value for name, value in zip(_FIELDS, values, strict=True) if value is not None})


def row_of(split_id: str) -> Question:
    """The question for its definition; text that no key can be made of names none."""
    if not str(split_id).isascii():
        raise SplitUnknown(split_id)
    return "HGETALL", keys.split(split_id)


def look(split_id: str, row: Mapping[bytes, bytes]) -> Look:
    """What to ask for next, by the answer to `row_of`."""
    found = known(row)
    return Look(split_id, read(found.made_of), found.at_ms)
