"""A parked order that two operators have sent once more is charged once while H holds; beyond it nothing is hidden."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.rules.attempt_model import RULES, explore
from tests.simulation.ledger import LedgerDouble
from tests.simulation.ledger_rows import Row
from workers.operations import reattempting
from workers.resolver.verdict import Rules

pytestmark = pytest.mark.slow


@pytest.mark.timeout(300)
@pytest.mark.parametrize("late", [False, True])
def test_every_interleaving_is_well(late: bool) -> None:
    """Nothing is wrong in any moment, and from each the order can still end: within H, and where a request lands later
    than any may."""
    explored = explore(late=late)
    assert (explored.wrong, explored.endless) == ([], 0)
    assert explored.moments > 1_000
    assert explored.ended > 100


class _Blind(LedgerDouble):
    """What the list has shown of the first attempt stops nobody."""

    def shown(self, order_id: str) -> bool:
        return False


class _Unseen(LedgerDouble):
    """Payments of an order that another goes on for are told, and not kept."""

    def keeps_watching(self, row: Row) -> bool:
        return False


class _Untold(LedgerDouble):
    """They are kept, and not told."""

    def alarm(self, order_id: str, state: str, payment_id: str, at: int) -> None:
        return


class _OneWord(LedgerDouble):
    """Whoever proposes it confirms it."""

    def confirmable(self, row: Row, by: str, valid_ms: int, at: int) -> bool:
        return bool(row.get("proposed_by"))


class _Ends(LedgerDouble):
    """The first order ends as the other does, whatever the list has shown of its own attempt."""

    def refuses_end(self, order_id: str, row: Row, to: str) -> bool:
        return False


@pytest.mark.parametrize(
    ("kind", "late", "harm"),
    [
        (_Blind, True, "sent against what the list had shown"),
        (_Unseen, True, "sent against what the list had shown"),
        (_Untold, True, "and nobody is told"),
        (_Ends, True, "against what the list had shown"),
    ],
)
def test_without_the_rule_it_is_not(kind: type[LedgerDouble], late: bool, harm: str) -> None:
    """The harm is found, with the way to it."""
    assert harm in (explore(late=late, kind=kind).wrong or [""])[-1]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(("kind", "harm"), [(_OneWord, True), (LedgerDouble, False)])
def test_one_human_is_not_two(monkeypatch: pytest.MonkeyPatch, kind: type[LedgerDouble], harm: bool) -> None:
    """The ledger holds it by itself, whatever an operator's command believes."""
    monkeypatch.setattr(reattempting, "proposed_by", lambda record, *_: record.text("proposed_by") or None)
    explored = explore(late=False, kind=kind)
    assert explored.wrong[-1:] == (["sent once more on one human's word"] if harm else [])


def test_before_h_nobody_may_speak() -> None:
    """A request that is still on its way would be charged beside the new attempt."""
    hasty: Rules = replace(RULES, horizon_ms=0)
    assert explore(late=False, rules=hasty).wrong[-1] == "charged twice"
