"""The console in a browser without scripts: on phones and desks nothing is cut off, dark where that is wished."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redis

from producers.runtime.ledger import keys
from tests.console_process import PASSWORD, Console, console_process
from tests.e2e.chromium import NAMES, Chromium, browsing, chromium, listening
from tests.e2e.test_report_page import CUT_OFF
from tests.eventually import eventually, eventually_async
from tests.stack import CARD, Stack

#: A small phone, a tablet, a desk.
WIDTHS = (360, 768, 1280)
PAGES = (
    "/", "/orders?order_id=PAID", "/orders?order_id=PRK-1", "/doubtful", "/quarantine", "/batches?batch=none",
    "/actions/order-approved?about=PRK-1",
)  # fmt: skip

pytestmark = pytest.mark.needs(tool=lambda: None if chromium() else f"none of {', '.join(NAMES)} is installed")


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    """The console of a system with something of everything."""
    faults: list[dict[str, Any]] = [{"fault": "http_500_before", "order_id": "PRK-1"}]
    with Stack(tmp_path_factory.mktemp("console"), faults=faults, settings={"ABSENT": "park"}) as stack:
        stack.worker()
        with stack.enqueuer() as enqueuer:
            for order_id, amount in (("PRK-1", "10.00"), ("PAID", "10.00"), ("DECLINED", "151.00")):
                enqueuer.charge(order_id=order_id, amount=amount, currency="EUR", country="LT", **CARD)
            eventually(lambda: enqueuer.get("PRK-1").state == "parked", "it is parked")
        with redis.Redis.from_url(stack.valkey.url(1)) as ledger:
            fields = {"reason": "options_foreign", "size": 4, "card_data": 0, "beginning": b"junk"}
            ledger.xadd(keys.QUARANTINE, fields)
        with console_process(stack) as console:
            yield console


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A browser for all of these tests."""
    path = chromium()
    assert path is not None
    with listening(path, tmp_path_factory.mktemp("profile")) as origin:
        yield origin


async def test_an_operator_logs_in_and_nothing_is_cut_off(browser: str, console: Console) -> None:
    """Every page, at every width, in both colour schemes; nothing else is loaded."""
    async with browsing(browser, scripts=False) as tab:
        await _logged_in(tab, console)
        for page in PAGES:
            await _open(tab, console.url + page)
            backgrounds = []
            for scheme in ("light", "dark"):
                for width in WIDTHS:
                    await _shown(tab, width, scheme)
                    assert (await tab.evaluate(CUT_OFF), page, width) == ("", page, width)
                backgrounds.append(await tab.evaluate("getComputedStyle(document.body).backgroundColor"))
            assert backgrounds == ["rgb(255, 255, 255)", "rgb(20, 23, 27)"]
            assert await tab.evaluate("performance.getEntriesByType('resource').length") == 0


async def _logged_in(tab: Chromium, console: Console) -> None:
    await _open(tab, f"{console.url}/login")
    for name, value in (("name", "ona"), ("password", PASSWORD)):
        await tab.evaluate(f"document.querySelector('input[name={name}]').value = {value!r}")
    await tab.evaluate("document.querySelector('main form').requestSubmit()")

    async def entered() -> Any:
        return await tab.evaluate("document.querySelector('nav') !== null && location.pathname === '/'")

    await eventually_async(entered, "ona has logged in")


async def _open(tab: Chromium, address: str) -> None:
    await tab.call("Page.navigate", url=address)

    async def ready() -> Any:
        return await tab.evaluate(f"document.readyState === 'complete' && location.href === {address!r}")

    await eventually_async(ready, "the page is there")


async def _shown(tab: Chromium, width: int, scheme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    await tab.call("Emulation.setEmulatedMedia", media="screen", features=features)
    await tab.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
