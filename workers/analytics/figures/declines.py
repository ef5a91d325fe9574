"""Declined payments by what the bank said, and by what that means for another try. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from cardinity_client.declines import DECLINE_CODES, Remedy, read_decline
from producers.contract import states
from workers.analytics.answers import Slice
from workers.analytics.figures.grouping import grouped, payments_of
from workers.analytics.sections import UNTOLD, Cell, Section, Shape
from workers.analytics.shapes import ADVICE, DECLINE_CODE
from workers.analytics.tally import rate

#: What a class means, for people; None where no code is known.
MEANINGS: Final[dict[Remedy | None, tuple[str, str]]] = {
    Remedy.SOFT_TECHNICAL: ("soft_technical", "a machine failed; the same again may do"),
    Remedy.SOFT_WAIT: ("soft_wait", "the same card may do on another day"),
    Remedy.UNSUITED: ("unsuited", "this card does not do for this kind of charge"),
    Remedy.NEEDS_CUSTOMER: ("needs_customer", "the customer has to confirm, with 3-D Secure"),
    Remedy.UPDATE_CARD: ("update_card", "what is known of the card is wrong or old"),
    Remedy.NEVER_AGAIN: ("never_again", "another try of this card is forbidden"),
    None: ("unknown", "no code that is known"),
}


def declines(slices: Sequence[Slice]) -> tuple[Section, Section]:
    """By code, and by class; the most first, in each currency."""
    declined = [each for each in payments_of(slices) if each.state == states.DECLINED]
    return _counted(DECLINE_CODE, declined, _code), _counted(ADVICE, declined, _advice)


def _code(each: Slice) -> tuple[str, str]:
    meaning = DECLINE_CODES.get(each.decline_code or "")
    return each.decline_code or UNTOLD, meaning.text if meaning else ""


def _advice(each: Slice) -> tuple[str, str]:
    return MEANINGS[read_decline(each.decline_code, each.advice_code, None).remedy]


def _counted(shape: Shape, declined: Sequence[Slice], name: Callable[[Slice], tuple[str, str]]) -> Section:
    rows: list[tuple[Cell, ...]] = []
    for currency, group in sorted(grouped(declined, lambda each: each.currency).items()):
        whole = sum(each.orders for each in group)
        counts = {
            key: (sum(each.orders for each in alike), sum(each.money for each in alike))
            for key, alike in grouped(group, name).items()
        }
        for key, (count, money) in sorted(counts.items(), key=lambda item: (-item[1][0], item[0])):
            rows.append((currency, *key, count, rate(count, whole), money))
    return Section(shape, tuple(rows))
