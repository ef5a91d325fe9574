"""Worlds in which a rule about what follows a payment is missing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from producers.contract import states
from tests.rules.changing import Change
from tests.simulation.content import Scene
from tests.simulation.ledger import LedgerDouble
from tests.simulation.ledger_rows import Row
from tests.simulation.mutant import Mutant, rate, without
from tests.simulation.times import verdict_rules


class _SendsSideBySide(LedgerDouble):
    def follows(self, payment_id: str, known: int) -> bool:
        return True


class _NeverLetsGo(LedgerDouble):
    def follow(self, payment_id: str, order_id: str, row: Row, to: str) -> None:
        if to not in states.TERMINAL:
            super().follow(payment_id, order_id, row, to)


_CHECK: Final = "workers/payments/follow_ups.py"
_LOOK: Final = "workers/resolver/following.py"


def _in_all(**parts: Any) -> Any:
    return without(scenes={Scene.FOLLOWING: 1.0}, orders=3, **parts)


FOLLOWING: Final = (
    Mutant(
        "refunds_go_side_by_side",
        "What follows a payment is promised whatever else follows it.",
        _in_all(ledger=_SendsSideBySide),
        changes=(Change(_CHECK, "    if is_open:\n", "    if not known:\n"),),
    ),
    Mutant(
        "a_payment_is_never_free_again",
        "What has ended stays open at its payment.",
        _in_all(ledger=_NeverLetsGo),
    ),
    Mutant(
        "more_than_is_left_is_sent",
        "Refunds are sent whatever was given back before.",
        _in_all(),
        changes=(Change(_CHECK, "followed.returned_minor + amount.minor > followed", "amount.minor > followed"),),
    ),
    Mutant(
        "the_list_knows_it_all",
        "What the list does not show yet was not made.",
        _in_all(faults=rate(0.5, "list.lags", "list.omits_row")),
        changes=(Change(_CHECK, "max(_sum(self.refunds), self.made.refunds or 0)", "_sum(self.refunds)"),),
    ),
    Mutant(
        "refunds_are_absent_at_once",
        "Absence under a payment is proven whenever it is looked for.",
        _in_all(
            verdict=replace(verdict_rules(), clean_scans=1),
            faults=rate(0.5, "post.late_landing", "process.killed_at_step"),
        ),
        changes=(
            Change(_LOOK, "started_ms < record.last_left_ms + rules.horizon_ms:", "started_ms < record.last_left_ms:"),
        ),
    ),
    Mutant(
        "one_look_is_enough",
        "A single look under the payment that shows nothing proves absence.",
        _in_all(faults=rate(0.5, "post.late_landing", "process.killed_at_step") | {"list.omits_row": 0.9}),
        changes=(Change(_LOOK, "if len(starts) < rules.clean_scans:", "if len(starts) < 1:"),),
    ),
    Mutant(
        "patience_takes_one_look",
        "A 429 is believed after a single look under the payment.",
        _in_all(faults=rate(0.5, "post.rate_limited_yet_charged") | {"list.omits_row": 0.9}),
        changes=(Change("workers/payments/lane.py", "if clean >= self._rules.clean_scans:", "if clean >= 1:"),),
    ),
    Mutant(
        "other_words_are_its_own",
        "A refund of another amount under the token is the order's.",
        _in_all(faults=rate(0.4, "post.other_amount")),
        changes=(
            Change(
                "workers/payments/under_payment.py",
                "(made.payment_id, amount, made.description) == (record.parent, record.amount, words)",
                "(made.payment_id, made.description) == (record.parent, words)",
            ),
        ),
    ),
)
