"""Messages in quarantine, as a page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from workers.console.layout import Reader, link, note, page
from workers.console.orders import address
from workers.console.shapes import clock, deeds, table
from workers.operations.quarantined import Aside

#: Messages that are listed, the newest first.
LISTED_MAX: Final = 100


def quarantine(reader: Reader, found: Sequence[Aside]) -> str:
    """The page. What is in a message is not shown: `cardinity quarantine show` has its beginning."""
    titles = ("Message", "Since", "Why", "Bytes#", "Card data", "Order", "Do")
    about = note("Messages that none of our producers can have written. Nothing in them is ever run.")
    more = [note(f"The newest {LISTED_MAX}.")] if len(found) == LISTED_MAX else []
    shown = table("Messages in quarantine", titles, (_row(reader, aside) for aside in found), acts=reader.acts)
    return page("Quarantine", reader, about, *more, shown, at="/quarantine", refresh=True)


def _row(reader: Reader, aside: Aside) -> Sequence[str]:
    named = link(address(aside.order_id), aside.order_id) if aside.order_id else "names none"
    card = "looked like it" if aside.card_data else "no"
    offered = deeds(reader, ("quarantine-replay", aside.entry, "Replay"), ("quarantine-drop", aside.entry, "Drop"))
    return aside.entry, clock(aside.at_ms), aside.reason, f"{aside.size:,}", card, named, offered
