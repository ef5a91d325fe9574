"""The report's page in a browser: on screens, phones and paper nothing is cut off, and nothing is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.archives import archive_settings, upgraded
from tests.e2e.chromium import NAMES, Chromium, browsing, chromium, listening
from tests.eventually import eventually_async
from tests.integration.analytics.history import END_MS, History
from workers.analytics import DatabaseSource, Scope, make_report
from workers.analytics.pages.page import page

#: What a text of others may be: markup, and longer than any column.
HOSTILE = "<script>document.title='x'</script>"
SCOPES = {
    "month": Scope(date(2026, 9, 1), date(2026, 9, 30), "Europe/Vilnius"),
    "year": Scope(date(2026, 1, 1), date(2026, 12, 31), "Europe/Vilnius"),
    "empty": Scope(date(2031, 1, 1), date(2031, 1, 31)),
}
#: Widths in pixels: a small phone, where phones end, tablets, where tables become tables again, a desk, A4.
SCREENS = (("screen", 360), ("screen", 719), ("screen", 720), ("screen", 960), ("screen", 1280), ("print", 703))
#: What stands beyond the right edge, and words of charts beyond their own drawing.
CUT_OFF = """(() => {
    const wide = [...document.querySelectorAll('body *')].filter((each) => {
        const box = each.getBoundingClientRect();
        return box.width > 1 && !each.closest('svg') && box.right > document.documentElement.clientWidth + 1;
    });
    const words = [...document.querySelectorAll('svg.chart text')].filter((each) => {
        const box = each.getBoundingClientRect(), chart = each.closest('svg').getBoundingClientRect();
        return box.width && (box.left < chart.left - 1 || box.right > chart.right + 1 || box.bottom > chart.bottom + 1);
    });
    return [...wide, ...words].map((each) => `${each.tagName} ${each.textContent.slice(0, 40)}`).join('; ');
})()"""
#: Each chart has a name that is read out, and no column of one stands without words.
NAMELESS = "[...document.querySelectorAll('svg.chart')].filter((each) => !each.getAttribute('aria-label')).length"

pytestmark = pytest.mark.needs(tool=lambda: None if chromium() else f"none of {', '.join(NAMES)} is installed")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A page for each scope, with a card brand that somebody made up."""
    directory = tmp_path_factory.mktemp("pages")
    history = History(seed=5).draw(4_000)
    for row in history.orders[::50]:
        row["card_brand"] = HOSTILE[:32]
        row["account"] = "a" * 32
    with upgraded(archive_settings(directory, None)) as archive:
        history.store(archive)
        for name, scope in SCOPES.items():
            made = page(make_report(DatabaseSource(archive), scope, END_MS))
            (directory / f"{name}.html").write_text(made, "utf-8")
    return {name: directory / f"{name}.html" for name in SCOPES}


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A browser for all of these tests."""
    path = chromium()
    assert path is not None
    with listening(path, tmp_path_factory.mktemp("profile")) as origin:
        yield origin


@pytest.mark.parametrize("name", SCOPES)
async def test_nothing_is_cut_off(browser: str, pages: dict[str, Path], name: str) -> None:
    """With every table open, at every width, on paper, and in both colour schemes."""
    async with browsing(browser, scripts=True) as tab:
        await _open(tab, pages[name])
        for media, width in SCREENS:
            await _shown(tab, media, width, "light")
            assert (await tab.evaluate(CUT_OFF), media, width) == ("", media, width)
        assert await tab.evaluate(NAMELESS) == 0


async def test_it_is_dark_where_that_is_wished_and_light_on_paper(browser: str, pages: dict[str, Path]) -> None:
    """The paper stays white whatever the screen has."""
    async with browsing(browser, scripts=True) as tab:
        await _open(tab, pages["month"])
        colours = []
        for media, scheme in (("screen", "light"), ("screen", "dark"), ("print", "dark")):
            await _shown(tab, media, 1280, scheme)
            colours.append(await tab.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(255, 255, 255)", "rgb(20, 23, 27)", "rgb(255, 255, 255)"]


async def test_on_paper_every_table_stands_open(browser: str, pages: dict[str, Path]) -> None:
    """A table that is folded on the screen has its rows in print."""
    seen = "document.querySelector('#table-country tbody tr').checkVisibility()"
    async with browsing(browser, scripts=True) as tab:
        await _open(tab, pages["month"], unfold=False)
        await _shown(tab, "screen", 1280, "light")
        on_screen = await tab.evaluate(seen)
        await _shown(tab, "print", 703, "light")
        assert (on_screen, await tab.evaluate(seen)) == (False, True)


async def test_a_text_of_others_is_shown_and_not_run(browser: str, pages: dict[str, Path]) -> None:
    """It stands in a cell as it is; the page has no script, and its policy would run none."""
    async with browsing(browser, scripts=True) as tab:
        await _open(tab, pages["year"])
        assert await tab.evaluate("document.scripts.length") == 0
        assert HOSTILE[:32] in await tab.evaluate("document.querySelector('#table-card_brand').textContent")
        assert await tab.evaluate("document.title") == "Payments, 1 January to 31 December 2026"
        policy = await tab.evaluate("document.querySelector('meta[http-equiv]').content")
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert await tab.evaluate("performance.getEntriesByType('resource').length") == 0


async def test_an_empty_period_says_so(browser: str, pages: dict[str, Path]) -> None:
    """One sentence, and no empty charts."""
    async with browsing(browser, scripts=True) as tab:
        await _open(tab, pages["empty"])
        assert "Nothing happened in this period" in await tab.evaluate("document.body.textContent")
        assert await tab.evaluate("document.querySelectorAll('svg.chart, table').length") == 0


async def _open(tab: Chromium, path: Path, *, unfold: bool = True) -> None:
    await tab.open(path.as_uri())

    async def ready() -> Any:
        return await tab.evaluate("document.readyState === 'complete' && location.protocol === 'file:'")

    await eventually_async(ready, "the page is there")
    if unfold:
        await tab.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")


async def _shown(tab: Chromium, media: str, width: int, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    await tab.call("Emulation.setEmulatedMedia", media=media, features=features)
    await tab.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
