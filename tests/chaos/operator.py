"""An operator whose command is lost: `python -m tests.chaos.operator ORDER_ID BY DEED PLACE MARKER`.

DEED is `propose` or `confirm`. PLACE is `trail` (before the audit trail has heard of it), `deed` (it is written down,
and not done) or `reply` (it is done, and nobody knows). The file MARKER is there once it is lost.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cardinity_client import CardinityClient
from producers.runtime.settings import Settings
from tests.chaos.blow import strike
from workers.accounts.merchant import verdict_rules
from workers.operations import evidence, reattempting
from workers.operations.desk import Desk
from workers.operations.evidence import Evidence
from workers.operations.opening import at_desk

T = TypeVar("T")

DEEDS = {"propose": reattempting.propose, "confirm": reattempting.confirm}
PLACES = ("trail", "deed", "reply")


class LosingDesk(Desk):
    """A desk at which somebody is struck down."""

    lose: Callable[[str], None]

    def do(self, action: str, subject: str, deed: Callable[[], T], **details: str) -> T | None:
        def struck() -> T:
            self.lose("deed")
            return deed()

        self.lose("trail")
        done = super().do(action, subject, struck, **details)
        self.lose("reply")
        return done


def say(settings: Settings, order_id: str, by: str, deed: str, lose: Callable[[str], None] = lambda _: None) -> None:
    """Say it as that operator does."""
    LosingDesk.lose = staticmethod(lose)
    with at_desk(settings, by=by) as desk:
        losing = LosingDesk(desk.ledger, desk.ledger_client, desk.queue_client, desk.audit, by)
        found = asyncio.run(_shown(settings, evidence.known(losing, order_id)))
        DEEDS[deed](losing, found, "support 4711: they never saw it", verdict_rules(settings))


def main(order_id: str, by: str, deed: str, place: str, marker: str) -> None:
    """Say it once, and be lost."""

    def be_lost_at(here: str) -> None:
        if here == place:
            Path(marker).touch()
            strike("KILL")

    say(Settings.for_worker(os.environ), order_id, by, deed, be_lost_at)


async def _shown(settings: Settings, known: Evidence) -> Evidence:
    async with CardinityClient(settings.client_settings(known.record.lane)) as gateway:
        return await evidence.shown(known, gateway)


if __name__ == "__main__":
    main(*sys.argv[1:])
