"""Batches with their progress, as pages: all of the last week, or one with what waits in it. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from producers.contract import states
from producers.runtime.ledger.batch_calls import CANCELLED, PAUSED
from workers.analytics.pages.markup import Markup, element
from workers.analytics.pages.outcomes import KINDS
from workers.console.found import Hit, hits
from workers.console.layout import Reader, button, link, note, page, part, single
from workers.console.orders import batch_address
from workers.console.shapes import deeds, keys_of, kinds, shares, state, table, word
from workers.operations.tally import Tally

#: Orders of a batch that are named, those in doubt.
NAMED_MAX: Final = 100


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch at one moment: its rows, its orders by state, and what stops it (empty: nothing)."""

    name: str
    rows: int
    tally: Tally
    halt: str

    @property
    def over(self) -> bool:
        """Whether nothing of it can move any more."""
        return self.tally.final >= self.rows


def batches(reader: Reader, found: Sequence[Progress]) -> str:
    """All of them."""
    about = note("Those of which an order was accepted in the last week.")
    titles = ("Batch", "Progress", "Done#", "Open#", "Parked#", "State", "Do")
    legend = [keys_of(key for key, _ in KINDS)] if found else []
    rows = (_row(reader, each) for each in found)
    shown = table("Batches", titles, rows, empty="No batch was submitted in the last week.", acts=reader.acts)
    return page("Batches", reader, about, *legend, shown, _finder(), at="/batches", refresh=True)


def batch(reader: Reader, found: Progress, doubted: Sequence[Hit] | None) -> str:
    """One of them. `doubted` are its orders in doubt; None where the archive cannot say."""
    counts = found.tally.counts
    missing = found.rows - found.tally.known
    rows = [(state(name), f"{counts[name]:,}", _percent(counts[name], found.rows))
            for name in states.STATES if counts.get(name)]  # fmt: skip
    if missing > 0:
        rows.append((word("not in the ledger"), f"{missing:,}", _percent(missing, found.rows)))
    doubt = [] if not found.tally.parked and not counts.get(states.UNKNOWN) else [_doubt(doubted)]
    return page(
        f"Batch {found.name}",
        reader,
        element(
            "div",
            {"class": "headline"},
            element("p", {"class": "figure"}, f"{found.tally.final:,} of {found.rows:,}"),
            _standing(found),
            deeds(reader, *_offered(found)),
        ),
        _bar(found),
        keys_of(name for name, count in kinds(counts).items() if count),
        part("Orders", table("Orders by state", ("State", "Orders#", "Share#"), rows)),
        *doubt,
    )


def _doubt(doubted: Sequence[Hit] | None) -> Markup:
    if doubted is None:
        return part("In doubt", note("The archive cannot be asked which they are: see “In doubt”."))
    return part("In doubt", hits(doubted))


def _row(reader: Reader, each: Progress) -> Sequence[str]:
    tally = each.tally
    named = link(batch_address(each.name), each.name)
    done = f"{tally.final:,} of {each.rows:,} ({_percent(tally.final, each.rows)})"
    parked = f"{tally.parked:,}"
    return named, _bar(each), done, f"{tally.open:,}", parked, _standing(each), deeds(reader, *_offered(each))


def _bar(each: Progress) -> Markup:
    found: Mapping[str, int] = kinds(each.tally.counts)
    told = each.tally.mix() or "nothing has ended"
    return shares(f"{each.name}: {told}", found, max(each.rows, each.tally.known))


def _standing(each: Progress) -> Markup:
    if each.halt == CANCELLED:
        return word("cancelled")
    if each.halt == PAUSED:
        return word("paused", "warn")
    if each.over:
        return word("done", "good")
    return word("waits for a human", "stop") if not each.tally.open and each.tally.parked else word("goes on", "busy")


def _offered(each: Progress) -> list[tuple[str, str, str]]:
    """What can be done with it: nothing where nothing is left to be sent."""
    unsent = each.tally.counts.get(states.ACCEPTED, 0) + each.tally.counts.get(states.CLAIMED, 0)
    missing = max(0, each.rows - each.tally.known)
    cancel = ("batch-cancel", each.name, "Cancel")
    if each.halt == CANCELLED:
        return [cancel] if unsent else []
    if not unsent + missing and not each.halt:
        return []
    other = ("batch-resume", "Resume") if each.halt else ("batch-pause", "Pause")
    return [(other[0], each.name, other[1]), cancel]


def _finder() -> Markup:
    given: dict[str, object] = {
        "name": "batch",
        "type": "text",
        "maxlength": 64,
        "autocomplete": "off",
        "required": True,
    }
    named = element(
        "label", {"class": "field"}, element("span", {}, "An older batch, by its name"), single("input", given)
    )
    return element("form", {"method": "get", "action": "/batches", "class": "line"}, named, button("Show", "quiet"))


def _percent(part: int, whole: int) -> str:
    return f"{100 * part // whole if whole else 100} %"
