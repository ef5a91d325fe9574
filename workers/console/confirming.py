"""An action in three pages: what it will do, what a rehearsal says, and what was done. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workers.analytics.pages.markup import Markup, element
from workers.console.actions import Action
from workers.console.layout import Reader, button, field, form, hidden, link, note, page

#: The field that says which of the two a form asks for, and its values.
STEP: Final = "step"
REHEARSE, DO = "rehearse", "do"


def asked(reader: Reader, name: str, action: Action, about: str) -> str:
    """The form."""
    wanted = (field(each.name, each.title, most=each.most) for each in action.wanted)
    return page(
        action.title,
        reader,
        _about(about),
        element("p", {}, action.says),
        form(
            reader,
            f"/actions/{name}",
            hidden("about", about),
            hidden(STEP, REHEARSE),
            *wanted,
            element("p", {"class": "deeds"}, button("Check"), link("/", "Leave it")),
        ),
        note("Everything is checked first, and nothing is changed by that."),
    )


def rehearsed(reader: Reader, name: str, action: Action, about: str, fields: Mapping[str, str]) -> str:
    """Nothing speaks against it: the form that does it."""
    given = [hidden(each.name, fields[each.name]) for each in action.wanted]
    told = (element("p", {}, f"{each.title}: {fields[each.name]}") for each in action.wanted)
    return page(
        f"{action.title}: sure?",
        reader,
        _about(about),
        element("p", {}, action.says),
        *told,
        note("It was checked: nothing speaks against it. Nothing was changed yet."),
        form(
            reader,
            f"/actions/{name}",
            hidden("about", about),
            hidden(STEP, DO),
            *given,
            element("p", {"class": "deeds"}, button("Do it"), link("/", "Leave it")),
        ),
    )


def done(reader: Reader, action: Action, told: str) -> str:
    """What was done."""
    return page(
        f"{action.title}: done",
        reader,
        element("p", {"class": "summary"}, told),
        note("It is in the audit trail under your name."),
        element("p", {}, link("/", "To the overview")),
    )


def _about(about: str) -> Markup:
    return element("p", {"class": "summary"}, about)
