"""The frame of every page: the report's colours, a bar, and a policy that lets a page ask for nothing. Pure."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from workers.analytics.pages.markup import Markup, element, trusted
from workers.analytics.pages.outcomes import patterns
from workers.console.users import User

#: Seconds after which a page that shows how things stand is loaded again, and what its address then says; and what it
#: says where somebody wants to read in peace.
REFRESH_S: Final = 10
REFRESHED, STILL = "refreshed", "still"

_MENU: Final = (
    ("/", "Overview"), ("/doubtful", "In doubt"), ("/batches", "Batches"), ("/today", "Today"),
    ("/quarantine", "Quarantine"),
)  # fmt: skip
#: What the browser knows of the fields of a login.
_COMPLETE: Final = {"name": "username", "password": "current-password"}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at a page, the token of the forms on it, and whether the gateway's payments are test or live ones."""

    user: User | None
    token: str
    mode: str = "test"
    still: bool = False

    @property
    def acts(self) -> bool:
        """Whether actions are offered."""
        return self.user is not None and self.user.acts


def page(title: str, reader: Reader, *parts: Markup, at: str = "", refresh: bool = False) -> str:
    """The document. `at` is the address in the menu that it belongs to; with `refresh` it is loaded anew from there
    every few seconds, unless its reader holds it still."""
    live = refresh and not reader.still
    top = [element("h1", {}, title)]
    if refresh:
        top.append(_pace(at, live))
    return _document(
        title,
        _bar(reader, at, waits=live) if reader.user else Markup(""),
        element("main", {"id": "main"}, element("div", {"class": "title"}, *top), *parts),
        head=[Markup(f'<meta http-equiv="refresh" content="{REFRESH_S}; url={at}?{REFRESHED}=1">')] if live else [],
    )


def bare(title: str, *parts: Markup) -> str:
    """A page that says nothing of what is inside."""
    inside = (element("p", {"class": "brand"}, "cardinity"), element("h1", {}, title), *parts)
    return _document(title, element("main", {"id": "main", "class": "bare"}, *inside))


@cache
def policy() -> str:
    """The Content-Security-Policy of every answer."""
    digest = b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    )


def part(title: str, *children: Markup) -> Markup:
    """A part of a page with its heading."""
    return element("section", {"class": "part"}, element("h2", {}, title), *children)


def note(text: str) -> Markup:
    """A quiet sentence."""
    return element("p", {"class": "note"}, text)


def notice(*children: str, kind: str = "warn") -> Markup:
    """What must not be overlooked: `warn`, `stop` or `good`."""
    return element("p", {"class": f"notice {kind}"}, *children)


def link(address: str, *children: str) -> Markup:
    """A link within the console."""
    return element("a", {"href": address}, *children)


def form(reader: Reader, address: str, *children: Markup) -> Markup:
    """A form that is posted, with its token."""
    return element("form", {"method": "post", "action": address}, hidden("token", reader.token), *children)


def hidden(name: str, value: str) -> Markup:
    """A field that nobody sees."""
    return single("input", {"type": "hidden", "name": name, "value": value})


def field(
    name: str, title: str, *, kind: str = "text", most: int = 200, first: bool = False, value: str = ""
) -> Markup:
    """A field with its title; the `first` one has the cursor."""
    given = {
        "name": name, "type": kind, "value": value, "maxlength": most, "autocomplete": _COMPLETE.get(name, "off"),
        "autofocus": True if first else None,
    }  # fmt: skip
    return element("label", {"class": "field"}, element("span", {}, title), single("input", given))


def button(text: str, kind: str = "") -> Markup:
    """What sends a form; `danger` for what cannot be taken back."""
    return element("button", {"type": "submit", "class": kind or None}, text)


def search(value: str = "", *, first: bool = False) -> Markup:
    """The form that finds orders."""
    given = {
        "name": "q", "type": "search", "value": value, "maxlength": 64, "autocomplete": "off",
        "placeholder": "Order, payment or customer", "aria-label": "Find an order, a payment or a customer",
        "autofocus": True if first else None,
    }  # fmt: skip
    return element(
        "form", {"method": "get", "action": "/search", "class": "search", "role": "search"},
        single("input", given), button("Find", "quiet"),
    )  # fmt: skip


def single(name: str, attributes: dict[str, object]) -> Markup:
    """An element that has no end."""
    return Markup(element(name, attributes).removesuffix(f"</{name}>"))


def _document(title: str, *body: Markup, head: Iterable[Markup] = ()) -> str:
    made = element(
        "head",
        {},
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        *head,
        element("title", {}, f"{title} · cardinity"),
        element("style", {}, trusted(_style())),
    )
    return f"<!doctype html>\n{element('html', {'lang': 'en'}, made, element('body', {}, patterns(), *body))}\n"


def _bar(reader: Reader, at: str, *, waits: bool) -> Markup:
    """The bar above every page. On one that loads itself anew the search stands on a page of its own, or what somebody
    types would be gone every few seconds."""
    assert reader.user is not None
    places = (
        element("a", {"href": address, "aria-current": "page" if address == at else None}, text)
        for address, text in _MENU
    )
    find = element("a", {"href": "/search", "class": "search-link"}, "Find an order, payment or customer")
    who = element("span", {"class": "who"}, reader.user.name, " ", element("small", {}, reader.user.role))
    live = reader.mode == "live"
    mode = element("span", {"class": "mode live" if live else "mode"}, reader.mode)
    return element(
        "header",
        {"class": "bar"},
        element("a", {"href": "#main", "class": "skip"}, "To the content"),
        element(
            "div",
            {"class": "within"},
            element("div", {"class": "home"}, element("a", {"href": "/", "class": "brand"}, "cardinity"), mode),
            element("nav", {"aria-label": "Pages"}, *places),
            find if waits or at == "/search" else search(),
            element("div", {"class": "me"}, who, form(reader, "/logout", button("Log out", "quiet"))),
        ),
    )


def _pace(at: str, live: bool) -> Markup:
    told = f"Live, every {REFRESH_S} s" if live else "Held still"
    other = link(f"{at}?{STILL}=1", "Hold still") if live else link(at, "Go on")
    dot = element("span", {"class": "dot on" if live else "dot", "aria-hidden": "true"})
    return element("p", {"class": "pace"}, dot, told, " ", other)


@cache
def _style() -> str:
    rooms = (("workers.analytics.pages", "page.css"), ("workers.console", "console.css"))
    return "".join(files(room).joinpath(name).read_text("utf-8") for room, name in rooms)
