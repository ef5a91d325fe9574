"""What pages are made of: tables, cards, words with a colour, bars of what became of things. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import quote

from producers.contract import states
from producers.moments import rfc3339
from workers.analytics.pages.markup import Markup, element, join
from workers.analytics.pages.outcomes import KINDS, swatch
from workers.console.layout import Reader, link, note, single
from workers.operations.story import duration

#: How a state is drawn, where it does not come under those that took no money.
KIND_OF: Final[Mapping[str, str]] = {
    states.APPROVED: "approved",
    states.DECLINED: "declined",
    states.ACCEPTED: "open",
    states.CLAIMED: "open",
    states.SENDING: "open",
    states.PENDING: "open",
    states.UNKNOWN: "unresolved",
    states.PARKED: "unresolved",
}
#: Columns that a phone has room for.
_NARROW_MAX: Final = 4
#: Actions that cannot be taken back.
_FOR_GOOD: Final = frozenset({"batch-cancel", "quarantine-drop"})


def table(
    called: str, titles: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str = "None.", acts: bool = True
) -> Markup:
    """Rows under their titles; a title that ends with `#` is of numbers. The last column is what can be done, and left
    out for who does not act. On a phone each row of a wide table is a block, its titles beside its values. What it is
    `called` is read out to those who do not see the page."""
    if not acts:
        titles, rows = titles[:-1], (row[:-1] for row in rows)
    body = [element("tr", {}, *_cells(titles, row)) for row in rows]
    if not body:
        return note(empty)
    head = (
        element("th", {"class": "right" if title.endswith("#") else "left", "scope": "col"}, title.rstrip("#"))
        for title in titles
    )
    kind = "rows" if len(titles) > _NARROW_MAX else "few"
    made = element(
        "table",
        {"class": kind},
        element("caption", {"class": "unseen"}, called),
        element("thead", {}, element("tr", {}, *head)),
        element("tbody", {}, *body),
    )
    return element("div", {"class": "sheet"}, made)


def clock(at_ms: int) -> str:
    """A moment as people read it, to the second, with its zone."""
    return f"{rfc3339(at_ms)[:19].replace('T', ' ')} UTC"


def span(ms: int) -> str:
    """A length of time that is not torn apart at the end of a line."""
    return duration(ms).replace(" ", "\N{NO-BREAK SPACE}")


def facts(pairs: Iterable[tuple[str, str]]) -> Markup:
    """Names and what they are."""
    told = (part for name, what in pairs if what for part in (element("dt", {}, name), element("dd", {}, what)))
    return element("dl", {"class": "facts sheet"}, *told)


def card(title: str, figure: str, told: str, address: str = "", *, kind: str = "") -> Markup:
    """A number that matters; `warn` where somebody should look."""
    named = link(address, title) if address else title
    return element(
        "div",
        {"class": f"card {kind}".rstrip()},
        element("h3", {}, named),
        element("p", {"class": "figure"}, figure),
        element("p", {"class": "note"}, told),
    )


def cards(*made: Markup) -> Markup:
    """Cards side by side."""
    return element("div", {"class": "cards counts"}, *made)


def word(text: str, kind: str = "") -> Markup:
    """A word with a coloured dot: `good`, `warn`, `stop`, `busy`, or plain."""
    return element("span", {"class": f"word {kind}".rstrip()}, text)


def state(name: str) -> Markup:
    """An order's state."""
    kinds = {"approved": "good", "declined": "declined", "open": "busy", "unresolved": "stop"}
    return word(name, kinds.get(KIND_OF.get(name, ""), ""))


def deeds(reader: Reader, *offered: tuple[str, str, str]) -> Markup:
    """Links to actions (name, what it is about, words), for those who may act."""
    if not reader.acts:
        return join()
    made = (
        element(
            "a",
            {
                "href": f"/actions/{name}?about={quote(about, safe='')}",
                "class": "deed danger" if name in _FOR_GOOD else "deed",
                "aria-label": f"{words} {about}",
            },
            words,
        )
        for name, about, words in offered
    )
    return element("span", {"class": "deeds"}, *made)


def shares(title: str, counts: Mapping[str, int], whole: int) -> Markup:
    """A bar of what became of so many, in the kinds of the charts; what is left of it is not there yet."""
    made, at = [], 0.0
    for key, _ in KINDS:
        part = 100 * counts.get(key, 0) / whole if whole else 0.0
        if part:
            box = {"x": f"{at:.2f}%", "width": f"{part:.2f}%", "height": 10, "fill": f"url(#fill-{key})"}
            made.append(element("rect", box))
        at += part
    return element("svg", {"class": "shares", "height": 10, "role": "img", "aria-label": title}, *made)


def meter(title: str, part: float, told: str) -> Markup:
    """How much there is of what there can be."""
    box = {"width": f"{100 * min(1.0, max(0.0, part)):.0f}%", "height": 6, "rx": 3}
    drawn = element("svg", {"class": "meter", "height": 6, "role": "img", "aria-label": title}, element("rect", box))
    return join(element("span", {"class": "reading"}, told), drawn)


def keys_of(shown: Iterable[str]) -> Markup:
    """What the colours of such bars mean."""
    wanted = set(shown)
    made = (element("li", {}, swatch(key), title) for key, title in KINDS if key in wanted)
    return element("ul", {"class": "legend"}, *made)


def kinds(counts: Mapping[str, int]) -> dict[str, int]:
    """Counts by state as counts by kind."""
    found: dict[str, int] = {}
    for name, count in counts.items():
        kind = KIND_OF.get(name, "not_charged")
        found[kind] = found.get(kind, 0) + count
    return found


def choice(name: str, value: str, *inside: str, usable: bool, chosen: bool = False) -> Markup:
    """One of several that can be chosen; one that cannot is shown all the same, with why."""
    given: dict[str, object] = {
        "type": "radio", "name": name, "value": value, "required": True if usable else None,
        "disabled": None if usable else True, "checked": True if chosen else None,
    }  # fmt: skip
    kind = "choice" if usable else "choice off"
    return element("label", {"class": kind}, single("input", given), element("span", {}, *inside))


def _cells(titles: Sequence[str], row: Sequence[str]) -> Iterable[Markup]:
    for title, value in zip(titles, row, strict=True):
        side = "right" if title.endswith("#") else None
        yield element("td", {"data-title": title.rstrip("#"), "class": side}, value)
