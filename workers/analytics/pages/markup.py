"""HTML by construction: whatever is no markup is escaped, so that no text of a merchant can become any. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape


class Markup(str):
    """Text that is HTML already. Made here alone."""

    __slots__ = ()


def element(name: str, attributes: Mapping[str, object] | None = None, *children: str) -> Markup:
    """An element; an attribute that is None is left out, one that is True has no value."""
    written = "".join(_attribute(key, value) for key, value in (attributes or {}).items() if value is not None)
    return Markup(f"<{name}{written}>{_inside(children)}</{name}>")


def join(*children: str) -> Markup:
    """Children without an element around them."""
    return Markup(_inside(children))


def text(given: str) -> Markup:
    """Text, escaped."""
    return Markup(escape(given))


def trusted(given: str) -> Markup:
    """Our own style sheet: it is no text, and has nothing of others in it."""
    return Markup(given)


def _attribute(key: str, value: object) -> str:
    return f" {key}" if value is True else f' {key}="{escape(str(value))}"'


def _inside(children: tuple[str, ...]) -> str:
    return "".join(child if isinstance(child, Markup) else escape(child) for child in children)
