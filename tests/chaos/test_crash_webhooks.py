"""Processes of outbound webhooks that are killed at each of their steps, under load: all arrives, in order."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from producers.contract.events import Event
from tests.archives import archive_settings, upgraded
from tests.archiving import tell
from tests.chaos.messenger import STEPS, endpoints_at
from tests.eventually import eventually
from tests.happenings import stream
from tests.ledgers import EPOCH, open_ledger
from tests.receiver import Heard, Receiver, receiving
from workers.events.webhooks.deliveries import Deliveries
from workers.events.webhooks.service import READER, stand_at_the_end

#: How often each step is died at.
ROUNDS = 1
#: Wishes that are told at once, and deliveries that may wait before more are told.
TOLD, WAITING_MAX = 5, 200


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_webhooks_die_at_every_step(tmp_path: Path, archive_url: str, ledger_url: str) -> None:
    """Every endpoint hears of all that it wants, of each order in its order; what comes twice has the same id."""
    settings, ledger = archive_settings(tmp_path, archive_url), open_ledger(ledger_url)
    with receiving() as receiver, upgraded(settings) as archive, redis.Redis.from_url(ledger_url, protocol=2) as client:
        stand_at_the_end(ledger, archive, 0)
        where = [str(tmp_path), archive_url, ledger_url, EPOCH, receiver.url]
        deliveries = Deliveries(archive, READER, lambda name, health: None)
        with subprocess.Popen(
            [sys.executable, "-m", "tests.chaos.messenger", *where, "1", str(ROUNDS)], stdout=subprocess.PIPE
        ) as dying:
            try:
                told = _load(dying, client, deliveries)
            finally:
                dying.kill()  # of one that has ended, nothing
            assert dying.stdout is not None
            died = json.loads(dying.stdout.read())
        assert (dying.returncode, {step: died[step] for step in STEPS}) == (0, dict.fromkeys(STEPS, ROUNDS))
        _deliver_the_rest(tmp_path, archive_url, ledger_url, receiver, told)
        assert _wrong(receiver.heard, told, receiver.url) == []


def _load(dying: subprocess.Popen[bytes], client: redis.Redis, deliveries: Deliveries) -> list[Event]:
    """Tell of more and more wishes while processes live and die; all that was told."""
    told: list[Event] = []
    number = 0
    while dying.poll() is None:
        if sum(each.waiting for each, _ in deliveries.standing(("all", "ends")).values()) < WAITING_MAX:
            events = list(stream(random.Random(number), TOLD, prefix=f"ORD-{number}"))
            tell(client, events)
            told, number = told + events, number + 1
        with suppress(subprocess.TimeoutExpired):
            dying.wait(timeout=0.1)
    return told


def _deliver_the_rest(
    directory: Path, archive_url: str, ledger_url: str, receiver: Receiver, told: list[Event]
) -> None:
    """By one that lives until all has arrived."""
    command = [sys.executable, "-m", "tests.chaos.messenger", str(directory), archive_url, ledger_url, EPOCH]
    with subprocess.Popen([*command, receiver.url, "1", "0"]) as living:
        try:
            eventually(lambda: not _missing(receiver.heard, told, receiver.url), "all has arrived", within_s=120)
        finally:
            living.kill()


def _missing(heard: list[Heard], told: list[Event], url: str) -> set[tuple[str, str]]:
    """What an endpoint wants and has not heard."""
    got = {(each.endpoint, json.loads(each.body)["id"]) for each in list(heard)}
    wanted = {
        (name, event.id) for name, endpoint in endpoints_at(url).items() for event in told if endpoint.wants(event)
    }
    return wanted - got


def _wrong(heard: list[Heard], told: list[Event], url: str) -> list[str]:
    """What is not as it should be: what nobody told, ids that differ, and what came before what it follows."""
    places: dict[str, int] = {}
    for place, event in enumerate(told):
        places.setdefault(event.id, place)
    found: list[str] = []
    first: dict[tuple[str, str], tuple[str, bytes]] = {}
    last: dict[tuple[str, str], int] = {}
    for each in heard:
        event = json.loads(each.body)
        key = (each.endpoint, event["id"])
        if key in first:
            found += [f"{key} came twice and differs"] * (first[key] != (each.name, each.body))
            continue
        first[key] = (each.name, each.body)
        order = (each.endpoint, event["subject"])
        found += [f"{key} came late"] * (places[event["id"]] < last.get(order, -1))
        last[order] = places[event["id"]]
    return found
