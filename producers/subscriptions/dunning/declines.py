"""What follows a declined renewal, from what the bank said of it. Pure.

The strictest word holds (`cardinity_client.declines`). A card that may never be asked again is not, however long the
ladder; a subscriber who must confirm is not asked for a new card; and what nobody knows how to read is treated as a
plain "not now", and named, so that somebody can look.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

from cardinity_client.declines import Decline, Remedy
from producers.subscriptions.dunning.ladder import Ladder, Rung, awake, next_rung

#: The gateway's code for a card without money, and the networks' advice that stands for the subscriber's own no.
_INSUFFICIENT_FUNDS: Final = "3001"
_MANDATE_CANCELLED: Final = "21"
#: How long after a failure of somebody's machine the renewal is tried again, the first time; then by the ladder.
TECHNICAL_WAIT: Final = timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class TryAgain:
    """The same card is charged once more."""

    rung: Rung


@dataclass(frozen=True, slots=True)
class AskCustomer:
    """The subscriber must confirm the charge; the period stays open until they have."""


@dataclass(frozen=True, slots=True)
class AskCard:
    """This card will not do; the period stays open until there is another, and is then charged at once."""


@dataclass(frozen=True, slots=True)
class GiveUp:
    """The ladder has ended: the period is declined for good."""


@dataclass(frozen=True, slots=True)
class Never:
    """This card is never charged again. `mandate_cancelled`: its holder has told the bank to stop the subscription."""

    mandate_cancelled: bool


Verdict: TypeAlias = TryAgain | AskCustomer | AskCard | GiveUp | Never


@dataclass(frozen=True, slots=True)
class Declined:
    """A declined try: what the codes mean together, and the two of them that mean something of their own."""

    decline: Decline
    decline_code: str | None
    advice_code: str | None
    at: datetime
    #: Declines of this period so far, this one included.
    number: int


def after_decline(declined: Declined, ladder: Ladder, zone: ZoneInfo) -> Verdict:
    """How the period goes on."""
    match declined.decline.remedy:
        case Remedy.NEVER_AGAIN:
            return Never(declined.advice_code == _MANDATE_CANCELLED)
        case Remedy.UPDATE_CARD | Remedy.UNSUITED:
            return AskCard()
        case Remedy.NEEDS_CUSTOMER:
            return AskCustomer()
        case Remedy.SOFT_TECHNICAL if declined.number == 1 and ladder.waits_d:
            if len(ladder.waits_d) > 1:
                return TryAgain(Rung(declined.at + TECHNICAL_WAIT, None))
            warn_at = awake(ladder, declined.at, zone)
            return TryAgain(Rung(awake(ladder, warn_at + TECHNICAL_WAIT, zone), warn_at))
        case Remedy.SOFT_WAIT | Remedy.SOFT_TECHNICAL | None:
            wages = declined.decline_code == _INSUFFICIENT_FUNDS
            wait_s = declined.decline.wait_s or 0
            rung = next_rung(ladder, declined.number, declined.at, zone, wait_s=wait_s, wages=wages)
            return GiveUp() if rung is None else TryAgain(rung)
