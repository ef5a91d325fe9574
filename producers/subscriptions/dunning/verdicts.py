"""How a period goes on once an attempt at it has ended unpaid. Pure: the rows are written by `following`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from cardinity_client.declines import Decline, read_decline
from producers.contract import renewals as states
from producers.contract import states as orders
from producers.subscriptions.book.outcomes import Outcome
from producers.subscriptions.dunning.declines import (
    AskCard,
    AskCustomer,
    Declined,
    GiveUp,
    Never,
    TryAgain,
    Verdict,
    after_decline,
)
from producers.subscriptions.dunning.policy import Policy
from producers.subscriptions.identity import ATTEMPT_MAX

#: Orders of one period that may end unsent, or be proven not charged, before a human looks.
UNSENT_MAX: Final = 3

#: How long it is not asked again whether the card's network allows another try.
BUDGET_WAIT: Final = timedelta(days=1)

_NEVER_SENT: Final = frozenset({orders.EXPIRED, orders.NOT_CHARGED})


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the period. Both counts are of attempts before this one; `declines` of the same card's."""

    policy: Policy
    zone: ZoneInfo
    declines: int
    unsent: int
    attempt: int
    stopped: bool


@dataclass(frozen=True, slots=True)
class Turn:
    """What becomes of the period. `notices` are kinds; `cancels` ends the subscription, `kills` the card for all."""

    state: str
    reason: str | None
    retry_at: datetime | None = None
    warn_at: datetime | None = None
    notices: tuple[str, ...] = ()
    cancels: bool = False
    kills: bool = False
    remedy: str | None = None
    unknown: tuple[str, ...] = ()


def turn_of(outcome: Outcome, facts: Facts, now: datetime) -> Turn:
    """The turn that the period of the newest attempt takes, waits counted from `now`.

    They are counted from when a run reads of the decline, so that a scheduler that was away asks nobody at once.
    """
    if outcome.state == orders.DECLINED:
        return _after_decline(outcome, facts, now)
    state, reason = outcome.period_state
    if reason == states.NETWORK_BUDGET and not facts.stopped and facts.attempt < ATTEMPT_MAX:
        return Turn(states.RETRYING, reason, retry_at=now + BUDGET_WAIT)
    again = outcome.state in _NEVER_SENT and facts.unsent + 1 < UNSENT_MAX and facts.attempt < ATTEMPT_MAX
    if again and not facts.stopped:
        return Turn(states.RETRYING, reason, retry_at=now)
    return Turn(state, reason)


def _after_decline(outcome: Outcome, facts: Facts, now: datetime) -> Turn:
    decline = read_decline(outcome.error, outcome.merchant_advice_code, None)
    advice = (outcome.merchant_advice_code or "").partition(":")[0].strip()  # the gateway's words follow the code
    declined = Declined(decline, outcome.decline_code, advice or None, now, facts.declines + 1)
    verdict = after_decline(declined, facts.policy.ladder, facts.zone)
    if isinstance(verdict, TryAgain) and facts.attempt >= ATTEMPT_MAX:
        verdict = GiveUp()
    code = outcome.reason or outcome.decline_code
    never = isinstance(verdict, Never)
    turn = Turn(states.DECLINED, code, kills=never) if facts.stopped else _turn(verdict, code, facts.policy)
    return replace(turn, remedy=remedy_of(decline), unknown=decline.unknown)


def _turn(verdict: Verdict, code: str | None, policy: Policy) -> Turn:
    match verdict:
        case TryAgain(rung):
            return Turn(states.RETRYING, code, rung.at, rung.warn_at)
        case AskCard():
            return Turn(states.PAST_DUE, states.NEW_CARD, notices=(states.CARD_NEEDED,))
        case AskCustomer():
            return Turn(states.PAST_DUE, states.CUSTOMER, notices=(states.CUSTOMER_NEEDED,))
        case Never(mandate_cancelled=True):
            why = states.MANDATE_CANCELLED
            return Turn(states.DECLINED, why, notices=(why,), cancels=True, kills=True)
        case Never():
            return Turn(states.PAST_DUE, states.NEW_CARD, notices=(states.CARD_NEEDED,), kills=True)
        case GiveUp():
            ends = policy.when_over == "cancel"
            return Turn(states.DECLINED, code, notices=(states.GIVEN_UP,), cancels=ends)


def remedy_of(decline: Decline) -> str:
    """The class of a decline, as metrics name it: `unknown` where none of its codes is known."""
    return states.UNKNOWN_CODE if decline.remedy is None else decline.remedy.name.lower()
