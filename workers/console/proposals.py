"""A proposal to have a parked order sent once more, as whoever may confirm it is told of it. Pure."""

from __future__ import annotations

from producers.moments import rfc3339
from workers.analytics.pages.markup import Markup, element
from workers.console.layout import notice
from workers.console.shapes import span
from workers.operations.reattempting import Proposal


def told(proposal: Proposal, now_ms: int, *, confirms: bool = False) -> Markup:
    """Who, when, why, and until when; `confirms`: the reader is who can confirm it, and where."""
    ago, ahead = span(now_ms - proposal.at_ms), span(proposal.until_ms - now_ms)
    until = f"until {rfc3339(proposal.until_ms)[11:19]} UTC, for another {ahead}"
    who = "You can confirm it below" if confirms else "An operator of another name can confirm it"
    return notice(
        element("b", {}, f"{proposal.by} proposed {ago} ago to send it once more"),
        f": “{proposal.because}”. {who}, {until}. Nothing is sent before.",
    )
