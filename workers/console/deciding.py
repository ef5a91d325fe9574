"""What an operator decides of a parked order, and that the gateway is asked before it is believed.

Which words can be said is shown on the page; by which rules they are held against the evidence is the business of
`resolving` and `reattempting`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from producers.moments import rfc3339
from producers.runtime.settings import Settings
from workers.accounts.merchant import verdict_rules
from workers.operations import evidence, reattempting, resolving
from workers.operations.asking import ask
from workers.operations.desk import Desk

#: What is decided, beside the id of a payment that was shown: a payment that was not, that there is none, that there is
#: none and the order may be sent once more, and that it is sent, as another operator has proposed.
NAMED, NOTHING, PROPOSE, CONFIRM = "named", "nothing", "propose", "confirm"


def decide(desk: Desk, settings: Settings, about: str, fields: Mapping[str, str]) -> str:
    """Do it, and say what was done. Raises as the operation does."""
    decision, because, rules = fields["decision"], fields["because"], verdict_rules(settings)
    named = fields["payment_id"].strip() if decision == NAMED else decision
    found = asyncio.run(
        ask(settings, evidence.known(desk, about), "" if decision in (NOTHING, PROPOSE, CONFIRM) else named)
    )
    if decision == NOTHING:
        resolving.not_charged(desk, found, because, rules)
        return f"Order {about} is not_charged."
    if decision == PROPOSE:
        attempt = reattempting.propose(desk, found, because, rules)
        until = rfc3339(attempt.until_ms)[11:19]
        return f"It is proposed to send order {about} once more. Another operator must confirm it by {until} UTC."
    if decision == CONFIRM:
        attempt = reattempting.confirm(desk, found, because, rules)
        return f"Order {about} is sent once more, as {attempt.successor}, and ends as that one does."
    resolved = resolving.approve(desk, found, named, rules)
    more = f" {resolved.duplicates} more charges of it were seen: an alarm." if resolved.duplicates else ""
    return f"Order {about} is approved by payment {named}.{more}"
