"""An action in three pages: what it will do, what a rehearsal says, and what was done. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workers.analytics.pages.markup import Markup, element
from workers.console.actions import Action
from workers.console.deciding import CONFIRM, NAMED, NOTHING, PROPOSE
from workers.console.layout import Reader, button, field, form, hidden, link, note, notice, page
from workers.console.orders import address, batch_address
from workers.console.shapes import facts

#: The field that says which of the two a form asks for, and its values.
STEP: Final = "step"
REHEARSE, DO = "rehearse", "do"
#: Actions that cannot be taken back.
_FOR_GOOD: Final = frozenset({"batch-cancel", "quarantine-drop", "order-resolve"})

_DECISIONS: Final[Mapping[str, str]] = {
    NAMED: "a payment that was not shown",
    NOTHING: "nothing was charged",
    PROPOSE: "nothing was charged, and it is to be sent once more",
    CONFIRM: "nothing was charged, and it is sent once more",
}


def asked(reader: Reader, name: str, action: Action, about: str) -> str:
    """The form."""
    wanted = (
        field(each.name, each.title, most=each.most, first=number == 0) for number, each in enumerate(action.wanted)
    )
    return page(
        action.title,
        reader,
        facts([(_kind(name), about)]),
        element("p", {}, action.says),
        form(reader, f"/actions/{name}", *step(about, REHEARSE), *wanted, steps(back(name), "Check")),
        note("Everything is checked first, and nothing is changed by that."),
    )


def rehearsed(reader: Reader, name: str, action: Action, about: str, fields: Mapping[str, str], told: str) -> str:
    """Nothing speaks against it: the form that does it. `told` is what will be."""
    given = [hidden(each.name, fields[each.name]) for each in action.wanted]
    shown = [(each.title.partition(" (")[0], _word(fields[each.name])) for each in action.wanted]
    return page(
        f"{action.title}: sure?",
        reader,
        facts([(_kind(name), about), *shown, ("Then", told)]),
        element("p", {}, action.says),
        notice("Checked: nothing speaks against it. Nothing was changed yet."),
        form(
            reader,
            f"/actions/{name}",
            *step(about, DO),
            *given,
            steps(back(name), "Do it", "danger" if name in _FOR_GOOD else ""),
        ),
    )


def done(reader: Reader, name: str, action: Action, about: str, told: str) -> str:
    """What was done."""
    return page(
        f"{action.title}: done",
        reader,
        notice(told, kind="good"),
        note("It is in the audit trail under your name."),
        element("p", {"class": "ways"}, *seen(name, about), link(back(name), "Back"), link("/", "To the overview")),
    )


def step(about: str, which: str) -> tuple[Markup, Markup]:
    """The fields that every form of an action has."""
    return hidden("about", about), hidden(STEP, which)


def steps(address: str, words: str, kind: str = "") -> Markup:
    """The button, and the way out."""
    return element("p", {"class": "steps"}, button(words, kind), link(address, "Leave it"))


def seen(name: str, about: str) -> list[Markup]:
    """Where to see what came of it."""
    places = {"order": address, "batch": batch_address}
    where = places.get(name.partition("-")[0])
    return [link(where(about), f"See {about}")] if where else []


def back(name: str) -> str:
    """The page that the action is offered on."""
    match name.partition("-")[0]:
        case "order":
            return "/doubtful"
        case "batch":
            return "/batches"
        case "quarantine":
            return "/quarantine"
        case _:
            return "/"


def _kind(name: str) -> str:
    kind = name.partition("-")[0]
    return {"quarantine": "Message", "breaker": "Account"}.get(kind, kind.capitalize())


def _word(given: str) -> str:
    return _DECISIONS.get(given, given)
