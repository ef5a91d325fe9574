"""The crash points of the protocol, section 9, by the names under which a campaign counts what it has hit."""

from __future__ import annotations

from collections.abc import Mapping

from tests.campaign import forms

#: Where a producer is lost: the place of `tests.chaos.producer`, and what it is between.
PRODUCER_POINTS: Mapping[str, str] = {
    "P1": "before the row",
    "P2": "row to wake-up",
    "P3": "wake-up to reply",
}
#: Where a worker is lost.
WORKER_POINTS: Mapping[str, str] = {
    "W1": "fetch to claim",
    "W2": "claim to intent",
    "W3": "intent to first byte",
    "W4": "request half written",
    "W5": "request sent, nothing charged",
    "W6": "request sent and charged, no answer",
    "W7": "answer to recorded outcome",
    "W8": "recorded outcome and event to acknowledgement",
    "W9": "mirror's read of the list",
    "W10": "resolver's look-up of a payment",
    "W11": "failed write of the outcome to spool",
    "W12": "recorded as pending to the gateway's word",
    "W13": "customer's answer taken to told",
    "W14": "customer's answer told to recorded",
    "W15": "hold chosen to settlement sent",
    "W16": "settlement answered to recorded",
    "W17": "link made to its address told",
    "W18": "address of a link told to acknowledgement",
}
POINTS: Mapping[str, str] = {**PRODUCER_POINTS, **WORKER_POINTS}

PLACES: Mapping[str, str] = {"P1": "row", "P2": "enqueue", "P3": "reply"}
#: Steps at which the worker strikes itself (`tests.chaos.worker`). The others are struck from outside.
STEPS: Mapping[str, str] = {
    "W1": "fetched",
    "W2": "claimed",
    "W3": "intended",
    "W7": "answered",
    "W8": "recorded",
    "W9": "http:list_payments",
    "W10": "http:get_payment",
    "W11": "trouble:outcome_spooled",
    "W12": "recorded",
    "W13": "answering",
    "W14": "finalized",
    "W15": "settling",
    "W16": "settled",
    "W17": "answered",
    "W18": "recorded",
}
#: Points that only orders of a form have.
FORMS: Mapping[str, str] = {
    "W13": forms.ASKED,
    "W14": forms.ASKED,
    "W15": forms.TWO_PHASE,
    "W16": forms.TWO_PHASE,
    "W17": forms.LINK,
    "W18": forms.LINK,
}
#: Points at which the order must have been pending, or the process was struck elsewhere.
WHILE_PENDING: frozenset[str] = frozenset({"W12", "W13", "W14", "W15", "W16", "W18"})
#: How a worker's plan names those that no order leads to: whoever does the duty, in one of its reads.
ANYBODY = "*"

#: How often a soak is meant to strike each point in each way. Being asked to stop is one row of the protocol's table.
GOALS: Mapping[str, int] = {"KILL": 200, "STOP": 200, "TERM": 20}


def blow(point: str, how: str) -> str:
    """Under which name a blow of that kind at that point is counted."""
    return f"{point}-{how}"


#: Every blow that a soak counts, and its goal.
BLOWS: Mapping[tuple[str, str], int] = {
    (point, how): goal for how, goal in GOALS.items() for point in POINTS if point in WORKER_POINTS or how != "TERM"
}
