"""Every section that there is, and every figure in it with its definition, which documents and pages repeat."""

from __future__ import annotations

from typing import Final

from workers.analytics.sections import Column, Shape, Unit

_CURRENCY: Final = Column("currency", "Currency", Unit.NAME)
_PAYMENTS: Final = Column(
    "payments",
    "Payments",
    Unit.COUNT,
    "Charges and payment links that were accepted; one that was continued counts once.",
)
_APPROVED: Final = Column("approved", "Approved", Unit.COUNT, "Payments that the bank approved, holds among them.")
_DECLINED: Final = Column("declined", "Declined", Unit.COUNT, "Payments that ended with the bank's no.")
_NOT_CHARGED: Final = Column(
    "not_charged",
    "Not charged",
    Unit.COUNT,
    "Payments that ended as rejected, expired, cancelled or not_charged: no bank decided about them.",
)
_OPEN: Final = Column("open", "Open", Unit.COUNT, "Payments that are accepted, claimed, sending or pending now.")
_UNRESOLVED: Final = Column("unresolved", "Unresolved", Unit.COUNT, "Payments that are unknown or parked now.")
_APPROVAL: Final = Column(
    "approval_rate", "Approval rate", Unit.RATE, "Approved payments by those that are approved or declined."
)
_TAKEN_COUNT: Final = Column(
    "taken_count", "Taken, count", Unit.COUNT, "Approved payments that are no hold, and approved settlements of holds."
)
_TAKEN: Final = Column("taken", "Taken", Unit.MONEY, "The money of what counts as taken; a hold took none.")
_AVERAGE: Final = Column(
    "average", "Average", Unit.MONEY, "Taken money by its count, rounded to whole minor units, a half up."
)
_OUTCOMES: Final = (_PAYMENTS, _APPROVED, _DECLINED, _NOT_CHARGED, _OPEN, _UNRESOLVED, _APPROVAL)
_MONEY: Final = (_TAKEN_COUNT, _TAKEN, _AVERAGE)
_SHARE: Final = Column("share", "Share", Unit.RATE, "Its declines by all of the currency.")
_DECLINES: Final = Column("declines", "Declines", Unit.COUNT, "Payments that ended with the bank's no.")
_DECLINED_MONEY: Final = Column("declined_money", "Declined money", Unit.MONEY, "The amounts of these payments.")
_MONTH: Final = Column("month", "Month", Unit.NAME)
_BY_COUNT: Final = "by the count of what was taken in the month."
_BY_MONEY: Final = "by the money that was taken in the month."

TOTALS: Final = Shape(
    "totals",
    "Totals",
    "The period, and as many days right before it.",
    (
        _CURRENCY,
        Column("period", "Period", Unit.NAME),
        *_OUTCOMES,
        *_MONEY,
        Column("held_count", "Held, count", Unit.COUNT, "Approved payments that are holds, settled or not."),
        Column("held", "Held", Unit.MONEY, "The money of these holds; none of it is taken yet."),
        Column(
            "refund_count", "Refunds", Unit.COUNT, "Approved refunds that were asked for in the period, of any payment."
        ),
        Column("refunded", "Refunded", Unit.MONEY, "The money of these refunds."),
        Column("net", "Net", Unit.MONEY, "Taken less refunded; below zero where more was given back."),
    ),
)
STATUS: Final = Shape(
    "status",
    "Status",
    "Payments by the state they are in now.",
    (
        _CURRENCY,
        Column("state", "State", Unit.NAME),
        _PAYMENTS,
        Column("asked", "Asked", Unit.MONEY, "The amounts that were asked for, whether they came or not."),
    ),
)


def _breakdown(name: str, title: str, key: str, head: str) -> Shape:
    meaning = f"Payments by {title[3:].lower()}."
    return Shape(name, title, meaning, (_CURRENCY, Column(key, head, Unit.NAME), *_OUTCOMES, *_MONEY))


COUNTRY: Final = _breakdown("country", "By country", "country", "Country")
CARD_BRAND: Final = _breakdown("card_brand", "By card brand", "card_brand", "Card brand")
ACCOUNT: Final = _breakdown("account", "By account", "account", "Account")
DECLINE_CODE: Final = Shape(
    "decline_code",
    "Decline codes",
    "Declined payments by the code that the bank gave.",
    (
        _CURRENCY,
        Column("decline_code", "Code", Unit.NAME),
        Column("says", "What it says", Unit.NAME),
        _DECLINES,
        _SHARE,
        _DECLINED_MONEY,
    ),
)
ADVICE: Final = Shape(
    "advice",
    "What could help",
    "Declined payments by the strictest of the bank's code and the card scheme's advice.",
    (
        _CURRENCY,
        Column("advice", "Class", Unit.NAME),
        Column("says", "What it means", Unit.NAME),
        _DECLINES,
        _SHARE,
        _DECLINED_MONEY,
    ),
)
DAILY: Final = Shape(
    "daily",
    "By day",
    "Payments by the local day on which they were accepted.",
    (_CURRENCY, Column("day", "Day", Unit.NAME), *_OUTCOMES, *_MONEY),
)
HOURLY: Final = Shape(
    "hourly",
    "By hour of the day",
    "Payments by the hour that local clocks showed, all days together.",
    (_CURRENCY, Column("hour", "Hour", Unit.NAME), *_OUTCOMES, *_MONEY),
)
LATENCY: Final = Shape(
    "latency",
    "How long it took",
    "Payments that ended as approved or declined; a customer's own time, with 3-D Secure or a link, is in it.",
    (
        Column("measure", "From what to what", Unit.NAME),
        Column("payments", "Payments", Unit.COUNT, "How many were measured."),
        *(
            Column(
                f"p{percent}",
                f"{percent} %",
                Unit.MS,
                f"{percent} of 100 payments took at most this, which is told within 1 % of the exact time.",
            )
            for percent in (50, 90, 95, 99)
        ),
        Column("longest", "Longest", Unit.MS, "What the slowest took, exactly."),
    ),
)
RETRIES: Final = Shape(
    "retries",
    "Retries",
    "What was tried more than once. No request to the bank is ever repeated by being taken up again.",
    (
        _CURRENCY,
        Column(
            "claimed_again",
            "Taken up again",
            Unit.COUNT,
            "Payments that workers took up more than once.",
        ),
        Column("further_claims", "Further times", Unit.COUNT, "How often they were taken up besides the first time."),
        Column(
            "dunned",
            "Dunning attempts",
            Unit.COUNT,
            "Renewals that are a later attempt at a period.",
        ),
        Column(
            "recovered",
            "Recovered",
            Unit.COUNT,
            "Periods that a later attempt than the first charged.",
        ),
        Column("recovered_money", "Recovered money", Unit.MONEY, "What these attempts took."),
    ),
)
UNRESOLVED: Final = Shape(
    "unresolved",
    "Unknown and parked",
    "Orders of every kind that are unknown or parked now, by how long: their money may have moved.",
    (
        _CURRENCY,
        Column("state", "State", Unit.NAME),
        Column("age", "For how long", Unit.NAME),
        Column("orders", "Orders", Unit.COUNT, "How many there are."),
        Column("money", "Money", Unit.MONEY, "The amounts that they asked for."),
        Column("oldest", "Oldest", Unit.MS, "How long the oldest is in this state."),
    ),
)
REFUNDS: Final = Shape(
    "refunds",
    "Refunds of the period's payments",
    "By the month in which the payment was accepted, whenever it was given back.",
    (
        _CURRENCY,
        _MONTH,
        _TAKEN_COUNT,
        _TAKEN,
        Column(
            "refund_count",
            "Refunds",
            Unit.COUNT,
            "Approved refunds of payments of the month.",
        ),
        Column("refunded", "Refunded", Unit.MONEY, "The money of these refunds."),
        Column("rate_count", "Rate by count", Unit.RATE, f"These refunds {_BY_COUNT}"),
        Column("rate_money", "Rate by money", Unit.RATE, f"Their money {_BY_MONEY}"),
    ),
)
CHARGEBACKS: Final = Shape(
    "chargebacks",
    "Chargebacks of the period's payments",
    "By the month in which the payment was accepted, whenever it was disputed; apart those that belong to no order.",
    (
        _CURRENCY,
        _MONTH,
        _TAKEN_COUNT,
        _TAKEN,
        Column(
            "chargeback_count",
            "Chargebacks",
            Unit.COUNT,
            "Chargebacks of payments of the month, whatever came of them.",
        ),
        Column("initiated", "Undecided", Unit.COUNT, "Those that no bank has decided."),
        Column("lost", "Lost", Unit.COUNT, "Those that the bank approved: the money is gone."),
        Column("won", "Won", Unit.COUNT, "Those that the bank declined: the money stayed."),
        Column("charged_back", "Charged back", Unit.MONEY, "The money of all of them."),
        Column("rate_count", "Rate by count", Unit.RATE, f"These chargebacks {_BY_COUNT}"),
        Column("rate_money", "Rate by money", Unit.RATE, f"Their money {_BY_MONEY}"),
    ),
)
COHORTS: Final = Shape(
    "cohorts",
    "Renewals by first month",
    "Subscriptions first charged in the period, by the month of that charge. The last line of a month may still grow.",
    (
        _CURRENCY,
        _MONTH,
        Column("later", "Periods later", Unit.COUNT, "How many periods after the first one that was charged."),
        Column(
            "subscriptions",
            "Subscriptions",
            Unit.COUNT,
            "How many were charged for it before the report's end.",
        ),
        Column("share", "Share", Unit.RATE, "These by those that were charged for their first period."),
        Column("money", "Money", Unit.MONEY, "What that period took."),
    ),
)

#: In the order in which they are shown.
SHAPES: Final = (
    TOTALS,
    STATUS,
    DAILY,
    HOURLY,
    DECLINE_CODE,
    ADVICE,
    COUNTRY,
    CARD_BRAND,
    ACCOUNT,
    RETRIES,
    UNRESOLVED,
    REFUNDS,
    CHARGEBACKS,
    COHORTS,
    LATENCY,
)
