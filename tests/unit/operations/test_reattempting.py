"""What two operators may have sent once more, and what speaks against it."""

from __future__ import annotations

from typing import Any, cast

import pytest

from producers.contract.envelope import AGE_MAX_MS
from producers.runtime.ledger.record import Record
from tests.unit.operations.test_resolving import RULES, evidence, payment
from workers.operations import reattempting
from workers.operations.desk import Desk
from workers.operations.errors import NotNow, OperationRefused
from workers.operations.evidence import Evidence
from workers.operations.reattempting import PROPOSAL_MS, Attempt, confirm, propose

WHY = "the back office shows nothing"
#: What a charge by an earlier payment has, in a time that is not over.
RENEWAL = {"charged_from": "pay-0", "envelope": "sealed", "last4": ""}


def desk(by: str) -> Desk:
    """One for a rehearsal: it has nothing to do anything with."""
    nothing = cast(Any, None)
    return Desk(nothing, nothing, nothing, nothing, by, dry_run=True)


def parked(**changes: str) -> Evidence:
    """A renewal of which nothing is to be seen, H after its intent."""
    made = payment()
    created = str(int(made.created_at.timestamp() * 1000))
    return evidence(made, {"created_at": created, **RENEWAL, **changes}, shows=False)


def proposed(by: str, *, ago_ms: int = 0) -> Evidence:
    """The same, and somebody has proposed it."""
    return parked(proposed_by=by, proposed_at=str(parked().now_ms - ago_ms))


def code_of(said: Evidence, because: str = WHY, by: str = "ona@one") -> str:
    """Why it may not be proposed."""
    with pytest.raises(OperationRefused) as refused:
        propose(desk(by), said, because, RULES)
    return refused.value.code


def test_one_proposes_and_another_confirms() -> None:
    """What is sent has a name that no caller can give."""
    until_ms = parked().now_ms + PROPOSAL_MS
    order_id = parked().record.order_id
    assert propose(desk("ona@one"), parked(), WHY, RULES) == Attempt(order_id, f"{order_id}-a2", "parked", until_ms)
    said = confirm(desk("jonas@one"), proposed("ona@one"), WHY, RULES)
    assert said == Attempt(order_id, f"{order_id}-a2", "pending")


@pytest.mark.parametrize(
    ("by", "before"),
    [
        ("ona@one", parked()),
        ("ona@one", proposed("ona@one")),
        ("ona@console", proposed("ona@one")),
        ("jonas@one", proposed("ona@one", ago_ms=PROPOSAL_MS)),
    ],
)
def test_nobody_confirms_alone_or_too_late(by: str, before: Evidence) -> None:
    """One human under two names is one."""
    with pytest.raises(NotNow) as refused:
        confirm(desk(by), before, WHY, RULES)
    assert refused.value.code == "not_proposed"


def test_what_somebody_else_has_proposed_is_confirmed_and_not_proposed_again() -> None:
    """Whoever proposes alone would learn too late that he was the second."""
    assert code_of(proposed("jonas@one")) == "proposed_before"
    assert code_of(proposed("jonas@one"), because=" ") == "because_missing"


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "link"},
        {"kind": "refund", "parent": "pay-0"},
        {"root": "ORD-0"},
        {"settle": "0"},
        {"two_phase": "1"},
        {"held_first": "1"},
        {"further": "backup"},
        {"payment_id": "pay-9"},
        {"expires_at": "1"},
        {"created_at": str(parked().now_ms - AGE_MAX_MS)},
        {"history": "1 pending 01234567 new_attempt\n"},
    ],
)
def test_only_a_plain_charge_is_sent_once_more(changes: dict[str, str]) -> None:
    """Nor one whose time is over, or that was."""
    assert code_of(parked(**changes)) == "not_available"


@pytest.mark.parametrize("gone", ["charged_from", "envelope"])
def test_a_card_is_sent_once(gone: str) -> None:
    """It is erased, and the refusal says what to do."""
    assert code_of(parked(**{gone: ""})) == "card_erased"


def test_both_need_what_not_charged_needs() -> None:
    """H is over, the list is whole, and nothing is shown: for whoever proposes, and anew for whoever confirms."""
    made = payment()
    changes = {name: value.decode() for name, value in proposed("ona@one").record.fields.items()}
    cases = {
        "payment_shown": evidence(made, changes),
        "list_unreadable": evidence(made, changes, shows=False, whole=False),
        "too_early": evidence(made, changes, shows=False, later_ms=9_999),
    }
    for code, shown in cases.items():
        for by, deed in (("ona@one", propose), ("jonas@one", confirm)):
            with pytest.raises(OperationRefused) as refused:
                deed(desk(by), shown, WHY, RULES)
            assert refused.value.code == code


def test_who_can_be_confirmed() -> None:
    """Somebody else, not long ago."""
    record: Record = proposed("ona@one").record
    now_ms = parked().now_ms
    assert reattempting.proposed_by(record, desk("jonas@one"), now_ms) == "ona@one"
    assert reattempting.proposed_by(record, desk("ona@two"), now_ms) is None
    assert reattempting.proposed_by(record, desk("Ona@console"), now_ms) is None
