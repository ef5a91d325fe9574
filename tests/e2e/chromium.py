"""A headless Chromium, driven over its debugging protocol. Nothing of it leaves this machine."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.eventually import eventually, eventually_async

#: Debian's name, and what others call it.
NAMES = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # the tests run as root in places; the pages are our own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--window-size=480,860",
    "--remote-debugging-port=0",
)


def chromium() -> str | None:
    """The path of a browser, None where none is installed."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Chromium:
    """One tab. Commands are the protocol's own."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._count = 0

    async def call(self, method: str, **parameters: Any) -> Any:
        """Sends a command and waits for its result, which is empty when the page left meanwhile."""
        self._count += 1
        await self._socket.send_json({"id": self._count, "method": method, "params": parameters})
        while True:
            message = await self._socket.receive_json()
            if message.get("id") == self._count:
                return message.get("result", {})

    async def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page; None while the page is on its way to another."""
        result = await self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        return result.get("result", {}).get("value")

    @asynccontextmanager
    async def leaving(self) -> AsyncIterator[None]:
        """What is done in this block takes the tab to another document. That one is there afterwards, if not yet whole:
        until then it is the old one that is looked at, and it may have the same address, words and buttons.
        """
        before = await self._document()
        yield

        async def left() -> bool:
            return await self._document() not in (before, "")

        await eventually_async(left, "the next page comes")

    async def open(self, url: str) -> None:
        """Goes there."""
        async with self.leaving():
            await self.call("Page.navigate", url=url)

    async def _document(self) -> str:
        """Which one it shows; nothing while it is on its way."""
        shown = await self.call("Page.getFrameTree")
        return str(shown.get("frameTree", {}).get("frame", {}).get("loaderId", ""))


@contextmanager
def listening(path: str, directory: Path) -> Iterator[str]:
    """A browser with a fresh profile until the block ends; gives the origin of its debugging protocol."""
    command = [path, *_ARGUMENTS, f"--user-data-dir={directory}", "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            port = eventually(lambda: _port(directory), "the browser listens", within_s=60)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@asynccontextmanager
async def browsing(origin: str, *, scripts: bool) -> AsyncIterator[Chromium]:
    """A tab of its own in a browser that listens."""
    async with aiohttp.ClientSession() as session:
        async with session.put(f"{origin}/json/new?about:blank") as answer:
            tab = await answer.json()
        async with session.ws_connect(tab["webSocketDebuggerUrl"], max_msg_size=2**26) as socket:
            browser = Chromium(socket)
            await browser.call("Page.enable")
            await browser.call("Emulation.setScriptExecutionDisabled", value=not scripts)
            yield browser
        async with session.get(f"{origin}/json/close/{tab['id']}") as answer:
            await answer.read()


def _port(directory: Path) -> str | None:
    """Chromium writes the port it took into its profile."""
    file = directory / "DevToolsActivePort"
    lines = file.read_text().splitlines() if file.exists() else []
    return lines[0] if len(lines) > 1 else None
