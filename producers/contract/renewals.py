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
#: Not paid yet: a further attempt follows at its time.
RETRYING: Final = "retrying"
#: Not paid, and nothing follows by itself: it waits for what its reason says.
PAST_DUE: Final = "past_due"
#: The bank said no, for the last time.
DECLINED: Final = "declined"
#: Not to be charged, for the reason that stands beside it.
SKIPPED: Final = "skipped"
#: Not charged, and a human decides: the reason says what has to be looked at.
HELD: Final = "held"
#: A human decided that it is not charged.
WAIVED: Final = "waived"
PERIOD_STATES: Final = (PLANNED, CHARGING, CHARGED, RETRYING, PAST_DUE, DECLINED, SKIPPED, HELD, WAIVED)

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
#: The trial's reminder came too late for its first charge.
REMINDER_LATE: Final = "reminder_late"

#: What a period that is past due waits for.
NEW_CARD: Final = "new_card"
#: Why a period is tried that was skipped until its customer had agreed.
NEW_CONSENT: Final = "new_consent"
CUSTOMER: Final = "customer"
#: Why a period is declined for good, beside the bank's own code.
MANDATE_CANCELLED: Final = "mandate_cancelled"

#: What a merchant tells a subscriber.
LAST_WARNING: Final = "last_warning"
CARD_NEEDED: Final = "card_needed"
CUSTOMER_NEEDED: Final = "customer_needed"
PAYMENT_LINK: Final = "payment_link"
GIVEN_UP: Final = "given_up"
TRIAL_ENDING: Final = "trial_ending"
NOTICES: Final = (LAST_WARNING, CARD_NEEDED, CUSTOMER_NEEDED, PAYMENT_LINK, GIVEN_UP, MANDATE_CANCELLED, TRIAL_ENDING)

#: Classes of declines as metrics name them.
NEVER_AGAIN: Final = "never_again"
UNKNOWN_CODE: Final = "unknown"
DECLINE_CLASSES: Final = (
    "soft_technical", "soft_wait", "unsuited", "needs_customer", "update_card", NEVER_AGAIN, UNKNOWN_CODE,
)  # fmt: skip
