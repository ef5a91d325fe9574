"""The whole system for tests that use it as a user does: Valkey, gateway's double, workers, command line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass

import aiohttp
import pytest

from producers.runtime.settings import Settings
from tests.commands import Commands, Ran
from tests.e2e.chromium import browsing, chromium, listening
from tests.e2e.shoppers import BrowserShopper, FormShopper, Shopper
from tests.house.tree import ROOT
from tests.stack import PATIENT
from workers.cli.demo.stage import Stage
from workers.cli.shell.output import Screen

#: Who goes shopping. A machine without a browser says so in the name of every test with one.
WITH_BROWSER = ("forms", "browser", "browser-without-scripts")
SHOPPERS = WITH_BROWSER if chromium() else ("forms-only-for-there-is-no-chromium-here",)


@dataclass(frozen=True, slots=True)
class System:
    """A running system. `run` is the command line in its environment."""

    stage: Stage
    commands: Commands

    def run(self, *arguments: str, stdin: str = "", env: Mapping[str, str] | None = None) -> Ran:
        """Run one command to its end."""
        return self.commands.run(*arguments, env={**self.stage.env, **(env or {})}, cwd=ROOT, stdin=stdin)


def start_patient_workers(stage: Stage) -> None:
    """Start charging; for whoever starts from here on nothing counts as a stall or as an answer too late."""
    stage.env |= PATIENT
    stage.settings = Settings.for_worker(stage.env)
    stage.start_workers()


@pytest.fixture(scope="package")
def system(commands: Commands) -> Iterator[System]:
    """Two workers at a gateway without faults; orders of one test do not disturb those of another."""
    with Stage(Screen(), seed=1, faults=()) as stage:
        start_patient_workers(stage)
        yield System(stage, commands)


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A browser for all tests that want one; each has a tab of its own."""
    path = chromium()
    assert path is not None
    with listening(path, tmp_path_factory.mktemp("browser")) as origin:
        yield origin


@pytest.fixture(params=SHOPPERS)
async def shopper(request: pytest.FixtureRequest) -> AsyncIterator[Shopper]:
    """Each kind of shopper."""
    if request.param.startswith("forms"):
        async with aiohttp.ClientSession() as session:
            yield FormShopper(session)
        return
    scripts = request.param == "browser"
    async with browsing(request.getfixturevalue("browser"), scripts=scripts) as tab:
        yield BrowserShopper(tab, scripts=scripts)


@pytest.fixture
async def payer() -> AsyncIterator[FormShopper]:
    """Who got the address of a link, with no cookies of an earlier visit."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield FormShopper(session)
