"""How both faces of the API read a payment in parts: its definition first, then the orders that say how it stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from producers.errors import SplitUnknown
from producers.runtime.ledger import keys
from producers.runtime.ledger.split_calls import Known, known
from producers.splits.accepting import SplitPayment, orders_of, split_payment
from producers.splits.made_of import MadeOf, read

#: A command that only reads.
Question = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """A payment in parts whose orders are to be asked for."""

    split_id: str
    made: MadeOf
    at_ms: int

    @property
    def questions(self) -> list[Question]:
        """The states of its orders."""
        return [("HMGET", keys.order(order_id), "state") for order_id in orders_of(self.made)]

    def told(self, answers: Sequence[Sequence[bytes | None]]) -> SplitPayment:
        """How it stands, by the answers to `questions`.

        They need not be of one moment. No order leaves its end, so what is final here stays so; the rest is news of a
        moment ago, as it would be in any case.
        """
        states = {
            order_id: state.decode() for order_id, (state,) in zip(orders_of(self.made), answers, strict=True) if state
        }
        return split_payment(self.split_id, self.made, self.at_ms, states)


def row_of(split_id: str) -> Question:
    """The question for its definition; text that no key can be made of names none."""
    if not str(split_id).isascii():
        raise SplitUnknown(split_id)
    return "HGETALL", keys.split(split_id)


def look(split_id: str, row: Mapping[bytes, bytes]) -> Look:
    """What to ask for next, by the answer to `row_of`."""
    found: Known = known(row)
    return Look(split_id, read(found.made_of), found.at_ms)
