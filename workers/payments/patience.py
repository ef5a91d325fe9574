"""How long an order rests that only an operator can help on. Pure."""

from __future__ import annotations

#: The longest rest, in rests: two minutes with the default ones of 5 s.
LACK_MAX = 24
#: Returns after which an order that waits for another rests one rest longer.
QUEUED_EVERY = 8


def patience(returns: int) -> int:
    """How many times as long an order rests that was given back so often for what only an operator can mend: a key, a
    producer or an account that is missing here. Every round costs a claim and a return, and it may need one for hours.
    """
    return int(min(2 ** min(returns, 16), LACK_MAX))


def queued(returns: int) -> int:
    """The same for one that waits for another to end, or for the gateway to tell of its payment: most often that takes
    a moment, and it may take for ever.
    """
    return min(1 + returns // QUEUED_EVERY, LACK_MAX)
