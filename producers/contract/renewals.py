"""The states of a subscription and of its periods, and why a period is not charged: stable words, in one table."""

from __future__ import annotations

from typing import Final

#: A subscription is charged.
ACTIVE: Final = "active"
#: It is not, until it is resumed; its periods go by and are skipped.
PAUSED: Final = "paused"
#: It has an end; nothing from `ends_before` on is charged. It is never taken up again.
CANCELLED: Final = "cancelled"
SUBSCRIPTION_STATES: Final = (ACTIVE, PAUSED, CANCELLED)

#: A period that a run has taken, and whose order the ledger need not have yet.
PLANNED: Final = "planned"
#: In flight: the ledger has its order, and no outcome is known.
CHARGING: Final = "charging"
#: Paid.
CHARGED: Final = "charged"
#: The bank said no.
DECLINED: Final = "declined"
#: Not to be charged, for the reason that stands beside it.
SKIPPED: Final = "skipped"
#: Not charged, and a human decides: the reason says what has to be looked at.
HELD: Final = "held"
#: A human decided that it is not charged.
WAIVED: Final = "waived"
PERIOD_STATES: Final = (PLANNED, CHARGING, CHARGED, DECLINED, SKIPPED, HELD, WAIVED)

#: Why a period is skipped.
WAS_CANCELLED: Final = "cancelled"
WAS_PAUSED: Final = "paused"
CHARGEBACK_OPEN: Final = "chargeback_open"
CARD_MISSING: Final = "card_missing"
CARD_DEAD: Final = "card_dead"
CONSENT_MISSING: Final = "consent_missing"
NO_LENGTH: Final = "no_length"
#: The card's network allows no further try of this amount yet.
NETWORK_BUDGET: Final = "network_budget"

#: Why a period is held, beside what the ledger says of an order that ended unpaid.
MISSED: Final = "missed"
ORDER_CONFLICT: Final = "order_conflict"
