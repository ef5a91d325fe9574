"""Two ways to use a page as a person does: by its forms alone, and with a browser. One story runs on either.

A shopper finds an input by its label and a button by its text, so a page that has neither is a page that fails.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Protocol
from urllib.parse import urljoin

import aiohttp

from tests.e2e.chromium import Chromium
from tests.eventually import eventually_async


class Shopper(Protocol):
    """Somebody in front of a page."""

    async def open(self, url: str) -> None: ...
    async def fill(self, label: str, value: str) -> None: ...
    async def press(self, text: str) -> None: ...
    async def is_handed_over(self, text: str) -> None:
        """A page that sends its visitor on: by itself where scripts run, else by this button."""

    async def sees(self, text: str) -> None: ...
    async def page(self) -> str:
        """The markup as it is now."""


@dataclass
class _Form:
    action: str
    method: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    buttons: dict[str, tuple[str, str] | None] = field(default_factory=dict)


class _Page(HTMLParser):
    """The forms, labels, links and words of a page."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.forms: list[_Form] = []
        self.labels: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.links: dict[str, str] = {}
        self.words = ""
        self._inside: list[tuple[str, dict[str, str], int]] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(_Form(given["action"], given["method"]))
        elif tag == "input" and given.get("type") == "hidden":
            self.forms[-1].fields.append((given["name"], given["value"]))
        elif tag == "input":
            self.names[given["id"]] = given["name"]
        if tag in ("label", "button", "a", "style", "script", "title"):
            self._inside.append((tag, given, len(self.words)))

    def handle_data(self, data: str) -> None:
        if not self._inside or self._inside[-1][0] not in ("style", "script"):
            self.words += data

    def handle_endtag(self, tag: str) -> None:
        if not self._inside or self._inside[-1][0] != tag:
            return
        _, given, start = self._inside.pop()
        text = self.words[start:]
        if tag == "label":
            self.labels[text] = given["for"]
        elif tag == "a":
            self.links[text] = given["href"]
        elif tag == "button":
            self.forms[-1].buttons[text] = (given["name"], given["value"]) if "name" in given else None


class FormShopper:
    """Reads markup and posts forms; no script runs and no style is seen."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session
        self._url = ""
        self._markup = ""
        self._typed: dict[str, str] = {}

    async def open(self, url: str) -> None:
        await self._go("GET", url, None)

    async def fill(self, label: str, value: str) -> None:
        page = _Page(self._markup)
        self._typed[page.names[page.labels[label]]] = value

    async def press(self, text: str) -> None:
        page = _Page(self._markup)
        if text in page.links:
            await self.open(urljoin(self._url, page.links[text]))
            return
        form = next(form for form in page.forms if text in form.buttons)
        sent = [*form.fields, *self._typed.items()]
        if button := form.buttons[text]:
            sent.append(button)
        await self._go(form.method, urljoin(self._url, form.action), sent)

    async def is_handed_over(self, text: str) -> None:
        await self.press(text)

    async def sees(self, text: str) -> None:
        words = _Page(self._markup).words
        assert text in words, f"{text!r} is not on the page: {words}"

    async def page(self) -> str:
        return self._markup

    async def _go(self, method: str, url: str, fields: list[tuple[str, str]] | None) -> None:
        async with self._session.request(method, url, data=fields) as response:
            self._url, self._markup = str(response.url), await response.text()
        self._typed = {}


class BrowserShopper:
    """Chromium, with scripts or without."""

    def __init__(self, browser: Chromium, *, scripts: bool) -> None:
        self._browser = browser
        self._scripts = scripts

    async def open(self, url: str) -> None:
        await self._browser.open(url)

    async def fill(self, label: str, value: str) -> None:
        found = "[...document.querySelectorAll('label')].find(label => label.textContent === {text})?.control"
        await self._found(found, label)
        await self._browser.evaluate(f"({found.format(text=_quoted(label))}).focus()")
        await self._browser.call("Input.insertText", text=value)

    async def press(self, text: str) -> None:
        found = "[...document.querySelectorAll('button, a')].find(one => one.textContent === {text})"
        await self._found(found, text)
        async with self._browser.leaving():
            await self._browser.evaluate(f"({found.format(text=_quoted(text))}).click()")

    async def is_handed_over(self, text: str) -> None:
        if not self._scripts:
            await self.press(text)

    async def sees(self, text: str) -> None:
        async def seen() -> bool:
            return text in str(await self._browser.evaluate("document.body?.innerText"))

        await eventually_async(seen, f"the page says {text!r}")

    async def page(self) -> str:
        return str(await self._browser.evaluate("document.documentElement.outerHTML"))

    async def _found(self, expression: str, text: str) -> None:
        async def there() -> bool:
            return bool(await self._browser.evaluate(f"!!({expression.format(text=_quoted(text))})"))

        await eventually_async(there, f"the page has {text!r}")


async def pay_link(shopper: Shopper, url: str, amount: str, pan: str = "4111111111111111") -> None:
    """As somebody does who got the address of a link."""
    await shopper.open(url)
    await shopper.fill("Card number", pan)
    await shopper.fill("Expires (MM/YY)", "04/31")
    await shopper.fill("Code (CVC)", "123")
    await shopper.fill("Name on the card", "Ona Petraityte")
    await shopper.press(f"Pay {amount}")


def _quoted(text: str) -> str:
    return repr(text)
