"""CSV files of subscriptions over HTTP, on a real archive of either kind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from producers.http.subscription_imports import FILE_MAX, ROWS_MAX
from tests.application import Caller, Served, served, settings_for
from tests.archives import upgraded
from tests.integration.http.conftest import Site

HEAD = "subscription_id,amount,currency,unit,country,zone,start"
ROW = "{name},9.90,EUR,month,LT,Europe/Vilnius,2099-02-01"


@pytest.fixture
async def door(site: Site, caller: Caller, archive_url: str) -> AsyncIterator[Served]:
    """An application on an archive with nothing but its tables; once of each kind."""
    more = {"API_KEYS_FILE": str(site.directory / "api-keys.json"), "ARCHIVE_URL": archive_url}
    settings = settings_for(site.directory, site.queue_url, site.ledger_url, **more)
    upgraded(settings).close()
    async with served(settings, clock=site.clock) as running:
        yield running


class Importer:
    """Somebody with a key and files."""

    def __init__(self, door: Served, caller: Caller) -> None:
        self._door = door
        self._headers = caller.headers | {"Content-Type": "text/csv; charset=utf-8"}

    async def send(self, lines: Sequence[str], query: str = "") -> httpx.Response:
        """A file of these lines."""
        body = "\n".join(lines).encode()
        path = f"/v1/subscription-imports{query}"
        return await self._door.client.post(path, content=body, headers=self._headers)

    async def names(self) -> list[str]:
        """Ids of all subscriptions there are."""
        told = await self._door.client.get("/v1/subscriptions", headers=self._headers)
        return [item["subscription_id"] for item in told.json()["items"]]


@pytest.fixture
def importer(door: Served, caller: Caller) -> Importer:
    """With a key."""
    return Importer(door, caller)


def rows(*names: str) -> list[str]:
    """A file of good rows."""
    return [HEAD, *(ROW.format(name=name) for name in names)]


async def test_a_file_is_taken_once(importer: Importer) -> None:
    """Again it creates nothing; a longer one creates what is new."""
    answers = [await importer.send(rows(*names)) for names in ("ab", "ab", "abc")]
    assert [answer.json() for answer in answers] == [
        {"rows": 2, "created": 2, "known_before": 0},
        {"rows": 2, "created": 0, "known_before": 2},
        {"rows": 3, "created": 1, "known_before": 2},
    ]
    assert await importer.names() == ["a", "b", "c"]


async def test_it_can_be_judged_alone(importer: Importer) -> None:
    """`check=true` creates nothing; wrong rows are told all the same."""
    good = await importer.send(rows("a", "b"), "?check=true")
    assert good.json() == {"rows": 2, "created": 0, "known_before": 0}
    assert (await importer.send([*rows("a"), "b,9.90"], "?check=true")).status_code == 422
    assert await importer.names() == []


async def test_every_wrong_row_is_told_and_none_is_taken(importer: Importer) -> None:
    """By its number, the field and the code; the header and the good ones are not counted or told."""
    lines = [
        *rows("good"),
        "bad,9.9,EUR,month,LT,Mars/Olympus,2099-02-01",
        "short,9.90",
        ROW.format(name="good"),
    ]
    answer = await importer.send(lines)
    told: dict[str, Any] = answer.json()
    assert (answer.status_code, told["code"]) == (422, "import_invalid")
    assert told["detail"] == "3 of 4 rows are invalid; nothing was imported"
    assert [(error["row"], error["field"], error["code"]) for error in told["errors"]] == [
        (2, "amount", "amount_scale"),
        (2, "zone", "zone_unknown"),
        (3, "", "row_columns"),
        (4, "subscription_id", "subscription_duplicate"),
    ]
    assert await importer.names() == []


async def test_a_row_that_stands_for_another_subscription_takes_none(importer: Importer) -> None:
    """The file is refused by it, and those before it are not there either."""
    await importer.send(rows("b"))
    answer = await importer.send([*rows("a"), ROW.format(name="b").replace("9.90", "8.80")])
    assert (answer.status_code, answer.json()["code"]) == (409, "subscription_conflict")
    assert await importer.names() == ["b"]


async def test_a_file_has_its_limits(importer: Importer) -> None:
    """In bytes, which are not read to their end, and in rows."""
    long = await importer.send([HEAD, "x" * FILE_MAX])
    assert (long.status_code, long.json()["code"]) == (413, "body_size")
    many = await importer.send([HEAD, *["x"] * (ROWS_MAX + 1)])
    assert (many.status_code, many.json()["code"]) == (422, "rows_maximum")
    assert await importer.names() == []


async def test_of_as_many_rows_as_may_be_each_wrong_one_is_told(importer: Importer) -> None:
    """Nothing is cut off."""
    answer = await importer.send([HEAD, *["x"] * ROWS_MAX])
    assert [error["row"] for error in answer.json()["errors"]] == [*range(1, ROWS_MAX + 1)]
