"""The console in a browser without scripts: nothing is cut off, everything can be read, reached and named."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.commands import Commands
from tests.console_process import PASSWORD, Console, console_process
from tests.e2e.chromium import NAMES, Chromium, browsing, chromium, listening
from tests.e2e.console_scene import AGAIN, DONE, LANDED, OTHER, evening
from tests.e2e.test_report_page import CUT_OFF
from tests.eventually import eventually_async

#: A phone, a tablet, a desk.
WIDTHS = (390, 768, 1280)
PAGES = (
    "/", "/?still=1", "/doubtful", "/batches", f"/batches?batch={DONE}", "/today", "/quarantine", "/search",
    "/search?q=customer-77", "/orders?order_id=PAID-1", f"/orders?order_id={OTHER}", "/nowhere",
    *(f"/actions/order-resolve?about={each}" for each in (OTHER, LANDED, AGAIN, "PAID-1")),
    "/actions/queue-pause?about=payments", f"/actions/batch-cancel?about={DONE}",
)  # fmt: skip
#: Words whose colour is too near that of their ground, by the ratio of WCAG 2.2 (4.5, and 3 where they are large). What
#: cannot be chosen need not stand out.
FAINT = """(() => {
    const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
    const light = (colour) => {
        const part = colour.slice(0, 3).map((each) => each / 255);
        const [r, g, b] = part.map((each) => each <= .04045 ? each / 12.92 : ((each + .055) / 1.055) ** 2.4);
        return .2126 * r + .7152 * g + .0722 * b;
    };
    const ground = (node) => {
        for (let each = node; each; each = each.parentElement) {
            const colour = rgb(getComputedStyle(each).backgroundColor);
            if (colour.length < 4 || colour[3] > .99) return colour;
        }
        return [255, 255, 255];
    };
    const faint = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode.parentElement;
        if (!walker.currentNode.textContent.trim() || node.closest('svg, .off') || !node.checkVisibility()) continue;
        const style = getComputedStyle(node), size = parseFloat(style.fontSize);
        const [one, other] = [light(rgb(style.color)), light(ground(node))].sort((a, b) => b - a);
        const needed = size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
        const ratio = (one + .05) / (other + .05);
        if (ratio < needed) faint.push(`${node.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
    }
    return [...new Set(faint)].join('; ');
})()"""
#: What can be filled in or pressed and has no words; rooms of a page that are there twice.
NAMELESS = """(() => {
    const every = (selector) => [...document.querySelectorAll(selector)];
    const said = (each) => each.ariaLabel || each.textContent.trim();
    const fields = every('input:not([type=hidden])').filter((each) => !each.ariaLabel && ![...each.labels].some(said));
    const pressed = every('a, button').filter((each) => !said(each));
    const drawn = every('svg:not([aria-hidden])').filter((each) => !each.getAttribute('aria-label'));
    const rooms = every('h1').length === 1 && every('main').length === 1;
    const nameless = [...fields, ...pressed, ...drawn].map((each) => each.outerHTML.slice(0, 80)).join('; ');
    return nameless + (rooms ? '' : 'rooms');
})()"""
#: What a finger has to hit on a phone and is smaller than 24 pixels (WCAG 2.2, 2.5.8); links within sentences and
#: tables are as high as their line.
SMALL = """[...document.querySelectorAll('button, nav a, .deed, .search-link, input:not([type=hidden])')]
    .filter((each) => { const box = each.getBoundingClientRect(); return box.height && box.height < 24; })
    .filter((each) => each.type !== 'radio')
    .map((each) => each.outerHTML.slice(0, 80)).join('; ')"""
#: What has the focus, by its place among what can have it; -1 for nothing.
FOCUSED = """(() => {
    const every = [...document.querySelectorAll('a[href], button, input:not([type=hidden]):not([disabled])')];
    return every.indexOf(document.activeElement);
})()"""
FOCUSABLE = "document.querySelectorAll('a[href], button, input:not([type=hidden]):not([disabled])').length"
#: How what has the focus is marked.
RING = "(({outlineStyle, outlineWidth}) => outlineStyle + ' ' + outlineWidth)(getComputedStyle(document.activeElement))"

pytestmark = pytest.mark.needs(tool=lambda: None if chromium() else f"none of {', '.join(NAMES)} is installed")


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory, commands: Commands) -> Iterator[Console]:
    """The console of a system with something of everything."""
    with evening(tmp_path_factory.mktemp("console"), commands) as stack, console_process(stack) as console:
        yield console


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A browser for all of these tests."""
    path = chromium()
    assert path is not None
    with listening(path, tmp_path_factory.mktemp("profile")) as origin:
        yield origin


@pytest.mark.slow
async def test_every_page_can_be_read_on_phones_and_desks_by_day_and_night(browser: str, console: Console) -> None:
    """Nothing is cut off or too faint, everything has a name, and nothing else is loaded."""
    async with browsing(browser, scripts=False) as tab:
        await _open(tab, f"{console.url}/login")
        await _looked_at(tab, "/login")
        await _logged_in(tab, console)
        for page in PAGES:
            await _open(tab, console.url + page)
            await _looked_at(tab, page)
            assert await tab.evaluate("document.querySelector('nav') !== null"), page


async def test_keys_go_through_a_page_in_its_order(browser: str, console: Console) -> None:
    """The first leads past the bar to the content; each has a ring around it; what cannot be chosen is left out."""
    async with browsing(browser, scripts=False) as tab:
        await _logged_in(tab, console)
        await _shown(tab, 1280, "light")
        for page in (f"/actions/order-resolve?about={OTHER}", "/batches?still=1"):
            await _open(tab, console.url + page)
            await tab.evaluate("document.activeElement.blur()")
            met, rings = [], set()
            for _ in range(await tab.evaluate(FOCUSABLE)):
                await _pressed(tab, "Tab", 9)
                met.append(await tab.evaluate(FOCUSED))
                rings.add(await tab.evaluate(RING))
            radios = [place for place in range(len(met)) if place not in met]
            # Radio buttons of one name are one stop.
            assert met[: len(met) - len(radios)] == [place for place in range(len(met)) if place not in radios], page
            assert len(radios) <= 1 and rings <= {"solid 2px", "auto 1px"}, (page, rings)
        await _open(tab, f"{console.url}/batches?still=1")
        await _pressed(tab, "Tab", 9)
        await _pressed(tab, "Enter", 13)
        assert await tab.evaluate("location.hash") == "#main"


async def test_an_order_is_resolved_by_hand(browser: str, console: Console) -> None:
    """The payment that fits is chosen, the check says what will be, and one more press does it."""
    async with browsing(browser, scripts=False) as tab:
        await _logged_in(tab, console)
        await _shown(tab, 390, "light")
        await _open(tab, f"{console.url}/actions/order-resolve?about={LANDED}")
        await tab.evaluate("document.querySelector('main input[type=radio]').click()")
        await _submitted(tab, "sure?")
        shown = await tab.evaluate("document.querySelector('main').textContent")
        assert f"Order {LANDED} is approved by payment" in shown and "Nothing was changed yet" in shown
        await _submitted(tab, "done")
        await _open(tab, f"{console.url}/orders?order_id={LANDED}")
        assert "approved" in await tab.evaluate("document.querySelector('.headline').textContent")


async def test_two_operators_have_an_order_sent_once_more(browser: str, console: Console) -> None:
    """One after the other looks, chooses and presses; every page of it can be read on phones and desks."""
    page = f"/actions/order-resolve?about={AGAIN}"
    async with browsing(browser, scripts=False) as tab:
        await _logged_in(tab, console)

        async def possible() -> Any:
            await _open(tab, console.url + page)
            return await tab.evaluate("!document.querySelector('input[value=propose]').disabled")

        await eventually_async(possible, "it is not too early")
        await _said_and_done(tab, "propose")
        for user, disabled in (("ona", True), ("petras", False)):
            await _logged_in(tab, console, user)
            await _open(tab, console.url + page)
            await _looked_at(tab, f"{user}: {page}")
            assert "ona@console proposed" in await tab.evaluate("document.querySelector('.notice').textContent")
            value = "propose" if disabled else "confirm"
            assert await tab.evaluate(f"document.querySelector('input[value={value}]').disabled") == disabled
        await _said_and_done(tab, "confirm")
        await _open(tab, f"{console.url}/orders?order_id={AGAIN}")
        assert "pending" in await tab.evaluate("document.querySelector('.headline').textContent")


async def test_a_form_without_a_choice_is_not_sent(browser: str, console: Console) -> None:
    """The browser says so itself, without a script."""
    async with browsing(browser, scripts=False) as tab:
        await _logged_in(tab, console)
        await _open(tab, f"{console.url}/actions/order-resolve?about={OTHER}")
        assert not await tab.evaluate("document.querySelector('main form[method=post]').checkValidity()")
        disabled = "[...document.querySelectorAll('input[type=radio]')].map((each) => each.disabled)"
        assert await tab.evaluate(disabled) == [True, False, True, True]


async def _looked_at(tab: Chromium, page: str) -> None:
    backgrounds = []
    for scheme in ("light", "dark"):
        for width in WIDTHS:
            await _shown(tab, width, scheme)
            assert (await tab.evaluate(CUT_OFF), page, width) == ("", page, width)
            sideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            assert (await tab.evaluate(sideways), page, width) == (False, page, width)
            assert (await tab.evaluate(SMALL), page, width) == ("", page, width)
        assert (await tab.evaluate(FAINT), page, scheme) == ("", page, scheme)
        backgrounds.append(await tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert (await tab.evaluate(NAMELESS), page) == ("", page)
    assert backgrounds == ["rgb(245, 246, 248)", "rgb(15, 18, 22)"]
    assert await tab.evaluate("performance.getEntriesByType('resource').length") == 0
    assert await tab.evaluate("document.documentElement.lang") == "en"


async def _said_and_done(tab: Chromium, decision: str) -> None:
    """Choose, say why, check and do; the page between is looked at too."""
    await tab.evaluate(f"document.querySelector('input[value={decision}]').click()")
    await tab.evaluate("document.querySelector('input[name=because]').value = 'the back office shows none'")
    await _submitted(tab, "sure?")
    await _looked_at(tab, f"{decision}: sure?")
    await _submitted(tab, "done")


async def _logged_in(tab: Chromium, console: Console, user: str = "ona") -> None:
    await _open(tab, f"{console.url}/login")
    for name, value in (("name", user), ("password", PASSWORD)):
        await tab.evaluate(f"document.querySelector('input[name={name}]').value = {value!r}")
    await tab.evaluate("document.querySelector('main form').requestSubmit()")

    async def entered() -> Any:
        return await tab.evaluate("document.querySelector('nav') !== null && location.pathname === '/'")

    await eventually_async(entered, f"{user} has logged in")


async def _submitted(tab: Chromium, title: str) -> None:
    async with tab.leaving():
        await tab.evaluate("document.querySelector('main form[method=post]').requestSubmit()")

    async def there() -> Any:
        return await tab.evaluate(f"document.querySelector('h1').textContent.endsWith({title!r})")

    await eventually_async(there, f"the page says {title}")


async def _pressed(tab: Chromium, key: str, code: int) -> None:
    given = {"key": key, "code": key, "windowsVirtualKeyCode": code, **({"text": "\r"} if key == "Enter" else {})}
    for kind in ("keyDown", "keyUp"):
        await tab.call("Input.dispatchKeyEvent", type=kind, **given)


async def _open(tab: Chromium, address: str) -> None:
    await tab.open(address)

    async def ready() -> Any:
        return await tab.evaluate(f"document.readyState === 'complete' && location.href === {address!r}")

    await eventually_async(ready, "the page is there")


async def _shown(tab: Chromium, width: int, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    await tab.call("Emulation.setEmulatedMedia", media="screen", features=features)
    await tab.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
