"""The frame of every page: the report's look, a menu, and a policy that lets a page ask for nothing. Pure."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from workers.analytics.pages.markup import Markup, element, join, trusted
from workers.analytics.pages.outcomes import patterns
from workers.console.users import User

#: Seconds after which a page that shows how things stand is loaded again, and what its address then says.
REFRESH_S: Final = 10
REFRESHED: Final = "refreshed"

_MENU: Final = (("/", "Overview"), ("/doubtful", "Unknown and parked"), ("/quarantine", "Quarantine"),
                ("/batches", "Batches"), ("/today", "Today"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at a page, and the token of the forms on it."""

    user: User | None
    token: str


def page(title: str, reader: Reader, *parts: Markup, refresh: str = "") -> str:
    """The document. With `refresh`, an address, it is loaded anew from there every few seconds."""
    again = (
        [Markup(f'<meta http-equiv="refresh" content="{REFRESH_S}; url={refresh}?{REFRESHED}=1">')] if refresh else []
    )
    head = element(
        "head",
        {},
        Markup('<meta charset="utf-8">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        Markup('<meta name="color-scheme" content="light dark">'),
        *again,
        element("title", {}, f"{title} · cardinity"),
        element("style", {}, trusted(_style())),
    )
    header = element("header", {"class": "top"}, *_menu(reader), element("h1", {}, title))
    body = element("body", {}, patterns(), element("main", {}, header, *parts))
    return f"<!doctype html>\n{element('html', {'lang': 'en'}, head, body)}\n"


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


def table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> Markup:
    """Rows under their titles. On a phone each row of a wide table is a block, its titles beside its values."""
    head = element("tr", {}, *(element("th", {"class": "left", "scope": "col"}, title) for title in titles))
    body = (
        element(
            "tr", {}, *(element("td", {"data-title": title}, value) for title, value in zip(titles, row, strict=True))
        )
        for row in rows
    )
    kind = "rows" if len(titles) > _NARROW_MAX else "few"
    return element("table", {"class": kind}, element("thead", {}, head), element("tbody", {}, *body))


def link(address: str, text: str) -> Markup:
    """A link within the console."""
    return element("a", {"href": address}, text)


def form(reader: Reader, address: str, *children: Markup) -> Markup:
    """A form that is posted, with its token."""
    return element("form", {"method": "post", "action": address}, hidden("token", reader.token), *children)


def hidden(name: str, value: str) -> Markup:
    """A field that nobody sees."""
    return Markup(_open("input", {"type": "hidden", "name": name, "value": value}))


def field(name: str, title: str, *, kind: str = "text", value: str = "", most: int = 200, help: str = "") -> Markup:
    """A field with its title."""
    given = {"name": name, "type": kind, "value": value, "maxlength": most, "autocomplete": _COMPLETE.get(name, "off")}
    told = [element("small", {}, help)] if help else []
    return element("label", {}, element("span", {}, title), Markup(_open("input", given)), *told)


def button(text: str) -> Markup:
    """What sends a form."""
    return element("button", {"type": "submit"}, text)


def search() -> Markup:
    """The form that finds an order."""
    return element(
        "form", {"method": "get", "action": "/orders", "class": "search", "role": "search"},
        field("order_id", "Order", most=64), button("Find"),
    )  # fmt: skip


#: Columns that a phone has room for.
_NARROW_MAX: Final = 3
_COMPLETE: Final = {"name": "username", "password": "current-password"}


def _open(name: str, attributes: dict[str, object]) -> str:
    """An element that has no end."""
    return element(name, attributes).removesuffix(f"</{name}>")


def _menu(reader: Reader) -> Iterable[Markup]:
    if reader.user is None:
        return ()
    places = (link(address, text) for address, text in _MENU)
    who = element("span", {"class": "who"}, f"{reader.user.name}, {reader.user.role}")
    leave = form(reader, "/logout", button("Log out"))
    return (element("nav", {}, *places), element("div", {"class": "me"}, join(who), leave))


@cache
def _style() -> str:
    rooms = (("workers.analytics.pages", "page.css"), ("workers.console", "console.css"))
    return "".join(files(room).joinpath(name).read_text("utf-8") for room, name in rooms)
