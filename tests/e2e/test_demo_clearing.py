"""A demo that stays for days: what it lets go is gone everywhere, and adds up all the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from cardinity_client import Card, CardinityClient, CreatePayment, Money, Secret
from producers.enqueue import Enqueuer
from producers.runtime.archive.database import Archive
from tests.e2e.conftest import start_patient_workers
from tests.eventually import eventually
from workers.cli.demo.clearing import Clearing
from workers.cli.demo.reckoning import Reckoning
from workers.cli.demo.stage import Stage
from workers.cli.demo.traffic import Traffic
from workers.cli.shell.output import Screen
from workers.events.archive.tables import EVENTS, ORDERS

#: Payments of the demo, the first of them number 1.
PAYMENTS = 6
CARD = Card(Secret("4111111111111111"), exp_month=12, exp_year=2040, cvc=Secret("123"), holder="Ona Petraityte")


@pytest.fixture
def stage() -> Iterator[Stage]:
    """A system without faults, with an archive."""
    with Stage(Screen(), seed=1, faults=()) as stage:
        start_patient_workers(stage)
        stage.run("archive", "upgrade")
        yield stage


@pytest.mark.slow
async def test_what_is_let_go_is_nowhere_and_still_counts(stage: Stage) -> None:
    """Orders of visitors stay. A charge of an order that was let go is one for nobody: a duplicate."""
    with Enqueuer(stage.settings) as enqueuer, Archive(stage.settings) as archive:
        reckoning = Reckoning(stage, enqueuer)
        traffic = Traffic(stage, enqueuer, last=0)
        for _ in range(PAYMENTS):
            traffic.pay()
        traffic.charge("VISITOR-1", "10.00")
        _heard(reckoning, PAYMENTS + 1)
        stage.run("archive", "run", "--once")

        clearing, gone = Clearing(stage, enqueuer, archive, reckoning), 0
        while gone < PAYMENTS:
            gone += eventually(lambda: clearing.clear(timedelta(0)), "nobody has yet to be told of them")

        assert [row["order_id"] for row in stage.charges()] == ["VISITOR-1"]
        assert enqueuer.get("DEMO-000001").archived and not enqueuer.get("VISITOR-1").archived
        with archive.reading() as connection:
            rows = [connection.scalar(select(func.count()).select_from(table)) for table in (ORDERS, EVENTS)]
        assert rows == [1, 2]
        whole = reckoning.hold()
        assert (whole.accepted, whole.clean, sum(reckoning.counts.values())) == (PAYMENTS + 1, True, PAYMENTS + 1)

        again = CreatePayment("DEMO-000001", Money.parse("9.00", "EUR"), "LT", None, CARD)
        async with CardinityClient(stage.settings.client_settings("default")) as gateway:
            await gateway.create_payment(again)
        assert reckoning.hold().doubled == ("DEMO-000001: charged 1 times",)


def _heard(reckoning: Reckoning, count: int) -> None:
    def ended() -> bool:
        reckoning.listen()
        return len(reckoning.heard.ended) == count

    eventually(ended, "all of them have ended")
